"""Real browsers on real servers.

``browser`` is headless Chromium, one per test worker, clean for every test. ``serve`` puts any
WSGI app on a free port. ``third_party`` is a second origin that sets cookies and counts.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from selenium import webdriver

from .chromium import clean, leave_one_tab, somebody_new
from .visitor import Visitor
from .world import Server


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def newcomer(chromium: webdriver.Chrome) -> Callable[[], Visitor]:
    """A function that makes the browser a clean one, in the middle of a test too."""
    return partial(somebody_new, chromium)


@pytest.fixture
def browser(chromium: webdriver.Chrome, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """A visitor with a clean browser: no cookies, no storage, no cache, a desktop window, and the
    wide face unless the test is one of :data:`.layer.in_each_face`."""
    visitor = clean(chromium)
    face = getattr(request, "param", "wide")
    if face != "wide":
        visitor.draw_with(face)
    yield visitor
    # Before the servers of this test end, whose pages may still be running.
    leave_one_tab(chromium)


@pytest.fixture
def trusting(browser: Visitor) -> Iterator[Visitor]:
    """A visitor whose browser takes any certificate."""
    browser.cdp("Security.setIgnoreCertificateErrors", ignore=True)
    yield browser
    browser.cdp("Security.setIgnoreCertificateErrors", ignore=False)


@pytest.fixture
def serve_https(
    trusting: Visitor, serve: Callable[..., Server], tls: ssl.SSLContext
) -> Callable[..., Server]:
    """The same as ``serve``, by https, with a browser that takes the certificate."""
    return partial(serve, tls=tls)
