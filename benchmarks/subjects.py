"""The apps whose requests are timed: all answer the same few bytes from one view."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from flask import Flask, Response, request
from werkzeug.test import EnvironBuilder

from flask_cookie_consent import CookieConsent, Policy, consent
from flask_cookie_consent.choice.codec import Choice

#: So many visitors send requests, each with a cookie of their own, as on a real site: whatever
#: an app remembers by cookie value helps it as little as there.
VISITORS = 1000

#: What Chromium sends when a link is clicked.
HEADERS = {
    "Host": "www.example.org",
    "Connection": "keep-alive",
    "Cache-Control": "max-age=0",
    "Upgrade-Insecure-Requests": "1",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36",
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,"
    "*/*;q=0.8",
    "Sec-Fetch-Site": "same-origin",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-User": "?1",
    "Sec-Fetch-Dest": "document",
    "Sec-Ch-Ua-Platform": '"Linux"',
    "Referer": "https://www.example.org/catalogue",
    "Accept-Encoding": "gzip, deflate, br, zstd",
    "Accept-Language": "fr-FR,fr;q=0.9,en;q=0.8",
}

#: The other cookies of a signed-in visitor.
OTHERS = (
    "sessionid=.eJwlzjEOwzAIAMC_MHcAG2OTz0RgQO2aNFPVvzdS5xvuA3sdeT5hex9XPmB_BWwQyTVLZFUTTx.aQx3b9"
    "; django_language=fr"
)

BODY = "<!doctype html><title>Page</title><p>Hello</p>"


def environs(cookies: Sequence[str] = ()) -> list[dict[str, Any]]:
    """One request for each ``Cookie`` header, or a single one without any."""
    plain = EnvironBuilder(
        "/page", "https://www.example.org", headers=HEADERS.items()
    ).get_environ()
    return [plain | {"HTTP_COOKIE": cookie} for cookie in cookies] or [plain]


def with_choices(choice_of: Callable[[int], Choice]) -> list[dict[str, Any]]:
    """A request of each visitor, with other cookies and the choice ``choice_of`` gives."""
    return environs([f"{OTHERS}; consent={choice_of(n).encode()}" for n in range(VISITORS)])


def peer_cookies() -> list[dict[str, Any]]:
    """Requests of visitors who have accepted by Flask-Consent."""
    value = {"enabled": ["required", "analytics"], "last_updated": datetime.now().isoformat()}
    # As werkzeug quotes it.
    quoted = json.dumps(value).replace('"', '\\"').replace(",", "\\054")
    return environs([f'{OTHERS}; _consent="{quoted}"'])


def bare() -> Flask:
    """A Flask app and nothing else."""
    app = Flask("bare")

    @app.get("/page")
    def page() -> str:
        return BODY

    return app


def two_hooks() -> Flask:
    """The least that an extension made of hooks can cost."""
    app = bare()

    @app.before_request
    def before() -> None:
        pass

    @app.after_request
    def after(response: Response) -> Response:
        return response

    return app


def bare_reading() -> Flask:
    """What a site writes that asks its own cookie."""
    app = Flask("bare_reading")

    @app.get("/page")
    def page() -> str:
        return BODY if request.cookies.get("consent") else BODY + " "

    return app


def ours(policy: Policy) -> Flask:
    """Ours; the view does not ask for consent."""
    app = bare()
    app.register_blueprint(CookieConsent(policy))
    return app


def ours_reading(policy: Policy, name: str) -> Flask:
    """Ours; the view asks."""
    app = Flask("ours_reading")
    app.register_blueprint(CookieConsent(policy))

    @app.get("/page")
    def page() -> str:
        return BODY if consent.allows(name) else BODY + " "

    return app


def setting_cookies(names: Sequence[str], policy: Policy | None = None) -> Flask:
    """An app whose response sets these cookies, bare or with a policy that declares them."""
    app = Flask("setting_cookies")
    headers = [("Set-Cookie", f"{name}=1; Path=/; Max-Age=3600") for name in names]

    @app.get("/page")
    def page() -> tuple[str, list[tuple[str, str]]]:
        return BODY, headers

    if policy is not None:
        app.register_blueprint(CookieConsent(policy))
    return app


def peer() -> Flask:
    """Flask-Consent; the view does not ask."""
    app = bare()
    _install_peer(app)
    return app


def peer_reading() -> Flask:
    """Flask-Consent; the view asks."""
    app = Flask("peer_reading")
    _install_peer(app)

    @app.get("/page")
    def page() -> str:
        asked = request.consent["analytics"]  # type: ignore[attr-defined]
        return BODY if asked else BODY + " "

    return app


def _install_peer(app: Flask) -> None:
    from flask_consent import Consent

    # It calls datetime.utcnow() on each request, which newer Pythons warn of.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module="flask_consent")
    app.config["CONSENT_PRIMARY_SERVERNAME"] = "www.example.org"
    Consent(app).add_standard_categories()
