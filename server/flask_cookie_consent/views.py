"""The routes: served files, pages, and the one that takes a choice. See ``docs/http.md``."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from flask import Flask, Response, current_app, jsonify, redirect, request
from werkzeug.exceptions import Forbidden, NotFound

from .assets import CSS, Asset
from .choice import Choice
from .context import consent, current_consent, current_extension
from .embedding import is_embedded
from .events import ChoiceEvent, choice_made
from .origin import is_same_origin, safe_path
from .submission import Submission, read_submission
from .texts import nearest, negotiate

if TYPE_CHECKING:
    from .edition import Edition
    from .extension import CookieConsent


#: As long as any browser or cache will take: a hashed name never changes its bytes.
FOREVER = "public, max-age=31536000, immutable"

#: The plain address of the script tag changes when the policy does.
SHORT = "public, max-age=600"


def add_routes(extension: CookieConsent, more: Collection[tuple[str, str, Any]]) -> None:
    """Adds every route to the blueprint ``extension``, and ``more``: rules, endpoints, views."""
    options: dict[str, Any] = {"host": extension.host} if extension.host else {}
    preflight: list[str] = []
    if extension.embedded_on:  # browsers ask beforehand what they may send, whatever Flask's
        preflight = ["OPTIONS"]  # own setting for such questions is
        options["provide_automatic_options"] = True

    def add(rule: str, endpoint: str, view: Callable[..., Response], method: str = "GET") -> None:
        extension.add_url_rule(rule, endpoint, view, methods=[method, *preflight], **options)

    add("/banner.js", "tag", serve_tag)
    add("/<stem>-<build>.<any(js, css):ending>", "asset", serve_asset)
    add("/state.css", "state", serve_state)
    add("/dialog", "dialog", serve_dialog)
    add("/preferences", "preferences", serve_preferences)
    add("/policy", "policy", serve_policy)
    add("/policy.json", "policy_json", serve_policy_json)
    add("/choice", "choice", post_choice, "POST")
    add("/clear", "clear", post_clear, "POST")
    for route in more:
        add(*route)
    extension.after_request(keep_no_choice)


# -- Files ------------------------------------------------------------------------------------


def serve_tag() -> Response:
    """The script for the script tag alone, in the visitor's language."""
    extension = current_extension()
    # Of several regimes each visitor gets the script for one: no shared cache may keep it.
    kept = SHORT if extension.regimes is None else SHORT.replace("public", "private")
    response = _serve(extension.request_assets().tag(own_language(extension)), kept)
    response.vary.add("Accept-Language")
    return response


def serve_asset(stem: str, build: str, ending: str) -> Response:
    """A file by its hashed name."""
    assets = current_extension().request_assets()
    asset = assets.by_name.get(f"{stem}-{build}.{ending}")
    if asset is not None:
        return _serve(asset, FOREVER)
    # A page from before a deployment, or from a server that is newer already: what is current
    # here serves it too, but may not be kept under that name.
    stand_in = assets.by_stem.get(f"{stem}.{ending}")
    if stand_in is None:
        raise NotFound
    return _serve(stand_in, "no-cache")


def _serve(asset: Asset, cache_control: str) -> Response:
    encoding = _best_encoding(asset)
    response = Response(asset.variants[encoding], content_type=asset.media_type)
    response.headers["Cache-Control"] = cache_control
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Vary"] = "Accept-Encoding"
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.set_etag(asset.etag(encoding))
    response.make_conditional(request)
    return response


def _best_encoding(asset: Asset) -> str:
    accepted = request.accept_encodings
    return next((name for name in asset.variants if name and accepted[name] > 0), "")


def serve_state() -> Response:
    """The stylesheet that shows the first layer where scripts are off: only visitors without
    JavaScript ever ask for it, so even a page from a public cache shows them the right state.

    Should a script take the ``<noscript>`` apart (Turbo does), nothing comes of it: as soon as
    our script has touched ``hidden``, its value is empty.
    """
    extension = current_extension()
    css = ""
    if consent.unasked:
        css = "#fcc[hidden=hidden]{display:block!important}"
        if not extension.inline:
            css = extension.assets.first_css + css
    response = Response(css, content_type=CSS)
    rules = _edition(extension).rules
    kept = consent.choice
    if consent.signal and rules.keeps_signal(kept):
        made = rules.honour(kept or Choice(int(time.time()), "G"))
        extension.set_choice_cookie(response, made.confirm(keep_id=False))
    return _private(response)


# -- Pages ------------------------------------------------------------------------------------


def serve_dialog() -> Response:
    """The preferences as a document for the script."""
    extension = current_extension()
    html = _edition(extension).renderer.dialog(
        own_language(extension),
        extension.base(external=is_embedded()),
        consent.choice,
        extension.assets.page_css,
        signal=consent.signal,
    )
    return _private(Response(html))


def serve_preferences() -> Response:
    """The preferences as a page, which works without JavaScript."""
    extension = current_extension()
    return _preferences(extension, safe_path(_query("next"), request) or _referring_page())


def _preferences(extension: CookieConsent, back: str | None, *, confirm: bool = False) -> Response:
    """The preferences' page.

    :param confirm: whether to say that opting in again needs one more step.
    """
    html = _edition(extension).renderer.preferences(
        own_language(extension),
        extension.base(),
        consent.choice,
        signal=consent.signal,
        **_page(extension) | {"next": back or "", "confirm_missing": confirm},
    )
    return _private(Response(html, 422 if confirm else 200))


def serve_policy() -> Response:
    """The policy as a page of its own."""
    extension = current_extension()
    language = own_language(extension)
    response = Response(
        _edition(extension).renderer.policy_page(
            language,
            extension.base(),
            signal=extension.has_signal(request.environ),
            **_page(extension),
        )
    )
    response.vary.add("Accept-Language")
    if len(extension.vary) > 1:
        response.vary.add("Sec-GPC")
    if extension.regimes is not None:
        response.headers["Cache-Control"] = "private"
    return response


def serve_policy_json() -> Response:
    """The policy as data, for programs."""
    extension = current_extension()
    response = jsonify(extension.policy.to_dict(own_language(extension)))
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.vary.add("Accept-Language")
    return response


def required_response(extension: CookieConsent, name: str) -> Response:
    """The answer to a request for a page that needs consent to ``name``: a page that says so
    and can give it, or JSON where JSON is asked for. Its status is 403."""
    services = consent.missing(name)
    accepted = request.accept_mimetypes
    if accepted["application/json"] <= accepted["text/html"]:
        back = safe_path(_own_path(), request) if request.method == "GET" else None
        html = _edition(extension).renderer.required_page(
            own_language(extension),
            extension.base(),
            services,
            **_page(extension) | {"next": back or f"{request.script_root}/"},
        )
        response = Response(html, 403)
    else:
        response = jsonify(
            error="consent_required",
            needs=[s.id for s in services],
            preferences=f"{extension.base()}preferences",
        )
        response.status_code = 403
    return _private(response)


def _page(extension: CookieConsent) -> dict[str, Any]:
    """What every page of ours takes: its style, and the way back."""
    return {
        **extension.page_style(extension.nonce_attribute()),
        "home": f"{request.script_root}/",
        "next": "",
    }


# -- The choice -------------------------------------------------------------------------------


def post_choice() -> Response:
    """Takes a choice, and confirms it with a cookie that the server sets: Safari deletes
    cookies written by scripts after seven days without interaction, not those set by servers."""
    extension = current_extension()
    if not is_same_origin(request, extension.trusted_origins):
        raise Forbidden("a choice is taken from this site's own pages only")
    submission = read_submission(
        request,
        _edition(extension).rules,
        consent.choice,
        _edition(extension).renderer.snapshot,
        int(time.time()),
        consent.signal,
    )
    unconfirmed = not (submission.scripted or submission.confirmed)
    if unconfirmed and current_consent().opts_in_again(submission.choice):
        return _preferences(extension, safe_path(submission.next, request), confirm=True)
    event = _event(extension, submission)
    current_consent().adopt(submission.choice)
    _announce(event)
    if request.mimetype == "application/json" or submission.scripted:
        response = Response(status=204)
    else:
        back = safe_path(submission.next, request) or _referring_page()
        response = redirect(back or f"{request.script_root}/", 303)  # type: ignore[assignment]
    extension.set_choice_cookie(response, submission.choice.confirm(keep_id=False))
    return _private(response)


def post_clear() -> Response:
    """Says how many cookies this request carries that its visitor refuses. The layer around the
    app expires them on the way, as on every response; a script asks until none is left."""
    extension = current_extension()
    header = request.headers.get("Cookie", "")
    refuses = current_consent().refuses()
    left = extension.cleaner.leftovers(header, current_consent().load()) if refuses else []
    answer: dict[str, object] = {"left": len(left)}
    t = _edition(extension).renderer.texts(own_language(extension))
    if extension.offer_reload:
        answer |= {key: t(key) for key in ("stale", "reload", "close")}
    if consent.signal:
        answer["signal"] = t("signal")
    return _private(jsonify(answer))


def keep_no_choice(response: Response) -> Response:
    """Keeps every answer to a choice out of caches: also a refusal, which Flask renders."""
    return _private(response) if (request.endpoint or "").endswith(".choice") else response


def _announce(event: ChoiceEvent) -> None:
    """Sends the signal. A receiver that fails must not cost the visitor the choice."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        choice_made.send(app, event=event)
    except Exception:
        app.logger.exception("a receiver of choice_made failed")


def _event(extension: CookieConsent, submission: Submission) -> ChoiceEvent:
    choice: Choice = submission.choice
    return ChoiceEvent(
        choice=choice,
        previous=consent.choice,
        granted=_edition(extension).rules.ids(choice.granted),
        refused=_edition(extension).rules.ids(choice.refused),
        language=submission.language or extension.policy.language,
        snapshot=submission.snapshot,
        previous_id=submission.previous_id,
        page=_referring_page(),
    )


def add_signal_statement(extension: CookieConsent, app: Flask) -> None:
    """Adds ``/.well-known/gpc.json``, which says that the site heeds Global Privacy Control, unless
    the app has that address already. (W3C, Global Privacy Control, section 4.)"""
    updated = extension.policy.updated
    statement: dict[str, object] = {"gpc": True}
    if updated:
        statement["lastUpdate"] = updated.isoformat()
    options: dict[str, Any] = {"host": extension.host} if extension.host else {}
    app.add_url_rule(
        "/.well-known/gpc.json",
        f"{extension.name}_gpc",
        lambda: jsonify(statement),
        **options,
    )


# -- Helpers ----------------------------------------------------------------------------------


def _edition(extension: CookieConsent) -> Edition:
    """What this request's visitor sees."""
    return extension.edition_for(request.environ)


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _query(name: str) -> str:
    """An argument of the address, or nothing. (``request.args`` raises on bytes that are not
    UTF-8.)"""
    query = request.query_string.decode("utf-8", "replace")
    return dict(parse_qsl(query)).get(name, "") if len(query) < 4096 else ""


def _own_path() -> str:
    """Path and query of this request, as an address. (``request.url`` raises on some ``Host``
    headers, such as ``xn--a.example``.)"""
    path = quote(f"{request.script_root}{request.path}", safe="!$&'()*+,/:;=@")
    query = quote(request.query_string, safe="!$&'()*+,/:;=?@%")
    return f"{path}?{query}" if query else path


def own_language(extension: CookieConsent) -> str:
    """The language of an address of ours: asked for by ``?language=``, else the visitor's."""
    asked = nearest(_query("language"))
    accepted = (tag for tag, quality in request.accept_languages if quality)
    return asked or negotiate(accepted) or extension.policy.language


def _referring_page() -> str | None:
    """Path and query of the page that a request came from, if it is one of this site's that a
    visitor would want to come back to."""
    back = safe_path(request.referrer, request)
    return back if back and not back.startswith(current_extension().base()) else None
