"""The site that the samples of pages without a policy of their own speak of."""

from __future__ import annotations

from flask_cookie_consent import Cookie, Policy, Service


def _service(name: str, category: str, *cookies: str) -> Service:
    return Service(
        name,
        category=category,
        provider=f"{name} Inc.",
        party="third",
        purpose="Is an example",
        cookies=[Cookie(cookie, purpose="Counts", duration="1 year") for cookie in cookies],
    )


services = [
    _service("Insight", "statistics", "_ins"),
    _service("Matomo", "statistics", "_pk_*"),
    _service("Ads", "marketing", "_ad"),
    _service("YouTube", "functional"),
    _service("Map", "functional"),
    _service("Video", "functional"),
]
policy = Policy(services, controller="Example Ltd")
