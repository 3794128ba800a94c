"""What the commands of ``flask consent records`` share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from ..arguments import NO_STORE
from .sealing import NotContinued

if TYPE_CHECKING:
    from ..extension import CookieConsent

#: The commands by name: the modules that make them fill this.
COMMANDS: dict[str, click.Command] = {}


def command(name: str, *options: Callable[..., Any]) -> Callable[[Callable[..., None]], None]:
    """Makes a command of a function that takes the store, and whatever ``options`` say."""

    def decorate(function: Callable[..., None]) -> None:
        @click.pass_obj
        def run(extension: CookieConsent, /, **arguments: Any) -> None:
            store = extension.site.store
            if store is None:
                raise click.ClickException(NO_STORE)
            try:
                function(store, **arguments)
            except SQLAlchemyError as error:
                raise click.ClickException(f"the store cannot be used: {error}") from error
            except (ValueError, NotContinued) as error:  # of a key, or of what was tampered with
                raise click.ClickException(str(error)) from error

        decorated: Any = with_appcontext(run)
        for option in reversed(options):
            decorated = option(decorated)
        COMMANDS[name] = click.command(name, help=function.__doc__)(decorated)

    return decorate


@contextmanager
def progress(label: str, length: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal; on anything else, nothing."""
    if not sys.stderr.isatty():  # Click before 8.2 cannot hide a bar, and prints the label
        yield lambda steps: None
        return
    with click.progressbar(length=length or 0, label=label, file=sys.stderr) as bar:
        yield bar.update
