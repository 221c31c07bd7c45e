#!/bin/sh
# Which pidfd features this kernel has.
cd "$(dirname "$0")" && exec ./pidproof probe --quiet --to kselftest=- --exit-style kselftest
