"""Receipts as they come back, from anywhere: read, and looked at before anything is believed."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from .record import Record
from .statement import FORMAT, Publisher, Unsealed

#: Longer files are not read.
MAX_FILE = 10_000_000


class NotAReceipt(ValueError):
    """Something that cannot be checked. The message says why."""


@dataclass(frozen=True)
class Part:
    """One sealed entry, and its place in the tree."""

    entry: dict[str, Any]
    leaf: int | None
    path: list[bytes] | None
    content: str


@dataclass(frozen=True)
class Proof:
    """What has been proven of a receipt, if it holds."""

    parts: dict[str, Part]
    """``choice``, and where there is one ``before`` and ``shown``."""
    head: str | None
    unsealed: Unsealed

    def record(self, name: str) -> Record:
        """The record in ``choice`` or ``before``."""
        return Record.from_row(self.parts[name].entry)


#: What a field may hold, as a receipt has it in JSON.
_TYPES: dict[object, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    bool: (bool,),
    dict: (dict,),
    str | None: (str, type(None)),
    int | None: (int, type(None)),
    list | None: (list, type(None)),
    Publisher: (dict,),
}


def _types(of: type) -> dict[str, object]:
    """The fields of a dataclass, with their types.

    :raises TypeError: if a field has a type that could not be checked.
    """
    found = get_type_hints(of)
    if unknown := [name for name, type_ in found.items() if type_ not in _TYPES]:
        raise TypeError(f"{of.__name__}: {', '.join(unknown)}: not a type of _TYPES")
    return found


_ENTRY: dict[str, object] = {"kind": str, "salt": str}
_CHOICE = _types(Record) | _ENTRY
_SNAPSHOT: dict[str, object] = dict.fromkeys(
    ("name", "language", "regime", "content", "documents"), str
)
_SHAPES: dict[str, tuple[str, dict[str, object]]] = {
    "choice": ("choice", _CHOICE),
    "before": ("choice", _CHOICE),
    "shown": ("snapshot", _SNAPSHOT | {"stored": int} | _ENTRY),
}


def read_proof(receipt: object) -> Proof:
    """The proof in a receipt.

    :raises NotAReceipt: if it is none, or of another format.
    """
    proof = receipt.get("proof") if isinstance(receipt, dict) else None
    if not isinstance(proof, dict):
        raise NotAReceipt("it is not a JSON object with a `proof`")
    if type(proof.get("format")) is not int or proof["format"] != FORMAT:
        raise NotAReceipt(
            f"its format is {proof.get('format')!a}; this program knows format {FORMAT}: "
            "is there a newer version of flask-cookie-consent?"
        )
    names = {"format", "sealed", "head", "unsealed", *_SHAPES}
    if set(proof) != names:
        raise NotAReceipt(f"`proof` does not have exactly these: {', '.join(sorted(names))}")
    head = proof["head"]
    if not (head is None or isinstance(head, str)) or proof["sealed"] is not (head is not None):
        raise NotAReceipt("`proof/head` is no text, or `proof/sealed` contradicts it")
    parts = {
        name: _part(f"proof/{name}", proof[name], *shape)
        for name, shape in _SHAPES.items()
        if name == "choice" or proof[name] is not None
    }
    unsealed = _object("proof/unsealed", proof["unsealed"], _types(Unsealed))
    site = Publisher(**_object("proof/unsealed/site", unsealed["site"], _types(Publisher)))
    return Proof(parts, head, Unsealed(site, unsealed["lifetime"], unsealed["created"]))


def _part(place: str, value: object, kind: str, types: Mapping[str, object]) -> Part:
    shape: dict[str, object] = {"entry": dict, "leaf": int | None, "path": list | None}
    if kind == "snapshot":
        shape["content"] = str
    part = _object(place, value, shape)
    entry = _object(f"{place}/entry", part["entry"], types)
    if entry["kind"] != kind:
        raise NotAReceipt(f"`{place}/entry/kind` is not {kind!r}")
    path = None if part["path"] is None else [_hash(place, step) for step in part["path"]]
    return Part(entry, part["leaf"], path, part.get("content", ""))


def _hash(place: str, text: object) -> bytes:
    """What a text in Base64 says, if it is written in the one way it can be."""
    try:
        found = b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        found = b""
    if not found or b64encode(found).decode() != text:
        raise NotAReceipt(f"`{place}/path` is no list of hashes in Base64")
    return found


def _object(place: str, value: object, types: Mapping[str, object]) -> dict[str, Any]:
    """``value``, if it is an object with exactly these fields, of these types."""
    if not isinstance(value, dict) or set(value) != set(types):
        raise NotAReceipt(f"`{place}` is no object with exactly these: {', '.join(sorted(types))}")
    for name, type_ in types.items():
        if type(value[name]) not in _TYPES[type_]:
            said = type_.__name__ if isinstance(type_, type) else type_
            raise NotAReceipt(f"`{place}/{name}` is not of the type {said}")
    return value


def read_text(path: str) -> str:
    """The text in a file.

    :raises ValueError: if it is too long or no UTF-8.
    :raises OSError: if it cannot be read.
    """
    with open(path, "rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ValueError(f"{path}: it has more than {MAX_FILE} bytes")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path}: it is not in UTF-8: {error}") from error


def read_json(text: str) -> object:
    """What JSON says. :exc:`NotAReceipt` if it is none, or if an object names something twice:
    programs differ about which one counts."""
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotAReceipt(f"it is not JSON: {error}") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object names something twice")
    return found


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is no number of JSON")
