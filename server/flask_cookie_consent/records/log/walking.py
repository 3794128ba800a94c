"""Goes through the leaves of the log, and compares what is kept of each with its row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...proof.merkle import HASH_SIZE, TILE_WIDTH, Tree, append
from ..schema import tiles
from .claims import Claim, Claims
from .entries import SOURCES, Entry, sealed_entries
from .findings import BACKDATED, SLACK, Finding, FindingKind
from .sealing import Progress, read_tile

_FULL = TILE_WIDTH * HASH_SIZE
_BEYOND = "has a leaf that the log does not have"
_NOUNS = {source.kind: source.noun for source in SOURCES}


class Grown:
    """A tree grown from its leaves alone, as far as it goes: of each level its last tile."""

    def __init__(self, size: int = 0, last: dict[int, tuple[int, bytes]] | None = None) -> None:
        self.size = size
        self.last = last or {}

    def grow(self, hashes: bytes) -> Grown:
        """The tree with more leaves."""
        leaves = [hashes[i : i + HASH_SIZE] for i in range(0, len(hashes), HASH_SIZE)]
        size, changed = append(self.size, self._tile, leaves)
        news = {level: (number, content) for (level, number), content in changed.items()}
        return Grown(size, self.last | news)

    def root(self, size: int) -> bytes:
        """The root over so many leaves, as long as the last of them are in the last tile."""
        return Tree(size, self._tile).root()

    def _tile(self, level: int, number: int) -> bytes:
        last, content = self.last.get(level, (-1, b""))
        return content if last == number else b""


class Walk:
    """One way through all leaves.

    :param size: how many the log says there are.
    :param purged: ranges of leaves without rows, in order.
    """

    def __init__(
        self, connection: Connection, size: int, claims: Claims, purged: Iterable[tuple[int, int]]
    ) -> None:
        self._connection = connection
        self._size = size
        self._claims = claims
        self._purged = iter(purged)
        self._range = next(self._purged, None)
        self._entries = sealed_entries(connection)
        self._entry = next(self._entries, None)
        self._grown = Grown()
        self._gap: tuple[int, int] | None = None  # leaves without rows, just before this one
        self._latest = 0  # when the newest entry until here was stored
        self._since = 0  # when an entry from here on can have been stored

    def findings(self, progress: Progress | None) -> Iterator[Finding]:
        """Everything that is wrong, in the order of leaves.

        :param progress: called with the number of leaves just done.
        """
        for entry in self._take(0):
            yield _finding("inserted", entry, _BEYOND)
        for claim in self._claims.take(0):
            yield from self._pass(claim)
            yield from self._claims.check(claim, self._grown.root(0))
        for hashes in self._leaf_tiles():
            yield from self._tile(hashes)
            if progress is not None:
                progress(len(hashes) // HASH_SIZE)
        yield from self._close_gap()
        if self._grown.size < self._size:
            yield _cut(self._grown.size, self._size)
            return
        for level, (number, content) in sorted(self._grown.last.items()):
            if level and len(content) < _FULL:
                yield from self._inner(level, number, content)
        for entry in self._take(None):
            yield _finding("inserted", entry, _BEYOND)
        yield from self._claims.rest(self._size)

    def _take(self, end: int | None) -> Iterator[Entry]:
        """The next entries, up to this leaf."""
        while (entry := self._entry) is not None and (end is None or entry.leaf < end):
            yield entry
            self._entry = next(self._entries, None)

    def _leaf_tiles(self) -> Iterator[bytes]:
        """The hashes of leaves, up to the first tile that is not as it must be."""
        query = sa.select(tiles.c.number, tiles.c.hashes).where(tiles.c.level == 0)
        rows = self._connection.execute(
            query.order_by(tiles.c.number), execution_options={"yield_per": 20}
        )
        for expected, (number, hashes) in enumerate(rows):
            width = min(TILE_WIDTH, self._size - expected * TILE_WIDTH) * HASH_SIZE
            if number != expected or not 0 < width <= len(hashes):
                return
            yield hashes[:width]

    def _tile(self, hashes: bytes) -> Iterator[Finding]:
        """What is wrong with the next leaves, of which these are the hashes."""
        first, end = self._grown.size, self._grown.size + len(hashes) // HASH_SIZE
        claims = self._claims.take(end)
        found: list[Finding] = []
        unlike: list[Entry] = []
        at = first
        for claim in claims:
            found += self._leaves(at, claim.size, hashes, unlike)
            found += self._pass(claim)
            at = claim.size
        found += self._leaves(at, end, hashes, unlike)
        grown = self._grown.grow(hashes)
        if unlike:
            other = self._grown.grow(_as_rows_say(hashes, first, unlike))
            if self._confirmed(other, [c for c in claims if c.size > unlike[0].leaf]):
                grown = other
                text = f"tile (0, {first // TILE_WIDTH}) of the tree was edited, not the rows"
                found.append(Finding("tile", unlike[0].leaf, None, text))
            else:
                found += [_finding("edited", entry, "is not what was sealed") for entry in unlike]
        self._grown = grown
        yield from sorted(found, key=lambda f: end if f.leaf is None else f.leaf)
        level = 1
        while end % TILE_WIDTH ** (level + 1) == 0:
            yield from self._inner(level, *grown.last[level])
            level += 1
        for claim in claims:
            yield from self._claims.check(claim, grown.root(claim.size))

    def _leaves(
        self, first: int, end: int, hashes: bytes, unlike: list[Entry]
    ) -> Iterator[Finding]:
        """What is wrong with leaves of a tile that the same head is the first to cover. Rows that
        their hashes do not fit are added to ``unlike``."""
        start = self._grown.size
        at = first
        for entry in self._take(end):
            leaf = entry.leaf
            if leaf < at:
                yield _finding("inserted", entry, "has the leaf of another entry")
                continue
            if leaf > at:
                yield from self._missing(at, leaf)
            at = leaf + 1
            if self._gap is not None:
                yield from self._close_gap()
            offset = (leaf - start) * HASH_SIZE
            if self._is_purged(leaf):
                yield _finding("returned", entry, "was purged, and is there again")
            elif hashes[offset : offset + HASH_SIZE] != entry.hash:
                unlike.append(entry)
            if entry.stored < self._since:
                yield _finding("inserted", entry, BACKDATED)
            if entry.stored > self._latest:
                self._latest = entry.stored
        yield from self._missing(at, end)

    def _pass(self, claim: Claim) -> Iterator[Finding]:
        """Goes on to leaves that this head does not cover."""
        if claim.head is None:
            return
        if claim.head.time < max(self._latest, self._since) - SLACK:
            text = f"the time of {claim.name} is before what it covers: it was changed, or a clock"
            yield Finding("head", None, None, f"{text} was wrong")
        self._since = claim.head.time - SLACK

    def _missing(self, first: int, end: int) -> Iterator[Finding]:
        """Notes leaves without rows."""
        for leaf in range(first, end):
            if self._is_purged(leaf):
                yield from self._close_gap()
            else:
                self._gap = (self._gap[0] if self._gap else leaf, leaf)

    def _close_gap(self) -> Iterator[Finding]:
        if self._gap is not None:
            first, last = self._gap
            leaves = f"leaf {first}" if first == last else f"leaves {first} to {last}"
            self._gap = None
            text = f"{leaves}: the rows are gone, and no purge has deleted them"
            yield Finding("removed", first, None, text)

    def _is_purged(self, leaf: int) -> bool:
        """Whether a purge covers the leaf. To be asked of one leaf after the other."""
        while self._range is not None and self._range[1] < leaf:
            self._range = next(self._purged, None)
        return self._range is not None and self._range[0] <= leaf

    def _confirmed(self, grown: Grown, claims: list[Claim]) -> bool:
        """Whether a head, or the level above, says the same as this tree."""
        if any(grown.root(claim.size) == claim.root for claim in claims):
            return True
        if grown.size % TILE_WIDTH:
            return False
        number, content = grown.last[1]
        return read_tile(self._connection, 1, number)[: len(content)] == content

    def _inner(self, level: int, number: int, content: bytes) -> Iterator[Finding]:
        """What is wrong with the stored tile that has to have this content."""
        stored = read_tile(self._connection, level, number)
        if stored == content:
            return
        parts = range(0, len(content), HASH_SIZE)
        wrong = [i // HASH_SIZE for i in parts if stored[i : i + 32] != content[i : i + 32]]
        width = TILE_WIDTH**level
        first = (number * TILE_WIDTH + (wrong[0] if wrong else 0)) * width
        yield Finding(
            "tile",
            first,
            None,
            f"tile ({level}, {number}) of the tree does not follow from the leaves: it was edited, "
            f"or something from leaf {first} to {first + width - 1} was, and its tile too",
        )


def _as_rows_say(hashes: bytes, first: int, entries: list[Entry]) -> bytes:
    """The hashes of a tile, but for those of some entries."""
    found = bytearray(hashes)
    for entry in entries:
        offset = (entry.leaf - first) * HASH_SIZE
        found[offset : offset + HASH_SIZE] = entry.hash
    return bytes(found)


def _cut(first: int, size: int) -> Finding:
    text = f"tile (0, {first // TILE_WIDTH}) of the tree is missing or cut"
    nothing = f"nothing from leaf {first} to {size - 1} can be verified"
    return Finding("tile", first, None, f"{text}: {nothing}")


def _finding(kind: FindingKind, entry: Entry, text: str) -> Finding:
    return Finding(kind, entry.leaf, entry.id, f"the {_NOUNS[entry.kind]} {text}")
