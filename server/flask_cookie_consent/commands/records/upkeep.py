"""``flask consent records``: what cron does, and what is done once in a while."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from typing import TextIO

import click

from ...proof.keys import load_signer
from ...records import partitions, queries
from ...records.engine import migrate, reading
from ...records.log.purging import purge
from ...records.log.sealing import heads_since, latest_head, seal
from ...records.log.totals import rebuild_totals
from ...records.log.verifying import verify
from ...records.store import Store
from ..arguments import Age
from .command import command, progress


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
