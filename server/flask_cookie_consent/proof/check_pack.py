"""Checks a proof pack (:mod:`..records.evidence.pack`), without the database that it came from::

    python -m flask_cookie_consent.proof.check_pack FOLDER_OR_ZIP --key VKEY [--head head.txt]

It ends with 0 if everything is proven; with 1 if something is wrong, or not proven; and with 2 if
there is nothing to check: no pack, no key, no such file.
"""

from __future__ import annotations

import re
import sys
import zipfile
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from .checking import Verdict, open_head, parser, run, two_histories
from .checkpoint import Checkpoint, Verifier
from .merkle import leaf_hash
from .receipt_file import read_json
from .record import canonical, snapshot_name
from .verify import verify_inclusion

#: Packs with more bytes are not read: one picture has about 50 kB.
MAX_SIZE = 500_000_000

_SUM = re.compile(r"([0-9a-f]{64})  (.+)")


class NotAPack(ValueError):
    """Something that cannot be checked. The message says why."""


def read_pack(path: Path) -> dict[str, bytes]:
    """The files of a pack by name, with slashes.

    :raises NotAPack: if there is no folder and no zip, or too much in it.
    """
    if path.is_dir():
        found = [file for file in path.rglob("*") if file.is_file()]
        if sum(file.stat().st_size for file in found) > MAX_SIZE:
            raise NotAPack(f"{path} has more than {MAX_SIZE} bytes")
        return {file.relative_to(path).as_posix(): file.read_bytes() for file in found}
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_SIZE:
                raise NotAPack(f"{path} has more than {MAX_SIZE} bytes")
            return {
                member.filename: archive.read(member)
                for member in archive.infolist()
                if not member.is_dir()
            }
    except zipfile.BadZipFile as error:
        raise NotAPack(f"{path} is no folder and no zip: {error}") from error


def check_pack(
    files: Mapping[str, bytes], verifiers: Sequence[Verifier], published: str | None = None
) -> list[Verdict]:
    """What is proven of a pack, and what is not.

    :param files: by name (:func:`read_pack`).
    :param verifiers: the keys whose signatures count.
    :param published: a signed head that the site has published, or sent to somebody.
    :raises NotAPack: if it is none, or of a newer format.
    """
    try:
        proof: Any = read_json(files["proof.json"].decode())
        if proof["format"] != 1:
            raise NotAPack(f"its format is {proof['format']!a}; this program knows format 1")
        return [
            *_check_sums(files),
            *_check_entry(files, proof["entry"]),
            *_check_pages(files),
            *_check_heads(files, proof, verifiers, published),
        ]
    except KeyError as error:
        raise NotAPack(f"it has no {error}") from error
    except (TypeError, AttributeError, UnicodeError, RecursionError) as error:
        raise NotAPack(f"it is not as packs are: {error}") from error


def _check_sums(files: Mapping[str, bytes]) -> Iterator[Verdict]:
    lines = files["checksums.sha256"].decode().splitlines()
    said = {found[2]: found[1] for line in lines if (found := _SUM.fullmatch(line))}
    there = {name: sha256(body).hexdigest() for name, body in files.items()}
    del there["checksums.sha256"]
    wrong = sorted(name for name in {*said, *there} if said.get(name) != there.get(name))
    for name in wrong:
        what = "missing" if name not in there else "changed" if name in said else "not of the pack"
        yield Verdict(False, f"{name}: {what}")
    if not wrong:
        yield Verdict(True, f"all {len(there)} files are as they were packed")


def _check_entry(files: Mapping[str, bytes], entry: Mapping[str, Any]) -> Iterator[Verdict]:
    content, documents = files["snapshot/content.json"], files["snapshot/documents.json"]
    hashes = (sha256(content).hexdigest(), sha256(documents).hexdigest())
    if hashes != (entry["content"], entry["documents"]) or entry["kind"] != "snapshot":
        yield Verdict(False, "the files in snapshot/ are not those of the entry")
    elif snapshot_name(content.decode()) != entry["name"]:
        yield Verdict(False, "the content of the snapshot has another name")
    else:
        yield Verdict(True, f"the snapshot is {entry['name']!r}")


def _check_pages(files: Mapping[str, bytes]) -> Iterator[Verdict]:
    documents: Any = read_json(files["snapshot/documents.json"].decode())
    hashes = documents.pop("sha256")
    pages = {f"pages/{name}.html": html.encode() for name, html in documents.items()}
    wrong = [name for name, html in pages.items() if files.get(name) != html]
    lists = "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()
    if files.get("code/hashes.sha256") != lists:
        wrong.append("code/hashes.sha256")
    for name, body in files.items():
        folder, _, file = name.partition("/")
        if folder == "code" and file != "hashes.sha256":
            if hashes.get(file) != sha256(body).hexdigest():
                wrong.append(name)
        elif folder == "pages" and name not in pages:
            wrong.append(name)
    for name in wrong:
        yield Verdict(False, f"{name} is not that of the snapshot")
    if not wrong:
        yield Verdict(True, "pages and code are those of the snapshot")
    yield Verdict(
        None, "the site vouches for these, no seal does: pictures, use.json, history.json"
    )


def _check_heads(
    files: Mapping[str, bytes],
    proof: Mapping[str, Any],
    verifiers: Sequence[Verifier],
    published: str | None,
) -> Iterator[Verdict]:
    hash_, leaf = leaf_hash(canonical(proof["entry"])), proof["leaf"]
    if not proof["heads"]:
        yield Verdict(False, "it is not sealed: there is no head")
    proven = []
    for each in proof["heads"]:
        head = open_head(files[each["file"]].decode(), verifiers)
        if isinstance(head, str):
            yield Verdict(False, f"{each['file']}: {head}")
            continue
        path = [_decoded(step) for step in each["path"]]
        good = verify_inclusion(hash_, leaf, head.size, path, head.root)
        is_or_not = "is" if good else "is not proven to be"
        text = f"{each['file']} is signed: leaf {leaf} of {head.size} {is_or_not} the snapshot"
        yield Verdict(good, text)
        if good:
            proven.append(head)
    if published is not None:
        yield _compare(proven, open_head(published, verifiers))


def _compare(proven: Sequence[Checkpoint], published: Checkpoint | str) -> Verdict:
    if isinstance(published, str):
        return Verdict(False, f"the published head: {published}")
    if published in proven:
        return Verdict(True, f"the published head, {published.size} leaves, is one of the pack")
    if any((h.origin, h.size) == (published.origin, published.size) for h in proven):
        return two_histories(published.size)
    return Verdict(
        False,
        f"the published head, {published.size} leaves, is none of the pack: it is of before, or "
        "another one of a day; try one of another day",
    )


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        return b""


# -- The command ----------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; what it ends with."""
    options = parser(
        "check_pack", "proof pack", "pack", "a folder or a zip", "it is one of the pack's"
    ).parse_args(arguments)
    return run(
        options,
        lambda path, verifiers, published: check_pack(read_pack(Path(path)), verifiers, published),
    )


if __name__ == "__main__":
    sys.exit(main())
