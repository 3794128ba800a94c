"""A browser's jar, as tests fill it and look into it: by DevTools, so that no cookie is hidden."""

from __future__ import annotations

from typing import Any

from .visitor import Visitor

#: The registered domain below which every host is this machine.
DOMAIN = "merival.example"

#: As ``Network.setCookie`` wants it, for a cookie in a partition of that site's own.
PARTITION = {"topLevelSite": f"https://{DOMAIN}", "hasCrossSiteAncestor": False}


def plant(browser: Visitor, url: str, name: str, value: str = "1", **more: Any) -> None:
    """Puts a cookie into the jar, whoever would have set it.

    :param url: of the page that it is for; the cookie is for its host only, unless ``more`` has a
        ``domain``.
    :param more: as ``Network.setCookie`` takes them.
    """
    more = {"secure": False} | more
    if "partitionKey" in more:
        more |= {"secure": True, "sameSite": "None"}
    if "domain" in more:  # without the dot DevTools would make it one of that host only
        more["domain"] = f".{more['domain']}"
    kept = browser.cdp("Network.setCookie", name=name, value=value, url=url, **more)
    assert kept["success"], name


def names(browser: Visitor) -> set[str]:
    """The names of all cookies, but for the consent cookie."""
    return {cookie["name"] for cookie in browser.all_cookies} - {"consent"}


def places(browser: Visitor) -> set[tuple[str, str, str]]:
    """Name, domain and path of all cookies, but for the consent cookie."""
    return {
        (c["name"], c["domain"], c["path"]) for c in browser.all_cookies if c["name"] != "consent"
    }
