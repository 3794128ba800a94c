"""The page that shows what happens: what the server believes, which cookies there are, and what
has reached third parties.

It reads ``consent``, so its responses depend on the visitor. Nothing is done about that here:
the package adds ``Vary: Cookie`` and ``private`` to them by itself.
"""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, cast

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from flask_cookie_consent import CookieConsent, Policy, Service, consent

from .pages import IN_LANGUAGE, to_own_language
from .texts import number, text

blueprint = Blueprint("live", __name__)

#: How the third parties are asked. They are neighbours: no proxy of this machine knows them.
ASK = urllib.request.build_opener(urllib.request.ProxyHandler({}))
PATIENCE = 2.0


class Observer:
    """What the page knows besides the request.

    :param policy: of the portal.
    :param third_parties: the origin whose counts are shown.
    """

    def __init__(self, policy: Policy, third_parties: str) -> None:
        self.policy = policy
        self._ledger = f"{third_parties}/ledger.json"
        self._lock = threading.Lock()
        self.visits = 0
        """The anonymised statistics: a number, without anything about anybody."""

    def count_visit(self) -> None:
        with self._lock:
            self.visits += 1

    def ledger(self) -> dict[str, dict[str, int]] | None:
        """What has reached the third parties, or ``None`` if they do not answer."""
        try:
            with ASK.open(self._ledger, timeout=PATIENCE) as answer:
                return cast("dict[str, dict[str, int]]", json.load(answer))
        except (OSError, ValueError):
            return None

    def clear(self) -> None:
        """Starts counting anew."""
        with self._lock:
            self.visits = 0
        forget = urllib.request.Request(self._ledger, method="DELETE")
        with suppress(OSError):  # if they do not answer, the page says so
            ASK.open(forget, timeout=PATIENCE).close()


def install(app: Flask, observer: Observer) -> None:
    app.extensions["observer"] = observer
    app.register_blueprint(blueprint)


def the_observer() -> Observer:
    """What the running portal observes with."""
    return cast("Observer", current_app.extensions["observer"])


@blueprint.get("/live")
def in_own_language() -> BaseResponse:
    return to_own_language("live.show")


@blueprint.get(f"{IN_LANGUAGE}/live")
def show() -> str:
    return render_template("live.html", **state())


@blueprint.get(f"{IN_LANGUAGE}/live.json")
def as_json() -> Response:
    response = jsonify(state())
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/visits")
def count_visit() -> tuple[str, int]:
    """Takes a page view from the anonymised statistics."""
    the_observer().count_visit()
    return "", 204


@blueprint.post(f"{IN_LANGUAGE}/live/restart")
def restart() -> BaseResponse:
    """Forgets every cookie of this site and every count, to see a first visit once more."""
    the_observer().clear()
    response = redirect(url_for("live.show"), 303)
    for name in request.cookies:
        for path in ("/", f"/{g.language}"):  # the second is where a trial plants one
            response.delete_cookie(name, path=path)
    return response


# -- What is shown ----------------------------------------------------------------------------


def state() -> dict[str, Any]:
    """All that the page shows, as texts: facts by name, and tables of rows. The template writes
    it, and the script writes it again whenever something has changed."""
    observer = the_observer()
    ledger = observer.ledger() or {}
    seen = ledger.get("requests", {})
    return {
        "facts": {
            "choice": _choice(),
            "choice_time": f"{consent.time:%H:%M:%S} UTC" if consent.time else "",
            "cookies": number(len(request.cookies), g.language),
            "third": number(sum(seen.values()), g.language) if ledger else "–",
            "visits": number(observer.visits, g.language),
        },
        "given": consent.given,
        "answers": bool(ledger),
        "tables": {
            "services": [_service(s) for s in observer.policy.services],
            "cookies": [_cookie(observer.policy, name) for name in sorted(request.cookies)],
            "requests": _counts(seen.items()),
            "received": _counts(ledger.get("cookies", {}).items()),
        },
    }


def the_extension() -> CookieConsent:
    extension: CookieConsent = current_app.extensions["cookie_consent"]
    return extension


def name_of(service: Service) -> str:
    """What a service is called in the language of the page."""
    return the_extension().say(service.name, g.language)


def _row(*cells: str, state: str = "") -> dict[str, Any]:
    """A row of a table; ``state`` is ``"on"``, ``"off"`` or nothing."""
    return {"cells": cells, "state": state}


def _choice() -> str:
    known = ("accept", "reject", "save")
    if not consent.given:
        return text("choice_none", g.language)
    return text(f"choice_{consent.method if consent.method in known else 'other'}", g.language)


def _service(service: Service) -> dict[str, Any]:
    may_run = consent.allows(service.id)
    answer = text("yes" if may_run else "no", g.language)
    return _row(name_of(service), service.id, service.category, answer, state=_on(may_run))


def _cookie(policy: Policy, name: str) -> dict[str, Any]:
    """A cookie with the service that declares it. One that came with an earlier consent may
    outlive it; then its row says so."""
    service = next((s for s in policy.services if any(c.matches(name) for c in s.cookies)), None)
    if service is None:
        return _row(name, text("undeclared", g.language), state="off")
    if not consent.allows(service.id):
        leftover = text("leftover", g.language, service=name_of(service))
        return _row(name, leftover, state="off")
    return _row(name, name_of(service), state="on")


def _counts(counts: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
    return [_row(name, number(count, g.language)) for name, count in counts]


def _on(value: bool) -> str:
    return "on" if value else "off"
