"""A portal on several hosts of one domain, whose services leave cookies everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask

from flask_cookie_consent import Cookie, Service
from tests.site import make_app, policy

from .jar import DOMAIN, PARTITION, names, plant
from .signs import confirmed
from .visitor import Visitor
from .world import Server

HOST = f"portal.data.{DOMAIN}"

#: By name, where the cookies of services that will be withdrawn live.
VARIANTS: dict[str, dict[str, Any]] = {
    "_ad_host": {},
    "_ad_own": {"domain": HOST},
    "_ad_parent": {"domain": f"data.{DOMAIN}"},
    "_ad_top": {"domain": DOMAIN},
    "_ad_shop": {"path": "/shop"},
    "_ad_shop_top": {"path": "/shop", "domain": DOMAIN, "httpOnly": True},
    "_ad_hidden": {"httpOnly": True},
    "_ad_hidden_top": {"httpOnly": True, "domain": DOMAIN, "secure": True},
    "_ad_secure": {"secure": True, "sameSite": "Strict"},
    "_ad_apart": {"partitionKey": PARTITION},
    "_ad_apart_top": {"partitionKey": PARTITION, "domain": f"data.{DOMAIN}", "httpOnly": True},
    "_pk_id.1.ab12": {"domain": DOMAIN},
}
#: Those that no request for another path shows.
SHOP = {"_ad_shop", "_ad_shop_top"}
#: Another one of that path, which the policy declares with it.
BASKET = {"path": "/shop", "httpOnly": True}

#: What stays: necessary, or declared by nobody; the last one begins as a pattern does.
STAYING: dict[str, dict[str, Any]] = {
    "sessionid": {"httpOnly": True},
    "mystery": {"domain": DOMAIN},
    "_adieu": {"path": "/shop"},
}
#: Of the one service that a test leaves allowed.
ALLOWED: dict[str, dict[str, Any]] = {"vid": {}}

EVERYTHING = {*VARIANTS, *STAYING, *ALLOWED, "basket"}


def services() -> list[Service]:
    """One that is necessary, three that ask."""
    return [
        Service(
            "Session",
            category="necessary",
            provider="Merival",
            cookies=[
                Cookie("sessionid", purpose="Keeps you signed in", duration="2 weeks"),
                Cookie("_adieu", purpose="Remembers the goodbye", path="/shop"),
            ],
        ),
        Service(
            "Matomo",
            category="statistics",
            provider="Merival",
            cookies=[
                Cookie("_pk_id.*", purpose="Counts visits", duration="13 months"),
                Cookie("_pk_ses.*", purpose="Counts visits", duration="30 minutes"),
            ],
        ),
        Service(
            "Ads",
            category="marketing",
            provider="AdCo",
            party="third",
            cookies=[
                Cookie("_ad*", purpose="Shows advertising", duration="90 days"),
                Cookie("basket", purpose="Shows it again", path="/shop", http_only=True),
            ],
        ),
        Service(
            "Video",
            category="functional",
            provider="VideoCo",
            cookies=[Cookie("vid", purpose="Plays videos", duration="session")],
        ),
    ]


def portal(**policy_options: Any) -> Flask:
    """A site with a page in a folder."""
    app = make_app(policy_=policy(services=services(), **policy_options))
    app.add_url_rule("/shop", "shop", app.view_functions["index"])
    return app


def accept(browser: Visitor, site: Server) -> None:
    """Accepts on the first layer, and waits until the server knows."""
    browser.get(site.url)
    browser.click("Accept all")
    confirmed(browser)


def plant_all(browser: Visitor, site: Server) -> None:
    """All of :data:`EVERYTHING`."""
    for name, where in (VARIANTS | STAYING | ALLOWED | {"basket": BASKET}).items():
        plant(browser, site.url, name, **where)
    assert names(browser) == EVERYTHING


def withdraw(browser: Visitor, *labels: str) -> None:
    """As a visitor does: opens the preferences, unticks ``labels`` and saves; without labels
    rejects everything."""
    browser.click("Cookie settings", "footer")
    browser.until(lambda: browser.dialog)
    for label in labels:
        browser.click(label, "#fcc-dialog")
    browser.click("Save my choice" if labels else "Reject all", "#fcc-dialog")
    browser.until(lambda: not browser.dialog)


def until_left(browser: Visitor, expected: Iterable[str]) -> None:
    """Waits until exactly these cookies are left."""
    wanted = set(expected)
    try:
        browser.until(lambda: names(browser) == wanted)
    except AssertionError:
        assert names(browser) == wanted  # says which
