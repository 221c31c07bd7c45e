#!/bin/sh
# Whether pidfds stay right under races. A slow machine (KSFT_MACHINE_SLOW, as CI sets it) races for a fifth of the time.
cd "$(dirname "$0")" || exit 1
set -- run --quiet --to kselftest=- --exit-style kselftest
case ${KSFT_MACHINE_SLOW:-no} in
  no | 0 | '') ;;
  *) set -- "$@" --for 50ms ;;
esac
exec ./pidproof "$@"
