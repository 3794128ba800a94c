"""The Jinja globals: ``consent_banner()``, ``consent_link()``, ``consent_policy()``,
``consent_embed()``.

Globals rather than a context processor, since imported macros do not see the context.
"""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup, escape

from .context import current_extension
from .embeds import Embed, embed_markup


def consent_banner(language: str | None = None) -> Markup:
    """The banner, best placed right after ``<body>``: the first layer, the bytes that show it,
    and the deferred script. The same for every visitor, so that the page can be cached.

    :param language: language tag; by default the page's, see :class:`.CookieConsent`.
    """
    extension = current_extension()
    return extension.banner(extension.page_language(language))


def consent_link(text: str | None = None, language: str | None = None) -> Markup:
    """A link that opens the preferences, for the footer of every page.

    :param text: of the link; by default "Cookie settings" in the page's language.
    :param language: language tag; by default the page's.
    """
    extension = current_extension()
    tag = extension.page_language(language)
    label = extension.renderer.texts(tag)("settings") if text is None else text
    href = escape(f"{extension.base()}preferences?language={tag}")
    return Markup(f'<a href="{href}" data-fcc>{escape(label)}</a>')


def consent_policy(language: str | None = None) -> Markup:
    """The tables of the policy, to be placed in a page of the site's own.

    :param language: language tag; by default the page's.
    """
    extension = current_extension()
    tag = extension.page_language(language)
    return extension.policy_tables(tag)


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
    extension = current_extension()
    embed = Embed.of(extension.policy, service, title, link, ratio)
    tag = extension.page_language(language)
    return embed_markup(extension, embed, tag, Markup(caller()), cached=cached)
