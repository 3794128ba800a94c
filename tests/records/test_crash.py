"""Servers killed at random moments lose nothing that they acknowledged (P3)."""

from __future__ import annotations

import pytest

from .crash import STORES, rounds


@pytest.mark.parametrize("store", STORES)
def test_an_acknowledged_choice_survives_a_killed_server(store: str) -> None:
    acknowledged, _ = rounds(store, 12, seed=1)
    assert acknowledged > 100
