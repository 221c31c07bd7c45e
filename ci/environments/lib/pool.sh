# shellcheck shell=bash
# Runs a few commands at the same time, each in a process group of its own, so that one signal ends all of it.

running=()

start() {  # JOBS COMMAND...
  local most=$1
  shift
  while ((${#running[@]} >= most)); do await; done
  set -m
  "$@" &
  running+=($!)
  set +m
}

await() {
  local process still=()
  for process in "${running[@]}"; do
    if kill -0 "$process" 2>/dev/null; then still+=("$process"); fi
  done
  if ((${#still[@]} == ${#running[@]})); then wait -n "${running[@]}" || true; fi
  running=("${still[@]}")
}

finish() { while ((${#running[@]})); do await; done; }

stop() {
  local process
  for process in "${running[@]}"; do kill -TERM -- "-$process" 2>/dev/null || true; done
  wait
}
