"""Verifies what :class:`.merkle.Tree` proves.

Both are the algorithms that RFC 9162 gives for verifiers, step by step, and share nothing with
the proving side. Nothing that they are given, whatever its type, makes them raise.
"""

from __future__ import annotations

from collections.abc import Sequence

from .merkle import EMPTY_ROOT, HASH_SIZE, SIZE_LIMIT, node_hash


def verify_inclusion(
    leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """Whether ``proof`` shows the leaf at ``index`` of the tree with this ``size`` and ``root``
    (RFC 9162, section 2.1.3.2)."""
    if not (_sizes(index, size) and _hashes(leaf_hash, root) and _path(proof)) or index >= size:
        return False
    fn, sn = index, size - 1
    found = leaf_hash
    for step in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            found = node_hash(step, found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            found = node_hash(found, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and found == root


def verify_consistency(
    old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Whether ``proof`` shows that the new tree starts with all leaves of the old one (RFC 9162,
    section 2.1.4.2).

    The RFC leaves out two cases, in which the proof has to be empty: trees of one size are the
    same if their roots are; and every tree continues the one without leaves.
    """
    if not (_sizes(old_size, new_size) and _hashes(old_root, new_root) and _path(proof)):
        return False
    if old_size == 0:
        possible = new_size > 0 or new_root == EMPTY_ROOT
        return not proof and old_root == EMPTY_ROOT and possible
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size > new_size or not proof:
        return False
    path = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old_found = new_found = path[0]
    for step in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old_found, new_found = node_hash(step, old_found), node_hash(step, new_found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new_found = node_hash(new_found, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old_found == old_root and new_found == new_root


def _sizes(*values: object) -> bool:
    return all(isinstance(value, int) and 0 <= value < SIZE_LIMIT for value in values)


def _hashes(*values: object) -> bool:
    return all(isinstance(value, bytes) and len(value) == HASH_SIZE for value in values)


def _path(proof: object) -> bool:
    """Whether this can be a proof at all: a tree of 2**64 leaves has no longer one."""
    return isinstance(proof, (list, tuple)) and len(proof) <= 65 and _hashes(*proof)
