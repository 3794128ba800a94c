"""For all tests."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# Generated examples are not timed: a busy machine takes as long as it takes.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
