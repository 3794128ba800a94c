"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# How long one input takes depends on what else the machine does; tests measure no time.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")
