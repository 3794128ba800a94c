"""The page that tries to do what visitors have not allowed, and shows what becomes of it.

Nothing here asks for consent before it acts: cookies are set and a script is named as by somebody
who forgot to. What stops them is the package. (The tables read ``consent``, to say what it did.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from flask_cookie_consent import Policy, Service, consent
from flask_cookie_consent.records import queries

from .live import name_of, the_extension, the_observer
from .pages import IN_LANGUAGE, to_own_language
from .texts import text

blueprint = Blueprint("trials", __name__)

#: The endpoint whose Content-Security-Policy names no third party.
STRICT = "trials.show"

#: What the page sets with each response, wanted or not. The last is in no policy.
ATTEMPTS = {
    "_pk_ses.trial": timedelta(minutes=30),
    "_tm_visit": timedelta(days=365),
    "_lf_click": timedelta(days=30),
    "forgotten": timedelta(days=1),
}


@dataclass(frozen=True)
class Planted:
    """A cookie of Tallymark's that a button sets."""

    name: str
    path: str
    """``{language}`` in it stands for the page's."""
    http_only: bool = False


PLANTED = (
    Planted("_tm_part_site", "/"),
    Planted("_tm_part_hidden", "/", http_only=True),
    Planted("_tm_part_section", "/{language}", http_only=True),
)


@blueprint.get("/trials")
def in_own_language() -> BaseResponse:
    return to_own_language("trials.show")


@blueprint.get(f"{IN_LANGUAGE}/trials")
def show() -> BaseResponse:
    policy = the_observer().policy
    page = render_template(
        "trials.html",
        attempts=[_attempt(policy, name) for name in ATTEMPTS],
        carried=_carried(policy),
        open_to=[name_of(s) for s in policy.services if s.origins and consent.allows(s.id)],
        signal=consent.signal,
        sale=_refused_by_signal(policy),
        keeps_records=the_extension().site.store is not None,
        record=_record(),
    )
    response = make_response(page)
    for name, age in ATTEMPTS.items():
        response.set_cookie(name, "trial", max_age=age, samesite="Lax")
    return response


@blueprint.post(f"{IN_LANGUAGE}/trials")
def plant() -> BaseResponse:
    """Sets cookies of Tallymark in several places."""
    response = redirect(url_for("trials.show"), 303)
    for cookie in PLANTED:
        response.set_cookie(
            cookie.name,
            "planted",
            max_age=timedelta(days=1),
            path=cookie.path.format(language=g.language),
            httponly=cookie.http_only,
            samesite="Lax",
        )
    return response


# -- What is shown ----------------------------------------------------------------------------


def _attempt(policy: Policy, name: str) -> dict[str, Any]:
    """A row: a cookie of this response, what the policy says of it, and whether it leaves."""
    service = _declaring(policy, name)
    if service is None:
        says, leaves = text("says_nothing", g.language), True  # it is reported, not held back
    else:
        leaves = consent.allows(service.id)
        key = "says_exempt" if service.exempt else "says_asked"
        says = text(f"{key}_{'yes' if leaves else 'no'}", g.language, service=name_of(service))
    return {"name": name, "says": says, "leaves": leaves, "came": name in request.cookies}


def _carried(policy: Policy) -> list[dict[str, Any]]:
    """Rows: Tallymark's cookies that came with this request, and where they live."""
    places = {cookie.name: cookie for cookie in PLANTED}
    rows = []
    for name in sorted(request.cookies):
        service = _declaring(policy, name)
        if service is not None and service.id == "tallymark":
            planted = places.get(name, Planted(name, "/"))
            rows.append(
                {
                    "name": name,
                    "path": planted.path.format(language=g.language),
                    "http_only": planted.http_only,
                    "stays": consent.allows(service.id),
                }
            )
    return rows


def _record() -> Mapping[str, Any] | None:
    """The record of this visitor's choice, if their cookie names one."""
    store, choice = the_extension().site.store, consent.choice
    if store is None or choice is None or choice.id is None:
        return None
    with store.reading() as connection:
        row = queries.one(connection, choice.id)
        return row and queries.Readable(connection).record(row)


def _declaring(policy: Policy, name: str) -> Service | None:
    return next((s for s in policy.services if any(c.matches(name) for c in s.cookies)), None)


def _refused_by_signal(policy: Policy) -> list[dict[str, Any]]:
    """The services that Global Privacy Control refuses, and whether they may run."""
    return [
        {"name": name_of(s), "allowed": consent.allows(s.id)}
        for s in policy.services
        if policy.category(s.category).sale
    ]
