"""The file with the key that signs heads."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from tempfile import mkstemp

from .checkpoint import Signer


def load_signer(path: str | Path, name: str, *, create: bool = False) -> Signer:
    """The key in a file: PEM, Ed25519, not encrypted.

    :param name: of the key, and of the tree: an address without a scheme, ``example.org/consent``.
    :param create: whether to make a new key where the file is missing. Only its owner can read it.
    :raises ValueError: if the file is missing, holds no such key, or others have access to it:
        anyone but owner and group to read, anyone but the owner to write.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            pem = file.read()
    except FileNotFoundError:
        if not create:
            raise ValueError(f"there is no key at {path}: make one, or copy yours there") from None
        _create(path, Signer.generate(name).to_pem())
        return load_signer(path, name)
    if os.name == "posix" and stat.S_IMODE(mode) & 0o027:
        raise ValueError(f"others have access to the key {path}: run chmod 600 on it")
    try:
        return Signer.from_pem(name, pem)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _create(path: Path, pem: bytes) -> None:
    """Writes the file whole, unless another process was quicker."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = mkstemp(dir=path.parent, prefix=f".{path.name}-")  # with mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)
