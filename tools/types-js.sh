#!/bin/sh
# Checks the JSDoc types of banner/js/ with TypeScript, once as a page has them and once as the script
# tag has them. Node.js is of PyPI (the group `dev`), TypeScript of npm; neither builds or runs anything.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
# A machine may stand behind a proxy whose certificate only its own store knows.
export NODE_OPTIONS=--use-system-ca
for project in tsconfig.json tsconfig.tag.json; do
    npx --yes --package typescript@7.0.2 tsc --project "banner/js/$project"
done
