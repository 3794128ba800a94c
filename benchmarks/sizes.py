"""What is delivered, in bytes: as it is, and by brotli -q 11."""

from __future__ import annotations

from flask_cookie_consent import CookieConsent, Policy
from flask_cookie_consent.choice.codec import Choice
from flask_cookie_consent.commands.preview.sizes import compressed, delivered
from flask_cookie_consent.site import Options, Site

from .policies import accepted, identified, made_up, portal, rejected
from .table import table, verdict


def report() -> str:
    """The tables of sizes."""
    policy = portal()
    site = Site(policy, Options(), None)
    assets = site.assets
    markup, core, tag, more = delivered(CookieConsent(policy), "en")
    dialog = str(site.renderer.dialog("en", "/consent/", None, assets.page_css)).encode()
    rows = [
        _row("consent_banner(): markup, style, inline script", markup, 1450, 3750),
        _row("  of it the style", assets.first_css.encode()),
        _row("  of it the inline script", assets.inline_script.encode()),
        _row("core script (what a returning visitor loads, once)", core, 2550),
        _sum("first visit in all: consent_banner() and core script", 4000, markup, core),
        _row("script tag alone, everything in it", tag, 4200),
        _row("on demand: preferences, clean-up", more),
        _row("on demand: preferences (with their style)", dialog),
        _row("pages without inline code: style and core script", assets.styled.body),
        _row("page style", assets.page_css.encode()),
    ]
    return table(
        "Bytes delivered (policy of 8 services that can be answered, English, bar)",
        ("", "raw", "brotli", "budget", "<"),
        rows,
        "Budgets are of brotli; a second one, after a slash, of the raw bytes.",
    ) + _cookies(policy)


def _cookies(policy: Policy) -> str:
    large = made_up(500, 4)
    rows = [
        _cookie("8 services, accepted", policy, accepted(policy), 80),
        _cookie("8 services, rejected", policy, rejected(policy), 80),
        _cookie("8 services, accepted, with the id of a record", policy, identified(policy), 80),
        _cookie("500 services, accepted, with the id of a record", large, identified(large), 4095),
    ]
    return "\n" + table("Consent cookie, name and value", ("", "bytes", "budget", "<"), rows)


def _cookie(name: str, policy: Policy, choice: Choice, budget: int) -> tuple[str, ...]:
    size = len(f"{policy.cookie_name}={choice.encode()}")
    return name, str(size), str(budget), verdict(size, budget)


def _row(
    name: str, body: bytes, budget: int | None = None, raw_budget: int | None = None
) -> tuple[str, ...]:
    return _judged(name, len(body), compressed(body), budget, raw_budget)


def _sum(name: str, budget: int, *bodies: bytes) -> tuple[str, ...]:
    return _judged(name, sum(map(len, bodies)), sum(map(compressed, bodies)), budget, None)


def _judged(
    name: str, raw: int, packed: int, budget: int | None, raw_budget: int | None
) -> tuple[str, ...]:
    if budget is None:
        return name, str(raw), str(packed), "", ""
    asked = f"{budget} / {raw_budget}" if raw_budget else str(budget)
    holds = max(packed / budget, raw / raw_budget if raw_budget else 0)
    return name, str(raw), str(packed), asked, verdict(holds, 1)
