"""What pages of the site carry: the banner, and the policy's tables."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from ..choice.cookie import Form
from .assets import Asset
from .notice import Notice

#: Stand in rendered markup for what differs by request: the ``nonce`` attribute, and the page's
#: address in a field and in a link. (Texts cannot hold them: they are escaped.)
_NONCE = Markup(' nonce=""')
_PAGE, _PAGE_ARGUMENT = Markup("<page>"), Markup("<page-argument>")


class Banner:
    """The markup of ``consent_banner()`` and of ``consent_policy()``.

    Rendered once per language and mount; bounded, since a proxy's headers may say where the app
    is mounted.

    :param page_css: the style sheet of pages and tables.
    :param one_regime: whether all visitors are under the same.
    :param inline: whether pages may carry inline style and script.
    :param integrity: whether script tags carry their hash.
    :param on_show: called before a banner is rendered, with the notice, the language and the base.
    """

    def __init__(
        self,
        notice: Notice,
        *,
        page_css: Asset,
        one_regime: bool,
        inline: bool,
        integrity: bool,
        on_show: Callable[[Notice, str, str], None],
    ) -> None:
        self._notice = notice
        self._page_css = page_css
        self._integrity = integrity
        self._on_show = on_show
        #: Whether a page can show the first layer by itself, and load the script that every
        #: visitor loads. Else the script brings what the visitor's regime needs.
        self.is_plain = (
            one_regime
            and notice.regime.mode == "opt-in"
            and not notice.rules.informed  # which only the script of such a regime knows of
        )
        self.inline = inline and self.is_plain
        self._styles_inline = inline
        self._markup = lru_cache(64)(self._render)
        self._tables = lru_cache(64)(self._render_tables)

    def markup(self, language: str, base: str, form: Form, nonce: Markup, page: str = "") -> Markup:
        """The markup of ``consent_banner()``.

        :param base: the address under which the blueprint answers.
        :param form: of the consent cookie, in the browser that asks.
        :param nonce: the ``nonce`` attribute, or nothing.
        :param page: the page's path, quoted, where the form has to say it.
        """
        markup = self._markup(language, base, form, bool(page)).replace(_NONCE, nonce)
        if not page:
            return markup
        return markup.replace(_PAGE, page).replace(_PAGE_ARGUMENT, quote(page))

    def _render(self, language: str, base: str, form: Form, says_page: bool) -> Markup:
        self._on_show(self._notice, language, base)
        assets = self._notice.assets[form]
        script = assets.core if self.inline else assets.styled
        return self._notice.renderer.banner(
            language,
            base,
            page=_PAGE if says_page else None,
            page_argument=_PAGE_ARGUMENT,
            inline=self.inline,
            scripted=not self.is_plain,
            css=assets.first_css,
            script=assets.inline_script,
            bundle=script.name if self.is_plain else f"banner.js?language={language}",
            integrity=self.integrity_attribute(script.sha256),
            more=assets.more.name if self.inline else None,
            more_integrity=self.integrity_attribute(assets.more.sha256),
            nonce=_NONCE,
        )

    def tables(self, language: str, base: str, nonce: Markup) -> Markup:
        """The markup of ``consent_policy()``."""
        return self._tables(language, base).replace(_NONCE, nonce)

    def _render_tables(self, language: str, base: str) -> Markup:
        return self._notice.renderer.policy_tables(language, base, **self.page_style(_NONCE))

    def page_style(self, nonce: Markup) -> dict[str, Any]:
        """How our pages carry their style: inline, or by the address of a file."""
        return {
            "css": self._page_css.body.decode(),
            "css_file": self._page_css.name,
            "inline": self._styles_inline,
            "nonce": nonce,
        }

    def integrity_attribute(self, sha256: str) -> Markup:
        """The ``integrity`` attribute of a script tag, or nothing."""
        return Markup(f' integrity="{sha256}"' if self._integrity else "")
