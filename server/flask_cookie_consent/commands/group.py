"""``flask consent``: what the owner of a site does at a terminal.

Flask finds the group by its entry point ``flask.commands``, so that no running site imports it.
"""

from __future__ import annotations

from datetime import date
from typing import TextIO

import click
from flask.cli import AppGroup

from .arguments import NO_STORE, Day
from .look import look
from .site import note_host, site_here
from .texts import texts


class RecordCommands(AppGroup):
    """The commands about records, imported when one is asked for: what they need is an extra."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(self._commands())

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return self._commands().get(name)

    def _commands(self) -> dict[str, click.Command]:
        try:
            from .records import commands
        except ImportError as error:
            raise click.ClickException(
                f"{error.name} is missing; pip install 'flask-cookie-consent[records]'"
            ) from error
        return commands()


@click.group(cls=AppGroup, help="The consent of visitors: look, preview, texts, records.")
@click.option("--host", help="In an app with several sites: the host of the one that is meant.")
@click.pass_context
def consent(context: click.Context, host: str | None) -> None:
    note_host(context, host)


consent.add_command(look)
consent.add_command(texts)
consent.add_command(
    RecordCommands("records", help="The proof of every choice: look, check, delete.")
)


@consent.command("report")
@click.option("--since", type=Day(), help="First day, UTC: 2026-11-24.")
@click.option("--until", type=Day(), help="Last day, UTC.")
@click.option(
    "--out", type=click.File("w", "utf-8"), default="-", help="A file; else standard output."
)
def report(since: date | None, until: date | None, out: TextIO) -> None:
    """Figures and plots of all choices, as one page of HTML."""
    site = site_here()
    if site.store is None:
        raise click.ClickException(NO_STORE)
    from ..records.engine import reading
    from ..records.report.report import make_report
    from .records.command import clear_errors

    if since is not None and until is not None and since > until:
        raise click.UsageError(f"--since {since} is after --until {until}")
    said = site.renderer.view(site.policy.language)
    title = said.controller or site.store.records.origin
    store = site.store
    with clear_errors(store), reading(store.engine) as connection:
        out.write(make_report(connection, title=title, since=since, until=until))


@consent.command("preview")
@click.option("--port", type=click.IntRange(0, 65535), default=5001, help="0 is a free one.")
def preview(port: int) -> None:
    """Shows the banner and the pages in other looks, with their figures and their Python.

    It is there for this machine alone, on 127.0.0.1, until Ctrl+C.
    """
    from .preview.serving import serve

    serve(site_here(), port)
