"""What the checks of receipts (:mod:`.check`) and of proof packs (:mod:`.check_pack`) share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple, TextIO

from .checkpoint import BadNote, Checkpoint, Verifier, open_note
from .receipt_file import read_text


class Verdict(NamedTuple):
    """One line of what a check found."""

    good: bool | None
    """Whether it is proven; ``None``: for the reader to know."""
    text: str


def open_head(note: str, verifiers: Sequence[Verifier]) -> Checkpoint | str:
    """The checkpoint in a note, or what is wrong with it."""
    try:
        head = open_note(note, *verifiers)
    except BadNote as error:
        return str(error)
    # Or a key that signs for two logs could lend one the proofs of the other.
    if head.origin not in {verifier.name for verifier in verifiers}:
        return f"it is of the log {head.origin!r}, for which none of these keys is"
    return head


def two_histories(size: int) -> Verdict:
    """What two different signed heads over the same number of leaves prove."""
    return Verdict(
        False,
        f"two signed heads over {size} leaves differ: the site has two histories; "
        "keep both, they prove it",
    )


def parser(module: str, what: str, thing: str, form: str, head: str) -> argparse.ArgumentParser:
    """The arguments of a check.

    :param module: that is run.
    :param what: is checked, in words, and ``thing`` in one, which names the argument.
    :param form: in which it comes.
    :param head: what a published head also shows.
    """
    made = argparse.ArgumentParser(
        prog=f"python -m flask_cookie_consent.proof.{module}",
        description=f"Checks a {what}, without the site's database.",
        epilog="Ends with 0 if everything is proven, with 1 if something is wrong or not proven, "
        "and with 2 if there is nothing to check.",
    )
    made.add_argument("subject", metavar=thing, help=f"the {thing}: {form}")
    made.add_argument(
        "--key",
        action="append",
        required=True,
        metavar="VKEY",
        help="the site's public key, name+id+key, from where the site publishes it and not from "
        f"the {thing}; several times for a site that has changed it",
    )
    made.add_argument(
        "--head",
        metavar="FILE",
        help=f"a signed head that the site has published: also checks that {head}",
    )
    return made


def run(
    options: argparse.Namespace,
    check: Callable[[str, Sequence[Verifier], str | None], Sequence[Verdict]],
) -> int:
    """Runs ``check`` on the file named in ``options``, prints what it finds, and gives what the
    command ends with."""
    try:
        verifiers = [Verifier.parse(key) for key in options.key]
        published = read_text(options.head) if options.head else None
        findings = check(options.subject, verifiers, published)
    except (OSError, ValueError) as error:
        _print(f"cannot check: {error}", sys.stderr)
        return 2
    for good, text in findings:
        _print(f"{'note' if good is None else 'ok' if good else 'FAILED':8}{text}", sys.stdout)
    return 1 if any(good is False for good, _ in findings) else 0


def _print(line: str, file: TextIO) -> None:
    print(line.encode("ascii", "backslashreplace").decode(), file=file)
