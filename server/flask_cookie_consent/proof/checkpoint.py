"""Signed heads of a tree: a checkpoint (https://c2sp.org/tlog-checkpoint) in a signed note
(https://c2sp.org/signed-note), with plain Ed25519 signatures::

    example.org/consent                               origin: which tree this is
    20852163                                          how many leaves it has
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=      their root

    — example.org/consent Az3grlgtzPICa5OS8n...       name of a key; its id and the signature

Several keys may sign: an old one beside its successor, or a witness. Each looks only for those
that it knows.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from .merkle import HASH_SIZE, SIZE_LIMIT

#: Longer notes are not read: over a hundred signatures fit, also large ones of other kinds.
MAX_NOTE = 1_000_000

#: The type of the plain Ed25519 signature; no other is supported.
_ED25519 = b"\1"
_ID_SIZE = 4

# Lone surrogates cannot be written in UTF-8, which notes are in.
_NAME = re.compile(r"[^\s+\x00-\x1f\ud800-\udfff]+")
_ORIGIN = re.compile(r"[^\x00-\x1f\ud800-\udfff]+")
_UNREADABLE = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,19}")
_VKEY = re.compile(r"([^+]*)\+([0-9a-f]{8})\+(.*)", re.DOTALL)
_SIGNATURE = re.compile(rf"— ({_NAME.pattern}) ([A-Za-z0-9+/=]+)")


class BadNote(ValueError):
    """A note that must not be believed. The message says why."""


class Checkpoint(NamedTuple):
    """What a head says."""

    origin: str
    """Which tree this is: by convention an address without a scheme, ``example.org/consent``."""
    size: int
    """How many leaves it has."""
    root: bytes
    """The root over them."""

    def text(self) -> str:
        """The text that is signed. :exc:`ValueError` if no such checkpoint can be written."""
        if not _ORIGIN.fullmatch(self.origin):
            raise ValueError("the origin of a checkpoint has to be one line that is not empty")
        if not 0 <= self.size < SIZE_LIMIT:
            raise ValueError(f"a tree cannot have {self.size} leaves")
        if len(self.root) != HASH_SIZE:
            raise ValueError(f"a root has {HASH_SIZE} bytes, not {len(self.root)}")
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Reads the text of a note. Further lines, which the specification leaves to each log,
        are passed over. Raises :exc:`BadNote`."""
        origin, *others = text.split("\n")
        if len(others) < 3 or others.pop():
            raise BadNote("a checkpoint has at least three lines, and the last one ends")
        if not _ORIGIN.fullmatch(origin):
            raise BadNote("the first line of the checkpoint is no origin")
        size, root, *extensions = others
        if not _SIZE.fullmatch(size) or int(size) >= SIZE_LIMIT:
            raise BadNote("the second line of the checkpoint is no size of a tree")
        hashed = _decoded(root)
        if hashed is None or len(hashed) != HASH_SIZE:
            raise BadNote("the third line of the checkpoint is no root")
        if "" in extensions:
            raise BadNote("a line of the checkpoint is empty")
        return cls(origin, int(size), hashed)


@dataclass(frozen=True)
class Verifier:
    """A public key and its name, as one gives them to others: ``str()`` is the ``vkey``, and
    :meth:`parse` reads it. :exc:`ValueError` if the name or the key cannot be one."""

    name: str
    key: bytes
    """The 32 bytes of the public key (RFC 8032)."""

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(
                f"{self.name!r} cannot be the name of a key: it must have no spaces, no plus "
                "signs and no control characters, and not be empty"
            )
        if len(self.key) != 32:
            raise ValueError(f"an Ed25519 key has 32 bytes, not {len(self.key)}")

    @property
    def id(self) -> bytes:
        """Four bytes that, with the name, say which key signed."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.key).digest()[:_ID_SIZE]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(_ED25519 + self.key).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """Reads ``name+id+key``, as ``str()`` and other implementations write it. Raises
        :exc:`ValueError`."""
        found = _VKEY.fullmatch(vkey)
        if found is None:
            raise ValueError("a key reads name+id+key, its id in eight hexadecimal digits")
        name, id_, encoded = found.groups()
        key = _decoded(encoded)
        if key is None or key[:1] != _ED25519:
            raise ValueError(f"the key of {name!r} is none for plain Ed25519 signatures")
        verifier = cls(name, key[1:])
        if verifier.id.hex() != id_:
            raise ValueError(f"the id {id_} is not that of the key of {name!r}: is it complete?")
        return verifier

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether this key made this signature of this text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, text.encode())
        except (InvalidSignature, ValueError):  # the second: what is no key, or no Unicode
            return False
        return True


class Signer:
    """A private key and its name, which :attr:`verifier` has too. :exc:`ValueError` if there can
    be no such name."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self.verifier = Verifier(name, key.public_key().public_bytes_raw())
        self.name = name
        self._key = key

    @classmethod
    def generate(cls, name: str) -> Signer:
        """A new key."""
        return cls(name, Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, name: str, pem: bytes) -> Signer:
        """The key in a PEM file (PKCS #8, not encrypted). Raises :exc:`ValueError`."""
        try:
            key = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            # The second is what an encrypted key raises.
            raise ValueError(f"the private key of {name!r} cannot be read: {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"the private key of {name!r} is none for Ed25519")
        return cls(name, key)

    def to_pem(self) -> bytes:
        """The key as :meth:`from_pem` reads it, without the name. It is not encrypted: keep it
        where only the server reads it."""
        return self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def line(self, text: str) -> str:
        """The line that a note gains by this signature of its text."""
        signature = self.verifier.id + self._key.sign(text.encode())
        return f"— {self.name} {b64encode(signature).decode()}\n"


def sign(checkpoint: Checkpoint, *signers: Signer) -> str:
    """The whole note. :exc:`ValueError` if no such checkpoint can be written, or nobody signs."""
    if not signers:
        raise ValueError("a note has at least one signature")
    text = checkpoint.text()
    return text + "\n" + "".join(signer.line(text) for signer in signers)


def open_note(note: str, *verifiers: Verifier) -> Checkpoint:
    """The checkpoint in a note that one of the known keys, ``verifiers``, has signed.

    Signatures by others are passed over. Raises :exc:`BadNote` if the note is malformed, if none
    is by a known key, or if any that says it is by one is wrong. It is for the caller to see
    that the origin is the expected one, and that no tree gets smaller.
    """
    text, signatures = _parts(note)
    believed = False
    for name, id_, signature in dict.fromkeys(signatures):  # each once, however often it is there
        for verifier in verifiers:
            if (verifier.name, verifier.id) == (name, id_):
                if not verifier.verifies(text, signature):
                    raise BadNote(f"the signature by {name!r} is wrong")
                believed = True
    if not believed:
        raise BadNote("the note is not signed by a known key")
    return Checkpoint.parse(text)


def _parts(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The text of a note, and of each signature the name, the id of the key and the rest."""
    if len(note) > MAX_NOTE:
        raise BadNote("the note is too long")
    if _UNREADABLE.search(note):
        raise BadNote("the note has control characters, or something that is no Unicode")
    # The last empty line counts: a text may have others.
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise BadNote("the note has no signatures, or its last line does not end")
    signatures = []
    for line in lines[:-1].split("\n"):
        found = _SIGNATURE.fullmatch(line)
        signature = found and _decoded(found[2])
        if not found or not signature or len(signature) <= _ID_SIZE:
            raise BadNote("a line below the note's text is no signature")
        signatures.append((found[1], signature[:_ID_SIZE], signature[_ID_SIZE:]))
    return text + "\n", signatures


def _decoded(text: str) -> bytes | None:
    """What a text in Base64 says (RFC 4648, section 4); ``None`` if it is none, or not in the one
    way that it is written: nobody can make a second note out of a signed one."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        return None
    return data if b64encode(data).decode() == text else None
