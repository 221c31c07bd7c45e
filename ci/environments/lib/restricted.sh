# shellcheck shell=bash disable=SC2034,SC2154
# A host that refuses something: the binary, below the command of the row that restricts it. What is expected of it is
# the same for each: expected/restricted, where a broken or inconclusive cell passes only if its reason names the
# restriction (named=).

# The deadline: at least that many seconds, and that many times the plain run. A row that hangs exceeds it, one that a
# busy machine delays does not.
readonly slowest=20 least_seconds=60
# In milliseconds: a run that takes no longer is never called slow, since a busy machine alone may cause that.
readonly never_slow=5000

prepare_restricted() {
  if [[ -n $line ]]; then
    prepare_kernel
  else
    needs_root
    needs unshare util-linux
    [[ " ${restriction[*]} " != *" strace "* ]] || needs strace strace
    prepare_binary "$(uname -m)"
    prepare_launcher
    prepare_cgroups
    detail "${cgroup:+cgroup $cgroup }${restriction[*]}"
  fi
  [[ -e $work/plain$line ]] || measure_plain || failed "the plain run failed: there is nothing to compare this one with"
}

# pidproof-restrict is beside the binary that is given, else it is built with it.
prepare_launcher() {
  local arch given launcher
  arch=$(uname -m)
  [[ -e $work/$arch/pidproof-restrict ]] && return
  given=PIDPROOF_BINARY_$arch
  launcher=$root/build/release/pidproof-restrict
  if [[ -n ${!given:-} ]]; then
    launcher=$(dirname "${!given}")/pidproof-restrict
    [[ -e $launcher ]] || failed "there is no pidproof-restrict beside ${!given}: build it"
  elif ! build release pidproof-restrict >"$out/build-restrict.log" 2>&1; then
    failed "pidproof-restrict did not build: see build-restrict.log"
  fi
  install -m 755 "$launcher" "$work/$arch/pidproof-restrict"
}

# A folder for each limit, in either version of cgroups; the limits are named as in version 2, cpu.max in percent.
prepare_cgroups() {
  local limit place
  for limit in ${cgroup//,/ }; do
    place=$(cgroup_of "${limit%%.*}")
    [[ -n $place ]] || not_available "no cgroup with the limit $limit can be made here"
    sweep_cgroups "$place"
    echo "$place/pidproof-$$-$name $limit"
  done >"$work/$name.cgroups"
}

cgroup_of() {  # CONTROLLER
  local controllers=/sys/fs/cgroup/cgroup.subtree_control
  if [[ -w /sys/fs/cgroup/$1 ]]; then echo "/sys/fs/cgroup/$1"; return; fi
  if [[ -w $controllers ]] && grep -qw "$1" "$controllers"; then echo /sys/fs/cgroup; fi
}

# Removes the cgroups of a run that was killed with SIGKILL.
sweep_cgroups() {  # FOLDER
  local left process
  for left in "$1"/pidproof-*; do
    process=${left#"$1/pidproof-"}
    if [[ -d $left && ! -d /proc/${process%%-*} ]]; then rmdir "$left"; fi
  done
}

enter_cgroups() {  # PROCESS
  local place file value
  while IFS=' =' read -r place file value; do
    mkdir -p "$place"
    case $place:$file in
      /sys/fs/cgroup/memory/*) file=memory.limit_in_bytes ;;
      /sys/fs/cgroup/cpu/*) file=cpu.cfs_quota_us value=${value}000 ;;
      *:cpu.max) value="${value}000 100000" ;;
    esac
    echo "$value" >"$place/$file" && echo "$1" >"$place/cgroup.procs" || return 1
  done <"$work/$name.cgroups"
}

# Removes the cgroups, once all processes in them have ended.
remove_cgroups() {
  local place left
  while read -r place _; do
    left=200
    until rmdir "$place" 2>/dev/null || ((!--left)); do read -rt 0.05 <> <(:) || true; done
    [[ ! -d $place ]] || return 1
  done <"$work/$name.cgroups"
}

# Runs below that command with mounts, a PID namespace and a /run of its own, where the two programs are: a row may take
# /tmp away. They are not copied: that would count as memory of the row's cgroup.
confined() {  # SECONDS [COMMAND...]
  local programs
  programs=$work/$(uname -m)
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child --mount-proc bash -c '
    mount --bind "$1" /run && mount -o remount,bind,ro /run &&
    PATH=/run:$PATH && shift && exec "$@"' \
    confined "$programs" timeout --foreground --kill-after=2 "$@" \
    /run/pidproof run --json "${document:--}" --quiet "${arguments[@]}"
}

# Milliseconds that the run takes where nothing is restricted.
measure_plain() {
  local document= processors=2 memory=512 sysctl= begun=${EPOCHREALTIME/./} status=0
  if [[ -n $line ]]; then
    boot "$deadline" run >"$work/plain.json" || status=$?
    own_time "$work/plain.json" >"$work/plain$line"
  else
    confined "$deadline" >"$work/plain.json" || status=$?
    echo "$(((${EPOCHREALTIME/./} - begun) / 1000))" >"$work/plain"
  fi
  [[ $status == [013] ]] || { rm -f "$work/plain$line"; return 1; }
}

own_time() { jq '.run.seconds * 1000 | floor' "$1"; }  # a guest's, without its boot

limit_of() {
  local plain
  plain=$(($(<"$work/plain") * slowest / 1000))
  echo "$((plain > least_seconds ? (plain < deadline ? plain : deadline) : least_seconds))"
}

try_restricted() {
  expected=$here/expected/restricted named_by=(--named "$named")
  if [[ -n $line ]]; then
    local status=0
    try_kernel >"$work/$name.guest" || status=$?
    cat "$work/$name.guest"
    own_time "$work/$name.guest" >"$work/$name.took"
    return "$status"
  fi
  local status=0 begun=${EPOCHREALTIME/./}
  trap 'settle; remove_cgroups' EXIT
  below_restrictions || status=$?
  echo "$(((${EPOCHREALTIME/./} - begun) / 1000))" >"$work/$name.took"
  cat "$work/$name.stderr" >&2
  remove_cgroups || failed "a cgroup of it is still there: $(cat "$work/$name.cgroups")"
  return "$status"
}

# The document goes to a pipe, so that a limit on files concerns only those that the program opens.
below_restrictions() {
  (
    enter_cgroups "$BASHPID" || exit 125
    confined "$(limit_of)" "${restriction[@]}" 8>&1 2>"$work/$name.stderr"
  ) | cat
}

# Why there is no document. A run that is impossible says so in one line that names the restriction.
excused_restricted() {  # STATUS
  local said=$work/$name.stderr phrase
  [[ -e $said ]] || return 0
  (($1 != 124)) || failed "no document within $(limit_of) s"
  (($1 != 137)) || failed "killed after $(<"$work/$name.took") ms, by the deadline of $(limit_of) s or for want of memory"
  local tools='pidproof-restrict|setpriv|unshare|prlimit|chrt|taskset|nice|setsid|strace'
  if (($1 < 126)) && grep -qE "^($tools): " "$said"; then
    not_available "$(tail -n 1 "$said")"
  fi
  [[ $1 == [23] && $(grep -c . "$said") == 1 ]] && grep -q '^pidproof: ' "$said" || return 0
  while read -r phrase; do
    ! grep -qiF "$phrase" "$said" || { conclude ran "as expected, no document: $(<"$said")"; exit 0; }
  done < <(tr , '\n' <<<"$named")
  failed "its one line does not name the restriction ($named): $(<"$said")"
}

# In a guest, trouble that its kernel reports fails the row too.
silenced_restricted() { if [[ -n $line ]]; then silenced_kernel; fi; }
contradicted_restricted() {
  if [[ -n $line ]]; then contradicted_kernel; fi
  hold_time
}

# Fails a run that takes more than times= the plain run's time, which is then measured once more. Where these two
# measurements differ, the machine is too busy to judge it.
hold_time() {
  local took first plain
  took=$(<"$work/$name.took") first=$(<"$work/plain$line")
  ((took > never_slow && took > first * times)) || return 0
  measure_plain || { echo "slow: the plain run beside it failed"; return 1; }
  plain=$(<"$work/plain$line")
  ((took > plain * times)) || return 0
  local said="took $took ms, more than $times times the plain run's $plain ms"
  if ((plain * 2 < first * 3 && first * 2 < plain * 3)); then echo "slow: $said"; return 1; fi
  note "$name $said, on a machine that is busy: the plain run took $first ms before" >&2
}
