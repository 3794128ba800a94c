"""For the tests of sites: visitors in any state of consent, and a look at what responses set.

In a ``conftest.py``, beside a fixture ``app`` that gives the Flask app::

    pytest_plugins = ["flask_cookie_consent.testing"]

and in a test::

    def test_the_shop_works_without_statistics(app, consent_client):
        response = consent_client(allow=["marketing"]).get("/shop")
        assert_cookies_allowed(response, app)

Needs pytest, for the fixture alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from .choice.codec import Choice
from .choice.permissions import UnknownName
from .choice.rules import Rules
from .enforcement.gate import Gate
from .http.hosts import plain_name
from .policy import Policy
from .site import Site
from .web.installed import installed_in

#: Ids of services or categories, or one of the two words.
Allow: TypeAlias = "Iterable[str] | Literal['everything', 'nothing']"


def consent_cookie(policy: Policy, allow: Allow, *, https: bool = False) -> dict[str, Any]:
    """The consent cookie of a visitor who allows exactly ``allow``, made just now.

    As Selenium's ``driver.add_cookie`` takes it, on a page of the site; for Playwright's
    ``context.add_cookies`` add a ``"domain"``.

    :param https: whether the site is visited by https, where a name with the prefix
        ``__Host-`` has it.
    :raises UnknownName: if the policy has no such service or category.
    """
    rules = Rules(policy)
    granted, refused = rules.save(None, _services(policy, allow))
    choice = Choice(int(time.time()), "save", granted, refused, confirmed=True)
    name = policy.cookie_name if https else plain_name(policy.cookie_name)
    cookie = {"name": name, "value": choice.encode(), "path": "/", "sameSite": "Lax"}
    return cookie | {"secure": True} if https else cookie


def _services(policy: Policy, allow: Allow) -> set[str]:
    if allow == "nothing":
        return set()
    if allow == "everything":
        return {service.id for service in policy.services}
    ids: set[str] = set()
    members = {c.id: {s.id for s in policy.services_in(c.id)} for c in policy.categories}
    for name in allow:
        if name not in policy.names:
            raise UnknownName(name, sorted(policy.names))
        ids |= members.get(name, {name})
    return ids


@pytest.fixture
def consent_client(app: Flask) -> Callable[..., FlaskClient]:
    """A function that makes a test client: ``consent_client(allow=["statistics"])``. Without
    ``allow`` the visitor has made no choice. In an app with several sites ``host`` says on which
    one it was made."""

    def make(allow: Allow | None = None, host: str = "localhost") -> FlaskClient:
        client = app.test_client()
        if allow is not None:
            for https in (False, True):  # one name, but for one with a prefix
                site = _site(app, {"HTTP_HOST": host, "wsgi.url_scheme": "http"})
                cookie = consent_cookie(site.policy, allow, https=https)
                domain = host.partition(":")[0]
                client.set_cookie(cookie["name"], cookie["value"], domain=domain)
        return client

    return make


def assert_cookies_allowed(response: TestResponse, app: Flask) -> None:
    """Fails if ``response``, of a test client of ``app``, sets a cookie that the policy does not
    declare or that the visitor who asked for it does not allow. Deletions are fine."""
    site = _site(app, response.request.environ)
    allowed = site.rules.allowed(site.cookie.read(response.request.environ))
    faults: list[str] = []
    # A gate of its own: it tells every time, and the app's settings do not matter.
    gate = Gate(
        site.policy, "report", lambda found: faults.append(f"{found.name}: {found.problem}")
    )
    cookies = [("Set-Cookie", cookie) for cookie in response.headers.getlist("Set-Cookie")]
    kept, _ = gate.screen(cookies, allowed, lambda: response.request.path)
    refused = [
        cookie.partition("=")[0] for header, cookie in cookies if (header, cookie) not in kept
    ]
    faults += [f"{name}: refused or not asked about" for name in refused]
    assert not faults, f"{response.request.path} sets {'; '.join(faults)}"


def _site(app: Flask, environ: dict[str, Any]) -> Site:
    return installed_in(app, environ).site
