"""The Jinja globals: ``consent_banner()``, ``consent_link()``, ``consent_policy()``,
``consent_embed()``.

Globals rather than a context processor, since imported macros do not see the context.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import request
from markupsafe import Markup, escape

from .context import current_consent
from .embeds import Embed, embed_markup
from .installed import current_site
from .requests import base, nonce_attribute, page_language, page_path

if TYPE_CHECKING:
    from ..site import Site

#: The icon that goes with "Your Privacy Choices" (11 CCR 7015(b)), as California gives it away.
_OPT_OUT_ICON = Markup(
    ' <svg width="30" height="14" viewBox="0 0 30 14" aria-hidden="true"><path fill="#fff" d="M7.4 '
    '12.8h6.8l3.1-11.6H7.4a5.8 5.8 0 0 0 0 11.6z"/><path fill="#06f" d="M22.6 0H7.4a7 7 0 0 0 0 '
    "14h15.2a7 7 0 0 0 0-14zM1.6 7a5.8 5.8 0 0 1 5.8-5.8h9.9l-3.1 11.6H7.4A5.8 5.8 0 0 1 1.6 "
    '7z"/><path fill="#fff" d="M24.6 4c.2.2.2.6 0 .8L22.5 7l2.2 2.2c.2.2.2.6 0 .8s-.6.2-.8 '
    "0l-2.2-2.2-2.2 2.2c-.2.2-.6.2-.8 0s-.2-.6 0-.8L20.8 7l-2.2-2.2c-.2-.2-.2-.6 0-.8s.6-.2.8 "
    '0l2.2 2.2L23.8 4c.2-.2.6-.2.8 0z"/><path fill="#06f" d="M12.7 4.1c.2.2.3.6.1.8L8.6 9.8c-.1'
    ".1-.2.2-.3.2-.2.1-.5.1-.7-.1L5.4 7.7c-.2-.2-.2-.6 0-.8s.6-.2.8 0L8 8.6l3.8-4.5c.2-.2.6-.2"
    '.9 0z"/></svg>'
)


def consent_banner(language: str | None = None) -> Markup:
    """The banner, best placed right after ``<body>``: the first layer, the bytes that show it,
    and the deferred script. The same for every visitor, so that the page can be cached.

    :param language: language tag; by default the page's, see :class:`.CookieConsent`.
    """
    site = current_site()
    if site.has_last_word:
        # The script believes the cookie, so that the page has to bring the right one.
        current_consent().note_read()
    form = site.cookie.form_for(request.environ)
    tag = page_language(site, language)
    return site.banner.markup(tag, base(), form, nonce_attribute(site), page_path())


def consent_link(text: str | None = None, language: str | None = None) -> Markup:
    """A link that opens the preferences, for the footer of every page.

    :param text: of the link; by default "Cookie settings" in the page's language.
    :param language: language tag; by default the page's.
    """
    site = current_site()
    tag = page_language(site, language)
    t = site.renderer.texts(tag)
    href = escape(f"{base()}preferences?language={tag}")
    labels = [escape(t(key) if text is None else text) for key in _labels(site)]
    if text is None and _has_opt_out(site):
        labels[-1] += _OPT_OUT_ICON
    link = f'<a href="{href}" referrerpolicy="same-origin" data-fcc>'
    return Markup(" · ").join(Markup(f"{link}{label}</a>") for label in labels)


def _has_opt_out(site: Site) -> bool:
    return any(regime.mode == "opt-out" for regime in site.all_regimes)


def _labels(site: Site) -> tuple[str, ...]:
    """What the link is called: a page that is cached for visitors of several regimes has both."""
    if not _has_opt_out(site):
        return ("settings",)
    return ("your_choices",) if len(site.all_regimes) == 1 else ("settings", "your_choices")


def consent_policy(language: str | None = None) -> Markup:
    """The tables of the policy, to be placed in a page of the site's own.

    :param language: language tag; by default the page's.
    """
    site = current_site()
    tag = page_language(site, language)
    return site.banner.tables(tag, base(), nonce_attribute(site))


def consent_embed(
    service: str,
    *,
    title: str,
    link: str | None = None,
    ratio: str = "16/9",
    language: str | None = None,
    cached: bool = True,
    caller: Callable[[], str] | None = None,
) -> Markup:
    """Embedded content that waits for consent behind a placeholder::

        {% call consent_embed("video", title="A film") %}<iframe src="..."></iframe>{% endcall %}

    :param service: id of the service that it belongs to.
    :param title: what it is, for visitors.
    :param link: the provider's own page of it, for those who do not want it here.
    :param ratio: of width and height: ``"16/9"``, ``"4/3"``, ``"640x360"``.
    :param language: language tag; by default the page's.
    :param cached: whether a public cache may keep the page: it is the same for everybody then.
        ``False``: the server decides, so that visitors without JavaScript see what they allow.
    :raises UnknownName: if the policy has no such service.
    :raises ValueError: if the title is empty, the ratio is none, or the link no web address.
    """
    if caller is None:
        raise TypeError(
            f"consent_embed({service!r}) stands around what it shows: "
            "{% call consent_embed(...) %}<iframe ...></iframe>{% endcall %}"
        )
    site = current_site()
    embed = Embed.of(site.policy, service, title, link, ratio)
    tag = page_language(site, language)
    return embed_markup(site, embed, tag, Markup(caller()), cached=cached)
