"""``flask consent``: a data-protection officer says "show me"."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from sqlalchemy.engine import Engine

from flask_cookie_consent.records import schema
from flask_cookie_consent.records.store import Records
from tests.cli import run
from tests.records.test_keeping import make_site, rows, shown, submit
from tests.site import make_app


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Flask:
    """A site that has been in use: three choices of one visitor."""
    app = make_site(Records(engine, origin="example.org/consent", wait=30), tmp_path)
    client = app.test_client()
    name = shown(client)
    for answer in ("accept", "reject", "accept"):
        submit(client, answer, snapshot=name, language="en")
    return app


def consent(app: Flask, *arguments: str, **options: Any) -> Result:
    return run(app, "consent", *arguments, **options)


def output(app: Flask, *arguments: str, **options: Any) -> str:
    result = consent(app, *arguments, **options)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_list_has_the_newest_first(app: Flask) -> None:
    lines = output(app, "records", "list").splitlines()
    assert [line.split()[2] for line in lines] == ["accept", "reject", "accept"]
    assert "+insight" in lines[0]
    assert "-insight" in lines[1]
    assert len(output(app, "records", "list", "--limit", "1").splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "number"),
    [
        (["--method", "reject"], 1),
        (["--since", "2026-01-01"], 3),
        (["--until", "2026-01-01"], 0),
        (["--since", "2999-01-01"], 0),
        (["--snapshot", "unknown"], 0),
        (["--version", "none such"], 0),
        (["--version", "None"], 3),
    ],
)
def test_records_are_found_by_time_method_snapshot_and_version(
    app: Flask, options: list[str], number: int
) -> None:
    assert len(output(app, "records", "list", *options).splitlines()) == number


def test_one_record_is_shown_with_the_pages_as_they_were(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    """R47"""
    id = rows(engine)[0]["id"]
    said = json.loads(output(app, "records", "show", id, "--out", str(tmp_path / "pages")))
    assert (said["id"], said["method"], said["granted"]) == (
        id,
        "accept",
        ["insight", "ads", "video"],
    )
    pages = {
        page.name.rpartition("-")[2]: page.read_text() for page in (tmp_path / "pages").iterdir()
    }
    assert set(pages) == {"first_layer.html", "preferences.html", "policy.html"}
    assert "Accept all" in pages["first_layer.html"]
    assert "Follows visits" in pages["preferences.html"]


def test_a_snapshot_that_was_changed_is_not_shown(app: Flask, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.update(schema.snapshots).values(content="{}"))
    result = consent(app, "records", "show", rows(engine)[0]["id"])
    assert result.exit_code == 1


def test_a_record_that_is_not_there_is_said_so(app: Flask) -> None:
    result = consent(app, "records", "show", "nobody")
    assert (result.exit_code, result.stderr) == (1, "Error: there is no record 'nobody'\n")


def test_an_export_has_every_record_in_both_formats(app: Flask, tmp_path: Path) -> None:
    """P4"""
    lines = [json.loads(line) for line in output(app, "records", "export").splitlines()]
    file = tmp_path / "records.csv"
    output(app, "records", "export", "--format", "csv", "--out", str(file))
    table = list(csv.DictReader(io.StringIO(file.read_text())))
    assert [line["id"] for line in lines] == [line["id"] for line in table]
    assert table[0]["granted"] == "insight ads video"
    assert set(lines[0]) == set(table[0])


def test_what_is_sealed_verifies_and_an_edited_row_is_named(app: Flask, engine: Engine) -> None:
    """R49"""
    assert "4 entries" in output(app, "records", "seal")  # three records, one snapshot
    assert "nothing is new" in output(app, "records", "seal")
    assert "4 entries are as they were sealed" in output(app, "records", "verify")
    id = rows(engine)[1]["id"]
    with engine.begin() as connection:
        edit = sa.update(schema.records).where(schema.records.c.id == id)
        connection.execute(edit.values(method="accept"))
    result = consent(app, "records", "verify")
    assert result.exit_code == 1
    assert id in result.stdout.splitlines()[0]


def test_a_published_head_is_held_against_the_log(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    output(app, "records", "seal")
    published = tmp_path / "head.txt"
    published.write_text(output(app, "records", "head"))
    assert published.read_text().startswith("example.org/consent\n4\n")
    submit(app.test_client(), "accept")
    output(app, "records", "seal")
    output(app, "records", "verify", str(published))
    with engine.begin() as connection:  # the owner starts a new history, with the same key
        for table in (schema.heads, schema.tiles):
            connection.execute(sa.delete(table))
        connection.execute(sa.update(schema.log).values(size=0))
        connection.execute(sa.update(schema.records).values(leaf=None, language="fr"))
        connection.execute(sa.update(schema.snapshots).values(leaf=None))
        connection.execute(sa.delete(schema.totals))
    output(app, "records", "seal")
    output(app, "records", "verify")
    assert consent(app, "records", "verify", str(published)).exit_code == 1


def test_records_are_purged_by_id_and_by_age(app: Flask, engine: Engine) -> None:
    """R50"""
    output(app, "records", "seal")
    first, *_, last = rows(engine)
    output(app, "records", "purge", "--id", first["id"], "--reason", "asked for", "--yes")
    assert first["id"] not in {row["id"] for row in rows(engine)}
    output(app, "records", "verify")
    assert "deleted 0" in output(app, "records", "purge", "--older-than", "25 months", "--yes")
    assert last["id"] in {row["id"] for row in rows(engine)}


def test_nothing_is_deleted_without_a_yes(app: Flask, engine: Engine) -> None:
    id = rows(engine)[0]["id"]
    assert consent(app, "records", "purge", "--id", id, input="n\n").exit_code == 1
    assert len(rows(engine)) == 3


def test_without_an_age_a_purge_says_what_it_needs(app: Flask) -> None:
    result = consent(app, "records", "purge", "--yes")
    assert "retention" in result.stderr
    assert consent(app, "records", "purge", "--older-than", "soon", "--yes").exit_code == 2


def test_totals_are_counted_anew(app: Flask, engine: Engine) -> None:
    output(app, "records", "seal")
    with engine.begin() as connection:
        connection.execute(sa.update(schema.totals).values(number=99))
    assert consent(app, "records", "verify").exit_code == 1
    output(app, "records", "rebuild")
    output(app, "records", "verify")


def test_the_status_says_how_the_store_is(app: Flask) -> None:
    said = output(app, "records", "status")
    assert "unsealed         3" in said
    output(app, "records", "seal")
    assert "head size        4" in output(app, "records", "status")


def test_the_status_of_a_store_that_is_down_is_a_failure(tmp_path: Path) -> None:
    down = make_site(Records("postgresql+psycopg://nobody@127.0.0.1:9/none", wait=2), tmp_path)
    result = consent(down, "records", "status")
    assert (result.exit_code, "pending" in result.stderr) == (1, True)


def test_migrating_makes_the_tables(tmp_path: Path) -> None:
    app = make_site("sqlite:///new.db", tmp_path)
    assert "none yet" in output(app, "records", "status")
    output(app, "records", "migrate")
    assert "tables           version" in output(app, "records", "status")


def test_a_report_is_written(app: Flask, tmp_path: Path) -> None:
    output(app, "report", "--out", str(tmp_path / "report.html"))
    assert "Example City" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize("command", [["report"], ["records", "list"], ["records", "status"]])
def test_an_app_without_records_says_so(command: list[str]) -> None:
    result = consent(make_app(), *command)
    assert (result.exit_code, "keeps no records" in result.stderr) == (1, True)
