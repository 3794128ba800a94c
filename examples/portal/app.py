"""The portal's application: everything is wired here."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Flask, Response, g, render_template, request

from flask_cookie_consent import CookieConsent, Records

from . import account, live, pages, trials
from .policy import SESSION_COOKIE, SESSION_LIFETIME, portal_policy
from .texts import LANGUAGES, day, number, text

#: Where the demo keeps the proof of each choice: a file in the instance folder.
RECORDS = "sqlite:///portal.db"


def demo() -> Flask:
    """The portal for ``flask --app examples.portal.app:demo consent records list``."""
    return create_app("http://localhost", records=RECORDS)


def create_app(third_party_origin: str, records: Records | str | None = None) -> Flask:
    """Makes the portal.

    :param third_party_origin: where statistics, marketing and maps come from, such as
        ``"http://localhost:8001"``.
    :param records: where records are kept, such as the URL of a database.
    """
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secrets.token_hex(),  # a real site keeps its own: sessions outlive restarts
        SESSION_COOKIE_NAME=SESSION_COOKIE,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=SESSION_LIFETIME,
        # Otherwise every page of a signed-in visitor sets the cookie anew, public ones too.
        SESSION_REFRESH_EACH_REQUEST=False,
        THIRD_PARTY_ORIGIN=third_party_origin,
    )

    policy = portal_policy(third_party_origin)
    cookie_consent = CookieConsent(
        policy,
        language=page_language,
        policy_url="/cookies",
        privacy_policy_url="/{language}/privacy",
        records=records,
    )
    app.register_blueprint(cookie_consent)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(account.blueprint)
    app.register_blueprint(trials.blueprint)
    live.install(app, live.Observer(policy, third_party_origin))

    app.context_processor(template_words)
    app.register_error_handler(404, not_found)
    app.after_request(
        partial(
            add_headers,
            content_security_policy(cookie_consent, third_party_origin),
            content_security_policy(cookie_consent),
        )
    )
    return app


def page_language() -> str:
    """The language of the page: it stands in the address, so that caches tell pages apart."""
    missing = "fr" if request.path.startswith("/fr/") else "en"  # of an address without a page
    language: str = g.get("language", missing)
    return language


def template_words() -> dict[str, Any]:
    """What every template can use besides Flask's own."""
    language = page_language()
    return {
        "language": language,
        "languages": LANGUAGES,
        "t": partial(text, language=language),
        "number": partial(number, language=language),
        "day": partial(day, language=language),
    }


def not_found(error: Exception) -> tuple[str, int]:
    return render_template("missing.html"), 404


def content_security_policy(cookie_consent: CookieConsent, *third_parties: str) -> str:
    """Nothing inline but the banner's own code, which is allowed by its hash; nothing from
    elsewhere but the third parties, which load only once their templates are released."""
    hashes: Mapping[str, list[str]] = cookie_consent.csp_hashes
    directives = {
        "default-src": ["'self'"],
        "script-src": ["'self'", *third_parties, *hashes["script-src"]],
        "style-src": ["'self'", *hashes["style-src"]],
        "img-src": ["'self'", "data:", *third_parties],
        "frame-src": [*third_parties] or ["'none'"],
        "connect-src": ["'self'", *third_parties],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())


def add_headers(csp: str, strict: str, response: Response) -> Response:
    """Headers of every response. Constant: they make no page depend on its visitor.

    :param strict: the Content-Security-Policy of the page that reads consent and leaves third
        parties to the package, which adds them for whoever allows them.
    """
    response.headers["Content-Security-Policy"] = (
        strict if request.endpoint == trials.STRICT else csp
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response
