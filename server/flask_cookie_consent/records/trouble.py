"""What is said about a store that fails: one line, without a visitor's data and without a password.

Drivers and SQLAlchemy put the values of a statement into their messages, and a log is read by
others, and kept for longer, than the store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError, StatementError

#: SQLSTATE of data exceptions (SQL:2016): their messages quote the value.
_DATA_EXCEPTION = "22"

_QUOTED = re.compile(r"\".*\"|'.*'|«.*»|„.*“")
_PASSWORD = re.compile(r"(://[^:/?#@\s]*):[^@\s]*@")
_SECRET_NAME = re.compile("pass|secret|token|key", re.IGNORECASE)

#: A value as short as that stands in many a word; longer ones are looked for everywhere.
_SHORT = 3


class Unusable(SQLAlchemyError):
    """A store that cannot be used before somebody mends something. The text says what, where, and
    how."""


class Unfit(Exception):
    """An entry that no store takes, now or later."""


def describe(error: BaseException) -> str:
    """What ``error`` says, in one line.

    Of a driver's error that is the first line: PostgreSQL's ``DETAIL`` below it has the row. No
    statement, no parameters; values that the first line quotes are left out.
    """
    cause: BaseException = error
    values: list[str] = []
    if isinstance(error, StatementError):
        cause = error.orig or error
        values = [str(value) for value in _flat(error.params)]
    said = cause.args[0] if isinstance(cause, SQLAlchemyError) and cause.args else cause
    line = str(said).strip().partition("\n")[0].strip()
    state = getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None) or ""
    if str(state).startswith(_DATA_EXCEPTION):
        line = _QUOTED.sub("...", line)
    line = _PASSWORD.sub(r"\1:***@", _without(line, values))
    if isinstance(error, SQLAlchemyError | OSError):
        return line or type(cause).__name__
    return f"{type(error).__name__}: {line} ({place(error)})"


def place(error: BaseException) -> str:
    """Where an error was raised: file and line."""
    trace = error.__traceback__
    if trace is None:
        return "nowhere"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def shown_url(url: URL) -> str:
    """A URL without its password, wherever that stands."""
    query = {name: "***" if _SECRET_NAME.search(name) else url.query[name] for name in url.query}
    return url.set(query=query).render_as_string(hide_password=True)


def _flat(parameters: Any) -> Iterator[object]:
    if isinstance(parameters, Mapping):
        parameters = parameters.values()
    if isinstance(parameters, Iterable) and not isinstance(parameters, str | bytes):
        for one in parameters:
            yield from _flat(one)
    elif parameters is not None:
        yield parameters


def _without(line: str, values: Iterable[str]) -> str:
    for value in sorted(values, key=len, reverse=True):
        if len(value) > _SHORT:
            line = line.replace(value, "...")
    return line
