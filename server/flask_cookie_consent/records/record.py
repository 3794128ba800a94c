"""One record of one choice, and the bytes of it that are sealed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from .merkle import leaf_hash


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of one choice (GDPR Art. 7(1); EDPB Guidelines 05/2020, section 5.1)."""

    id: str
    time: int
    """Of the choice: seconds since 1970, UTC."""
    stored: int
    """When the server stored it: milliseconds since 1970."""
    method: str
    scripted: bool
    """Whether JavaScript made the choice; else a plain form."""
    signal: bool
    """Whether the browser sent a signal, such as Global Privacy Control, with it."""
    granted: str
    """Service tokens, three characters each."""
    refused: str
    snapshot: str | None
    """Name of what the visitor's page showed."""
    language: str
    regime: str
    page: str | None
    """Path of the page, without its query."""
    previous: str | None
    """Id of the record before, of the same visitor."""

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Record:
        """The record that a row of the table says."""
        return cls(**{name: row[name] for name in FIELDS})

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def leaf(self, salt: bytes) -> bytes:
        """The hash of it that is sealed."""
        return entry_hash("choice", self.to_dict(), salt)


#: The names of a record's fields, which are columns of its table too.
FIELDS = tuple(field.name for field in fields(Record))


def entry_hash(kind: str, content: Mapping[str, Any], salt: bytes = b"") -> bytes:
    """The leaf hash of one entry of the log.

    Its bytes are those of a JSON object with sorted keys and without spaces, in UTF-8: ``kind``,
    ``salt`` in hexadecimal, and the fields of the entry. Any program can make them again.
    """
    return leaf_hash(canonical({**content, "kind": kind, "salt": salt.hex()}))


def canonical(content: Mapping[str, Any]) -> bytes:
    """JSON that is the same for the same content, whoever writes it."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()
