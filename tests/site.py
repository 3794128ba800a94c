"""The sites that tests look at: one policy with every kind of service, and apps around it."""

from __future__ import annotations

from typing import Any

from flask import Flask, render_template_string

from flask_cookie_consent import Cookie, CookieConsent, Exemption, Policy, Service


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
