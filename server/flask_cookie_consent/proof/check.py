"""Checks a receipt, without the database that it came from::

    python -m flask_cookie_consent.proof.check receipt.json --key VKEY [--head head.txt]

It ends with 0 if everything is proven; with 1 if something is wrong, or not proven; and with 2 if
there is nothing to check: no receipt, no key, no such file. Of other packages it needs only
``cryptography``, and of this one only this folder: ``proof`` can be
copied anywhere, and runs as ``python -m proof.check``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

from .checking import Verdict, open_head, parser, run, two_histories
from .checkpoint import Checkpoint, Verifier
from .merkle import leaf_hash
from .receipt_file import NotAReceipt, Part, Proof, read_json, read_proof, read_text
from .record import canonical, snapshot_name
from .statement import make_statement
from .verify import verify_inclusion

_NAMES = {
    "choice": "this choice",
    "before": "the choice before",
    "shown": "what the visitor saw",
}


def check(
    receipt: object, verifiers: Sequence[Verifier], published: str | None = None
) -> list[Verdict]:
    """What is proven of a receipt, and what is not.

    :param receipt: what its JSON says.
    :param verifiers: the keys whose signatures count.
    :param published: a signed head that the site has published, or sent to somebody.
    :raises NotAReceipt: if it is none, or of a newer format.
    """
    try:
        proof = read_proof(receipt)
        return [*_check_words(receipt, proof), *_check_seal(proof, verifiers, published)]
    except (RecursionError, UnicodeError) as error:
        raise NotAReceipt("it is nested too deeply, or has text that is no Unicode") from error


# -- What it says ---------------------------------------------------------------------------------


def _check_words(receipt: Any, proof: Proof) -> Iterator[Verdict]:
    record = proof.record("choice")
    before = proof.record("before") if "before" in proof.parts else None
    shown = proof.parts.get("shown")
    if before and before.id != record.previous:
        yield Verdict(False, "the choice before is not the one that this choice names")
    if shown and not _is_content(shown, record.snapshot):
        yield Verdict(False, "what the visitor saw is not what this choice names")
    words = {name: value for name, value in receipt.items() if name != "proof"}
    try:
        made = make_statement(
            record, before, json.loads(shown.content) if shown else None, proof.unsealed
        )
    except Exception as error:  # what `content` says can be anything, and is not ours to check
        yield Verdict(False, f"no receipt follows from what is sealed: {error!r}")
    else:
        differences = list(_differences(words, made))
        for place in differences[:5]:
            yield Verdict(False, f"not as it was sealed: {place}")
        if not differences:
            yield Verdict(True, f"it says what is sealed of the record {record.id!r}")
    if record.previous and not before:
        yield Verdict(
            None,
            "the choice before is not in the store: what reads as refused may have been withdrawn",
        )
    if not shown:
        yield Verdict(None, "what the visitor saw is not in the store: services are tokens")
    yield Verdict(
        None,
        "the site vouches for these, no seal does: its addresses, who gives this receipt and when"
        + (
            ", how long the choice holds"
            if proof.unsealed.lifetime is not None or not shown
            else ""
        )
        + ("" if shown else ", the controller"),
    )


def _is_content(shown: Part, name: str | None) -> bool:
    digest = sha256(shown.content.encode()).hexdigest()
    found = (shown.entry["name"], snapshot_name(shown.content), shown.entry["content"])
    return found == (name, name, digest)


def _differences(found: object, made: object, place: str = "") -> Iterator[str]:
    """Where two values of JSON differ."""
    if isinstance(found, dict) and isinstance(made, dict):
        for name in sorted({*found, *made}):
            here = f"{place}/{ascii(name)[1:-1]}"
            if name in found and name in made:
                yield from _differences(found[name], made[name], here)
            else:
                yield here
    elif isinstance(found, list) and isinstance(made, list) and len(found) == len(made):
        for number, pair in enumerate(zip(found, made, strict=True)):
            yield from _differences(*pair, f"{place}/{number}")
    elif json.dumps(found) != json.dumps(made):  # true is not 1, nor 1.0
        yield place


# -- That it was sealed ---------------------------------------------------------------------------


def _check_seal(
    proof: Proof, verifiers: Sequence[Verifier], published: str | None
) -> Iterator[Verdict]:
    if proof.head is None:
        yield Verdict(False, "it is not sealed yet: fetch it again after the site has sealed")
        return
    head = open_head(proof.head, verifiers)
    if isinstance(head, str):
        yield Verdict(False, f"its head: {head}")
        return
    yield Verdict(True, f"its head is signed: {head.size} leaves of {head.origin!r}")
    for name, part in proof.parts.items():
        proven = verify_inclusion(
            leaf_hash(canonical(part.entry)),
            -1 if part.leaf is None else part.leaf,
            head.size,
            part.path or [],
            head.root,
        )
        is_or_not = "is" if proven else "is not proven to be"
        yield Verdict(proven, f"leaf {part.leaf} of {head.size} {is_or_not} {_NAMES[name]}")
    if published is not None:
        other = open_head(published, verifiers)
        if isinstance(other, str):
            yield Verdict(False, f"the published head: {other}")
        else:
            yield _compare(head, other, proof.parts["choice"].leaf or 0)


def _compare(head: Checkpoint, published: Checkpoint, leaf: int) -> Verdict:
    if published.origin != head.origin:
        return Verdict(False, f"the published head is of another log, {published.origin!r}")
    if published.size == head.size:
        if published.root == head.root:
            return Verdict(True, "its head is the published one")
        return two_histories(head.size)
    if published.size <= leaf:
        return Verdict(
            False,
            f"this choice, leaf {leaf}, was sealed after the published head, which has "
            f"{published.size} leaves: take a later one",
        )
    return Verdict(
        False,
        f"the published head has {published.size} leaves, that of the receipt {head.size}: ask "
        f"the site for this receipt at the head with {published.size}",
    )


# -- The command ----------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; what it ends with."""
    options = parser(
        "check", "consent receipt", "receipt", "a file of JSON", "the receipt has the same"
    ).parse_args(arguments)
    return run(
        options,
        lambda file, verifiers, published: check(read_json(read_text(file)), verifiers, published),
    )


if __name__ == "__main__":
    sys.exit(main())
