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

#: Where a bundle has the server put a value: see ``banner/js/config.d.ts``.
_PLACEHOLDER = re.compile(r"__([A-Z_]+?)__")


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
    :param signals: whether scripts heed the browser's signal.
    :param strict_dynamic: whether gated scripts run only with the page's nonce.
    """

    def __init__(
        self,
        renderer: Renderer,
        look: Look,
        form: Form,
        *,
        signals: bool = True,
        strict_dynamic: bool = False,
    ) -> None:
        self._renderer = renderer
        self._signals = signals
        self._strict_dynamic = strict_dynamic
        self._form = form
        self.first_css = look.first_css
        self.page_css = look.page_css
        self.core = Asset("banner", _filled("core.js", self._values), JAVASCRIPT)
        self.more = Asset("more", _filled("more.js", self._values), JAVASCRIPT)
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
        self._tags: dict[tuple[str, bool], Asset] = {}
        self.by_name = {asset.name: asset for asset in (self.core, *self.by_stem.values())}

    def tag(self, language: str, *, wanted: bool) -> Asset:
        """The script that brings everything, for the script tag alone.

        :param wanted: whether the tag says the language: else that of the page counts more.
        """
        key = language, wanted
        if key not in self._tags:
            # What matches nothing, or the body of a page in another language.
            foreign = "_" if wanted else f"[lang]>body:not(:lang({language}))"
            script = self._tag_script(language, foreign)
            self._tags[key] = Asset("banner", script, JAVASCRIPT)
        return self._tags[key]

    def shown(self, language: str) -> tuple[Asset, ...]:
        """The files that decide what visitors see, of which snapshots keep the hashes."""
        tags = (self.tag(language, wanted=wanted) for wanted in (True, False))
        return (self.core, self.more, *tags, self.page, self.embed)

    @cached_property
    def inline_script(self) -> str:
        """The few bytes that show the first layer before first paint."""
        return _filled("inline.js", self._values)

    @property
    def script_hashes(self) -> list[str]:
        """Of the scripts that pages carry or name."""
        files = (self.core, self.more, self.embed)
        return [sha256_source(self.inline_script), *(file.sha256 for file in files)]

    @property
    def style_hashes(self) -> list[str]:
        """Of the styles that stand in pages."""
        return [sha256_source(self.first_css), self.page.sha256, self.embed_style.sha256]

    def _tag_script(self, language: str | None, foreign: str = "_") -> str:
        """``tag.js`` with the first layer in ``language``, or without one.

        :param foreign: selects something if the page's language is another.
        """
        tree = []
        if language is not None:
            tree = parse(self._renderer.tag_markup(language, ""))
        values = {
            "CSS": _literal(self.first_css),
            "TREE": _keys(_literal(tree)),
            "MORE": _literal(self.more.name),
            "FOREIGN": foreign,
        }
        return _filled("tag.js", self._values | values)

    @cached_property
    def _values(self) -> dict[str, str]:
        """What scripts need to know of the policy and its regime, as literals, by the names of
        ``banner/js/config.d.ts``; and what stands in their texts."""
        rules = self._renderer.rules
        tokens = rules.policy.tokens
        not_informed = [s for s in rules.opt_out if s not in rules.informed]
        return {
            # Without a prototype, no name that a page may ask for is there by accident.
            "DECIDING": "{__proto__:null," + _keys(_literal(self._deciding()))[1:],
            "OPT_OUT": _literal([tokens[s.id] for s in rules.opt_out]),
            "NOT_INFORMED": _literal([tokens[s.id] for s in not_informed]),
            "SALE": _literal([tokens[s.id] for s in rules.sale if self._signals]),
            "OPT_OUT_REGIME": _literal(rules.regime.mode == "opt-out"),
            "STRICT_DYNAMIC": _literal(self._strict_dynamic),
            "ALONE": _literal(self._form.alone or ""),
            "DECLARED": _literal(self._declared()),
            "NAME": self._form.name,
            "ATTRIBUTES": self._form.attributes,
            "LIFE": str(rules.lifetime),
        }

    def _deciding(self) -> dict[str, str]:
        """For each name of a service or a category, the tokens of the services that decide."""
        rules = self._renderer.rules
        policy = rules.policy
        deciding: dict[str, str] = {}
        for category in policy.categories:
            if category.necessary:
                deciding[category.id] = ""
            elif services := rules.deciding(category.id):
                deciding[category.id] = "".join(policy.tokens[s.id] for s in services)
        for service in policy.services:
            deciding[service.id] = policy.tokens.get(service.id, "")
        return deciding

    def _declared(self) -> list[list[object]]:
        """What the policy declares: kind, name, places, and the ids of the services that do."""
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


def _filled(name: str, values: dict[str, str]) -> str:
    """The bundle ``name`` with ``values`` in the places of their names."""
    return _PLACEHOLDER.sub(lambda match: values[match[1]], bundle(name))


def _keys(literal: str) -> str:
    """An object of texts without the quotes that its keys do not need. (No key holds a quote, and
    no value anything like a key.)"""
    return re.sub(r'"([a-z_]\w*)":', r"\1:", literal)


def _literal(value: object) -> str:
    """``value`` as a JavaScript literal. JSON is one, but for what may not stand in a script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
