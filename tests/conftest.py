"""What tests share: faces, servers, certificates, and Chromium."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from flask_cookie_consent.commands import chromium as commands
from tests.browser.world import Server, ThirdParty
from tests.engines.absent import say_what_was_not_tried
from tests.fonts import environment

# Selenium is imported by what needs it: most tests do not.
if TYPE_CHECKING:
    from selenium import webdriver

# How long one input takes depends on what else the machine does; tests measure no time.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

# So that what it asserts says what it found.
pytest.register_assert_rewrite("tests.browser.layer")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    say_what_was_not_tried(terminalreporter)


@pytest.fixture(scope="session", autouse=True)
def no_font_of_the_machine() -> Iterator[None]:
    """Browsers that a test starts, itself or by a command, draw with the faces of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment().items():
            patch.setitem(os.environ, name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def no_sandbox_for_commands() -> Iterator[None]:
    """Containers and chroots give an ordinary user no way to have one, and commands that tests run
    open our own pages alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "_FLAGS", (*commands._FLAGS, "--no-sandbox"))
        yield


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """One Chromium for all tests of a worker."""
    from selenium.common.exceptions import WebDriverException

    from .browser.chromium import NO_BROWSER, start_chromium
    from .engines.processes import ending

    try:
        driver = start_chromium(tmp_path_factory.mktemp("chromium"))
    except (WebDriverException, OSError) as error:
        pytest.fail(NO_BROWSER.format(error=error), pytrace=False)
    driver.set_page_load_timeout(30)
    with ending(driver.service.process, driver.quit):
        yield driver


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """A function that serves a WSGI app until the test ends: ``serve(app).url``."""
    servers: list[Server] = []

    def start(app: Any, **options: Any) -> Server:
        servers.append(Server(app, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def third_party(serve: Callable[..., Server]) -> Iterator[ThirdParty]:
    """A second origin that sets a cookie with every answer and keeps a log of requests."""
    app = ThirdParty()
    app.server = serve(app)
    yield app
    app.release()


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """For servers with https: a certificate of our own making."""
    file = tmp_path_factory.mktemp("certificate") / "key-and-certificate"
    file.write_bytes(_certificate())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def _certificate() -> bytes:
    """A key, and a certificate for 127.0.0.1 that it has signed itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    return key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + certificate.public_bytes(pem)
