"""Small marks that pages leave, so that a test can see what ran, and that nothing more will."""

from __future__ import annotations

import json
from typing import Any

from .visitor import Visitor


def note(name: str, *, attributes: str = "") -> str:
    """An inline script that notes ``name`` in ``window.ran``."""
    space = " " if attributes else ""
    return f"<script{space}{attributes}>(window.ran ||= []).push({name!r})</script>"


def gated(consent: str, *markup: str) -> str:
    """``markup`` in a template that waits for consent to a service or category."""
    return f'<template data-consent="{consent}">{"".join(markup)}</template>'


def inert(src: str = "", code: str = "", consent: str = "ads") -> str:
    """A gated script in the other form: of an inert type."""
    source = f' src="{src}"' if src else ""
    return f'<script type="text/plain" data-consent="{consent}"{source}>{code}</script>'


#: Needs no consent and stands last in a page: once it ran, all that may run had its turn.
LAST = gated("session", note("last"))


def round_trip(browser: Any, path: str = "/consent/policy.json") -> None:
    """Asks the server for something and waits for the answer: what the page was about to send
    has been sent by then."""
    answer = browser.js(
        "fetch(arguments[0], { cache: 'no-store' }).then((r) => r.text()).then(() => '', String)",
        path,
    )
    assert answer == "", answer


def asked_for(browser: Visitor) -> list[str]:
    """Every address that the browser asked for since the last look, by its own log."""
    entries = (json.loads(e["message"])["message"] for e in browser.driver.get_log("performance"))
    return [
        e["params"]["request"]["url"] for e in entries if e["method"] == "Network.requestWillBeSent"
    ]


def confirmed(browser: Any) -> dict[str, Any]:
    """Waits until the server has confirmed the choice, and gives its cookie."""

    def cookie() -> dict[str, Any] | None:
        found = browser.cookies.get("consent")
        return found if found and found["value"][2] == "c" else None

    found = browser.until(cookie, "the server did not confirm the choice")
    assert found is not None
    return found


def add(browser: Visitor, html: str) -> None:
    """Adds ``html`` to the page, parsed as htmx and Turbo do it."""
    browser.js(
        "document.body.append(...new DOMParser().parseFromString("
        "'<body><template>' + arguments[0] + '</template>', 'text/html')"
        ".querySelector('template').content.childNodes)",
        html,
    )


def reject_in_another_tab(browser: Visitor, site: Any) -> None:
    """Refuses everything on another page of ``site``, and comes back."""
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.get(f"{site.url}/other")
    browser.until(lambda: browser.js("!!window.cookieConsent"))
    browser.js("cookieConsent.reject()")
    confirmed(browser)
    browser.driver.switch_to.window(first)
