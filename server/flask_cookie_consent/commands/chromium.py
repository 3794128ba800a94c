"""The Chromium of this machine: where it is, and how it starts where nobody looks on."""

from __future__ import annotations

import os
import shutil

#: Looked for on PATH, in this order.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

_FLAGS = (
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--force-device-scale-factor=1",
    "--disable-background-networking",
)


def find_browser() -> str | None:
    """The Chromium, or Chrome, on PATH."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def flags() -> list[str]:
    """The arguments with which it draws the same on every machine, without a display."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    # Chromium refuses to run as root otherwise.
    return [*_FLAGS, *(["--no-sandbox"] if is_root else [])]
