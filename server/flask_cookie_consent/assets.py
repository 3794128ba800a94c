"""The served files: made once, kept with their compressed variants, found by one look-up.

A file's name carries a hash of its bytes, so that browsers and CDNs may keep it for ever; the
plain address of the script tag has a short life and a strong ETag instead.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from functools import cache, cached_property
from pathlib import Path

from .colors import ENHANCED_TEXT, TEXT, Colors, Palette
from .cookie import Form
from .render import Renderer
from .tree import parse

try:
    import brotli
except ImportError:  # an extra: gzip serves where it is missing
    brotli = None

PLACEMENTS = ("bar", "bar-top", "card", "card-start", "card-top", "card-top-start", "center")
THEMES = ("plain", "soft", "compact", "contrast", "inherit")
CORNERS = ("end", "start")

JAVASCRIPT = "text/javascript; charset=utf-8"
CSS = "text/css; charset=utf-8"

HASH_LENGTH = 8


def static_folder() -> Path:
    """Where the built bundles lie: in a wheel beside the modules, in a checkout at its top."""
    here = Path(__file__).resolve().parent
    for folder in (here / "static", here.parent.parent / "static"):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        "the built bundles are missing: neither flask_cookie_consent/static nor static/ at the "
        "top of the checkout exists; run `make build`"
    )


@cache
def bundle(name: str) -> str:
    """The text of a built bundle."""
    return (static_folder() / name).read_text("utf-8")


def sha256_source(text: str) -> str:
    """The hash of ``text`` as an ``integrity`` attribute and, in quotes, a
    Content-Security-Policy name it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


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


class Asset:
    """One file as it is served, with its compressed variants, which are made at first use.

    :param stem: name without hash and ending.
    :param body: the bytes.
    :param media_type: its Content-Type.
    """

    def __init__(self, stem: str, body: str, media_type: str) -> None:
        self.body = body.encode()
        self.media_type = media_type
        self.sha256 = sha256_source(body)
        self.hash = hashlib.sha256(self.body).hexdigest()[:HASH_LENGTH]
        suffix = "js" if media_type == JAVASCRIPT else "css"
        self.name = f"{stem}-{self.hash}.{suffix}"

    @cached_property
    def variants(self) -> dict[str, bytes]:
        """The bytes by Content-Encoding, best first; ``""`` is no encoding."""
        variants: dict[str, bytes] = {}
        if brotli is not None:
            variants["br"] = brotli.compress(self.body, quality=11)
        variants["gzip"] = gzip.compress(self.body, 9, mtime=0)
        return variants | {"": self.body}

    def etag(self, encoding: str) -> str:
        """A strong validator: it differs by encoding, as RFC 9110, 8.8.3 asks."""
        return f"{self.hash}-{encoding}" if encoding else self.hash


class Assets:
    """All files of one policy, for pages that keep the consent cookie in one form.

    :param form: of the consent cookie that the scripts read and write.
    """

    def __init__(self, renderer: Renderer, look: Look, form: Form, *, signals: bool = True) -> None:
        self._renderer = renderer
        self._signals = signals
        self._form = form
        self.first_css = look.first_css
        self.page_css = look.page_css
        self.core = Asset("banner", self._script("core.js", *self._rules()), JAVASCRIPT)
        self.more = Asset(
            "more", self._script("more.js", self._rules()[2], _literal(self._kept())), JAVASCRIPT
        )
        self.page = Asset("page", self.page_css, CSS)
        self.embed = Asset("embed", bundle("embed.js"), JAVASCRIPT)
        self.embed_style = Asset("embed", look.embed_css, CSS)
        #: The script that brings the style too, for pages without inline code.
        self.styled = Asset("banner", self._tag_script(None), JAVASCRIPT)
        #: What serves a page that names a file of another build.
        self.by_stem = {
            "banner.js": self.styled,
            "more.js": self.more,
            "page.css": self.page,
            "embed.js": self.embed,
            "embed.css": self.embed_style,
        }
        self._tags: dict[str, Asset] = {}
        self.by_name = {asset.name: asset for asset in (self.core, *self.by_stem.values())}

    def tag(self, language: str) -> Asset:
        """The script that brings everything, for the script tag alone."""
        if language not in self._tags:
            self._tags[language] = Asset("banner", self._tag_script(language), JAVASCRIPT)
        return self._tags[language]

    @cached_property
    def inline_script(self) -> str:
        """The few bytes that show the first layer before first paint."""
        return self._fill("inline.js")

    @property
    def script_hashes(self) -> list[str]:
        """Of the scripts that pages carry or name."""
        files = (self.core, self.more, self.embed)
        return [sha256_source(self.inline_script), *(file.sha256 for file in files)]

    @property
    def style_hashes(self) -> list[str]:
        """Of the styles that stand in pages."""
        return [sha256_source(self.first_css), self.page.sha256, self.embed_style.sha256]

    def _tag_script(self, language: str | None) -> str:
        """``tag.js`` with the first layer in ``language``, or without one."""
        tree = []
        if language is not None:
            layer = self._renderer.first_layer(language, "") if self._renderer.asks else ""
            tree = parse(layer + self._renderer.reopen(language, ""))
        return self._script(
            "tag.js",
            *self._rules(),
            _literal(self.first_css),
            _literal(tree),
            _literal(self.more.name),
            *self._regime(),
        )

    def _rules(self) -> tuple[str, str, str]:
        """ASK, FREE and SALE: what ``banner/js/rules.js`` needs to know of the policy."""
        rules = self._renderer.rules
        policy = rules.policy
        ask: dict[str, str] = {}
        for category in policy.categories:
            if category.necessary:
                ask[category.id] = ""
            elif deciding := rules.deciding(category.id):
                ask[category.id] = "".join(policy.tokens[s.id] for s in deciding)
        for service in policy.services:
            ask[service.id] = policy.tokens.get(service.id, "")
        free = [policy.tokens[s.id] for s in rules.objectable]
        # Without a prototype, no name that a page may ask for is there by accident.
        sale = [policy.tokens[s.id] for s in rules.refused_by_signal if self._signals]
        return "{__proto__:null," + _keys(_literal(ask))[1:], _literal(free), _literal(sale)

    def _regime(self) -> tuple[str, str]:
        """QUIET and LASTING: what differs where visitors are told, or only able to object."""
        rules = self._renderer.rules
        told = {s.id for s in rules.told}
        quiet = [rules.token[s.id] for s in rules.objectable if s.id not in told]
        return _literal(quiet), _literal(rules.regime.mode == "opt-out")

    def _kept(self) -> list[list[str]]:
        """KEPT: what ``banner/js/clean.js`` needs to know of the policy."""
        ids: dict[tuple[str, str], list[str]] = {}
        policy = self._renderer.policy
        for service in policy.services:
            for cookie in service.cookies:
                # Our own has another name where it cannot have a prefix.
                own = cookie.storage == "cookie" and cookie.name == policy.cookie_name
                name = self._form.name if own else cookie.name
                ids.setdefault((cookie.storage, name), []).append(service.id)
        return [[*what, *services] for what, services in ids.items()]

    def _script(self, name: str, *arguments: str) -> str:
        return self._fill(name).replace("__CONFIG__", ",".join(arguments))

    def _fill(self, name: str) -> str:
        lifetime = str(self._renderer.rules.lifetime)
        return (
            bundle(name)
            .replace("__NAME__", self._form.name)
            .replace("__ATTRIBUTES__", self._form.attributes)
            .replace("__ALONE__,", f"{alone}," if (alone := self._form.alone) else "")
            .replace("__LIFE__", lifetime)
        )


def _keys(literal: str) -> str:
    """An object of texts without the quotes that its keys do not need. (No key holds a quote, and
    no value anything like a key.)"""
    return re.sub(r'"([a-z_]\w*)":', r"\1:", literal)


def _literal(value: object) -> str:
    """``value`` as a JavaScript literal. JSON is one, but for what may not stand in a script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
