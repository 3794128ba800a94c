#!/bin/sh
# Makes an environment and installs this project into it, with what a group of pyproject.toml needs,
# or with what the demo needs: bootstrap.sh demo|test|docs|dev|bench [FOLDER].
# Costs nothing when that has been done for the present pyproject.toml in the present place.
# CONSTRAINTS=FILE holds versions as pip's --constraint does; UPGRADE=KEY takes the newest of
# everything, once for each KEY.
set -eu
cd "$(dirname "$0")/.."
. tools/lib.sh
group=${1:-demo}
env=${2:-.venv}

stamp=$env/.installed-$group
# The place counts, since environments and editable installs do not survive being moved.
want="$(cat pyproject.toml ${CONSTRAINTS:-} | cksum) $(pwd) ${UPGRADE:-}"
done_already() { [ -x "$env/bin/python" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$want" ]; }
if done_already; then exit 0; fi

# Two of these at once would clear each other's half-made environment.
if command -v flock >/dev/null 2>&1; then
    exec 9>"$env.lock"
    flock -n 9 || { say "Waiting for another one that is at work on $env"; flock 9; }
    if done_already; then exit 0; fi
fi

# Nothing to do with the environment that is there unless its Python and pip run.
if ! "$env/bin/python" -m pip --version >/dev/null 2>&1; then
    suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; }
    python=""
    for candidate in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python3.10}; do
        if suits "$candidate"; then python=$candidate; break; fi
    done
    if [ -z "$python" ]; then
        say "No Python 3.10 or newer was found${PYTHON:+ as $PYTHON}."
        say "Install one, or name it: make PYTHON=/path/to/python3 ..."
        exit 1
    fi

    say "Making the environment $env with $("$python" --version)"
    # Debian and Ubuntu leave these two out of their Python.
    complete() { "$python" -c 'import venv, ensurepip' 2>/dev/null; }
    if ! complete; then
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        say "This Python lacks venv; installing $package"
        if ! apt_install "$package" || ! complete; then
            say "Could not install it. As root: apt-get install $package"
            exit 1
        fi
    fi
    "$python" -m venv --clear "$env"
fi
say "Installing what '$group' needs (the first time this can take a minute or two)"
pip_install() { "$env/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; }
if [ "$group" = demo ]; then
    set -- --editable ".[brotli,records]"
else
    # The pip of Debian 12 knows no groups.
    "$env/bin/python" -m pip install --help | grep -q -e --group || pip_install "pip>=25.1"
    set -- --editable . --group "$group"
fi
pip_install ${CONSTRAINTS:+--constraint "$CONSTRAINTS"} \
    ${UPGRADE:+--upgrade --upgrade-strategy eager} "$@"
printf '%s\n' "$want" >"$stamp"
