"""A Merkle tree of which every head can be proven to be in, or to continue, any other.

Hashes, trees and proofs are those of RFC 9162, section 2.1, with SHA-256. The hashes are kept in
tiles of 256, as in https://c2sp.org/tlog-tiles: the tile (L, N) holds the roots of the complete
subtrees of 256**L leaves, from the one with number 256 * N. The last tile of a level may hold
fewer; then it grows. What a tile holds never changes, so the tiles of a tree serve all its
smaller states too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from itertools import islice
from typing import TypeAlias

#: Reads one tile: (level, index) to the hashes that it holds, one after the other.
Tiles: TypeAlias = Callable[[int, int], bytes]

HASH_SIZE = 32
TILE_WIDTH = 256
_HEIGHT = 8

#: Above every size: a tree head says its own in 64 bits (``tree_size`` in RFC 9162).
SIZE_LIMIT = 1 << 64

#: How many tiles a tree remembers: more than one proof reads.
_TILES = 32

#: The root of the tree without leaves.
EMPTY_ROOT = sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node with two children."""
    return sha256(b"\1" + left + right).digest()


class Tree:
    """A state of the tree: its first ``size`` leaves.

    :param tile: reads the tiles of this state, or of any later one.

    Every method raises :exc:`ValueError` if a tile holds fewer hashes than this state has.
    """

    def __init__(self, size: int, tile: Tiles) -> None:
        if not 0 <= size < SIZE_LIMIT:
            raise ValueError(f"a tree cannot have {size} leaves")
        self.size = size
        self._tile = lru_cache(_TILES)(tile)

    def root(self) -> bytes:
        """The root, which seals every leaf and their order."""
        return self._range(0, self.size)

    def leaf(self, index: int) -> bytes:
        """The hash of a leaf. :exc:`ValueError` if there is none at ``index``."""
        self._check(index)
        return self._complete(0, index)

    def inclusion_proof(self, index: int) -> list[bytes]:
        """The path from a leaf to the root (section 2.1.3.1). :exc:`ValueError` if there is no
        leaf at ``index``."""
        self._check(index)
        return self._proof(lambda start, end: end - start == 1, lambda middle: index < middle)[0]

    def consistency_proof(self, old_size: int) -> list[bytes]:
        """What shows that the first ``old_size`` leaves are still the same (section 2.1.4.1).

        Empty for the state itself and for a tree without leaves, which every tree continues.
        :exc:`ValueError` if the tree never had that size.
        """
        if not 0 <= old_size <= self.size:
            raise ValueError(f"a tree of {self.size} leaves does not continue one of {old_size}")
        if old_size in (0, self.size):
            return []
        proof, start, end = self._proof(
            lambda _, end: end == old_size, lambda middle: old_size <= middle
        )
        # The old root is no part of the proof: who verifies it has that.
        return [self._range(start, end), *proof] if start else proof

    def _check(self, index: int) -> None:
        if not 0 <= index < self.size:
            raise ValueError(f"a tree of {self.size} leaves has none with the index {index}")

    def _proof(
        self, done: Callable[[int, int], bool], goes_left: Callable[[int], bool]
    ) -> tuple[list[bytes], int, int]:
        """The way down from the root until ``done``: the subtrees passed by, from below, and the
        range of leaves that it leads to."""
        start, end = 0, self.size
        proof = []
        while not done(start, end):
            # Left is the largest power of two below the number of leaves.
            middle = start + (1 << (end - start - 1).bit_length() - 1)
            if goes_left(middle):
                proof.append(self._range(middle, end))
                end = middle
            else:
                proof.append(self._range(start, middle))
                start = middle
        return proof[::-1], start, end

    def _range(self, start: int, end: int) -> bytes:
        """The root over some leaves that have a node of their own in a tree that ends there."""
        roots = []
        while start < end:
            height = (end - start).bit_length() - 1
            roots.append(self._complete(height, start >> height))
            start += 1 << height
        return _joined(roots)

    def _complete(self, height: int, index: int) -> bytes:
        """The root of the complete subtree of 2**height leaves with this number."""
        level, inner = divmod(height, _HEIGHT)
        number, offset = divmod(index << inner, TILE_WIDTH)
        hashes = self._tile(level, number)
        end = (offset + (1 << inner)) * HASH_SIZE
        if len(hashes) < end:
            raise ValueError(
                f"the tile ({level}, {number}) ends after {len(hashes)} bytes; a tree of "
                f"{self.size} leaves has {end} there"
            )
        return _folded(hashes[offset * HASH_SIZE : end])


def append(
    size: int, tile: Tiles, hashes: Iterable[bytes]
) -> tuple[int, dict[tuple[int, int], bytes]]:
    """The size after leaves with these ``hashes`` were appended, and every tile that is new or
    has changed, whole. It is for the caller to store all that at once.

    :exc:`ValueError` if something is no hash, or if the last tiles are not those of a tree of
    ``size`` leaves: then somebody else has appended, and going on would fork the tree.
    """
    if not 0 <= size < SIZE_LIMIT:
        raise ValueError(f"a tree cannot have {size} leaves")
    changed: dict[tuple[int, int], bytes] = {}
    ends: list[tuple[int, bytes]] = []  # for each level, the last tile that is not full
    leaves = iter(hashes)
    while batch := b"".join(_checked(islice(leaves, TILE_WIDTH - size % TILE_WIDTH))):
        size_before, size = size, size + len(batch) // HASH_SIZE
        level = 0
        while batch:
            if level == len(ends):
                ends.append(_end(size_before, level, tile))
            number, content = ends[level]
            content += batch
            changed[level, number] = content
            full = len(content) == TILE_WIDTH * HASH_SIZE
            ends[level] = (number + 1, b"") if full else (number, content)
            batch = _folded(content) if full else b""
            level += 1
    return size, changed


def _end(size: int, level: int, tile: Tiles) -> tuple[int, bytes]:
    """Where a level goes on: the number of the tile, and what it holds until now."""
    number, width = divmod(size >> _HEIGHT * level, TILE_WIDTH)
    content = tile(level, number) if width else b""
    if len(content) != width * HASH_SIZE:
        raise ValueError(
            f"the tile ({level}, {number}) has {len(content)} bytes; in a tree of {size} leaves "
            f"it has {width * HASH_SIZE}"
        )
    return number, content


def _checked(hashes: Iterable[bytes]) -> Iterator[bytes]:
    for value in hashes:
        if len(value) != HASH_SIZE:
            raise ValueError(f"a hash has {HASH_SIZE} bytes, not {len(value)}")
        yield value


def _joined(roots: Sequence[bytes]) -> bytes:
    """The root over complete subtrees, each smaller than the one before."""
    if not roots:
        return EMPTY_ROOT
    found = roots[-1]
    for left in reversed(roots[:-1]):
        found = node_hash(left, found)
    return found


def _folded(hashes: bytes) -> bytes:
    """The root over a power of two of hashes."""
    while len(hashes) > HASH_SIZE:
        pairs = range(0, len(hashes), 2 * HASH_SIZE)
        hashes = b"".join([sha256(b"\1" + hashes[i : i + 2 * HASH_SIZE]).digest() for i in pairs])
    return hashes
