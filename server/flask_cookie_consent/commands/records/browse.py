"""``flask consent records``: what is there."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from functools import wraps
from pathlib import Path
from typing import Any, TextIO

import click
from sqlalchemy.exc import SQLAlchemyError

from ...proof.keys import load_signer
from ...proof.record import snapshot_name
from ...records import queries
from ...records.engine import newest_version, reading, version
from ...records.evidence.evidence import PAGES, find_evidence
from ...records.evidence.pack import check_free, make_files, served_files, write_files
from ...records.queries import Filter, Readable
from ...records.store import Store
from ...records.trouble import describe, shown_url
from ..arguments import Day
from ..site import site_here
from .command import command, progress
from .screenshots import PER_PAGE, take_pictures

#: The columns of a CSV, which are the keys of a line of JSON too.
COLUMNS = (
    *("id", "time", "stored", "method", "scripted", "signal", "granted", "refused", "snapshot"),
    *("language", "regime", "page", "previous", "leaf"),
)

FILTERS = (
    click.option("--since", type=Day(), help="First day, UTC: 2026-11-24."),
    click.option("--until", type=Day(), help="Last day, UTC."),
    click.option("--method", help="accept, reject, save, embed, gpc or override."),
    click.option("--snapshot", help="Name of what visitors were shown."),
    click.option("--version", help="Version of the policy that visitors were shown."),
)


def filtered(function: Callable[..., None]) -> Callable[..., None]:
    """Gathers the options of :data:`FILTERS` in one argument ``wanted``."""
    names = ("since", "until", "method", "snapshot", "version")

    @wraps(function)
    def run(store: Store, **arguments: Any) -> None:
        wanted = Filter(**{name: arguments.pop(name) for name in names})
        function(store, wanted=wanted, **arguments)

    return run


@command(
    "list",
    *FILTERS,
    click.option(
        "--limit", type=int, default=50, show_default=True, help="How many, newest first."
    ),
)
@filtered
def list_(store: Store, wanted: Filter, limit: int) -> None:
    """The newest records, one a line."""
    with reading(store.engine) as connection:
        say = Readable(connection).record
        for row in queries.find(connection, wanted, newest_first=True, limit=limit):
            record = say(row)
            answers = [f"+{id}" for id in record["granted"]]
            answers += [f"-{id}" for id in record["refused"]]
            click.echo(
                f"{record['id']}  {record['time'][:19]}Z  {record['method']:8}  "
                f"{record['language']:5}  {record['snapshot'] or '-':16}  {' '.join(answers)}"
            )


@command(
    "show",
    click.argument("id"),
    click.option(
        "--out",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder for the pages as they were; the present one if not said.",
    ),
)
def show(store: Store, id: str, out: Path | None) -> None:
    """One record, and the pages as its visitor saw them."""
    with reading(store.engine) as connection:
        row = queries.one(connection, id)
        if row is None:
            raise click.ClickException(f"there is no record {id!r}")
        click.echo(json.dumps(Readable(connection).record(row), indent=2, ensure_ascii=False))
        found = queries.snapshot(connection, row["snapshot"])
    if found is None:
        said = f"the snapshot {row['snapshot']}" if row["snapshot"] else "a snapshot"
        click.echo(f"What its page showed is not known: the store has not {said}.", err=True)
        return
    if snapshot_name(found["content"]) != found["name"]:
        raise click.ClickException(
            f"the snapshot {found['name']} was changed: its content has another name"
        )
    folder = out or Path()
    folder.mkdir(parents=True, exist_ok=True)
    documents = json.loads(found["documents"])
    for name in ("first_layer", "preferences", "policy"):
        if documents[name] is None:
            continue
        file = folder / f"{found['name']}-{name}.html"
        file.write_text(documents[name], "utf-8")
        click.echo(f"wrote {file}", err=True)


@command(
    "export",
    *FILTERS,
    click.option(
        "--format",
        "format_",
        type=click.Choice(["jsonl", "csv"]),
        default="jsonl",
        show_default=True,
    ),
    click.option(
        "--out", type=click.File("w", "utf-8"), default="-", help="A file; else standard output."
    ),
)
@filtered
def export(store: Store, wanted: Filter, format_: str, out: TextIO) -> None:
    """Every record, as JSON Lines or CSV."""
    with reading(store.engine) as connection, progress("Records", None) as done:
        say = Readable(connection).record
        writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
        if format_ == "csv":
            writer.writeheader()
        for row in queries.find(connection, wanted):
            record = say(row)
            if format_ == "csv":
                writer.writerow(
                    {**record, **{k: " ".join(record[k]) for k in ("granted", "refused")}}
                )
            else:
                out.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
            done(1)


@command(
    "prove",
    click.option("--snapshot", required=True, help="Name of what visitors were shown."),
    click.option(
        "--out",
        type=click.Path(path_type=Path),
        required=True,
        help="A new folder, or a file that ends in .zip.",
    ),
)
def prove(store: Store, snapshot: str, out: Path) -> None:
    """Writes the proof pack of a snapshot: pages, code, screenshots, signed heads, and how anybody
    checks them."""
    try:
        check_free(out)
        verifier = load_signer(store.key_file, store.records.origin).verifier
        with reading(store.engine) as connection:
            evidence = find_evidence(connection, snapshot, verifier)
        with progress("Screenshots", len(PAGES) * PER_PAGE) as done:
            pictures = take_pictures(evidence.pages, progress=done)
        if pictures.fault is not None:
            click.echo(f"screenshots are missing: {pictures.fault}", err=True)
        files = served_files(site_here().notices, evidence.row["language"])
        write_files(make_files(evidence, files, pictures, datetime.now(timezone.utc)), out)
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"wrote {out}; its README.txt says what it proves")


@command("status")
def status(store: Store) -> None:
    """Whether the store can be reached, what is in it, and what is to be done. Exit status 1 if
    records cannot be stored."""
    click.echo(f"store            {shown_url(store.engine.url)}")
    try:
        with store.engine.connect() as connection:
            found = version(connection)
    except SQLAlchemyError as error:
        said = describe(error)
        click.echo(f"cannot be used; choices hold, their records are pending: {said}", err=True)
        sys.exit(1)
    if found is None:
        click.echo("tables           none yet; the first choice makes them")
        return
    click.echo(f"tables           version {found}")
    if found != newest_version():
        click.echo(
            f"this release works with version {newest_version()}: flask consent records migrate",
            err=True,
        )
        sys.exit(1)
    with reading(store.engine) as connection:
        found_status = queries.status(connection)
    for name, value in vars(found_status).items():
        click.echo(f"{name.replace('_', ' '):16} {'-' if value is None else value}")
