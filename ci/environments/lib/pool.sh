# shellcheck shell=bash
# Runs a few commands at the same time, each in a process group of its own, so that one signal ends all of it.

running=()
declare -A jobs_of=()

# A command counts as that many jobs; one that is more than all there may be runs alone.
start() {  # MOST JOBS COMMAND...
  local most=$1 jobs=$2
  shift 2
  while ((${#running[@]} && $(jobs_running) + jobs > most)); do await; done
  set -m
  "$@" &
  running+=($!)
  jobs_of[$!]=$jobs
  set +m
}

jobs_running() {
  local process sum=0
  for process in "${running[@]}"; do ((sum += jobs_of[$process])) || true; done
  echo "$sum"
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
