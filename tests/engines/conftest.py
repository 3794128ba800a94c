"""Each test in each engine: ``visitor`` is somebody new with Chromium, Firefox or WebKitGTK."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver

from tests.browser.chromium import somebody_new

from . import starting
from .bidi import FirefoxVisitor, Session
from .by_selenium import SeleniumVisitor
from .visitor import EngineVisitor

ENGINES = ("chromium", "firefox", "webkit")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The name of an engine."""
    return str(request.param)


@pytest.fixture
def visitor(engine: str, request: pytest.FixtureRequest) -> EngineVisitor:
    """Somebody new with a browser of that engine."""
    found: EngineVisitor = request.getfixturevalue(f"visitor_in_{engine}")
    return found


@pytest.fixture
def visitor_in_chromium(chromium: webdriver.Chrome) -> Iterator[EngineVisitor]:
    first = somebody_new(chromium)
    first.cdp("Security.setIgnoreCertificateErrors", ignore=True)
    yield SeleniumVisitor(chromium)
    # Before the servers of this test end, whose pages may still be running.
    first.reset()


@pytest.fixture(scope="package")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One Firefox for the tests of this folder in a worker."""
    with starting.firefox(tmp_path_factory.mktemp("firefox")) as session:
        yield session


@pytest.fixture
def visitor_in_firefox(firefox: Session) -> Iterator[EngineVisitor]:
    visitor = FirefoxVisitor(firefox)
    yield visitor
    visitor.leave()


@pytest.fixture(scope="package")
def screen() -> Iterator[str]:
    """A virtual screen, as a value for ``DISPLAY``."""
    with starting.screen() as display:
        yield display


@pytest.fixture(scope="package")
def webkit_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where WebKitGTK keeps what it found out about fonts and codecs. The rest is forgotten when
    it is driven."""
    return tmp_path_factory.mktemp("webkit")


@pytest.fixture
def visitor_in_webkit(screen: str, webkit_home: Path) -> Iterator[EngineVisitor]:
    """In a new process, since that is the only way to be rid of all cookies: WebDriver deletes
    those of the present page only. It starts in half a second."""
    with starting.webkit(webkit_home, screen) as driver:
        yield SeleniumVisitor(driver)
