"""``flask consent records ...``."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from functools import wraps
from pathlib import Path
from typing import Any, TextIO

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from ..cli import NO_STORE, Age, Day
from ..extension import CookieConsent
from ..render import snapshot_name
from . import partitions, queries
from .engine import migrate, newest_version, reading, version
from .keys import load_signer
from .pack import PAGES, check_free, find_evidence, make_files, served_files, write_files
from .purging import purge
from .queries import Filter, Readable
from .screenshots import PER_PAGE, take_pictures
from .sealing import NotContinued, heads_since, latest_head, seal
from .store import Store
from .totals import rebuild_totals
from .verifying import verify

#: The columns of a CSV, which are the keys of a line of JSON too.
COLUMNS = (
    *("id", "time", "stored", "method", "scripted", "signal", "granted", "refused", "snapshot"),
    *("language", "regime", "page", "previous", "leaf"),
)

COMMANDS: dict[str, click.Command] = {}


def command(name: str, *options: Callable[..., Any]) -> Callable[[Callable[..., None]], None]:
    """Makes a command of a function that takes the store, and whatever ``options`` say."""

    def decorate(function: Callable[..., None]) -> None:
        @click.pass_obj
        def run(extension: CookieConsent, /, **arguments: Any) -> None:
            if extension.store is None:
                raise click.ClickException(NO_STORE)
            try:
                function(extension.store, **arguments)
            except SQLAlchemyError as error:
                raise click.ClickException(f"the store cannot be used: {error}") from error
            except (ValueError, NotContinued) as error:  # of a key, or of what was tampered with
                raise click.ClickException(str(error)) from error

        decorated: Any = with_appcontext(run)
        for option in reversed(options):
            decorated = option(decorated)
        COMMANDS[name] = click.command(name, help=function.__doc__)(decorated)

    return decorate


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


@contextmanager
def progress(label: str, length: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal; on anything else, nothing."""
    with click.progressbar(
        length=length or 0, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        yield bar.update


# -- Looking ------------------------------------------------------------------------------------


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
    extension = click.get_current_context().find_object(CookieConsent)
    assert extension is not None
    try:
        check_free(out)
        verifier = load_signer(store.key_file, store.records.origin).verifier
        with reading(store.engine) as connection:
            evidence = find_evidence(connection, snapshot, verifier)
        with progress("Screenshots", len(PAGES) * PER_PAGE) as done:
            pictures = take_pictures(evidence.pages, progress=done)
        if pictures.fault is not None:
            click.echo(f"screenshots are missing: {pictures.fault}", err=True)
        files = served_files(extension.editions, evidence.row["language"])
        write_files(make_files(evidence, files, pictures, datetime.now(timezone.utc)), out)
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"wrote {out}; its README.txt says what it proves")


@command("status")
def status(store: Store) -> None:
    """Whether the store can be reached, what is in it, and what is to be done. Exit status 1 if
    records cannot be stored."""
    click.echo(f"store            {store.engine.url.render_as_string(hide_password=True)}")
    try:
        with store.engine.connect() as connection:
            found = version(connection)
    except SQLAlchemyError as error:
        click.echo(f"cannot be reached; choices hold, their records are pending: {error}", err=True)
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


# -- Keeping ------------------------------------------------------------------------------------


@command(
    "migrate",
    click.option(
        "--partitions",
        "wanted",
        is_flag=True,
        help="Give the table of records a partition for each month. PostgreSQL only; choices wait "
        "for some seconds where there are many millions of records.",
    ),
)
def migrate_(store: Store, wanted: bool) -> None:
    """Makes the tables, or brings them to the version of this release, and makes partitions for
    the next months if the table of records has some."""
    if wanted and store.engine.dialect.name != "postgresql":
        raise click.UsageError(f"{store.engine.dialect.name} has no partitions: PostgreSQL only")
    partitioned = wanted or store.records.partitions
    click.echo(f"tables are of version {migrate(store.engine, partitioned=partitioned)}")
    if wanted and partitions.convert(store.engine):
        click.echo("the table of records has partitions now")
    make_partitions(store)


def make_partitions(store: Store) -> None:
    """Makes partitions for the months to come: cron does it in time."""
    made = partitions.make_months(store.engine)
    for name in made.names:
        click.echo(f"made the partition {name}")
    for problem in made.problems:
        click.echo(problem, err=True)
    with store.engine.connect() as connection:
        if store.records.partitions and not partitions.is_partitioned(connection):
            text = "the table of records has no partitions: flask consent records migrate"
            click.echo(f"{text} --partitions", err=True)


@command("seal")
def seal_(store: Store) -> None:
    """Seals what is new: run it by cron, every hour or every day."""
    make_partitions(store)
    signer = load_signer(store.key_file, store.records.origin, create=True)
    with reading(store.engine) as connection:
        length = queries.status(connection).unsealed
    with progress("Sealing", length) as done:
        head = seal(store.engine, signer, progress=done)
    click.echo("nothing is new" if head is None else f"sealed; the log has {head.size} entries")


@command(
    "head",
    click.option("--key", is_flag=True, help="The public key instead, to check heads by."),
    click.option("--since", type=int, help="Every head from this size on."),
)
def head(store: Store, key: bool, since: int | None) -> None:
    """The newest signed head of the log: print it, mail it, publish it, and nobody can rewrite
    what came before unseen."""
    if key:
        click.echo(str(load_signer(store.key_file, store.records.origin).verifier))
        return
    with reading(store.engine) as connection:
        if since is None:
            newest = latest_head(connection)
            notes = [newest.note] if newest else []
        else:
            notes = [head.note for head in heads_since(connection, since)]
    if not notes:
        raise click.ClickException("nothing is sealed yet: flask consent records seal")
    click.echo("\n".join(notes), nl=False)


@command(
    "verify",
    click.argument("heads", nargs=-1, type=click.File("r", "utf-8")),
)
def verify_(store: Store, heads: tuple[TextIO, ...]) -> None:
    """Checks every record, every head and every total; HEADS are files with heads that were
    published, which the log has to extend. Exit status 1 if anything was edited, removed or put
    in."""
    verifier = load_signer(store.key_file, store.records.origin).verifier
    found = 0
    with reading(store.engine) as connection:
        state = queries.status(connection)
    with progress("Checking", state.leaves) as done:
        for finding in verify(
            store.engine, verifier, heads=[file.read() for file in heads], progress=done
        ):
            found += 1
            where = " ".join(str(part) for part in (finding.leaf, finding.id) if part is not None)
            click.echo(f"{finding.kind:8}  {where or '-'}: {finding.text}")
    if found:
        click.echo(f"{found} faults; the first one stands first", err=True)
        sys.exit(1)
    click.echo(
        f"{state.leaves} entries are as they were sealed"
        + (f"; {state.unsealed} records are not sealed yet" if state.unsealed else "")
    )


@command(
    "purge",
    click.option("--older-than", type=Age(), help="'25 months'; what the app says if not said."),
    click.option("--id", "ids", multiple=True, help="A record; may be repeated."),
    click.option("--reason", help="Stands in the log for good: no word about a person."),
    click.option("--yes", is_flag=True, help="Do not ask."),
)
def purge_(
    store: Store, older_than: timedelta | None, ids: tuple[str, ...], reason: str | None, yes: bool
) -> None:
    """Deletes records by age, or by id; what remains can still be verified."""
    age = None if ids else older_than or store.records.retention
    if age is None and not ids:
        raise click.UsageError(
            "say --older-than or --id, or set Records(retention=timedelta(...)) in the app"
        )
    before = None if age is None else datetime.now(timezone.utc) - age
    what = (
        f"{len(ids)} records" if before is None else f"every record from before {before:%Y-%m-%d}"
    )
    if not yes:
        click.confirm(f"Delete {what}?", abort=True)
    signer = load_signer(store.key_file, store.records.origin, create=True)
    make_partitions(store)
    seal(store.engine, signer)
    with progress("Deleting", None) as done:
        number = purge(
            store.engine,
            before_ms=None if before is None else int(before.timestamp() * 1000),
            ids=ids,
            reason=reason or ("by id" if before is None else "retention"),
            progress=done,
        )
    seal(store.engine, signer)
    click.echo(f"deleted {number} records")


@command("rebuild")
def rebuild(store: Store) -> None:
    """Counts all records anew for the report."""
    with reading(store.engine) as connection:
        length = queries.status(connection).sealed
    with progress("Counting", length) as done:
        rebuild_totals(store.engine, progress=done)
    click.echo("counted")
