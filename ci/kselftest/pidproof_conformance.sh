#!/bin/sh
# Whether pidfds behave as documented, by questions that are asked once.
cd "$(dirname "$0")" && exec ./pidproof run --conformance-only --quiet --to kselftest=- --exit-style kselftest
