#!/bin/sh
# The tests, and the types checked beside them: with one core at the types, another would idle.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
.venv/bin/mypy >build/types.txt 2>&1 &
types=$!
status=0
.venv/bin/python -m pytest "$@" || status=$?
wait "$types" || status=1
cat build/types.txt
exit "$status"
