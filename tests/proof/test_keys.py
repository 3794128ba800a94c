"""The file of the key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from flask_cookie_consent.proof.keys import load_signer

NAME = "example.org/consent"


def test_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "instance" / "key.pem"
    made = load_signer(path, NAME, create=True)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_signer(path, NAME).verifier == made.verifier
    assert load_signer(str(path), NAME, create=True).verifier == made.verifier
    assert os.listdir(path.parent) == ["key.pem"]


def test_a_missing_key_is_said(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no key at .*key\.pem"):
        load_signer(tmp_path / "key.pem", NAME)


@pytest.mark.skipif(os.name != "posix", reason="has no such modes")
@pytest.mark.parametrize(
    ("mode", "fine"), [(0o400, True), (0o640, True), (0o644, False), (0o660, False)]
)
def test_a_key_that_others_can_reach_is_refused(tmp_path: Path, mode: int, fine: bool) -> None:
    path = tmp_path / "key.pem"
    load_signer(path, NAME, create=True)
    path.chmod(mode)
    if fine:
        load_signer(path, NAME)
    else:
        with pytest.raises(ValueError, match=r"others have access .*key\.pem.*chmod 600"):
            load_signer(path, NAME)


def test_a_file_that_is_no_such_key_is_named(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    other = generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    for content in (b"", b"not a key", other):
        path.write_bytes(content)
        path.chmod(0o600)
        with pytest.raises(ValueError, match=r"key\.pem"):
            load_signer(path, NAME)
