"""The same as the package does, in the plainest way: to compare with."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from flask_cookie_consent.proof.checkpoint import Checkpoint, Signer, _parts
from flask_cookie_consent.proof.merkle import EMPTY_ROOT, leaf_hash
from flask_cookie_consent.proof.record import FIELDS, canonical


def entry_hash(kind: str, content: Mapping[str, Any], salt: bytes = b"") -> bytes:
    """The leaf hash of one entry of the log.

    Its bytes are those of a JSON object with sorted keys and without spaces, in UTF-8: ``kind``,
    ``salt`` in hexadecimal, and the fields of the entry. Any program can make them again.
    """
    return leaf_hash(canonical({**content, "kind": kind, "salt": salt.hex()}))


def record_leaf(row: Mapping[str, Any]) -> bytes:
    """The leaf hash of a record, from its row."""
    return entry_hash("choice", {name: row[name] for name in FIELDS}, row["salt"])


class Roots:
    """Computes the root of every state while the leaves of a tree go by, in memory for one hash
    per level: for who has all leaves, and trusts no tile."""

    def __init__(self) -> None:
        self.size = 0
        self._complete: list[bytes] = []  # one root per bit of the size, largest first

    def push(self, leaf_hash: bytes) -> None:
        """Takes the next leaf."""
        complete = self._complete
        size, found = self.size, leaf_hash
        self.size += 1
        while size & 1:
            found = sha256(b"\1" + complete.pop() + found).digest()
            size >>= 1
        complete.append(found)

    def root(self) -> bytes:
        """The root over the leaves until now."""
        complete = self._complete
        if not complete:
            return EMPTY_ROOT
        found = complete[-1]
        for left in reversed(complete[:-1]):
            found = sha256(b"\1" + left + found).digest()
        return found


def add_signature(note: str, signer: Signer) -> str:
    """``note`` with one more signature; the same if this key has already signed.

    It looks at no other signature: who signs has opened the note before. The line is a plain
    signature, not the one with a time that public witnesses make
    (https://c2sp.org/tlog-cosignature). Raises :exc:`BadNote` if this is no checkpoint.
    """
    text, _ = _parts(note)
    Checkpoint.parse(text)
    line = signer.line(text)
    return note if f"\n{line}" in note[len(text) :] else note + line
