# What the scripts here share. Sourced, not run.

say() { printf '== %s\n' "$*" >&2; }

# Installs Debian packages if we may; says nothing of its own on failure.
apt_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    if [ "$(id -u)" = 0 ]; then as_root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"
    else return 1
    fi
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 update ||
        say "Could not refresh all package lists; trying with those that are here"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 \
        install --no-install-recommends "$@" >/dev/null </dev/null
}
