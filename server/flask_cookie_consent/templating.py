"""The Jinja globals: ``consent_banner()``, ``consent_link()``, ``consent_policy()``.

Globals rather than a context processor, since imported macros do not see the context.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from .context import current_extension


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
