"""The peers' files as npm has them, kept in a cache of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

#: What is measured, each at one version.
VERSIONS = {
    "cookieconsent": "3.1.1",
    "vanilla-cookieconsent": "3.1.0",
    "klaro": "0.7.22",
    "tarteaucitronjs": "1.34.0",
    "orejime": "3.2.1",
}


class Missing(Exception):
    """A package cannot be had."""


def folder(package: str) -> Path:
    """The files of a package, which npm fetches the first time."""
    there = _cache() / f"{package}-{VERSIONS[package]}"
    if not there.is_dir():
        _fetch(f"{package}@{VERSIONS[package]}", there)
    return there


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "flask-cookie-consent" / "peers"


def _fetch(name: str, there: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Missing(
            f"npm fetches {name} and the other banners, and is not on PATH. It comes with Node.js: "
            "https://nodejs.org/, or apt-get install npm"
        )
    there.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=there.parent) as here:
        # It fetches one archive and runs nothing of it; npm compares its hash.
        done = subprocess.run(
            [npm, "pack", name, "--pack-destination", here],
            cwd=here,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Missing(f"npm could not fetch {name}:\n{done.stderr.strip()}")
        with tarfile.open(next(Path(here).glob("*.tgz"))) as archive:
            archive.extractall(here, filter="data")
        (Path(here) / "package").rename(there)
