"""What the commands of ``flask consent records`` share."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from alembic.util import CommandError
from flask.cli import with_appcontext
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from ...records.log.sealing import NotContinued
from ...records.trouble import Unusable, describe, shown_url
from ..arguments import NO_STORE
from ..site import site_here

if TYPE_CHECKING:
    from ...records.store import Store

#: SQLSTATE of PostgreSQL.
_UNDEFINED_TABLE = "42P01"


def command(
    name: str, *options: Callable[..., Any]
) -> Callable[[Callable[..., None]], click.Command]:
    """Makes a command of a function that takes the store, and whatever ``options`` say."""

    def decorate(function: Callable[..., None]) -> click.Command:
        def run(**arguments: Any) -> None:
            store = site_here().store
            if store is None:
                raise click.ClickException(NO_STORE)
            with clear_errors(store):
                function(store, **arguments)

        decorated: Any = with_appcontext(run)
        for option in reversed(options):
            decorated = option(decorated)
        return click.command(name, help=function.__doc__)(decorated)

    return decorate


@contextmanager
def clear_errors(store: Store) -> Iterator[None]:
    """Turns what a store or a file does not let us do into one line: what, where, and what helps.

    :raises click.ClickException: in their place.
    """
    try:
        yield
    except Unusable as error:
        raise click.ClickException(f"the store cannot be used: {describe(error)}") from error
    except (SQLAlchemyError, CommandError) as error:
        raise click.ClickException(
            f"the store {shown_url(store.engine.url)} cannot be used: {_said(error)}"
        ) from error
    except BrokenPipeError:  # `| head` has read enough; click knows what to do
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise click.ClickException(
            f"{where}{error.strerror or error}; whoever runs this command has to have access"
        ) from error
    except (ValueError, NotContinued) as error:  # of a key, or of what was tampered with
        raise click.ClickException(str(error)) from error


def _said(error: Exception) -> str:
    if isinstance(error, CommandError):  # of Alembic
        return f"{str(error).rstrip('.')}; was it made by a newer release?"
    said = describe(error)
    missing = getattr(getattr(error, "orig", None), "sqlstate", None) == _UNDEFINED_TABLE
    if missing or "no such table" in said:
        return f"{said}; make the tables: flask consent records migrate"
    if isinstance(error, InterfaceError | OperationalError):
        return f"{said}; look whether it can be reached and written: flask consent records status"
    return said


@contextmanager
def progress(label: str, length: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal; on anything else, nothing."""
    if not sys.stderr.isatty():  # Click before 8.2 cannot hide a bar, and prints the label
        yield lambda steps: None
        return
    with click.progressbar(length=length or 0, label=label, file=sys.stderr) as bar:
        yield bar.update
