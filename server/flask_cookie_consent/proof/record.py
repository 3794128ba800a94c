"""One record of one choice, and the bytes of it that are sealed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Any

from .merkle import leaf_hash


@dataclass(frozen=True, slots=True)
class Record:
    """What is kept of one choice (GDPR Art. 7(1); EDPB Guidelines 05/2020, section 5.1)."""

    id: str
    time: int
    """Of the choice: seconds since 1970, UTC."""
    stored: int
    """When the server stored it: milliseconds since 1970; 0 until then."""
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


#: The names of a record's fields, which are columns of its table too.
FIELDS = tuple(field.name for field in fields(Record))


def canonical(content: Mapping[str, Any]) -> bytes:
    """JSON that is the same for the same content, whoever writes it: that of RFC 8785 (JCS), for
    what is sealed here, which has ASCII keys, no floats and no integers from 2**53 on."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def entry_hasher(kind: str, names: Sequence[str]) -> Callable[[Sequence[Any], bytes], bytes]:
    """A function that makes the leaf hashes of entries of the log: of the fields' values, in the
    order of ``names``, and the salt.

    The bytes are :func:`canonical`: an object of ``kind``, ``salt`` in hexadecimal, and the fields.
    Any program can make them again. A template writes them in a third of the time.
    """
    parts = {name: f"{json.dumps(name)}:%s" for name in names}
    parts |= {"kind": f'"kind":{json.dumps(kind)}', "salt": '"salt":"%s"'}
    template = "{" + ",".join(parts[name] for name in sorted(parts)) + "}"
    given = [*names, "salt"]
    ordered = itemgetter(*(given.index(name) for name in sorted(given)))

    def hash_entry(values: Sequence[Any], salt: bytes = b"") -> bytes:
        texts = [_WRITERS[type(value)](value) for value in values]
        texts.append(salt.hex())
        return leaf_hash((template % ordered(texts)).encode())

    return hash_entry


#: As json.dumps() writes them with ensure_ascii=False.
_WRITERS: dict[type, Callable[[Any], str]] = {
    str: encode_basestring,
    int: str,
    bool: {True: "true", False: "false"}.__getitem__,
    type(None): lambda _: "null",
}


def snapshot_name(content: str) -> str:
    """The name that a snapshot with this content has: 96 bits of its SHA-256."""
    return base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest())[:16].decode()
