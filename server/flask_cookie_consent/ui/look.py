"""How everything looks: the style sheets that travel, of all that there are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

from .bundles import sha256_source
from .colors import ENHANCED_TEXT, TEXT, Colors, Palette
from .sheets import SCHEMES, Dark, Scheme, Sheet, backgrounds, layer_properties, sheet, written

#: Where the first layer stands.
Placement: TypeAlias = Literal[
    "bar", "bar-top", "card", "card-start", "card-top", "card-top-start", "center"
]
PLACEMENTS: tuple[Placement, ...] = get_args(Placement)

#: How everything looks. "plain" adds nothing to what every page needs.
Theme: TypeAlias = Literal["plain", "soft", "compact", "contrast", "inherit"]
THEMES: tuple[Theme, ...] = get_args(Theme)

#: The corner of the bottom edge in which the button for the preferences stands.
Corner: TypeAlias = Literal["end", "start"]
CORNERS: tuple[Corner, ...] = get_args(Corner)

_ATTRIBUTE = re.compile(r"[a-z][a-z0-9-]*")


class Look:
    """How everything looks that visitors see.

    :param placement: of the first layer, one of :data:`PLACEMENTS`.
    :param theme: one of :data:`THEMES`.
    :param scheme_attribute: of the site's own switch: an attribute of ``<html>`` that says
        ``light`` or ``dark``, alone or among other words, and counts more than what the browser
        prefers.
    :param colors: the site's own.
    :param reopen: the corner of the button that leads to the preferences, one of :data:`CORNERS`.
    :param scheme: whether the site is light only or dark only, one of :data:`SCHEMES`.
    :raises ValueError: if there is no such placement, theme or corner, no such attribute can be,
        or the colours cannot be read.
    """

    def __init__(
        self,
        placement: Placement,
        theme: Theme,
        scheme_attribute: str | None = None,
        colors: Colors | None = None,
        reopen: Corner | None = None,
        scheme: Scheme = "auto",
    ) -> None:
        if scheme_attribute is not None and not _ATTRIBUTE.fullmatch(scheme_attribute):
            raise ValueError(
                f"scheme_attribute: found {scheme_attribute!r}; allowed: the name of an attribute "
                "such as 'data-bs-theme'"
            )
        for name, found, allowed in (
            ("placement", placement, PLACEMENTS),
            ("theme", theme, THEMES),
            ("reopen", reopen, (*CORNERS, None)),
            ("scheme", scheme, SCHEMES),
        ):
            if found not in allowed:
                raise ValueError(
                    f"{name}: found {found!r}; allowed: {', '.join(map(repr, allowed))}"
                )
        if scheme_attribute is not None and scheme != "auto":
            raise ValueError(
                f"scheme: found {scheme!r} beside scheme_attribute={scheme_attribute!r}; a site "
                "with a switch of its own is not of one scheme: leave one of the two out"
            )
        self.placement = placement
        self.theme = theme
        self.scheme_attribute = scheme_attribute
        #: What the site's pages can be: the value of the CSS property ``color-scheme``.
        self.color_scheme = "light dark" if scheme == "auto" else scheme
        self.colors = colors
        self.reopen = reopen
        own, of_pages, of_embeds = (
            [f"{of}-{theme}.css"] if theme != "plain" else [] for of in ("theme", "page", "embed")
        )
        palette = _palette(colors, theme) if colors else None
        few, more = (palette.css(mixed=mixed) if palette else () for mixed in (False, True))
        layer = ("first.css", f"place-{placement}.css", *own)
        button = _reopen(layer, reopen) if reopen else ()
        switch = scheme_attribute, scheme
        self.first_css = written((*_joined(layer), *button, *few), *switch)
        self.page_css = written((*_joined(["page.css", *own, *of_pages]), *more), *switch)
        self.embed_css = written((*_joined(["embed.css", *of_embeds]), *more), *switch)

    @property
    def name(self) -> str:
        """The same for what looks the same."""
        return sha256_source(self.first_css + self.page_css + self.embed_css)


def _joined(names: Iterable[str]) -> Sheet:
    """The style sheets with these names, as one."""
    return tuple(part for name in names for part in sheet(name))


def _reopen(layer: Iterable[str], corner: str) -> Sheet:
    """The style of the button that leads to the preferences, in the colours of the first layer."""
    [css] = sheet("reopen.css")
    assert isinstance(css, str)
    parts: list[str | Dark] = [css.replace("inset-inline-end", f"inset-inline-{corner}")]
    for name in layer:
        for is_dark, own in layer_properties(name):
            parts.append(Dark("#fcc-reopen", own) if is_dark else f"#fcc-reopen{{{own}}}")
    return tuple(parts)


def _palette(colors: Colors, theme: Theme) -> Palette:
    return Palette(
        colors,
        # Of the theme "inherit" only the page knows the colours.
        (None, None) if theme == "inherit" else backgrounds(theme),
        ENHANCED_TEXT if theme == "contrast" else TEXT,
    )
