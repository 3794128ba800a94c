"""What is sealed is JSON that any program writes alike (RFC 8785)."""

from __future__ import annotations

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from flask_cookie_consent.proof.record import canonical, entry_hasher

from .oracles import entry_hash

VALUES = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
NAMES = st.text(st.characters(codec="ascii"), max_size=8)


@given(st.dictionaries(NAMES, VALUES, max_size=8))
def test_the_bytes_are_those_of_another_program(content: dict[str, object]) -> None:
    assert canonical(content) == rfc8785.dumps(content)  # type: ignore[arg-type]


@given(st.dictionaries(st.sampled_from(["id", "time", "zone", "a"]), VALUES), st.binary())
def test_a_template_writes_the_same_bytes(content: dict[str, object], salt: bytes) -> None:
    hasher = entry_hasher("choice", list(content))
    assert hasher(list(content.values()), salt) == entry_hash("choice", content, salt)
