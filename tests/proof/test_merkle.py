"""The Merkle tree, against published vectors, a plain reading of RFC 9162, and another program.

The vectors are those of Certificate Transparency, which its implementations share
(github.com/google/certificate-transparency, github.com/transparency-dev/merkle).
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_cookie_consent.proof.merkle import (
    EMPTY_ROOT,
    Tree,
    append,
    leaf_hash,
    node_hash,
)
from flask_cookie_consent.proof.verify import verify_consistency, verify_inclusion
from tests.proof.oracles import Roots

LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
#: (index, size) and the proof.
INCLUSION: list[tuple[int, int, list[str]]] = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
#: The old size, the new one and the proof.
CONSISTENCY: list[tuple[int, int, list[str]]] = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
    (
        6,
        7,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
]

#: Around where tiles fill: 256 leaves, two tiles of them, and the first tile of the second level.
BORDERS = [0, 1, 2, 3, 254, 255, 256, 257, 258, 511, 512, 513, 65535, 65536, 65537]
LARGEST = 66_000
HASHES = [sha256(i.to_bytes(4, "big")).digest() for i in range(LARGEST)]
SIZES = st.sampled_from(BORDERS) | st.integers(0, 1100) | st.integers(65_000, LARGEST)

each = settings(deadline=None, max_examples=60)

Stored = dict[tuple[int, int], bytes]


class Store:
    """Tiles as a database would keep them."""

    def __init__(self) -> None:
        self.size = 0
        self.tiles: Stored = {}
        self.reads: Counter[tuple[int, int]] = Counter()

    def read(self, level: int, index: int) -> bytes:
        self.reads[level, index] += 1
        return self.tiles[level, index]

    def append(self, hashes: list[bytes]) -> Stored:
        self.size, changed = append(self.size, self.read, iter(hashes))
        self.tiles |= changed
        return changed

    def tree(self, size: int | None = None) -> Tree:
        return Tree(self.size if size is None else size, self.read)


def stored(hashes: list[bytes]) -> Store:
    store = Store()
    store.append(hashes)
    return store


ALL = stored(HASHES)


# RFC 9162 as it is written: D[start:end] of HASHES instead of a list.


def split(count: int) -> int:
    """The largest power of two smaller than ``count``."""
    k = 1
    while 2 * k < count:
        k *= 2
    return k


@lru_cache(None)
def mth(start: int, end: int) -> bytes:
    """MTH(D[start:end]), section 2.1.1."""
    if start == end:
        return sha256(b"").digest()
    if end - start == 1:
        return HASHES[start]
    k = start + split(end - start)
    return sha256(b"\x01" + mth(start, k) + mth(k, end)).digest()


def path(m: int, start: int, end: int) -> list[bytes]:
    """PATH(m, D[start:end]), section 2.1.3.1."""
    if end - start == 1:
        return []
    k = split(end - start)
    if m < k:
        return [*path(m, start, start + k), mth(start + k, end)]
    return [*path(m - k, start + k, end), mth(start, start + k)]


def subproof(m: int, start: int, end: int, b: bool) -> list[bytes]:
    """SUBPROOF(m, D[start:end], b), section 2.1.4.1."""
    if m == end - start:
        return [] if b else [mth(start, end)]
    k = split(end - start)
    if m <= k:
        return [*subproof(m, start, start + k, b), mth(start + k, end)]
    return [*subproof(m - k, start + k, end, False), mth(start, start + k)]


def plain_tiles(size: int) -> Stored:
    """The tiles of a tree as https://c2sp.org/tlog-tiles defines them."""
    tiles: Stored = {}
    level = 0
    while count := size // 256**level:
        span = 256**level
        for n in range(-(-count // 256)):
            width = min(256, count - 256 * n)
            starts = [(256 * n + i) * span for i in range(width)]
            tiles[level, n] = b"".join(mth(start, start + span) for start in starts)
        level += 1
    return tiles


# Published vectors


def test_hashes() -> None:
    assert leaf_hash(b"").hex() == ROOTS[1]
    assert (
        leaf_hash(b"L123456").hex()
        == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    )
    assert (
        node_hash(b"N123", b"N456").hex()
        == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"
    )
    assert EMPTY_ROOT.hex() == ROOTS[0]


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    hashes = [leaf_hash(leaf) for leaf in LEAVES]
    assert stored(hashes[:size]).tree().root().hex() == ROOTS[size]
    assert stored(hashes).tree(size).root().hex() == ROOTS[size]
    roots = Roots()
    for value in hashes[:size]:
        roots.push(value)
    assert (roots.size, roots.root().hex()) == (size, ROOTS[size])


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_published_inclusion_proofs(index: int, size: int, proof: list[str]) -> None:
    tree = stored([leaf_hash(leaf) for leaf in LEAVES]).tree(size)
    found = tree.inclusion_proof(index)
    assert [value.hex() for value in found] == proof
    root = bytes.fromhex(ROOTS[size])
    assert verify_inclusion(leaf_hash(LEAVES[index]), index, size, found, root)


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_published_consistency_proofs(old: int, new: int, proof: list[str]) -> None:
    tree = stored([leaf_hash(leaf) for leaf in LEAVES]).tree(new)
    found = tree.consistency_proof(old)
    assert [value.hex() for value in found] == proof
    roots = bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new])
    assert verify_consistency(old, new, *roots, found)


def test_the_tiles_of_the_specifications_example() -> None:
    """A tree of 70,000 leaves has these tiles, says https://c2sp.org/tlog-tiles."""
    tiles = stored([b"\0" * 32] * 70_000).tiles
    widths = {place: len(content) // 32 for place, content in tiles.items()}
    expected = dict.fromkeys([*((0, n) for n in range(273)), (1, 0)], 256)
    assert widths == expected | {(0, 273): 112, (1, 1): 17, (2, 0): 1}


# The definitions of RFC 9162


@pytest.mark.parametrize("size", BORDERS)
def test_tiles_are_as_defined(size: int) -> None:
    assert stored(HASHES[:size]).tiles == plain_tiles(size)


@each
@given(SIZES)
def test_roots_are_as_defined(size: int) -> None:
    assert ALL.tree(size).root() == mth(0, size)


@pytest.mark.parametrize("step", [1, 97])
def test_roots_while_the_leaves_go_by(step: int) -> None:
    roots = Roots()
    for size in range(2000):
        if size % step == 0 or size in BORDERS:
            assert roots.root() == mth(0, size)
        roots.push(HASHES[size])
    assert roots.size == 2000


def test_a_root_changes_nothing_and_memory_stays_small() -> None:
    roots = Roots()
    for value in HASHES:
        roots.push(value)
    assert roots.root() == roots.root() == mth(0, LARGEST)


@each
@given(SIZES.filter(bool), st.data())
def test_inclusion_proofs_are_as_defined(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    tree = ALL.tree(size)
    proof = tree.inclusion_proof(index)
    assert proof == path(index, 0, size)
    assert tree.leaf(index) == HASHES[index]
    assert verify_inclusion(HASHES[index], index, size, proof, mth(0, size))


@each
@given(SIZES, SIZES)
def test_consistency_proofs_are_as_defined(one: int, other: int) -> None:
    old, new = sorted((one, other))
    proof = ALL.tree(new).consistency_proof(old)
    assert proof == (subproof(old, 0, new, True) if old else [])
    assert verify_consistency(old, new, mth(0, old), mth(0, new), proof)


def test_all_proofs_of_small_trees() -> None:
    for size in range(1, 36):
        tree = ALL.tree(size)
        for index in range(size):
            proof = tree.inclusion_proof(index)
            assert proof == path(index, 0, size)
            assert verify_inclusion(HASHES[index], index, size, proof, mth(0, size))
            old = index + 1
            proof = tree.consistency_proof(old)
            assert proof == subproof(old, 0, size, True)
            assert verify_consistency(old, size, mth(0, old), mth(0, size), proof)


# Appending


@each
@given(st.lists(SIZES, max_size=6))
def test_batches_give_the_same_tiles(sizes: list[int]) -> None:
    store = Store()
    for start, end in pairwise([0, *sorted(sizes)]):
        before = dict(store.tiles)
        changed = store.append(HASHES[start:end])
        assert store.size == end
        assert all(before.get(place) != content for place, content in changed.items())
    assert store.tiles == plain_tiles(store.size)


def test_appending_nothing_changes_nothing() -> None:
    assert append(300, ALL.read, []) == (300, {})


def test_appending_one_reads_and_writes_only_ends() -> None:
    store = stored(HASHES[:65_535])
    store.reads.clear()
    assert set(store.append(HASHES[65_535:65_536])) == {(0, 255), (1, 0), (2, 0)}
    assert set(store.reads) == {(0, 255), (1, 0)}


def test_a_tree_that_somebody_else_has_grown_is_not_forked() -> None:
    store = stored(HASHES[:300])
    with pytest.raises(ValueError, match=r"the tile \(0, 1\) has 1408 bytes; in a tree of 299 "):
        append(299, store.read, HASHES[:1])
    with pytest.raises(ValueError, match="in a tree of 301 leaves it has 1440"):
        append(301, store.read, HASHES[:1])


@pytest.mark.parametrize("hashes", [[b""], [b"\0" * 31, b"\0" * 33], [b"\0" * 64]])
def test_what_is_no_hash_is_not_appended(hashes: list[bytes]) -> None:
    with pytest.raises(ValueError, match="a hash has 32 bytes, not"):
        append(0, ALL.read, hashes)


# Out of range


@pytest.mark.parametrize("size", [-1, 2**64])
def test_sizes_that_no_tree_has(size: int) -> None:
    with pytest.raises(ValueError, match=f"a tree cannot have {size} leaves"):
        Tree(size, ALL.read)
    with pytest.raises(ValueError, match=f"a tree cannot have {size} leaves"):
        append(size, ALL.read, [])


@pytest.mark.parametrize("index", [-1, 10, 11])
def test_leaves_that_a_tree_has_not(index: int) -> None:
    tree = ALL.tree(10)
    with pytest.raises(ValueError, match=f"a tree of 10 leaves has none with the index {index}"):
        tree.leaf(index)
    with pytest.raises(ValueError, match=f"a tree of 10 leaves has none with the index {index}"):
        tree.inclusion_proof(index)


@pytest.mark.parametrize("old", [-1, 11])
def test_sizes_that_a_tree_never_had(old: int) -> None:
    with pytest.raises(ValueError, match=f"a tree of 10 leaves does not continue one of {old}"):
        ALL.tree(10).consistency_proof(old)


def test_a_tile_that_is_too_short_is_noticed() -> None:
    tree = Tree(300, stored(HASHES[:290]).read)
    with pytest.raises(ValueError, match=r"the tile \(0, 1\) ends after 1088 bytes; a tree of 300"):
        tree.root()


def test_few_tiles_are_read_and_each_once() -> None:
    ALL.reads.clear()
    tree = ALL.tree(65_999)
    tree.root()
    tree.inclusion_proof(12_345)
    tree.consistency_proof(54_321)
    assert max(ALL.reads.values()) == 1
    assert len(ALL.reads) <= 6


# Verifying what is not so


def flipped(value: bytes) -> bytes:
    return bytes([value[0] ^ 8]) + value[1:]


def altered(proof: list[bytes], extra: bytes) -> list[list[bytes]]:
    """Proofs that differ from ``proof``."""
    found = [[*proof, extra], [extra, *proof], [*proof, b""], [b"", *proof]]
    for i in range(len(proof)):
        found.append([*proof[:i], flipped(proof[i]), *proof[i + 1 :]])
        found.append([*proof[:i], *proof[i + 1 :]])
    if len(set(proof)) > 1:
        found.append(proof[::-1])
    return found


@each
@given(SIZES.filter(bool), st.data())
def test_altered_inclusion_proofs_fail(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    leaf, root = HASHES[index], mth(0, size)
    proof = ALL.tree(size).inclusion_proof(index)
    for other in altered(proof, root):
        assert not verify_inclusion(leaf, index, size, other, root)
    assert not verify_inclusion(flipped(leaf), index, size, proof, root)
    assert not verify_inclusion(leaf, index, size, proof, flipped(root))
    assert not verify_inclusion(leaf, index, size, proof, EMPTY_ROOT)
    for wrong in (index - 1, index + 1, index ^ 2, size):
        assert not verify_inclusion(leaf, wrong, size, proof, root)
    for wrong in (0, index, size * 2):
        assert not verify_inclusion(leaf, index, wrong, proof, root)


@each
@given(SIZES, SIZES)
def test_altered_consistency_proofs_fail(one: int, other: int) -> None:
    old, new = sorted((one, other))
    roots = mth(0, old), mth(0, new)
    proof = ALL.tree(new).consistency_proof(old)
    for wrong in [*altered(proof, roots[0]), *altered(proof, roots[1])]:
        assert not verify_consistency(old, new, *roots, wrong)
    assert not verify_consistency(old, new, flipped(roots[0]), roots[1], proof)
    if old:
        assert not verify_consistency(old, new, roots[0], flipped(roots[1]), proof)
    if old < new:
        assert not verify_consistency(new, old, roots[1], roots[0], proof)
        assert not verify_consistency(old, new, roots[1], roots[0], proof)
        assert not verify_consistency(new, new, *roots, proof)
    if 0 < old < new:
        assert not verify_consistency(old, new, *roots, [])
        assert not verify_consistency(old - 1, new, *roots, proof)
        assert not verify_consistency(old + 1, new, *roots, proof)


def test_every_tree_continues_the_empty_one_alone() -> None:
    root = mth(0, 5)
    assert verify_consistency(0, 5, EMPTY_ROOT, root, [])
    assert verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    assert not verify_consistency(0, 5, root, root, [])
    assert not verify_consistency(0, 5, EMPTY_ROOT, root, [root])
    assert not verify_consistency(0, 0, EMPTY_ROOT, root, [])
    assert not verify_consistency(0, 0, root, root, [])
    assert not verify_inclusion(root, 0, 0, [], EMPTY_ROOT)


def test_no_tree_continues_a_larger_one() -> None:
    """Without a look at the sizes, the RFC's steps would accept this."""
    one, other = HASHES[:2]
    assert not verify_consistency(3, 2, one, node_hash(one, other), [one, other])


ANYTHING = (
    st.none()
    | st.integers()
    | st.sampled_from([2**64 - 1, 2**64, 10**400, 1.0, True])
    | st.binary(max_size=40)
    | st.binary(min_size=32, max_size=32)
    | st.text(max_size=5)
    | st.lists(st.binary(min_size=32, max_size=32) | st.none() | st.integers(), max_size=3)
)


@settings(deadline=None, max_examples=400)
@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING, ANYTHING)
def test_hostile_arguments_are_false(a: Any, b: Any, c: Any, d: Any, e: Any) -> None:
    assert verify_inclusion(a, b, c, d, e) in (False, a == e)  # true for a tree of one leaf
    assert verify_consistency(a, b, c, d, e) in (False, c in (d, EMPTY_ROOT))


def test_the_largest_sizes_are_verified() -> None:
    """Nothing counts leaves: a path of 64 hashes leads to the root of 2**64 - 1 of them."""
    size, index, leaf = 2**64 - 1, 0, HASHES[0]
    proof = HASHES[1:65]
    root = leaf
    for step in proof:
        root = node_hash(root, step)
    assert verify_inclusion(leaf, index, size, proof, root)
    assert not verify_inclusion(leaf, index, size + 1, proof, root)
    assert not verify_inclusion(leaf, index, size, [*proof, leaf] * 1000, root)


# Another program


@pytest.mark.package
def test_another_program_has_the_same_tree(aics_tlog: ModuleType) -> None:
    """aics-tlog, for Python 3.12 and newer: its tiles, roots and proofs, and its verifiers."""
    other = aics_tlog
    data = [b"leaf %d" % i for i in range(1030)]
    theirs = other.MerkleTree(data)
    ours = stored([leaf_hash(leaf) for leaf in data])

    def written(place: tuple[int, int]) -> str:
        width = len(ours.tiles[place]) // 32
        return str(other.tiles.tile_path(*place, width if width < 256 else None))

    tiles = {written(place): content for place, content in ours.tiles.items()}
    made = other.TileWriter(data).materialise()
    assert tiles == {k: v for k, v in made.items() if not k.startswith("tile/entries/")}

    sizes = [1, 2, 3, 7, 8, 100, 255, 256, 257, 511, 512, 513, 1024, 1030]
    for new in sizes:
        tree = ours.tree(new)
        root = tree.root()
        assert root == theirs.root(new)
        for index in {0, new // 3, new // 2, new - 1}:
            proof = tree.inclusion_proof(index)
            assert proof == theirs.inclusion_proof(index, new)
            assert other.verify_leaf_inclusion(data[index], index, new, proof, root)
            assert not other.verify_leaf_inclusion(b"other", index, new, proof, root)
        for old in (size for size in sizes if size <= new):
            proof = tree.consistency_proof(old)
            assert proof == theirs.consistency_proof(old, new)
            assert other.verify_consistency(old, new, theirs.root(old), root, proof)
            assert verify_consistency(
                old, new, theirs.root(old), root, theirs.consistency_proof(old, new)
            )
