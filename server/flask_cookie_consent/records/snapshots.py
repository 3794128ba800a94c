"""What visitors see, kept for good: texts, policy, and the pages as they were rendered."""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..ui.notice import Notice


def snapshot_row(notice: Notice, language: str, base: str) -> dict[str, Any]:
    """The row for what ``notice`` shows in ``language``.

    :param base: the address under which the blueprint answers: links in the pages lead there.
    """
    renderer = notice.renderer
    return {
        "name": renderer.snapshot(language),
        "stored": time.time_ns() // 1_000_000,
        "language": language,
        "regime": notice.regime.id,
        "content": renderer.snapshot_content(language),
        "documents": json.dumps(_documents(notice, language, base), ensure_ascii=False),
    }


def _documents(notice: Notice, language: str, base: str) -> dict[str, Any]:
    """The pages by name (``null`` in the place of a first layer that the site has not), and by file
    the hashes of the scripts and styles."""
    assets = next(iter(notice.assets.values()))
    renderer = notice.renderer
    page = {"css": assets.page_css, "css_file": "", "inline": True, "nonce": "", "home": "/"}
    first = renderer.shown_first_layer(language, base, assets.first_css) if renderer.asks else None
    return {
        "first_layer": first,
        "preferences": renderer.preferences(language, base, None, **page),
        "policy": renderer.policy_page(language, base, **page, next=""),
        "sha256": {
            file.name: hashlib.sha256(file.body).hexdigest() for file in assets.shown(language)
        },
    }
