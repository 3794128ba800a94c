"""The served files: made once, kept with their compressed variants, found by one look-up.

A file's name carries a hash of its bytes, so that browsers and CDNs may keep it for ever; the
plain address of the script tag has a short life and a strong ETag instead.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from functools import cached_property

from ..choice.cookie import Form
from ..policy import Cookie
from ..policy.declared import stated_places
from .bundles import bundle, sha256_source
from .look import Look
from .render import Renderer
from .tree import parse

try:
    import brotli
except ImportError:  # an extra: gzip serves where it is missing
    brotli = None

JAVASCRIPT = "text/javascript; charset=utf-8"
CSS = "text/css; charset=utf-8"

HASH_LENGTH = 8

#: Where ``banner/js/report.js`` has the server put what expires a cookie of this host alone.
_ALONE = re.compile(r"__ALONE__\((\w+)\),")


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
        free = [policy.tokens[s.id] for s in rules.opt_out]
        # Without a prototype, no name that a page may ask for is there by accident.
        sale = [policy.tokens[s.id] for s in rules.sale if self._signals]
        return "{__proto__:null," + _keys(_literal(ask))[1:], _literal(free), _literal(sale)

    def _regime(self) -> tuple[str, str]:
        """QUIET and LASTING: what differs where visitors are told, or only able to object."""
        rules = self._renderer.rules
        told = {s.id for s in rules.informed}
        quiet = [rules.token[s.id] for s in rules.opt_out if s.id not in told]
        return _literal(quiet), _literal(rules.regime.mode == "opt-out")

    def _kept(self) -> list[list[object]]:
        """KEPT: what ``banner/js/clean.js`` needs to know of the policy."""
        found: dict[tuple[str, str], list[tuple[str, Cookie]]] = {}
        policy = self._renderer.policy
        for service in policy.services:
            for cookie in service.cookies:
                # Our own has another name where it cannot have a prefix.
                own = cookie.storage == "cookie" and cookie.name == policy.cookie_name
                name = self._form.name if own else cookie.name
                found.setdefault((cookie.storage, name), []).append((service.id, cookie))
        return [
            [*what, *stated_places(cookie for _, cookie in all_), *(id for id, _ in all_)]
            for what, all_ in found.items()
        ]

    def _script(self, name: str, *arguments: str) -> str:
        return self._fill(name).replace("__CONFIG__", ",".join(arguments))

    def _fill(self, name: str) -> str:
        lifetime = str(self._renderer.rules.lifetime)
        alone = self._form.alone
        # The minifier has given the document another name.
        text = _ALONE.sub(rf'\1.cookie="{alone}",' if alone else "", bundle(name))
        return (
            text.replace("__NAME__", self._form.name)
            .replace("__ATTRIBUTES__", self._form.attributes)
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
