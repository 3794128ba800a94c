"""The proof pack: what an owner hands to an authority, and what that one can check."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine

from flask_cookie_consent.commands import chromium
from flask_cookie_consent.commands.records import screenshots
from flask_cookie_consent.proof.check_pack import main as check
from flask_cookie_consent.proof.keys import load_signer
from flask_cookie_consent.records import schema
from flask_cookie_consent.records.evidence.evidence import one_a_day
from flask_cookie_consent.records.log.sealing import Head
from flask_cookie_consent.records.store import Records
from tests.records.test_commands import consent, output
from tests.records.test_keeping import make_site, rows, shown, submit

#: Says its version, and writes what it was asked as its "picture".
BROWSER = r"""#!/bin/sh
[ "$1" = --version ] && echo "Fake 1.0" && exit
for argument; do
  case $argument in --screenshot=*) printf '\211PNG\r\n\032\n%s\n' "$*" > "${argument#*=}";; esac
done
"""


def put_browser(folder: Path, script: str) -> None:
    folder.mkdir(exist_ok=True)
    file = folder / "chromium"
    file.write_text(script)
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


@pytest.fixture(autouse=True)
def browser_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH with a browser in it, if any."""
    folder = tmp_path / "bin"
    find = shutil.which
    monkeypatch.setattr(chromium.shutil, "which", lambda name: find(name, path=str(folder)))
    return folder


@pytest.fixture
def app(engine: Engine, tmp_path: Path) -> Flask:
    """A site with three choices of one visitor, sealed."""
    app = make_site(Records(engine, origin="example.org/consent", wait=30), tmp_path)
    client = app.test_client()
    name = shown(client)
    for answer in ("accept", "reject", "accept"):
        submit(client, answer, snapshot=name, language="en")
    output(app, "records", "seal")
    return app


def name_of(engine: Engine) -> str:
    """The name of the snapshot that was sealed. (Rows come by name, which is a hash.)"""
    [row] = (row for row in rows(engine, schema.snapshots) if row["language"] == "en")
    return str(row["name"])


def prove(app: Flask, engine: Engine, out: Path) -> Path:
    output(app, "records", "prove", "--snapshot", name_of(engine), "--out", str(out))
    return out


def vkey(tmp_path: Path) -> str:
    signer = load_signer(tmp_path / "consent-records.pem", "example.org/consent")
    return str(signer.verifier)


def names(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


# -- What is in it --------------------------------------------------------------------------------


def test_a_pack_has_what_was_shown_as_it_was_sealed(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    """R47"""
    out = prove(app, engine, tmp_path / "pack")
    (row,) = rows(engine, schema.snapshots)
    assert (out / "snapshot/content.json").read_bytes() == row["content"].encode()
    documents = json.loads(row["documents"])
    for page in ("first_layer", "preferences", "policy"):
        assert (out / f"pages/{page}.html").read_bytes() == documents[page].encode()
    files = names(out)
    assert {"README.txt", "proof.json", "key.txt", "checksums.sha256"} < files
    for name, digest in documents["sha256"].items():
        assert hashlib.sha256((out / "code" / name).read_bytes()).hexdigest() == digest


def test_its_checksums_name_every_other_file(app: Flask, engine: Engine, tmp_path: Path) -> None:
    out = prove(app, engine, tmp_path / "pack")
    said = dict(
        reversed(line.split("  ")) for line in (out / "checksums.sha256").read_text().splitlines()
    )
    found = names(out) - {"checksums.sha256"}
    assert said == {n: hashlib.sha256((out / n).read_bytes()).hexdigest() for n in found}


def test_code_that_the_site_no_longer_serves_is_there_as_a_hash_only(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    name, serves_less = (
        name_of(engine),
        make_site(
            Records(engine, origin="example.org/consent", wait=30), tmp_path, placement="card"
        ),
    )
    out = tmp_path / "pack"
    output(serves_less, "records", "prove", "--snapshot", name, "--out", str(out))
    hashed = {line.split()[1] for line in (out / "code/hashes.sha256").read_text().splitlines()}
    there = {file.name for file in (out / "code").iterdir()} - {"hashes.sha256"}
    assert there < hashed
    assert f"{len(there)} of these {len(hashed)} files are here" in (out / "README.txt").read_text()


def test_it_counts_the_records_that_name_the_snapshot(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    """Deleted ones, and those that are not sealed yet, too."""
    output(app, "records", "purge", "--id", rows(engine)[0]["id"], "--yes")
    submit(app.test_client(), "reject", snapshot=name_of(engine), language="en")
    submit(app.test_client(), "reject", snapshot="another", language="en")
    with engine.begin() as connection:  # the newest choices are of a later day
        unsealed = sa.update(schema.records).where(schema.records.c.leaf.is_(None))
        connection.execute(unsealed.values(time=4_000_000_000))
    use = json.loads((prove(app, engine, tmp_path / "pack") / "use.json").read_text())
    assert (use["number"], use["purged"], use["last"]) == (4, 1, "2096-10-02")
    assert use["first"] < use["last"]


def test_its_history_has_every_snapshot_of_the_site(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    app.test_client().get("/consent/preferences?language=fr")
    submit(app.test_client(), "reject")
    out = prove(app, engine, tmp_path / "pack")
    history = json.loads((out / "history.json").read_text())
    assert [entry["language"] for entry in history].count("fr") == 1


def test_a_pack_can_be_a_zip(app: Flask, engine: Engine, tmp_path: Path) -> None:
    folder = prove(app, engine, tmp_path / "pack")
    file = prove(app, engine, tmp_path / "new" / "pack.zip")
    with zipfile.ZipFile(file) as archive:
        assert set(archive.namelist()) == names(folder)
        assert archive.read("proof.json") == (folder / "proof.json").read_bytes()
    assert check([str(file), "--key", vkey(tmp_path)]) == 0


def test_one_head_a_day_is_enough() -> None:
    day = 24 * 60 * 60 * 1000
    times = [0, 5, day, day + 5, day + 6, 5 * day, 5 * day + 1]
    heads = [Head(size, time, b"", "") for size, time in enumerate(times, 1)]
    assert [head.size for head in one_a_day(heads)] == [1, 3, 6, 7]
    assert [head.size for head in one_a_day(heads[:3])] == [1, 3]
    assert list(one_a_day([])) == []


# -- Checking it ----------------------------------------------------------------------------------


def test_anybody_can_check_a_pack_also_against_published_heads(
    app: Flask, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = tmp_path / "first.txt"
    first.write_text(output(app, "records", "head"))
    submit(app.test_client(), "accept")
    output(app, "records", "seal")
    out = prove(app, engine, tmp_path / "pack")
    assert len(list((out / "heads").iterdir())) == 2
    capsys.readouterr()
    assert check([str(out), "--key", vkey(tmp_path), "--head", str(first)]) == 0
    said = capsys.readouterr().out
    assert "FAILED" not in said
    assert "the published head, 4 leaves, is one of the pack" in said


@pytest.mark.parametrize(
    "file", ["snapshot/content.json", "snapshot/documents.json", "pages/policy.html", "README.txt"]
)
def test_a_changed_file_is_found(app: Flask, engine: Engine, tmp_path: Path, file: str) -> None:
    out = prove(app, engine, tmp_path / "pack")
    (out / file).write_bytes((out / file).read_bytes().replace(b"e", b"a", 1))
    assert check([str(out), "--key", vkey(tmp_path)]) == 1


@pytest.mark.parametrize("file", ["pages/policy.html", "snapshot/content.json", "key.txt"])
def test_a_forger_who_mends_the_checksums_too_is_found(
    app: Flask, engine: Engine, tmp_path: Path, file: str
) -> None:
    out = prove(app, engine, tmp_path / "pack")
    before = (out / file).read_bytes()
    (out / file).write_bytes(before.replace(b"e", b"a", 1))
    sums = out / "checksums.sha256"
    old, new = (hashlib.sha256(b).hexdigest() for b in (before, (out / file).read_bytes()))
    sums.write_text(sums.read_text().replace(old, new))
    # Nothing rests on the key in the pack.
    assert check([str(out), "--key", vkey(tmp_path)]) == (0 if file == "key.txt" else 1)


def test_heads_by_another_key_prove_nothing(app: Flask, engine: Engine, tmp_path: Path) -> None:
    out = prove(app, engine, tmp_path / "pack")
    other = load_signer(tmp_path / "other.pem", "example.org/consent", create=True)
    assert check([str(out), "--key", str(other.verifier)]) == 1


def test_what_is_no_pack_cannot_be_checked(
    app: Flask, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = prove(app, engine, tmp_path / "pack")
    key = vkey(tmp_path)
    (out / "proof.json").write_text('{"format": 1, "entry": 5}')
    for path in (out, tmp_path / "bin", tmp_path / "none", out / "README.txt"):
        assert check([str(path), "--key", key]) == 2
    assert capsys.readouterr().err.count("cannot check") == 4


# -- What it refuses ------------------------------------------------------------------------------


def refused(app: Flask, *arguments: str) -> str:
    result = consent(app, "records", "prove", *arguments)
    assert result.exit_code == 1, result.output
    return result.stderr


def test_nothing_is_written_over(app: Flask, engine: Engine, tmp_path: Path) -> None:
    name = name_of(engine)
    file = tmp_path / "full" / "mine.txt"
    file.parent.mkdir()
    file.write_text("mine")
    (tmp_path / "old.zip").write_text("mine")
    said = refused(app, "--snapshot", name, "--out", str(file.parent))
    assert "is not empty: name a new folder" in said
    for path in (file, tmp_path / "old.zip"):
        assert "exists" in refused(app, "--snapshot", name, "--out", str(path))
        assert path.read_text() == "mine"


def test_a_snapshot_that_is_not_there_is_said_so(app: Flask, tmp_path: Path) -> None:
    said = refused(app, "--snapshot", "nothing", "--out", str(tmp_path / "pack"))
    assert "there is no snapshot 'nothing'" in said
    assert not (tmp_path / "pack").exists()


def test_what_is_not_sealed_proves_nothing_yet(engine: Engine, tmp_path: Path) -> None:
    app = make_site(engine, tmp_path)
    client = app.test_client()
    submit(client, "accept", snapshot=shown(client), language="en")
    load_signer(tmp_path / "consent-records.pem", "consent-records", create=True)
    said = refused(app, "--snapshot", name_of(engine), "--out", str(tmp_path / "pack"))
    assert "is not sealed yet: flask consent records seal" in said


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (schema.snapshots, {"content": "{}"}),
        (schema.snapshots, {"documents": "{}"}),
        (schema.heads, {"note": "nonsense"}),
        (schema.tiles, {"hashes": b""}),
        (schema.tiles, {"hashes": bytes(128)}),
    ],
)
def test_what_was_changed_is_not_packed(
    app: Flask, engine: Engine, tmp_path: Path, table: sa.Table, values: dict[str, Any]
) -> None:
    name = name_of(engine)
    with engine.begin() as connection:
        connection.execute(sa.update(table).values(values))
    refused(app, "--snapshot", name, "--out", str(tmp_path / "pack"))
    assert not (tmp_path / "pack").exists()


def test_without_the_key_it_says_where_the_key_should_be(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "consent-records.pem").unlink()
    said = refused(app, "--snapshot", name_of(engine), "--out", str(tmp_path / "pack"))
    assert "there is no key at" in said


# -- Screenshots ----------------------------------------------------------------------------------

PAGES = {"first_layer": "<p>1", "policy": "<p>2"}


def test_pictures_are_of_each_page_on_a_phone_and_a_desktop_light_and_dark(
    browser_folder: Path,
) -> None:
    put_browser(browser_folder, BROWSER)
    done: list[int] = []
    taken = screenshots.take_pictures(PAGES, progress=done.append)
    assert (taken.browser, taken.fault, sum(done)) == ("Fake 1.0", None, 8)
    assert set(taken.files) == {
        f"{page}-{device}-{scheme}.png"
        for page in PAGES
        for device in ("phone", "desktop")
        for scheme in ("light", "dark")
    }
    dark_phone = taken.files["policy-phone-dark.png"]
    assert b"--window-size=360,740" in dark_phone
    assert b"preferredColorScheme=0" in dark_phone
    assert b"/policy.html" in dark_phone


def test_pictures_are_in_the_pack_with_the_browser_that_took_them(
    app: Flask, engine: Engine, tmp_path: Path, browser_folder: Path
) -> None:
    put_browser(browser_folder, BROWSER)
    out = prove(app, engine, tmp_path / "pack")
    assert len(list((out / "screenshots").iterdir())) == 12
    assert "taken with Fake 1.0\n" in (out / "README.txt").read_text()


def test_without_a_browser_the_pack_is_made_and_says_so(
    app: Flask, engine: Engine, tmp_path: Path
) -> None:
    out = tmp_path / "pack"
    result = consent(app, "records", "prove", "--snapshot", name_of(engine), "--out", str(out))
    assert (result.exit_code, "no browser is on PATH" in result.stderr) == (0, True)
    assert "NONE; NOT COMPLETE: no browser is on PATH" in (out / "README.txt").read_text()
    assert not (out / "screenshots").exists()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("#!/bin/sh\necho no display >&2\nexit 3\n", "exit status 3; no display"),
        ("#!/bin/sh\n", "wrote no picture"),
        ("#!/bin/sh\nexec tail -f /dev/null\n", "longer than 0.2 seconds"),
        ("no program", "Exec format error"),
    ],
)
def test_a_browser_that_fails_is_no_failure(browser_folder: Path, script: str, why: str) -> None:
    put_browser(browser_folder, script)
    taken = screenshots.take_pictures(PAGES, timeout=0.2)
    assert taken.files == {}
    assert why in (taken.fault or "")


@pytest.mark.browser
def test_chromium_takes_pictures_of_the_right_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    html = '<!doctype html><meta name="color-scheme" content="light dark"><p>Policy'
    taken = screenshots.take_pictures({"policy": html})
    assert taken.fault is None
    sizes = {
        name.split("-")[1]: struct.unpack(">II", picture[16:24])
        for name, picture in taken.files.items()
    }
    assert sizes == {"phone": (360, 740), "desktop": (1280, 800)}
    assert taken.files["policy-phone-dark.png"] != taken.files["policy-phone-light.png"]
