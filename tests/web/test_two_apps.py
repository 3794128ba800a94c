"""One ``CookieConsent`` in a module and an app factory: what belongs to an app stays in it."""

from __future__ import annotations

import gc
import logging
import weakref
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, render_template_string
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from flask_cookie_consent import CookieConsent, Service, cookie_reported
from tests.site import policy, site_of


def create_app(extension: CookieConsent, folder: Path, name: str = "shop") -> Flask:
    folder.mkdir(parents=True, exist_ok=True)
    app = Flask(name, instance_path=str(folder), root_path=str(folder))
    app.secret_key = "tests"
    app.register_blueprint(extension)

    @app.get("/")
    def index() -> Response:
        response = Response(render_template_string("{{ consent_banner() }}"))
        response.set_cookie("mystery", "1")
        return response

    return app


def test_the_records_of_an_app_stay_in_its_own_instance_folder(tmp_path: Path) -> None:
    from flask_cookie_consent import Records

    extension = CookieConsent(policy(), records=Records(wait=30))
    first, second = (create_app(extension, tmp_path / name) for name in ("first", "second"))
    for app in (second, first, second):
        answer = app.test_client().post("/consent/choice", data={"answer": "accept"})
        assert answer.status_code == 303
    stores = [site_of(app).store for app in (first, second)]
    assert all(stores)
    for name in ("first", "second"):
        assert (tmp_path / name / "consent.db").exists()
    found = []
    for store in stores:
        assert store is not None
        with store.reading() as connection:
            rows = connection.exec_driver_sql("SELECT count(*) FROM consent_records")
            found.append(rows.scalar_one())
    assert found == [1, 2]


def test_each_app_has_the_words_of_its_own_catalogue(tmp_path: Path) -> None:
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    video = Service("Video", category="functional", provider="Us", purpose="Plays films")
    extension = CookieConsent(policy(services=[video]), translations="translations")
    pages = []
    for words in ("Montre des films", "Joue des vidéos"):
        folder = tmp_path / words
        target = folder / "translations" / "fr" / "LC_MESSAGES" / "consent.mo"
        target.parent.mkdir(parents=True)
        catalogue = Catalog(locale="fr")
        catalogue.add("Plays films", words)
        with target.open("wb") as file:
            write_mo(file, catalogue)
        app = create_app(extension, folder)
        pages.append(app.test_client().get("/consent/policy?language=fr").text)
    assert "Montre des films" in pages[0]
    assert "Joue des vidéos" in pages[1]
    assert "Montre des films" not in pages[1]


def test_each_app_reports_a_cookie_by_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    extension = CookieConsent(policy())
    apps = [create_app(extension, tmp_path, name) for name in ("one", "two")]
    heard: list[Any] = []
    with cookie_reported.connected_to(lambda sender, report: heard.append(sender)):
        for app in (*apps, *apps):
            app.test_client().get("/")
    assert len([r for r in caplog.records if r.levelno == logging.WARNING]) == 2
    assert heard == apps


def test_the_outermost_layer_around_both_reports_for_the_app_that_answers(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    extension = CookieConsent(policy())
    one, two = (create_app(extension, tmp_path, name) for name in ("one", "two"))
    client = Client(extension.wsgi(DispatcherMiddleware(one, {"/two": two})))
    for path in ("/", "/two/", "/", "/two/"):
        client.get(path)
    assert len(caplog.records) == 2


def test_an_app_that_is_gone_is_not_kept(tmp_path: Path) -> None:
    extension = CookieConsent(policy())
    app = create_app(extension, tmp_path)
    app.test_client().get("/")
    gone = weakref.ref(app)
    del app
    gc.collect()
    assert gone() is None
