#!/bin/sh
# Runs the quick tests with the lowest version of every dependency, in an environment of its own:
# test-lowest.sh [pytest's arguments].
set -eu
cd "$(dirname "$0")/.."

tools/bootstrap.sh test
.venv/bin/python -m tools.floors >.venv-lowest.txt
# The oldest Python too: the lowest versions of what is compiled come in no newer wheel.
export PYTHON="${PYTHON:-python3.10 python3.11 python3.12 python3.13 python3.14 python3}"
CONSTRAINTS=.venv-lowest.txt tools/bootstrap.sh test .venv-lowest
exec .venv-lowest/bin/python -m pytest -n 2 -q -m "not browser and not package" "$@"
