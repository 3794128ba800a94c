"""The policies that are measured."""

from __future__ import annotations

from datetime import datetime, timezone

from flask_cookie_consent import Cookie, Exemption, Policy, Service
from flask_cookie_consent.choice.codec import Choice, new_id
from flask_cookie_consent.choice.rules import Rules

#: When the choices in measured cookies were made: some time ago, still in force.
_AGE = 30 * 24 * 60 * 60


def portal() -> Policy:
    """A site as there are many: its session, and eight services that a visitor can answer."""
    us, de, ie = "Example City", ["DE"], ["IE"]
    return Policy(
        controller=us,
        contact="privacy@example.org",
        services=[
            Service(
                "Session",
                category="necessary",
                provider=us,
                cookies=[
                    Cookie("sessionid", purpose="Keeps you signed in", duration="2 weeks"),
                    Cookie("language", purpose="Remembers your language", duration="1 year"),
                ],
            ),
            Service(
                "Matomo",
                category="statistics",
                provider=us,
                exempt=Exemption("Anonymised audience measurement"),
                cookies=[
                    Cookie("_pk_id*", purpose="Counts visits", duration="13 months"),
                    Cookie("_pk_ses*", purpose="Counts page views", duration="30 minutes"),
                ],
            ),
            _third("Insight", "statistics", "Insight Inc.", ["US"], "_ins", "Follows visits"),
            _third("Heat", "statistics", "Heat GmbH", de, "_heat", "Records clicks"),
            _third("Survey", "statistics", "Survey AG", de, "_srv", "Asks for your opinion"),
            _third("Video", "functional", "VideoCo", ie, "vid", "Plays videos"),
            _third("Maps", "functional", "MapCo", ie, "mapz", "Shows maps"),
            _third("Ads", "marketing", "AdCo", ["US"], "_ad*", "Shows advertising"),
            _third("Social", "marketing", "SocialCo", ["US"], "_soc", "Measures campaigns"),
        ],
    )


def _third(
    name: str, category: str, provider: str, countries: list[str], cookie: str, purpose: str
) -> Service:
    return Service(
        name,
        category=category,
        provider=provider,
        party="third",
        countries=countries,
        cookies=[Cookie(cookie, purpose=purpose, duration="90 days")],
    )


def made_up(services: int, cookies: int) -> Policy:
    """So many services in equal parts of three categories, each with so many cookies."""
    categories = ("statistics", "marketing", "functional")
    return Policy(
        controller="Example City",
        services=[
            Service(
                f"Service {n}",
                category=categories[n % len(categories)],
                provider=f"Provider {n}",
                party="third",
                cookies=[
                    Cookie(f"c{n}_{m}", purpose="Is measured", duration="90 days")
                    for m in range(cookies)
                ],
            )
            for n in range(services)
        ],
    )


def accepted(policy: Policy, seconds: int = 0) -> Choice:
    """The confirmed choice of a visitor who has accepted all, ``seconds`` after the first."""
    granted, refused = Rules(policy).accept(None)
    return Choice(_made(seconds), "accept", granted, refused, confirmed=True)


def rejected(policy: Policy, seconds: int = 0) -> Choice:
    """The confirmed choice of a visitor who has rejected all."""
    granted, refused = Rules(policy).reject(None)
    return Choice(_made(seconds), "reject", granted, refused, confirmed=True)


def identified(policy: Policy) -> Choice:
    """A choice with the id of its record: the longest that one visitor can have."""
    granted, refused = Rules(policy).accept(None)
    return Choice(_made(0), "accept", granted, refused, new_id(), confirmed=True)


def _made(seconds: int) -> int:
    return int(datetime.now(timezone.utc).timestamp()) - _AGE + seconds
