"""What the preview's controls say: the arguments that they stand for, and how one looks at it."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any
from urllib.parse import parse_qsl, urlencode

from ...choice.location import Regimes
from ...extension import CookieConsent
from ...policy import regimes
from ...policy.regimes import OPT_IN, Regime
from ...site import Site
from ...ui.colors import Colors
from ...ui.look import CORNERS, PLACEMENTS, THEMES
from ...ui.messages import languages, nearest

#: The regimes that have a name of their own in the package.
NAMED: Mapping[str, Regime] = {
    name: value for name, value in vars(regimes).items() if isinstance(value, Regime)
}

#: Where a button leads back to the preferences.
REOPEN = ("none", *CORNERS)

#: What the frame shows.
SHOWN = ("layer", "preferences", "policy", "embed")

#: Widths and heights in CSS pixels; ``free`` is as large as one draws it.
SIZES = ("360x640", "768x1024", "1280x800", "free")

SCHEMES = ("light", "dark")


#: The colours of :class:`~...ui.colors.Colors`; in the dark they have this prefix.
COLORS = ("background", "text", "button", "button_text")
DARK = "dark_"


#: Options of a site that its preview has not: they ask the site's app, keep what visitors answer,
#: or have a control here.
OWN = frozenset(
    {
        *("language", "nonce", "source", "records", "trusted_origins", "embedded_on", "csp"),
        *("placement", "theme", "colors", "reopen", "regime"),
    }
)


@dataclass(frozen=True)
class Options:
    """The arguments of :class:`~...extension.CookieConsent` that have a control."""

    placement: str
    theme: str
    regime: str
    """Its code; where the site has several, that of the visitor."""
    colors: Colors | None
    reopen: str
    """``end``, ``start`` or ``none``."""

    @classmethod
    def of(cls, said: Mapping[str, str], site: Site) -> Options:
        """What ``said`` says; where it says nothing that can be, what the site itself has."""
        look = site.look
        return cls(
            placement=_one(said.get("placement"), PLACEMENTS, look.placement),
            theme=_one(said.get("theme"), THEMES, look.theme),
            regime=_one(said.get("regime"), regimes_of(site), site.rules.regime.id),
            colors=_colors(said) if COLORS[0] in said else look.colors,
            reopen=_one(said.get("reopen"), REOPEN, look.reopen or REOPEN[0]),
        )

    def arguments(self, site: Site) -> dict[str, Any]:
        """The keyword arguments that differ from their defaults."""
        found: dict[str, Any] = {}
        if self.placement != "bar":
            found["placement"] = self.placement
        if self.theme != "plain":
            found["theme"] = self.theme
        if self.colors is not None:
            found["colors"] = self.colors
        if self.reopen != REOPEN[0]:
            found["reopen"] = self.reopen
        regime = regimes_of(site)[self.regime]
        if site.regimes is None and regime != OPT_IN:
            found["regime"] = regime
        return found

    def lines(self, site: Site) -> str:
        """The lines of Python that make it, for a module that has a ``policy``."""
        written = {k: _python(v) for k, v in self.arguments(site).items()}
        code = "".join(f"    {key}={text},\n" for key, text in written.items())
        names = [name for name in ("Colors", "Regime", *NAMED) if re.search(rf"\b{name}\b", code)]
        imported = ", ".join(sorted(["CookieConsent", *names], key=lambda n: (not n.isupper(), n)))
        before = "import datetime\n\n" if "datetime." in code else ""
        made = f"\n    policy,\n{code}" if code else "policy"
        return (
            f"{before}from flask_cookie_consent import {imported}\n\n"
            f"cookie_consent = CookieConsent({made})\n"
        )

    def made(self, site: Site, **changed: Any) -> CookieConsent:
        """What the lines make, with the other arguments of the site that decide
        what visitors see and load.

        :param changed: arguments that are not the site's either.
        :raises ValueError: if it cannot be made; says why.
        """
        arguments = self.arguments(site)
        if site.regimes is not None:
            chosen = regimes_of(site)[self.regime]
            arguments["regime"] = Regimes(lambda _: chosen, site.all_regimes)
        options = site.options
        kept = {
            field.name: getattr(options, field.name)
            for field in fields(options)
            if field.name not in OWN
        }
        kept["policy"] = site.policy
        return CookieConsent(**kept | site.site_texts.elsewhere() | arguments | changed)


@dataclass(frozen=True)
class View:
    """How one looks at it: nothing of it goes into the Python."""

    show: str
    language: str
    scripts: str
    """``on`` or ``off``."""
    size: str
    scheme: str

    @classmethod
    def of(cls, said: Mapping[str, str], site: Site) -> View:
        """What ``said`` says; where it says nothing that can be, what comes first."""
        own = nearest(site.policy.language) or languages()[0]
        return cls(
            show=_one(said.get("show"), SHOWN, SHOWN[0]),
            language=_one(said.get("language"), languages(), own),
            scripts=_one(said.get("scripts"), ("on", "off"), "on"),
            size=_one(said.get("size"), SIZES, SIZES[0]),
            scheme=_one(said.get("scheme"), SCHEMES, SCHEMES[0]),
        )


def regimes_of(site: Site) -> dict[str, Regime]:
    """By code, the regimes to choose from: the site's own where it has several, else all that
    have a name, and the site's."""
    own = {regime.id: regime for regime in site.all_regimes}
    return own if site.regimes is not None else {r.id: r for r in NAMED.values()} | own


def said_by(options: Options) -> dict[str, str]:
    """What the controls say where they stand for ``options``."""
    said = {key: value for key, value in asdict(options).items() if isinstance(value, str)}
    light = options.colors or Colors()
    for prefix, colors in (("", light), (DARK, light.dark or Colors())):
        said |= {prefix + name: getattr(colors, name) or "" for name in COLORS}
    return said


def packed(options: Options, view: View) -> str:
    """Both, as one part of a path that needs no quoting: an app's own addresses stand below it."""
    query = urlencode(said_by(options) | asdict(view))
    return base64.urlsafe_b64encode(query.encode()).decode().rstrip("=")


def unpacked(text: str) -> dict[str, str]:
    """What :func:`packed` has packed; of anything else, nothing."""
    try:
        query = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return {}
    return dict(parse_qsl(query, keep_blank_values=True))


def _one(found: str | None, allowed: Collection[str], otherwise: str) -> str:
    return found if found is not None and found in allowed else otherwise


def _colors(said: Mapping[str, str]) -> Colors | None:
    def scheme(prefix: str, dark: Colors | None) -> Colors | None:
        texts = [said.get(prefix + name, "").strip() or None for name in COLORS]
        found = Colors(**dict(zip(COLORS, texts, strict=True)), dark=dark)
        return None if found == Colors() else found

    return scheme("", scheme(DARK, None))


def _python(value: object, indent: str = "    ") -> str:
    """``value`` as the expression that one would write for it, in a line that begins so far in."""
    if isinstance(value, Colors):
        inner = f"{indent}    "
        given = [(name, getattr(value, name)) for name in (*COLORS, "dark")]
        written = [f"{inner}{k}={_python(v, inner)},\n" for k, v in given if v is not None]
        return f"Colors(\n{''.join(written)}{indent})"
    if isinstance(value, Regime):
        return next((name for name, regime in NAMED.items() if regime == value), repr(value))
    return json.dumps(value)
