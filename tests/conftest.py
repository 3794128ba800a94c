"""What holds for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from .fonts import environment

# So that what it asserts says what it found.
pytest.register_assert_rewrite("tests.browser.layer")


@pytest.fixture(scope="session", autouse=True)
def no_font_of_the_machine() -> Iterator[None]:
    """Browsers that a test starts, itself or by a command, draw with the faces of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment().items():
            patch.setitem(os.environ, name, value)
        yield
