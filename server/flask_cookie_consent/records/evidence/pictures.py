"""Pictures of pages, as a proof pack holds them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pictures:
    """What was taken."""

    files: dict[str, bytes]
    """PNG by name: ``policy-phone-dark.png``."""
    browser: str | None
    """Name and version of the browser that took them."""
    fault: str | None
    """Why they are not all there."""
