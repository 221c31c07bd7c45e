# shellcheck shell=bash
# What the checks of ci/fleet share. A check sources this first: it is then process 1 of namespaces of its own, with
# files of its own in $work, and all that it starts ends with it.
set -euo pipefail
export LC_ALL=C
fleet=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=${PIDPROOF_BUILD:-$(cd "$fleet/../.." && pwd)/build/release}
self=$(cd "$(dirname "$0")" && pwd)/$(basename "$0")

# Exit status 77 is what CTest calls skipped.
skip() { # REASON
  echo "skipped: $*"
  exit 77
}

need() { # PROGRAM...
  local program
  for program; do
    PATH=$PATH:/usr/sbin:/sbin command -v "$program" > /dev/null || skip "no $program: ci/fleet/setup installs it"
  done
}

if [ -z "${PIDPROOF_CHECK_WITHIN-}" ]; then
  [ "$(id -u)" -eq 0 ] || skip 'it needs root, for namespaces with a /run and a network of their own'
  [ -x "$build/pidproof" ] || skip "no $build/pidproof: ci/build tests makes it"
  # --kill-child: the namespaces end with this process, however it ends.
  PIDPROOF_CHECK_WITHIN=1 exec unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --net \
    --mount-proc "$self" "$@"
fi

export PATH=$build:$PATH:/usr/sbin:/sbin
exec < /dev/null # its own: what others set on a shared one, such as O_NONBLOCK, ansible refuses
mount -t tmpfs tmpfs /run
work=/run/pidproof
mkdir "$work"
cd "$work"
ip link set lo up 2> /dev/null || skip 'the loopback device cannot be brought up here'

fail() { # WHAT
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# Whether an answer is the one that is expected.
expect() { # WHAT EXPECTED ANSWER
  [ "$2" = "$3" ] || fail "$(printf '%s:\n  expected: %s\n  answer:   %s' "$1" "$2" "$3")"
  echo "ok: $1: ${2:0:200}"
}

# Until a command succeeds, for states whose coming no event tells. It may take long on a slow machine; where a process
# that must bring it about has ended, it cannot come any more.
await() { # WHAT PID COMMAND...
  local what=$1 pid=$2 tries=0
  shift 2
  until "$@" > /dev/null 2>&1; do
    kill -0 "$pid" 2> /dev/null || fail "$what: the process that does it has ended"
    ((++tries < 1200)) || fail "$what: it has not come"
    sleep 0.1
  done
}
