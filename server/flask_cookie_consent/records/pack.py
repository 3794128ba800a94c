"""The proof pack of one snapshot: what visitors were shown, by what code, and that it was sealed.

It holds what CNIL's recommendation on cookies and other trackers names as means of proof
(deliberation no. 2020-092 of 17 September 2020, "Preuve du consentement"): the code or its hash,
pictures of what was displayed, and the configurations of the tool; all with times. Audits by third
parties, which it names too, start from here: :mod:`.check_pack` checks a pack without the
database.
"""

from __future__ import annotations

import json
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..assets import Asset
from ..edition import Edition
from . import queries
from .checkpoint import BadNote, Verifier, open_note
from .merkle import Tree, leaf_hash
from .pack_readme import readme
from .proofs import verify_inclusion
from .receipts import snapshot_entry
from .record import canonical, snapshot_name
from .schema import records, snapshots, totals
from .screenshots import Pictures
from .sealing import Head, heads_since, read_tile

#: The pages of a snapshot, by their names in its documents.
PAGES = ("first_layer", "preferences", "policy")

#: Of ``proof.json``.
FORMAT = 1


class CannotPack(ValueError):
    """There is nothing to prove with, or nowhere to write it. The message says what to do."""


@dataclass(frozen=True)
class ProvenHead:
    """A signed head, and the way to it from the leaf of the snapshot."""

    head: Head
    path: list[bytes]

    @property
    def day(self) -> str:
        return queries.utc(self.head.time / 1000)[:10]

    @property
    def file(self) -> str:
        return f"heads/{self.day}-{self.head.size}.txt"


@dataclass(frozen=True)
class Use:
    """How many records name a snapshot, deleted ones too."""

    number: int
    purged: int
    first: str | None
    """Day of the first choice, UTC, by the visitors' clocks."""
    last: str | None


@dataclass(frozen=True)
class Evidence:
    """What the store has about one snapshot."""

    row: Mapping[str, Any]
    documents: Mapping[str, Any]
    heads: list[ProvenHead]
    """The first that has the snapshot, the first of each later day, and the newest."""
    use: Use
    history: list[dict[str, Any]]
    """All snapshots of the site, the oldest first."""
    verifier: Verifier

    @property
    def pages(self) -> dict[str, str]:
        return {name: page for name in PAGES if (page := self.documents[name]) is not None}


# -- Reading --------------------------------------------------------------------------------------


def find_evidence(connection: Connection, name: str, verifier: Verifier) -> Evidence:
    """What the store has about the snapshot ``name``, proven by heads that ``verifier`` believes.

    :param connection: one that sees one state of the store (:func:`.engine.reading`).
    :raises CannotPack: if there is no such snapshot, if it is not sealed, or if it, or the log,
        was changed since.
    """
    row = queries.snapshot(connection, name)
    if row is None:
        raise CannotPack(
            f"there is no snapshot {name!r}: flask consent records list names those of records"
        )
    if snapshot_name(row["content"]) != name:
        raise CannotPack(f"the snapshot {name} was changed: its content has another name")
    proven = list(_proven_heads(connection, row, verifier))
    if not proven:
        raise CannotPack(f"the snapshot {name} is not sealed yet: flask consent records seal")
    return Evidence(
        row,
        json.loads(row["documents"]),
        proven,
        _use(connection, name),
        list(_history(connection)),
        verifier,
    )


def _proven_heads(
    connection: Connection, row: Mapping[str, Any], verifier: Verifier
) -> Iterator[ProvenHead]:
    leaf = row["leaf"]
    if leaf is None:
        return
    hash_ = leaf_hash(canonical(snapshot_entry(dict(row))))
    tile = lru_cache(1024)(partial(read_tile, connection))  # heads have most of them in common
    for head in _one_a_day(heads_since(connection, leaf)):
        try:
            signed = open_note(head.note, verifier)
            path = Tree(signed.size, tile).inclusion_proof(leaf)
        except (BadNote, ValueError) as error:
            raise CannotPack(
                f"the head over {head.size} leaves: {error}; flask consent records verify"
            ) from error
        if not verify_inclusion(hash_, leaf, signed.size, path, signed.root):
            raise CannotPack(
                f"the snapshot {row['name']} is not what was sealed as leaf {leaf} of "
                f"{signed.size}: flask consent records verify"
            )
        yield ProvenHead(head, path)


def _one_a_day(heads: Iterable[Head]) -> Iterator[Head]:
    """The first head of each day, and the newest."""
    day = taken = head = None
    for head in heads:
        if day != (day := queries.utc(head.time / 1000)[:10]):
            taken = head
            yield head
    if head is not None and head is not taken:
        yield head


def _use(connection: Connection, name: str) -> Use:
    """From the totals, which have what is sealed, and the records that are not sealed yet."""
    purged = sa.case((totals.c.purged, totals.c.number), else_=0)
    sealed = connection.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(totals.c.number), 0),
            sa.func.coalesce(sa.func.sum(purged), 0),
            sa.func.min(totals.c.day),
            sa.func.max(totals.c.day),
        ).where(totals.c.snapshot == name, totals.c.category == "", totals.c.number > 0)
    ).one()
    time = records.c.time
    tail = connection.execute(
        sa.select(sa.func.count(), sa.func.min(time), sa.func.max(time)).where(
            records.c.leaf.is_(None), records.c.snapshot == name
        )
    ).one()
    days = [day for day in sealed[2:] if day is not None]
    days += [seconds // (24 * 60 * 60) for seconds in tail[1:] if seconds is not None]
    return Use(
        number=int(sealed[0]) + tail[0],
        purged=int(sealed[1]),
        first=_day(min(days)) if days else None,
        last=_day(max(days)) if days else None,
    )


def _day(number: int) -> str:
    return str((datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(number)).date())


def _history(connection: Connection) -> Iterator[dict[str, Any]]:
    names = ("name", "language", "regime", "stored", "leaf", "content")
    query = sa.select(*(snapshots.c[name] for name in names))
    query = query.order_by(snapshots.c.stored, snapshots.c.name)
    for row in connection.execute(query, execution_options={"yield_per": 20}):
        yield {
            "snapshot": row.name,
            "stored": queries.utc(row.stored / 1000),
            "language": row.language,
            "regime": row.regime,
            "policy_version": json.loads(row.content)["policy"].get("version"),
            "leaf": row.leaf,
        }


# -- Files ----------------------------------------------------------------------------------------


def served_files(editions: Iterable[Edition], language: str) -> Iterator[Asset]:
    """What the site serves now of the kinds that snapshots have hashes of."""
    for edition in editions:
        for assets in edition.assets.values():
            yield from (assets.core, assets.more, assets.tag(language), assets.page, assets.embed)


def make_files(
    evidence: Evidence, assets: Iterable[Asset], pictures: Pictures, now: datetime
) -> dict[str, bytes]:
    """The files of the pack by name, with slashes.

    :param assets: what the site serves now: those whose hash is one of the snapshot's are put in.
    :param now: stands in the README as the time that the pack was made.
    """
    row, hashes = evidence.row, evidence.documents["sha256"]
    served = {
        asset.name: asset.body
        for asset in assets
        if hashes.get(asset.name) == sha256(asset.body).hexdigest()
    }
    files = {
        "snapshot/content.json": row["content"].encode(),
        "snapshot/documents.json": row["documents"].encode(),
        **{f"pages/{name}.html": html.encode() for name, html in evidence.pages.items()},
        "code/hashes.sha256": _sums(hashes),
        **{f"code/{name}": body for name, body in served.items()},
        **{f"screenshots/{name}": picture for name, picture in pictures.files.items()},
        **{proven.file: proven.head.note.encode() for proven in evidence.heads},
        "proof.json": _json(_proof(evidence)),
        "key.txt": f"{evidence.verifier}\n".encode(),
        "use.json": _json(vars(evidence.use)),
        "history.json": _json(evidence.history),
    }
    text = readme(evidence, served, pictures, now)
    files["README.txt"] = text.encode()
    sums = {name: sha256(body).hexdigest() for name, body in files.items()}
    return files | {"checksums.sha256": _sums(sums)}


def _proof(evidence: Evidence) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "entry": snapshot_entry(dict(evidence.row)),
        "leaf": evidence.row["leaf"],
        "heads": [
            {"file": proven.file, "path": [b64encode(step).decode() for step in proven.path]}
            for proven in evidence.heads
        ],
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _sums(hashes: Mapping[str, str]) -> bytes:
    """As ``sha256sum`` writes and reads them."""
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()


# -- Writing --------------------------------------------------------------------------------------


def check_free(out: Path) -> None:
    """Raises :exc:`CannotPack` if there is something at ``out`` but an empty folder."""
    if out.is_dir() and out.suffix != ".zip":
        if any(out.iterdir()):
            raise CannotPack(f"{out} is not empty: name a new folder, or an empty one")
    elif out.exists():
        raise CannotPack(f"{out} exists: name another file, or a folder")


def write_files(files: Mapping[str, bytes], out: Path) -> None:
    """Writes a pack: a zip where ``out`` ends in ``.zip``, else a folder.

    :raises CannotPack: if there is something.
    :raises OSError: if it cannot be written.
    """
    check_free(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".zip":
        with zipfile.ZipFile(out, "x", zipfile.ZIP_DEFLATED) as archive:
            for name in sorted(files):
                archive.writestr(name, files[name])
        return
    for name, body in files.items():
        file = out / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
