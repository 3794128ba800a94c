"""The routes that take a choice, and clean up after it. See ``docs/http.md``."""

from __future__ import annotations

import time

from flask import Response, current_app, jsonify, redirect, request
from werkzeug.exceptions import Forbidden, HTTPException

from ..choice.events import ChoiceEvent, choice_made
from ..http.origin import is_same_origin
from .context import Exchange, consent, current_consent, current_exchange, current_notice
from .installed import current_site
from .pages import preferences_page
from .recording import keep_choice
from .requests import choice_event, keep_private, own_language, set_choice_cookie, way_back
from .submission import read_submission


def post_choice() -> Response:
    """Takes a choice, and confirms it with a cookie that the server sets: Safari deletes
    cookies written by scripts after seven days without interaction, not those set by servers."""
    exchange = current_exchange()
    exchange.taken = True
    try:
        return _take_choice(exchange)
    except HTTPException as error:
        exchange.fault = error.description
        raise


def _take_choice(exchange: Exchange) -> Response:
    site = current_site()
    if not is_same_origin(request, site.trusted_origins):
        raise Forbidden("a choice is taken from this site's own pages only")
    submission = read_submission(
        request,
        current_notice().rules,
        consent.choice,
        current_notice().renderer.snapshot,
        int(time.time()),
        consent.signal,
        body=exchange.body,
    )
    unconfirmed = not (submission.scripted or submission.confirmed)
    if unconfirmed and current_consent().permissions.opts_in_again(submission.choice):
        return preferences_page(site, way_back(submission.next, submission.page), confirm=True)
    event = choice_event(
        submission.choice,
        language=submission.language or site.policy.language,
        snapshot=submission.snapshot,
        previous_id=submission.previous_id,
    )
    signal = consent.signal
    current_consent().adopt(submission.choice)
    answer, pending = keep_choice(site, current_notice(), event, signal=signal)
    _announce(event)
    if request.mimetype == "application/json" or submission.scripted:
        response = jsonify(record="pending") if pending else Response()
        response.status_code = 202 if pending else 204
    else:
        back = way_back(submission.next, submission.page)
        response = redirect(back or f"{request.script_root}/", 303)  # type: ignore[assignment]
    set_choice_cookie(site, response, answer)
    return keep_private(response)


def post_clear() -> Response:
    """Says how many cookies this request carries that its visitor refuses. The layer around the
    app expires them on the way, as on every response; a script asks until none is left."""
    site = current_site()
    header = request.headers.get("Cookie", "")
    refuses = current_consent().permissions.refuses
    left = site.cleaner.leftovers(header, current_consent().permissions.allowed) if refuses else []
    answer: dict[str, object] = {"left": len(left)}
    t = current_notice().renderer.texts(own_language(site))
    if site.options.offer_reload:
        answer |= {key: t(key) for key in ("stale", "reload", "close")}
    if consent.signal:
        answer["signal"] = t("signal")
    return keep_private(jsonify(answer))


def keep_no_choice(response: Response) -> Response:
    """Keeps every answer to a choice out of caches: also a refusal, which Flask renders."""
    return keep_private(response) if (request.endpoint or "").endswith(".choice") else response


def _announce(event: ChoiceEvent) -> None:
    """Sends the signal. A receiver that fails must not cost the visitor the choice."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    try:
        choice_made.send(app, event=event)
    except Exception:
        app.logger.exception("a receiver of choice_made failed")
