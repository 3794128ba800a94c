#!/bin/sh
# Sees to it that there are browsers to test with: Chromium, Firefox and WebKitGTK, as Debian has
# them. Goes on without those that it may not install; the tests say which they did not try.
set -eu
cd "$(dirname "$0")/.."
. tools/lib.sh

have() { command -v "$1" >/dev/null 2>&1; }
have_chromium() {
    { have chromium || have chromium-browser || have google-chrome; } && have chromedriver
}
have_firefox() { have firefox-esr || have firefox; }
have_webkit() { have WebKitWebDriver && have Xvfb; }

want=""
have_chromium || want="$want chromium chromium-driver"
have_firefox || want="$want firefox-esr"
have_webkit || want="$want webkit2gtk-driver xvfb"
if [ -z "$want" ]; then exit 0; fi

say "Installing$want for the tests in browsers"
# shellcheck disable=SC2086
if apt_install $want; then exit 0; fi

# Perhaps only one of them cannot be had.
otherwise() {
    say "Could not install $1 (as root: apt-get install $2)."
    say "Going on: $3"
}
skipped="its tests are skipped, or fail with ENGINES=all."
have_chromium || apt_install chromium chromium-driver || otherwise Chromium "chromium chromium-driver" \
    "Selenium Manager may find or fetch a browser; if not, the browser tests fail."
have_firefox || apt_install firefox-esr || otherwise Firefox firefox-esr "$skipped"
have_webkit || apt_install webkit2gtk-driver xvfb ||
    otherwise WebKitGTK "webkit2gtk-driver xvfb" "$skipped"
