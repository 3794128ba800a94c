#!/bin/sh
# Makes .venv and installs this project into it with an extra: bootstrap.sh demo|test|bench.
# Costs nothing when that has been done for the present pyproject.toml.
set -eu
cd "$(dirname "$0")/.."
. tools/lib.sh
extra=${1:-demo}

stamp=.venv/.installed-$extra
want=$(cksum pyproject.toml)
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; then exit 0; fi

suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; }
python=""
for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python3.10}; do
    if suits "$candidate"; then python=$candidate; break; fi
done
if [ -z "$python" ]; then
    say "No Python 3.10 or newer was found. Install one, or name it: make PYTHON=/path/to/python3 ..."
    exit 1
fi

if [ ! -x .venv/bin/python ]; then
    say "Making the environment .venv with $($python --version)"
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
        say "This Python lacks venv; installing python3-venv"
        if ! apt_install python3-venv; then
            say "Could not install python3-venv. As root: apt-get install python3-venv"
            exit 1
        fi
    fi
    "$python" -m venv .venv
fi
say "Installing what '$extra' needs"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable ".[$extra]"
printf '%s\n' "$want" >"$stamp"
