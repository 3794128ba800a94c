"""What our views share: how they read a request, and how they keep an answer private."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

from flask import Response, request

from .choice import Choice
from .context import consent, current_site
from .events import ChoiceEvent
from .origin import safe_path
from .texts import nearest, negotiate

if TYPE_CHECKING:
    from .edition import Edition
    from .site import Site


def edition_here(site: Site) -> Edition:
    """What this request's visitor sees."""
    return site.edition_for(request.environ)


def keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def choice_event(
    site: Site,
    choice: Choice,
    *,
    language: str,
    snapshot: str | None = None,
    previous_id: str | None = None,
) -> ChoiceEvent:
    """``choice``, made by this request, with what there is to say about it."""
    rules = edition_here(site).rules
    return ChoiceEvent(
        choice=choice,
        previous=consent.choice,
        granted=rules.ids(choice.granted),
        refused=rules.ids(choice.refused),
        language=language,
        snapshot=snapshot,
        previous_id=previous_id,
        page=referring_page(),
    )


def query_argument(name: str) -> str:
    """An argument of the address, or nothing. (``request.args`` raises on bytes that are not
    UTF-8.)"""
    query = request.query_string.decode("utf-8", "replace")
    return dict(parse_qsl(query)).get(name, "") if len(query) < 4096 else ""


def own_path() -> str:
    """Path and query of this request, as an address. (``request.url`` raises on some ``Host``
    headers, such as ``xn--a.example``.)"""
    path = quote(f"{request.script_root}{request.path}", safe="!$&'()*+,/:;=@")
    query = quote(request.query_string, safe="!$&'()*+,/:;=?@%")
    return f"{path}?{query}" if query else path


def own_language(site: Site) -> str:
    """The language of an address of ours: asked for by ``?language=``, else the visitor's."""
    asked = nearest(query_argument("language"))
    accepted = (tag for tag, quality in request.accept_languages if quality)
    return asked or negotiate(accepted) or site.policy.language


def referring_page() -> str | None:
    """Path and query of the page that a request came from, if it is one of this site's that a
    visitor would want to come back to."""
    back = safe_path(request.referrer, request)
    return back if back and not back.startswith(current_site().base()) else None
