"""What our views share: how they read a request, and how they keep an answer private."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote, unquote, urlsplit

from flask import Response, current_app, request
from markupsafe import Markup
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RoutingException

from ..choice.codec import Choice
from ..choice.events import ChoiceEvent
from ..http.origin import safe_path
from ..site import Site
from ..ui.assets import Assets
from ..ui.messages import nearest, negotiate
from .companions import babel_language, talisman_nonce
from .context import consent, current_notice
from .cors import is_embedded
from .installed import current_installed

#: Characters of a path that a form says.
MAX_PAGE = 500


def base(*, external: bool = False) -> str:
    """The address under which the blueprint answers, as this request's pages see it.

    :param external: whether with scheme and host, for pages of other origins.
    """
    return current_installed().base(external=external)


def current_assets(site: Site) -> Assets:
    """The files for pages of this request's scheme and host, and for its visitor's regime."""
    return site.assets_for(request.environ, current_notice())


def page_language(site: Site, language: str | None = None) -> str:
    """The language of a page: ``language``, else what the site's own function says, else
    Flask-Babel's locale, else the policy's. The nearest one that we have."""
    found = nearest(language) if language else None
    own = site.options.language
    if not found and own and (tag := own()):
        found = nearest(tag)
    if not found and (tag := babel_language()):
        found = nearest(tag)
    return found or site.policy.language


def nonce_attribute(site: Site) -> Markup:
    """The ``nonce`` attribute for this request's page, or nothing."""
    own = site.options.nonce
    nonce = own() if own else talisman_nonce()
    return Markup(' nonce="{}"').format(nonce) if nonce else Markup("")


def set_choice_cookie(site: Site, response: Response, choice: Choice) -> None:
    """Sets the consent cookie on ``response``, for what remains of the choice's life."""
    for cookie in site.cookie.set(request.environ, choice, embedded=is_embedded()):
        response.headers.add("Set-Cookie", cookie)


def keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def choice_event(
    choice: Choice,
    *,
    language: str,
    snapshot: str | None = None,
    previous_id: str | None = None,
) -> ChoiceEvent:
    """``choice``, made by this request, with what there is to say about it."""
    rules = current_notice().rules
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


def page_path() -> str:
    """The path of this request's page, for a form that cannot rely on the ``Referer``: a site may
    hide it, by ``Referrer-Policy``. Nothing where there is no way back but the start page.

    Without the query: caches may leave that out of their keys, as Flask-Caching's does, and one
    visitor's would reach another.
    """
    if request.method not in ("GET", "HEAD") or request.path == "/":
        return ""
    path = quote(f"{request.script_root}{request.path}")
    return path if len(path) <= MAX_PAGE else ""


def way_back(next_: str | None, page: str | None) -> str | None:
    """Where a visitor without JavaScript goes after a choice, if anywhere but to the start page.

    :param next_: what the form or the address says itself.
    :param page: where the form or the link stood, as the page says it. It counts where the
        ``Referer`` says nothing, or no more than the origin: fragments of pages are cached too.
    """
    referrer = referring_page()
    said = [next_, page, referrer] if referrer == "/" else [next_, referrer, page]
    paths = (safe_path(path, request) for path in said)
    return next((path for path in paths if path and _can_be_opened(path)), None)


def _can_be_opened(path: str) -> bool:
    """Whether a GET of ``path`` is no error of ours: forms are answered at addresses that may take
    nothing but POST. (What we know nothing of may be another server's.)"""
    root = request.script_root
    own = unquote(urlsplit(path).path)
    routes = current_app.create_url_adapter(request)
    if routes is None or not own.startswith(f"{root}/"):
        return True
    try:
        routes.match(own[len(root) :], "GET")
    except MethodNotAllowed:
        return False
    except (HTTPException, RoutingException):
        pass
    return True


def own_language(site: Site) -> str:
    """The language of an address of ours: asked for by ``?language=``, else the visitor's."""
    asked = nearest(query_argument("language"))
    accepted = (tag for tag, quality in request.accept_languages if quality)
    return asked or negotiate(accepted) or site.policy.language


def referring_page() -> str | None:
    """Path and query of the page that a request came from, if it is one of this site's that a
    visitor would want to come back to."""
    back = safe_path(request.referrer, request)
    return back if back and not back.startswith(base()) else None
