"""An open-data portal that asks for consent: ``python -m examples.portal``.

Read :mod:`.policy` first (what the site stores), then :mod:`.app` (how it is wired), then
``templates/`` (how markup waits for consent).
"""

from .app import create_app

__all__ = ["create_app"]
