"""``flask consent``: what the owner of a site does at a terminal."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TextIO

import click

from .arguments import NO_STORE, Day
from .looking import add_look
from .text_commands import add_text_commands

if TYPE_CHECKING:
    from .extension import CookieConsent


class RecordCommands(click.Group):
    """The commands about records, imported when one is asked for: what they need is an extra."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted(self._commands())

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return self._commands().get(name)

    def _commands(self) -> dict[str, click.Command]:
        try:
            from .records.commands import COMMANDS
        except ImportError as error:
            raise click.ClickException(
                f"{error.name} is missing; pip install 'flask-cookie-consent[records]'"
            ) from error
        return COMMANDS


def add_commands(extension: CookieConsent) -> None:
    """Adds the commands to the blueprint ``extension``."""
    add_look(extension)
    add_text_commands(extension)

    @extension.cli.group(
        "records", cls=RecordCommands, help="The proof of every choice: look, check, delete."
    )
    @click.pass_context
    def records(context: click.Context) -> None:
        context.obj = extension

    @extension.cli.command("report")
    @click.option("--since", type=Day(), help="First day, UTC: 2026-11-24.")
    @click.option("--until", type=Day(), help="Last day, UTC.")
    @click.option(
        "--out", type=click.File("w", "utf-8"), default="-", help="A file; else standard output."
    )
    def report(since: date | None, until: date | None, out: TextIO) -> None:
        """Figures and plots of all choices, as one page of HTML."""
        site = extension.site
        if site.store is None:
            raise click.ClickException(NO_STORE)
        from .records.command import clear_errors
        from .records.engine import reading
        from .records.report import make_report

        if since is not None and until is not None and since > until:
            raise click.UsageError(f"--since {since} is after --until {until}")
        said = site.renderer.view(site.policy.language)
        title = said.controller or site.store.records.origin
        store = site.store
        with clear_errors(store), reading(store.engine) as connection:
            page = make_report(
                connection,
                title=title,
                since=since,
                until=until,
                smallest=store.records.smallest_group,
            )
            out.write(page)

    @extension.cli.command("preview")
    @click.option("--port", type=click.IntRange(0, 65535), default=5001, help="0 is a free one.")
    def preview(port: int) -> None:
        """Shows the banner and the pages in other looks, with their figures and their Python.

        It is there for this machine alone, on 127.0.0.1, until Ctrl+C.
        """
        from .preview.serving import serve

        serve(extension.site, port)
