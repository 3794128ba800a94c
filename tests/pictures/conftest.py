"""The camera and the album, one of each for all tests of a worker."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from selenium.common.exceptions import WebDriverException

from tests.browser.chromium import NO_BROWSER

from .album import Album
from .camera import Camera, open_camera


@pytest.fixture(scope="session")
def camera() -> Iterator[Camera]:
    """A Chromium of its own, since its flags are others than those of the browser tests."""
    with ExitStack() as stack:
        try:
            camera = stack.enter_context(open_camera())
        except (WebDriverException, OSError) as error:
            pytest.fail(NO_BROWSER.format(error=error), pytrace=False)
        yield camera


@pytest.fixture(scope="session")
def album(camera: Camera) -> Album:
    """The references that fit the camera's Chromium best."""
    album = Album(camera.major)
    if album.warning:
        warnings.warn(album.warning, stacklevel=1)
    return album
