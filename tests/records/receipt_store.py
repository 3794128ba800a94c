"""A store with a few choices, and an owner who seals: what receipts are made from."""

from __future__ import annotations

from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from flask_cookie_consent.choice.codec import new_id
from flask_cookie_consent.choice.rules import Rules
from flask_cookie_consent.proof import merkle
from flask_cookie_consent.proof.checkpoint import Checkpoint, Signer, sign
from flask_cookie_consent.proof.statement import Publisher
from flask_cookie_consent.records.engine import insert_new, reading
from flask_cookie_consent.records.evidence.receipts import make_receipt
from flask_cookie_consent.records.schema import heads, log, records, snapshots, tiles
from flask_cookie_consent.ui.render import Renderer
from tests.proof.oracles import entry_hash, record_leaf

from ..site import policy

#: 2026-03-01T10:20:30Z
TIME = 1772360430

SITE = Publisher(
    url="https://www.example.org/",
    controller="Example City",
    contact="privacy@example.org",
    policy_url="https://www.example.org/consent/policy",
    preferences_url="https://www.example.org/consent/preferences",
)
RENDERER = Renderer(Rules(policy(contact="dpo@example.org")))
TOKENS = RENDERER.policy.tokens


def run(*services: str) -> str:
    return "".join(TOKENS[service] for service in services)


class Owner:
    """Who keeps the store of one site, and has its key."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.signer = Signer.generate("www.example.org/consent")
        self.key = str(self.signer.verifier)

    def shows(self, language: str = "en") -> str:
        """Stores what visitors see; its name."""
        name = RENDERER.snapshot(language)
        row = {
            "name": name,
            "stored": TIME * 1000,
            "language": language,
            "regime": "opt-in",
            "content": RENDERER.snapshot_content(language),
            "documents": '{"policy": "<p>Ünïcode</p>"}',
        }
        with self.engine.begin() as connection:
            insert_new(connection, snapshots, [row])
        return name

    def choice(self, **fields: Any) -> str:
        """Stores a choice; its id."""
        row = {
            "id": new_id(TIME * 1000),
            "time": TIME,
            "stored": TIME * 1000 + 12,
            "method": "save",
            "scripted": True,
            "signal": False,
            "granted": run("insight"),
            "refused": run("ads", "video"),
            "snapshot": RENDERER.snapshot("en"),
            "language": "en",
            "regime": "opt-in",
            "page": "/news/ü",
            "previous": None,
            "salt": bytes(range(16)),
            **fields,
        }
        with self.engine.begin() as connection:
            insert_new(connection, records, [row])
        return str(row["id"])

    def seal(self) -> str:
        """Gives a leaf to every entry that has none, and signs a head; the head."""
        with self.engine.begin() as connection:
            size = connection.execute(sa.select(log.c.size)).scalar_one()
            hashes = []
            for table, key in ((snapshots, snapshots.c.name), (records, records.c.id)):
                rows = connection.execute(sa.select(table).where(table.c.leaf.is_(None)))
                for row in sorted(rows.mappings(), key=lambda row: str(row[key])):
                    place = {"leaf": size + len(hashes)}
                    connection.execute(sa.update(table).where(key == row[key]).values(place))
                    hashes.append(_leaf(row))

            def tile(level: int, number: int) -> bytes:
                at = (tiles.c.level == level, tiles.c.number == number)
                return connection.execute(sa.select(tiles.c.hashes).where(*at)).scalar() or b""

            size, changed = merkle.append(size, tile, hashes)
            for (level, number), content in changed.items():
                at = (tiles.c.level == level, tiles.c.number == number)
                connection.execute(sa.delete(tiles).where(*at))
                row = {"level": level, "number": number, "hashes": content}
                connection.execute(sa.insert(tiles), row)
            root = merkle.Tree(size, tile).root()
            note = sign(Checkpoint(self.signer.name, size, root), self.signer)
            connection.execute(sa.update(log).values(size=size))
            head = {"size": size, "time": TIME * 1000, "root": root, "note": note}
            connection.execute(sa.insert(heads), head)
        return note

    def receipt(self, id: str, **options: Any) -> dict[str, Any]:
        with reading(self.engine) as connection:
            found = make_receipt(connection, id, **{"site": SITE, "now": TIME + 60} | options)
        assert found is not None
        return found

    def reading(self) -> AbstractContextManager[sa.Connection]:
        return reading(self.engine)


def _leaf(row: Any) -> bytes:
    if "id" in row:
        return record_leaf(row)
    fields = {name: row[name] for name in ("name", "stored", "language", "regime")}
    texts = {name: sha256(row[name].encode()).hexdigest() for name in ("content", "documents")}
    return entry_hash("snapshot", {**fields, **texts})
