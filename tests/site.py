"""The sites that tests look at: one policy with every kind of service, and apps around it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, render_template_string
from werkzeug.test import TestResponse

from flask_cookie_consent import Choice, Cookie, CookieConsent, Exemption, Policy, Service
from flask_cookie_consent.choice.codec import METHODS
from flask_cookie_consent.site import Options, Site
from flask_cookie_consent.web.installed import Installed


def services() -> list[Service]:
    """Necessary, exempt, and asking, by the site itself and by third parties."""
    return [
        Service(
            "Session",
            category="necessary",
            provider="Example City",
            cookies=[Cookie("sessionid", purpose="Keeps you signed in", duration="2 weeks")],
        ),
        Service(
            "Matomo",
            category="statistics",
            provider="Example City",
            exempt=Exemption("Anonymised audience measurement"),
            cookies=[Cookie("_pk_id*", purpose="Counts visits", duration="13 months")],
        ),
        Service(
            "Insight",
            category="statistics",
            provider="Insight Inc.",
            party="third",
            cookies=[Cookie("_ins", purpose="Follows visits", duration="1 year")],
        ),
        Service(
            "Ads",
            category="marketing",
            provider="AdCo",
            party="third",
            countries=["US"],
            policy_url="https://ads.example/privacy",
            cookies=[Cookie("_ad*", purpose="Shows advertising", duration="90 days")],
        ),
        Service(
            "Video",
            category="functional",
            provider="VideoCo",
            party="third",
            cookies=[Cookie("vid", purpose="Plays videos", duration="session")],
        ),
    ]


def policy(**options: Any) -> Policy:
    """A policy of :func:`services`, unless others are given."""
    return Policy(options.pop("services", services()), **{"controller": "Example City"} | options)


def make_app(
    body: str = "<main><h1>Open data</h1></main>",
    *,
    policy_: Policy | None = None,
    head: str = "",
    **options: Any,
) -> Flask:
    """An app whose page ``/`` is ``body`` with the banner above and the link below it.

    :param options: for :class:`CookieConsent`; it stands in ``app.extensions``.
    """
    app = Flask("site")
    app.secret_key = "tests"
    app.register_blueprint(CookieConsent(policy_ or policy(), **options))
    template = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Site</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"{head}</head><body>{{{{ consent_banner() }}}}{body}"
        "<footer>{{ consent_link() }}</footer></body></html>"
    )

    @app.get("/")
    @app.get("/other")
    def index() -> str:
        return render_template_string(template)

    return app


def many_services(count: int, cookies: int = 1, **options: Any) -> list[Service]:
    """``count`` services of one category that ask, with ``cookies`` cookies each."""
    return [
        Service(
            f"Service {number}",
            id=f"service-{number}",
            cookies=[
                Cookie(f"s{number}_{n}", purpose="Counts visits", duration="1 year")
                for n in range(cookies)
            ],
            **{"category": "statistics", "provider": "Example City"} | options,
        )
        for number in range(count)
    ]


def run(policy_: Policy, ids: Iterable[str]) -> str:
    """The tokens of the services ``ids``, as they stand in the consent cookie."""
    return "".join(policy_.tokens[id_] for id_ in ids)


def in_words(letter: str, state: str) -> dict[str, Any]:
    """What a letter and a state of the cookie mean."""
    return {
        "method": METHODS.get(letter.lower(), letter.lower()),
        "scripted": letter.islower(),
        "reports": 0 if state == "c" else int(state),
        "confirmed": state == "c",
    }


def choice(
    policy_: Policy,
    *,
    granted: Iterable[str] = (),
    refused: Iterable[str] = (),
    letter: str = "s",
    state: str = "c",
    time_: int | None = None,
    id_: str | None = None,
) -> Choice:
    """A visitor's choice, with services named by their ids; made just now by default.

    :param letter: how it was made, as the cookie has it.
    :param state: ``c``: confirmed; a digit: reports made so far.
    """
    return Choice(
        time=int(time.time()) if time_ is None else time_,
        granted=run(policy_, granted),
        refused=run(policy_, refused),
        id=id_,
        **in_words(letter, state),
    )


def visit(policy_: Policy, **answers: Any) -> dict[str, str]:
    """The request headers of a visitor with the :func:`choice` that ``answers`` describe."""
    return {"Cookie": f"{policy_.cookie_name}={choice(policy_, **answers).encode()}"}


ACCEPTED: dict[str, Any] = {"granted": ["insight", "ads", "video"]}
REFUSED: dict[str, Any] = {"refused": ["matomo", "insight", "ads", "video"]}


def site_with(**options: Any) -> Site:
    """A site with these options of ``CookieConsent``, which no app serves."""
    return Site(policy(), Options(**options), None)


def installed_of(app: Flask) -> Installed:
    """The app's :class:`Installed`."""
    found: Installed = app.extensions["cookie_consent.sites"][extension_of(app)]
    return found


def site_of(app: Flask) -> Site:
    """The app's :class:`Site`."""
    return installed_of(app).site


def extension_of(app: Flask) -> CookieConsent:
    """The app's :class:`CookieConsent`."""
    found: CookieConsent = app.extensions["cookie_consent"]
    return found


def app_with(view: Callable[[], Any], **options: Any) -> Flask:
    """The app of :func:`make_app` with one more page ``/page``, which is ``view``."""
    app = make_app(**options)
    app.add_url_rule("/page", "page", view)
    return app


def get(app: Flask, headers: dict[str, str] | None = None, path: str = "/page") -> TestResponse:
    """The response to a visitor who sends ``headers``, and who keeps no cookies."""
    return app.test_client(use_cookies=False).get(path, headers=headers or {})
