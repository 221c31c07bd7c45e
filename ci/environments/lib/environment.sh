# shellcheck shell=bash disable=SC2030,SC2031,SC2034,SC2154
# What an environment is (a row of list.txt), how it is prepared and tried, and the word it ends with.
# A kind K is two functions: prepare_K gets what is needed, one environment at a time; try_K runs there.
# Both see the row's parameters as variables, and end early by way of not_available or failed.

# Every row, with those that `each` makes of one, and the pairs that --pairs asked for. Or the one of --kernel.
rows() {
  if [[ -n $own_row ]]; then echo "$own_row"; return; fi
  awk '
    /^(#|$)/ { next }
    $1 == "each" { for (i = 4; i <= NF; ++i) { set[$2, ++count[$2]] = $3; word[$2, count[$2]] = $i }; next }
    {
      for (key in count) {
        if (index($1, key)) break
        key = ""
      }
      if (key == "") { print; next }
      for (i = 1; i <= count[key]; ++i) {
        row = $0
        gsub(key, word[key, i], row)
        sub(/ SET /, " " set[key, i] " ", row)
        print row
      }
    }' "$here/list.txt" "$here/restricted.txt"
  if ((${#pairs[@]})); then printf '%s\n' "${pairs[@]}"; fi
}
row() { rows | awk -v name="$1" '$1 == name'; }

selected() {  # QUICK PATTERN...
  local quick=$1 name set pattern
  shift
  while read -r name _ set _; do
    $quick && [[ $set != quick ]] && continue
    (($#)) || echo "$name"
    for pattern; do
      # shellcheck disable=SC2053
      if [[ $name == $pattern ]]; then echo "$name"; break; fi
    done
  done < <(rows)
}

# The word, the reason and the seconds; what exactly was run goes to .detail.
conclude() { echo "$1|${2//|/;}|$SECONDS" >"$work/$name.state"; }
not_available() { conclude "not available" "$1"; exit 0; }
failed() { conclude "failed" "$1"; exit 0; }
detail() { echo "$1" >"$work/$name.detail"; }
note() { echo "note: $1" | tee -a "$work/notes"; }

# In a process of its own: what ends it, ends only one environment.
perform() {  # prepare|attempt NAME
  step=$1 name=$2 SECONDS=0
  exec 3>&1 >>"$out/$name.log" 2>&1 </dev/null
  trap settle EXIT
  trap 'exit 143' TERM  # after what runs in the foreground, which gets the same signal
  read_row "$name"
  expected=$here/expected/$name named_by=()
  if ((!${#arguments[@]})); then amounts; fi
  # The arguments of the binary wherever its document goes to standard output.
  job=(run --json - --quiet "${arguments[@]}")
  "${step}_environment"
}

# How much is asked where the caller does not say it. Conformance is always whole.
amounts() {
  case $kind:$quick in
    restricted:true | kernel:true) arguments=(--conformance-only) ;;
    restricted:false) arguments=(--for 1ms) ;;
    own_kernel:*) if [[ -z $bisect ]]; then arguments=(--conformance-only); fi ;;
    *:true) arguments=(--for 20ms) ;;
  esac
}

# A row's parameters, as variables. Behind -- stands a command.
read_row() {  # NAME
  local parameter parameters
  read -r _ kind _ parameters <<<"$(row "$1") "
  pick=newest arch=amd64 caps=default sysctl= as= line= processors=2 memory=512
  cgroup= document= named= times=3 restriction=()
  if [[ $parameters == *'-- '* ]]; then read -ra restriction <<<"${parameters#*-- }"; fi
  for parameter in ${parameters%%-- *}; do [[ $parameter == -- ]] || declare -g "$parameter"; done
}

# An emulated guest races on as many processors as it has: two guests on the same would be served in turn, and their
# acts never meet.
jobs_for() {  # NAME
  read_row "$1"
  case $kind:$line in
    kernel:* | own_kernel:* | emulator:* | restricted:?*) echo "$processors" ;;
    *) echo 1 ;;
  esac
}

# Those that take several jobs evenly among the others: then each fills the gaps that the other kind leaves.
interleaved() {  # NAME...
  local name wide=() narrow=() share i
  for name; do
    if (($(jobs_for "$name") > 1)); then wide+=("$name"); else narrow+=("$name"); fi
  done
  share=$((${#narrow[@]} / (${#wide[@]} + 1)))
  for i in "${!wide[@]}"; do printf '%s\n' "${wide[i]}" "${narrow[@]:i * share:share}"; done
  for name in "${narrow[@]:${#wide[@]} * share}"; do echo "$name"; done
}

settle() {
  local status=$?
  if ((status)) && [[ ! -e $work/$name.state ]]; then
    conclude failed "the $step step ended with status $status: see $name.log"
  fi
  if [[ -e $work/$name.state ]]; then report "$name" >&3; fi
}

# Every environment needs this machine's own binary too: it judges the documents.
prepare_environment() { needs jq jq; prepare_binary "$(uname -m)"; "prepare_$kind"; }

attempt_environment() {
  local status=0 why=
  "try_$kind" >"$work/$name.json" || status=$?
  if ! jq -es 'length == 1 and (.[0] | type == "object")' "$work/$name.json" >"$work/$name.checked"; then
    if [[ $(type -t "silenced_$kind") == function ]]; then why=$("silenced_$kind"); fi
    [[ -z $why ]] || echo "$why" >"$out/$name.misfits"
    ((status == 124 || status == 137)) && failed "no document within $deadline s${why:+: $why}"
    if [[ $(type -t "excused_$kind") == function ]]; then "excused_$kind" "$status"; fi
    failed "left no document (status $status${why:+, $why})"
  fi
  case $status in
    0 | 1 | 3) mv "$work/$name.json" "$out/$name.json"; hold ;;
    *) failed "ended with status $status" ;;
  esac
}

# Compares the document with what is expected of the environment: a difference is a failure.
hold() {
  local misfits status=0
  if [[ -n $bisect ]]; then conclude ran "for a bisection"; return; fi
  misfits=$("$(binary "$(uname -m)")" expect "${named_by[@]}" "$expected" "$out/$name.json" 2>&1) ||
    status=$?
  if [[ $(type -t "contradicted_$kind") == function ]]; then
    misfits=$(printf '%s\n' "$misfits"; "contradicted_$kind" 2>&1) || status=$?
    misfits=$(grep -v '^note: ' <<<"$misfits" | grep . || true)
    [[ -z $misfits ]] || status=1
  fi
  ((status)) || { conclude ran "as expected"; return; }
  echo "$misfits" | tee "$out/$name.misfits" >&2
  failed "not as expected: $(grep -c . "$out/$name.misfits") lines in $name.misfits, the first: ${misfits%%$'\n'*}"
}

report() {
  local word reason seconds what=
  IFS='|' read -r word reason seconds <"$work/$1.state" || true
  [[ -e $work/$1.detail ]] && what=$(<"$work/$1.detail")
  printf '%-20s %-14s %4ss  %s\n' "$1" "$word" "$seconds" "${what:+$what${reason:+: }}$reason"
}

summary() {
  local name
  echo
  {
    for name; do report "$name"; done
    if [[ -e $work/notes ]]; then sort -u "$work/notes"; fi
  } | tee "$out/summary.txt"
  ! grep -q '^failed|' "$work"/*.state
}
