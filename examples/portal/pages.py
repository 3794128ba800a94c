"""The public pages. They read neither consent nor the session, so any cache may keep them: the
banner in them is the same for every visitor, and the browser knows whether to show it."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from .chart import chart, sparkline
from .datasets import DATASETS, THEMES, DataSet, find
from .policy import LANGUAGE_COOKIE, LANGUAGE_LIFETIME
from .texts import LANGUAGES

blueprint = Blueprint("pages", __name__)

IN_LANGUAGE = "/<any(en, fr):language>"


@blueprint.app_url_value_preprocessor
def take_language(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Takes the language out of the address, so that no view needs to."""
    if values and "language" in values:
        g.language = values.pop("language")


@blueprint.app_url_defaults
def put_language(endpoint: str, values: dict[str, Any]) -> None:
    """Puts the page's language into the addresses of its links."""
    if "language" in g and endpoint.startswith(("pages.", "account.", "live.", "trials.")):
        values.setdefault("language", g.language)


@blueprint.after_request
def let_caches_keep(response: Response) -> Response:
    """Shared caches may keep these pages for a minute; browsers ask again."""
    if response.status_code == 200:
        response.headers.setdefault("Cache-Control", "public, max-age=0, s-maxage=60")
    return response


@blueprint.get(f"{IN_LANGUAGE}/")
def catalogue() -> str:
    theme = request.args.get("theme", "")
    words = request.args.get("q", "")
    return render_template(
        "catalogue.html",
        themes=THEMES,
        theme=theme if theme in THEMES else "",
        words=words,
        datasets=find(theme if theme in THEMES else "", words, g.language),
        sparkline=sparkline,
    )


@blueprint.get(f"{IN_LANGUAGE}/data/<id>")
def dataset(id: str) -> str:
    found = _dataset(id)
    return render_template(
        "dataset.html", dataset=found, themes=THEMES, chart=chart(found, g.language)
    )


@blueprint.get(f"{IN_LANGUAGE}/data/<id>.csv")
def as_csv(id: str) -> Response:
    found = _dataset(id)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([found.label[g.language], found.unit[g.language]])
    writer.writerows(found.rows(g.language))
    return _attachment(Response(file.getvalue(), mimetype="text/csv"), f"{id}.csv")


@blueprint.get(f"{IN_LANGUAGE}/data/<id>.json")
def as_json(id: str) -> Response:
    found = _dataset(id)
    data = {
        "title": found.title[g.language],
        "unit": found.unit[g.language],
        "updated": found.updated.isoformat(),
        "rows": [{"label": label, "value": value} for label, value in found.rows(g.language)],
    }
    return _attachment(jsonify(data), f"{id}.json")


@blueprint.get(f"{IN_LANGUAGE}/imprint")
def imprint() -> str:
    return render_template("imprint.html")


@blueprint.get(f"{IN_LANGUAGE}/privacy")
def privacy() -> str:
    return render_template("privacy.html")


@blueprint.get(f"{IN_LANGUAGE}/cookies")
def cookies() -> str:
    return render_template("cookies.html")


def _dataset(id: str) -> DataSet:
    return DATASETS.get(id) or abort(404)


def _attachment(response: Response, name: str) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


# -- The language -----------------------------------------------------------------------------


@blueprint.get("/", defaults={"page": "catalogue"})
@blueprint.get("/cookies", defaults={"page": "cookies"})
def in_own_language(page: str) -> BaseResponse:
    """Addresses without a language lead to the visitor's own. This depends on who asks, so no
    cache may keep it."""
    return to_own_language(f"pages.{page}")


def to_own_language(endpoint: str) -> BaseResponse:
    """Leads to a page in the language of the page that the visitor comes from, else in the one
    chosen earlier, else in one that the browser prefers."""
    came_from = re.search(r"(?:^https?://[^/]+/|[?&]language=)(en|fr)\b", request.referrer or "")
    language = came_from.group(1) if came_from else request.cookies.get(LANGUAGE_COOKIE)
    if language not in LANGUAGES:
        preferred = (tag[:2].lower() for tag in request.accept_languages.values())
        language = next((tag for tag in preferred if tag in LANGUAGES), "en")
    response = redirect(url_for(endpoint, language=language))
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/language")
def choose_language() -> BaseResponse:
    """Goes to the same page in another language, and remembers it. Only this click sets the
    cookie: a setting that nobody made would not be necessary."""
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(400)
    # What does not begin with a language of ours is no page of ours.
    rest = re.fullmatch(r"/(?:en|fr)(/[\x21-\x7e]*)", request.form.get("page", ""))
    response = redirect(f"/{language}{rest.group(1) if rest else '/'}", 303)
    response.set_cookie(
        LANGUAGE_COOKIE, language, max_age=LANGUAGE_LIFETIME, path="/", samesite="Lax"
    )
    return response
