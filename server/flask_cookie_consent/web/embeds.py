"""Embedded content (videos, maps) that waits for consent behind a placeholder.

The markup waits in a ``<template>``; the placeholder is right after it. The page's script releases
the template in its place, and the style shows the placeholder only next to a template. So the page
is the same for everybody, and the placeholder goes without anybody taking it away.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from flask import Response
from markupsafe import Markup
from werkzeug.exceptions import BadRequest, NotFound

from ..choice.permissions import UnknownName
from ..policy import Policy
from ..policy.faults import URL, is_filled, show
from .context import consent
from .cors import is_embedded
from .files import SHORT, serve_file
from .installed import current_site
from .requests import base, current_assets, nonce_attribute, own_language, query_argument

if TYPE_CHECKING:
    from ..site import Site

_RATIO = re.compile(r"\s*([1-9][0-9]{0,4})\s*[/:x]\s*([1-9][0-9]{0,4})\s*")

#: Characters that an address of ours takes as a title, and as a link.
MAX_TITLE, MAX_LINK = 300, 2000


class Embed(NamedTuple):
    """One piece of embedded content, checked."""

    service: str
    title: str
    link: str | None
    width: int
    height: int
    asks: bool
    """Whether its service can be refused at all."""

    @classmethod
    def of(cls, policy: Policy, service: str, title: str, link: str | None, ratio: str) -> Embed:
        """The embed that these parameters of ``consent_embed()`` describe.

        :raises UnknownName: if the policy has no such service.
        :raises ValueError: if anything else is wrong.
        """
        ids = [s.id for s in policy.services]
        if service not in ids:
            raise UnknownName(service, sorted(ids), "service")
        where = f"consent_embed({service!r})"
        title = str(title)  # a translation that waits for its language
        if not is_filled(title):
            raise ValueError(f"{where}: title: found {show(title)}; allowed: what it is, in words")
        if link is not None and not URL.holds(link):
            raise ValueError(f"{where}: link: found {show(link)}; allowed: {URL.allowed}")
        found = _RATIO.fullmatch(ratio)
        if found is None:
            raise ValueError(
                f"{where}: ratio: found {show(ratio)}; allowed: width and height, such as "
                "'16/9', '4/3' or '640x360'"
            )
        return cls(service, title, link, int(found[1]), int(found[2]), service in policy.tokens)


def embed_markup(
    site: Site, embed: Embed, language: str, content: Markup, *, cached: bool
) -> Markup:
    """What ``consent_embed()`` puts into a page.

    Each embed is whole, with style and script, rather than the first one of a page alone:
    fragments are cached, moved and left out. Compressed, a repetition costs next to nothing.
    """
    assets = current_assets(site)
    # Reading consent keeps the page out of shared caches, so it is read only if that is wanted.
    free = not embed.asks or (not cached and consent.allows(embed.service))
    return site.renderer.embed(
        "embed.html",
        language,
        base(),
        embed.service,
        embed=embed,
        content=content,
        released=free,
        inline=site.banner.inline,
        css=assets.embed_style.body.decode(),
        css_file=assets.embed_style.name,
        script=assets.embed.name,
        integrity=site.banner.integrity_attribute(assets.embed.sha256),
        nonce=nonce_attribute(site),
    )


# -- For pages that Flask does not render -----------------------------------------------------


def serve_embed_script() -> Response:
    """The script of embeds by its plain address."""
    return serve_file(current_assets(current_site()).embed, SHORT)


def serve_embed(service: str) -> Response:
    """A placeholder as a document from which the script takes it; the same for everybody.

    Its title and link are whatever the address says. So that nobody is led to a page of this
    site that says something in somebody else's words, a browser that comes here saves a file.
    """
    site = current_site()
    title, link = query_argument("title"), query_argument("link")
    if len(title) > MAX_TITLE or len(link) > MAX_LINK:
        raise BadRequest(f"a title has at most {MAX_TITLE} characters, a link {MAX_LINK}")
    language = own_language(site)
    known = site.renderer.view(language).services
    if service not in known:
        raise NotFound
    try:
        embed = Embed.of(
            site.policy,
            service,
            title if is_filled(title) else known[service]["name"],
            link or None,
            query_argument("ratio") or "16/9",
        )
    except ValueError as error:
        raise BadRequest(str(error)) from error
    html = site.renderer.embed(
        "embed_document.html",
        language,
        base(external=is_embedded()),
        service,
        embed=embed,
        css=site.assets.embed_style.body.decode(),
    )
    response = Response(html)
    response.headers["Cache-Control"] = SHORT
    response.headers["Content-Disposition"] = "attachment"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.vary.add("Accept-Language")
    return response


ROUTES = (
    ("/embed.js", "embed_script", serve_embed_script),
    ("/embed/<service>", "embed", serve_embed),
)
