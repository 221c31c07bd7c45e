# shellcheck shell=bash disable=SC2034,SC2154
# Containers as Docker and Podman start them: a hand-made bundle, their seccomp profile, their capabilities.

readonly podman_caps=(CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT)
readonly docker_caps=("${podman_caps[@]}" AUDIT_WRITE MKNOD NET_RAW)

# The profile, $work/$name.profile: of Docker the one that the caller names, else Debian's, which is also left in
# $out/profiles/docker.json.
prepare_profile() {
  local file
  case $profile in
    podman)
      file=/usr/share/containers/seccomp.json
      needs "$file" golang-github-containers-common
      ;;
    docker)
      file=${PIDPROOF_DOCKER_PROFILE:-$out/profiles/docker.json}
      if [[ -z ${PIDPROOF_DOCKER_PROFILE:-} ]]; then
        fetch_docker_profile "$file"
      elif [[ ! -e $file ]]; then
        not_available "PIDPROOF_DOCKER_PROFILE is $file, which is not there"
      fi
      ;;
  esac
  ln -s "$(realpath "$file")" "$work/$name.profile"
}

# Docker's own sources have it, as trixie packages them: those in later suites do not.
fetch_docker_profile() {  # DESTINATION
  local package=golang-github-docker-docker-dev file served arch
  arch=$(dpkg --print-architecture)
  prepare_archive "$arch"
  listed "$arch" "^$package\$" trixie >"$work/$name.candidates"
  [[ -s $work/$name.candidates ]] || not_available "the mirror lists no $package in trixie (set PIDPROOF_DOCKER_PROFILE)"
  first_served "$arch" '*/docker/profiles/seccomp/default.json' <"$work/$name.candidates" ||
    not_available "the mirror lists $package but does not serve it (set PIDPROOF_DOCKER_PROFILE)"
  install -D -m 644 "$file" "$1"
  from=", Docker $served"
}

prepare_oci() {
  local capabilities=() from=
  needs_root
  needs "$runtime" "$runtime"
  prepare_profile
  if [[ $caps != none ]]; then
    declare -n granted=${profile}_caps
    capabilities=("${granted[@]/#/CAP_}")
  fi
  prepare_binary "$(uname -m)"
  mkdir -p "$work/$name.bundle/rootfs"
  install -m 755 "$(binary "$(uname -m)")" "$work/$name.bundle/rootfs/pidproof"
  jq -f "$here/lib/oci-config.jq" --arg arch "$(dpkg --print-architecture)" \
    --arg kernel "$(uname -r | grep -oE '^[0-9]+\.[0-9]+')" --arg cgroup "$(container)" \
    --argjson caps "$(as_json "${capabilities[@]}")" \
    --argjson command "$(as_json /pidproof "${job[@]}")" \
    "$work/$name.profile" >"$work/$name.bundle/config.json"
  detail "$("$runtime" --version | sed -n 1p)$from"
}

as_json() { jq -cn '$ARGS.positional' --args -- "$@"; }
container() { echo "pidproof-$name-$$"; }

# A private cgroup2 mount, since crun refuses a hybrid hierarchy. The runtime runs in the background
# so that a signal reaches the trap at once, which then ends the container and removes its cgroup.
# shellcheck disable=SC2016
readonly contain='
  umount -R /sys/fs/cgroup 2>/dev/null
  mount -t cgroup2 cgroup2 /sys/fs/cgroup && mount -t tmpfs tmpfs /run || exit 125
  trap "$1 delete --force $2 2>/dev/null" EXIT
  trap "exit 143" TERM INT
  timeout --foreground --kill-after=2 "$3" "$1" run --bundle "$4" "$2" </dev/null &
  wait $!'

# The rows that --seccomp predicts outside of the container and that differ inside: all rows where neither has a
# capability, else those that only the filter decides.
# shellcheck disable=SC2016
contradicted_oci() {
  local granted=$profile view=() all=false
  if [[ $caps == none ]]; then granted=none view=(--as nocaps) all=true; fi
  "$(binary "$(uname -m)")" probe --quiet --json "$work/$name.predicted" \
    --seccomp "$work/$name.profile" --caps "$granted" "${view[@]}"
  jq -rn --argjson all "$all" --slurpfile inside "$out/$name.json" --slurpfile outside "$work/$name.predicted" '
    def rows: .[0].features | last.world as $world | map(select(.world == $world) | {(.feature): .availability}) | add // {};
    def decided: if $all then . else . == "filtered" end;
    ($outside[0].features | map(select(.evaluated) | .feature)) as $evaluated
    | ($inside | rows) as $real | ($outside | rows) as $predicted | $real | keys[]
    | select(startswith("outside/") | not)  # the processes outside differ
    | . as $row | select(($real[$row] == "unclear" and any($evaluated[]; . == $row)) | not)  # the filter is known
    | select(($real[.] | decided) != ($predicted[.] | decided))
    | "predicted otherwise: \(.) is \($real[.]) in the container and \($predicted[.]) by --seccomp"'
}

try_oci() {
  unshare --mount --pid --fork --kill-child --mount-proc \
    bash -c "$contain" contain "$runtime" "$(container)" "$deadline" "$work/$name.bundle"
}
