#!/bin/sh
# Sees to it that there is a browser to test with: Debian's Chromium and its driver.
set -eu
cd "$(dirname "$0")/.."
. tools/lib.sh

have() { command -v "$1" >/dev/null 2>&1; }
if { have chromium || have chromium-browser || have google-chrome; } && have chromedriver; then exit 0; fi

say "Installing Chromium and its driver for the browser tests"
if apt_install chromium chromium-driver && have chromedriver; then exit 0; fi
say "Could not install them (as root: apt-get install chromium chromium-driver)."
say "Going on: Selenium Manager may find or fetch a browser; if not, the browser tests fail."
