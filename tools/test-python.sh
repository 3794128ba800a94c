#!/bin/sh
# Runs the quick tests on another Python, in an environment of its own:
# test-python.sh PYTHON [pytest's arguments].
set -eu
cd "$(dirname "$0")/.."
. tools/lib.sh

python=${1:-}
if [ -z "$python" ]; then
    say "Which Python? For example: make test-python PYTHON=python3.13"
    exit 2
fi
shift
if ! version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); then
    say "There is no working Python called $python"
    exit 1
fi
PYTHON=$python tools/bootstrap.sh test ".venv-$version"
exec ".venv-$version/bin/python" -m pytest -n 2 -q -m "not browser and not package" "$@"
