"""Every choice leaves its record (P1 to P4, R46 to R53)."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from werkzeug.test import TestResponse

from flask_cookie_consent import Choice, CookieConsent
from flask_cookie_consent.choice.codec import decode, new_id
from flask_cookie_consent.records import schema
from flask_cookie_consent.records.store import Records
from flask_cookie_consent.ui.render import snapshot_name

from ..site import policy, run

ACCEPTED = run(policy(), ["insight", "ads", "video"])
OWN = {"Sec-Fetch-Site": "same-origin"}


def make_site(store: Any, tmp_path: Path, **options: Any) -> Flask:
    """A site with records in ``store``; on a machine under load they may take their time."""
    app = Flask("site", instance_path=str(tmp_path))
    records = store if isinstance(store, Records) else Records(store, wait=30)
    app.register_blueprint(CookieConsent(policy(), records=records, **options))

    @app.get("/")
    def home() -> str:
        return render_template_string("{{ consent_banner() }}")

    return app


@pytest.fixture
def client(engine: Engine, tmp_path: Path) -> FlaskClient:
    return make_site(engine, tmp_path).test_client()


def shown(client: FlaskClient) -> str:
    """The name of what the page shows."""
    found = re.search(r'name="snapshot" value="([^"]+)"', client.get("/").text)
    assert found
    return found[1]


def send(client: FlaskClient, choice: Choice, **fields: str) -> TestResponse:
    """What the script sends."""
    form = {"choice": choice.encode(), "language": "en", **fields}
    return client.post("/consent/choice", data=form, headers=OWN)


def submit(client: FlaskClient, answer: str, **fields: str) -> TestResponse:
    """What a form without a script sends."""
    return client.post("/consent/choice", data={"answer": answer, **fields}, headers=OWN)


def scripted(granted: str = ACCEPTED, refused: str = "", **fields: Any) -> Choice:
    return Choice(int(time.time()), "accept", granted, refused, fields.pop("id", None) or new_id())


def cookie_of(response: TestResponse) -> Choice:
    value = response.headers["Set-Cookie"].split(";")[0].partition("=")[2]
    choice = decode(value)
    assert choice
    return choice


def rows(engine: Engine, table: sa.Table = schema.records) -> list[dict[str, Any]]:
    key = next(iter(table.primary_key.columns))
    with engine.connect() as connection:
        found = connection.execute(sa.select(table).order_by(key)).mappings()
        return [dict(row) for row in found]


# -- One choice, one row ----------------------------------------------------------------------


def test_a_choice_leaves_a_record_of_what_was_chosen_when_how_and_on_what_page(
    client: FlaskClient, engine: Engine
) -> None:
    """P1, R46"""
    choice = scripted()
    client.environ_base["HTTP_REFERER"] = "http://localhost/shop?customer=17"
    response = send(client, choice, snapshot=(name := shown(client)), previous="")
    assert response.status_code == 204
    (row,) = rows(engine)
    assert abs(row.pop("stored") / 1000 - time.time()) < 60
    assert len(row.pop("salt")) == 16
    assert row == {
        "id": choice.id,
        "time": choice.time,
        "method": "accept",
        "scripted": True,
        "signal": False,
        "granted": ACCEPTED,
        "refused": "",
        "snapshot": name,
        "language": "en",
        "regime": "opt-in",
        "page": "/shop",
        "previous": None,
        "leaf": None,
    }


def test_nothing_in_the_store_says_who_the_visitor_is(client: FlaskClient, engine: Engine) -> None:
    """P2, R48"""
    client.environ_base |= {"REMOTE_ADDR": "203.0.113.7", "HTTP_USER_AGENT": "Netscape/4.0"}
    client.environ_base["HTTP_REFERER"] = "http://localhost/account?name=Ada"
    submit(client, "accept")
    kept = str([rows(engine, table) for table in schema.metadata.sorted_tables])
    assert "/account" in kept
    assert not any(word in kept for word in ("203.0.113", "Netscape", "Ada"))


def test_the_cookie_keeps_the_id_of_what_was_granted(client: FlaskClient, engine: Engine) -> None:
    response = submit(client, "accept")
    assert cookie_of(response).id == rows(engine)[0]["id"]
    assert cookie_of(response).confirmed


def test_a_refusal_is_recorded_and_its_browser_keeps_no_id(
    client: FlaskClient, engine: Engine
) -> None:
    """P1, GDPR 5(1)(c)"""
    answer = cookie_of(submit(client, "reject"))
    assert (answer.id, answer.confirmed) == (None, True)
    assert [row["method"] for row in rows(engine)] == ["reject"]


def test_a_change_of_mind_is_a_new_record_that_points_to_the_one_before(
    client: FlaskClient, engine: Engine
) -> None:
    """R49"""
    submit(client, "accept")
    submit(client, "reject")
    first, second = rows(engine)
    assert (second["previous"], second["granted"]) == (first["id"], "")


@pytest.mark.parametrize("times", [2, 20])
def test_a_choice_that_is_sent_again_is_recorded_once(
    client: FlaskClient, engine: Engine, times: int
) -> None:
    """R53"""
    choice = scripted()
    answers = {send(client, choice).headers["Set-Cookie"].split(";")[0] for _ in range(times)}
    assert (len(rows(engine)), len(answers)) == (1, 1)


def test_whoever_sends_a_record_again_cannot_change_it(client: FlaskClient, engine: Engine) -> None:
    choice = scripted(granted="", refused=ACCEPTED)
    send(client, choice)
    send(client, choice._replace(granted=ACCEPTED, refused=""))
    assert [row["granted"] for row in rows(engine)] == [""]


@pytest.mark.parametrize("moment", [0, 4 * 365 * 24 * 3600 * 1000, 2_700_000_000_000])
def test_an_id_from_a_wrong_clock_is_replaced_by_the_same_one_each_time(
    client: FlaskClient, engine: Engine, moment: int
) -> None:
    choice = scripted(id=new_id(moment).rjust(22, "0"))
    ids = {cookie_of(send(client, choice)).id for _ in range(3)}
    (row,) = rows(engine)
    assert ids == {row["id"]}
    assert row["id"] > new_id(int(time.time() * 1000) - 60_000)


def test_ids_that_are_no_times_are_replaced_too(client: FlaskClient, engine: Engine) -> None:
    send(client, scripted(id="_-ABCDEFGHIJKLMNOPQRST"))
    assert rows(engine)[0]["id"][0] == "m"


def test_a_signal_is_recorded(client: FlaskClient, engine: Engine) -> None:
    client.post("/consent/choice", data={"answer": "accept"}, headers=OWN | {"Sec-GPC": "1"})
    assert [row["signal"] for row in rows(engine)] == [True]


# -- What was shown ---------------------------------------------------------------------------


def test_what_visitors_see_is_stored_once_and_its_name_is_its_hash(
    client: FlaskClient, engine: Engine
) -> None:
    """R47"""
    name = shown(client)
    for answer in ("accept", "reject", "accept"):
        submit(client, answer, snapshot=name, language="en")
    (row,) = rows(engine, schema.snapshots)
    assert row["name"] == name == snapshot_name(row["content"])
    pages = json.loads(row["documents"])
    assert "Accept all" in pages["first_layer"]
    assert "Insight" in pages["preferences"]
    assert all(len(digest) == 64 for digest in pages["sha256"].values())


def test_each_language_has_a_snapshot_of_its_own(client: FlaskClient, engine: Engine) -> None:
    for language in ("en", "fr"):
        client.get(f"/consent/preferences?language={language}")
    submit(client, "reject")  # once it is answered, what came before is stored
    assert {row["language"] for row in rows(engine, schema.snapshots)} == {"en", "fr"}


def test_a_choice_from_an_old_cached_page_names_what_that_page_showed(
    client: FlaskClient, engine: Engine
) -> None:
    send(client, scripted(), snapshot="of_another_build")
    assert rows(engine)[0]["snapshot"] == "of_another_build"


@pytest.mark.parametrize("said", ["", "\0", "'; DROP TABLE", "x" * 65, "été", "\ud800"])
def test_what_cannot_be_the_name_of_a_snapshot_is_no_name(
    client: FlaskClient, engine: Engine, said: str
) -> None:
    body = {"choice": scripted().encode(), "snapshot": said, "language": said or "en"}
    response = client.post("/consent/choice", json=body, headers=OWN)
    if response.status_code == 204:
        assert rows(engine)[0]["snapshot"] is None
    else:
        assert response.status_code == 400


# -- Options ----------------------------------------------------------------------------------


def test_a_relative_file_lies_in_the_instance_folder(tmp_path: Path) -> None:
    submit(make_site("sqlite:///consent.db", tmp_path / "instance").test_client(), "accept")
    assert (tmp_path / "instance" / "consent.db").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"wait": 0},
        {"wait": 61},
        {"origin": "two words"},
        {"origin": ""},
    ],
)
def test_options_that_cannot_be_are_faults_at_start_up(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Records(**wrong)


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "flask_cookie_consent.records.store", None)
    with pytest.raises(RuntimeError, match=r"pip install 'flask-cookie-consent\[records\]'"):
        CookieConsent(policy(), records="sqlite://")
