"""The built bundles, as they lie on the disk."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path


def static_folder() -> Path:
    """Where the built bundles lie: in a wheel beside the modules, in a checkout at its top."""
    here = Path(__file__).resolve().parent
    for folder in (here.parent / "static", here.parents[2] / "static"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        "the built bundles are missing: neither flask_cookie_consent/static nor static/ at the "
        "top of the checkout exists; run `make build`"
    )


@cache
def bundle(name: str) -> str:
    """The text of a built bundle."""
    return (static_folder() / name).read_text("utf-8")


def sha256_source(text: str) -> str:
    """The hash of ``text`` as an ``integrity`` attribute and, in quotes, a
    Content-Security-Policy name it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
