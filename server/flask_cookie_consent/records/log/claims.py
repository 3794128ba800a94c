"""What heads say of the tree, held against the tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from operator import attrgetter
from typing import NamedTuple

from sqlalchemy.engine import Connection

from ...proof.checkpoint import BadNote, Checkpoint, Verifier, open_note
from .findings import Finding
from .sealing import Head, heads_since


class Claim(NamedTuple):
    """The root that a head claims for a tree of one size."""

    size: int
    root: bytes
    head: Head | None
    """The row of the table; ``None`` of a note that came from outside."""

    @property
    def name(self) -> str:
        return f"the {'' if self.head else 'exported '}head over {self.size} leaves"


class Claims:
    """All claims, the smallest size first.

    :param notes: heads that were exported.
    """

    def __init__(
        self, connection: Connection, verifiers: Sequence[Verifier], notes: Iterable[str]
    ) -> None:
        self._verifiers = verifiers
        told = [self._exported(number, note) for number, note in enumerate(notes, 1)]
        self.bad = [one for one in told if isinstance(one, Finding)]
        """Of the notes, those that are not to be believed."""
        exported = [one for one in told if isinstance(one, Claim)]
        stored = (Claim(head.size, head.root, head) for head in heads_since(connection, -1))
        size = attrgetter("size")
        self._stream = merge(stored, sorted(exported, key=size), key=size)
        self._next = next(self._stream, None)
        self._fitted = True

    def take(self, size: int | None = None) -> list[Claim]:
        """The next claims, up to this size."""
        found = []
        while self._next is not None and (size is None or self._next.size <= size):
            found.append(self._next)
            self._next = next(self._stream, None)
        return found

    def check(self, claim: Claim, root: bytes) -> Iterator[Finding]:
        """What is wrong with a claim on a tree that has this root.

        Once the tree has another root than heads say, all later ones differ: the first is told,
        and each from outside.
        """
        if claim.head is not None:
            try:
                found = self._open(claim.head.note)
                if (found.size, found.root) != (claim.size, claim.root):
                    yield _head(f"the row of {claim.name} does not say what its note says")
            except BadNote as error:
                yield _head(f"{claim.name}: {error}")
        fits = claim.root == root
        if not fits and (self._fitted or claim.head is None):
            yield _head(
                f"{claim.name} has another root than the leaves: something before was changed"
            )
        self._fitted = fits

    def rest(self, size: int) -> Iterator[Finding]:
        """The claims on a larger tree than there is."""
        for claim in self.take():
            yield _head(f"{claim.name} is no longer extended: the log has only {size}")

    def _exported(self, number: int, note: str) -> Claim | Finding:
        try:
            found = self._open(note)
        except BadNote as error:
            return _head(f"exported head {number}: {error}")
        return Claim(found.size, found.root, None)

    def _open(self, note: str) -> Checkpoint:
        found = open_note(note, *self._verifiers)
        if all(found.origin != verifier.name for verifier in self._verifiers):
            raise BadNote(f"it is of another log, {found.origin!r}")
        return found


def _head(text: str) -> Finding:
    return Finding("head", None, None, text)
