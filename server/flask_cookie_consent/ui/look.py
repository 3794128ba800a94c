"""How everything looks: the style sheets that travel, of all that there are."""

from __future__ import annotations

import re

from .bundles import bundle, sha256_source
from .colors import ENHANCED_TEXT, TEXT, Colors, Palette

PLACEMENTS = ("bar", "bar-top", "card", "card-start", "card-top", "card-top-start", "center")
THEMES = ("plain", "soft", "compact", "contrast", "inherit")
CORNERS = ("end", "start")

#: What holds in the dark, as the minifier writes it: one rule.
_DARK = re.compile(r"@media\s?\(prefers-color-scheme:\s?dark\)\{([^{}]+)\{([^{}]*)\}\}")

#: A theme's own background: its last two are those in the light and in the dark.
_BACKGROUND = re.compile(r"--fcc-background,\s?(#[0-9a-f]+)\)")

_ATTRIBUTE = re.compile(r"[a-z][a-z0-9-]*")


class Look:
    """How everything looks that visitors see.

    :param placement: of the first layer, one of :data:`PLACEMENTS`.
    :param theme: one of :data:`THEMES`.
    :param scheme_attribute: of the site's own switch: an attribute of ``<html>`` that says
        ``light`` or ``dark``, and counts more than what the browser prefers.
    :param colors: the site's own.
    :param reopen: the corner of the button that leads to the preferences, one of :data:`CORNERS`.
    :raises ValueError: if there is no such placement, theme or corner, no such attribute can be,
        or the colours cannot be read.
    """

    def __init__(
        self,
        placement: str,
        theme: str,
        scheme_attribute: str | None = None,
        colors: Colors | None = None,
        reopen: str | None = None,
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
        ):
            if found not in allowed:
                raise ValueError(
                    f"{name}: found {found!r}; allowed: {', '.join(map(repr, allowed))}"
                )
        own, of_embeds = (
            f"{of}-{theme}.css" if theme != "plain" else "" for of in ("theme", "embed")
        )
        self.placement = placement
        self.theme = theme
        self.scheme_attribute = scheme_attribute
        self.colors = colors
        first = _joined("first.css", f"place-{placement}.css", own)
        palette = _palette(colors, theme, first) if colors else None
        self.reopen = reopen
        button = _reopen(first, reopen) if reopen else ""
        few, more = (palette.css(mixed=mixed) if palette else "" for mixed in (False, True))
        self.first_css = self._switched(first + button + few)
        self.page_css = self._switched(_joined("page.css", own) + more)
        self.embed_css = self._switched(_joined("embed.css", of_embeds) + more)

    @property
    def name(self) -> str:
        """The same for what looks the same."""
        return sha256_source(self.first_css + self.page_css + self.embed_css)

    def _switched(self, css: str) -> str:
        """A style sheet in which the site's switch counts."""
        if self.scheme_attribute is None:
            return css
        name = self.scheme_attribute
        return _DARK.sub(
            # The switch must not make a rule count more than what a theme says after it.
            rf"@media(prefers-color-scheme:dark){{:where(:root:not([{name}=light])) :is(\1){{\2}}}}"
            rf":where(:root[{name}=dark]) :is(\1){{\2}}",
            css,
        )


def _joined(*names: str) -> str:
    """The style sheets with these names, as one."""
    return "".join(bundle(name) for name in names if name)


#: A rule about the first layer, perhaps about more with it, and perhaps in the dark.
_OF_LAYER = re.compile(
    r"(@media\s?\(prefers-color-scheme:\s?dark\)\{)?(?<![^{}])#fcc(?:,#fcc-d,\.fcc-page)?\{([^{}]*)\}"
)


def _reopen(css: str, corner: str) -> str:
    """The style of the button that leads to the preferences, in the colours of ``css``."""
    looks = ""
    for media, declarations in _OF_LAYER.findall(css):
        own = ";".join(part for part in declarations.split(";") if part.startswith("--"))
        if own:
            looks += f"{media}#fcc-o{{{own}}}" + ("}" if media else "")
    return bundle("reopen.css").replace("inset-inline-end", f"inset-inline-{corner}") + looks


def _palette(colors: Colors, theme: str, css: str) -> Palette:
    light, dark = _BACKGROUND.findall(css)[-2:]
    return Palette(
        colors,
        # Of the theme "inherit" only the page knows the colours.
        (None, None) if theme == "inherit" else (light, dark),
        ENHANCED_TEXT if theme == "contrast" else TEXT,
    )
