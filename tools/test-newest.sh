#!/bin/sh
# Runs the quick tests with the newest version of everything that pyproject.toml does not hold, in
# an environment of its own, which is brought up to date once a day: test-newest.sh [pytest's
# arguments].
set -eu
cd "$(dirname "$0")/.."

UPGRADE=$(date +%F) tools/bootstrap.sh test .venv-newest
exec .venv-newest/bin/python -m pytest -n 2 -q -m "not browser and not package" "$@"
