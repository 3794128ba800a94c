"""Both databases: what takes ``store_url`` or ``engine`` runs once on each."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url

from flask_cookie_consent.records.engine import make_engine, migrate

from .postgres import start_postgres

#: Seconds to wait for a lock.
WAIT = 10


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """URL of a server that lives as long as the tests; its first database has our tables."""
    # Not pytest's folder: the path of the server's socket must be short.
    folder = tempfile.mkdtemp(prefix="pg-")
    server = start_postgres(folder)
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        _migrate(url, Path(folder))
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with our tables."""
    folder = tmp_path_factory.mktemp("sqlite")
    _migrate("sqlite:///empty.db", folder)
    return folder / "empty.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """URL of a database of one test, with empty tables."""
    if request.param == "sqlite":
        file = tmp_path / "consent.db"
        shutil.copy(request.getfixturevalue("sqlite_file"), file)
        yield f"sqlite:///{file}"
        return
    template = make_url(request.getfixturevalue("postgresql"))
    name = f"test_{secrets.token_hex(6)}"
    admin = sa.create_engine(template.set(database="template1"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE {name} TEMPLATE "{template.database}"')
        yield template.set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture
def engine(store_url: str, tmp_path: Path) -> Iterator[Engine]:
    """An engine on empty tables."""
    engine = make_engine(store_url, tmp_path, WAIT)
    yield engine
    engine.dispose()


def _migrate(url: str, folder: Path) -> None:
    engine = make_engine(url, folder, WAIT)
    migrate(engine)
    engine.dispose()
