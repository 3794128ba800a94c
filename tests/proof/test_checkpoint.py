"""Signed heads: what is written, what is believed, and what other programs make of both.

The keys and signatures of others are published: the example of Go's package ``sumdb/note``
(pkg.go.dev/golang.org/x/mod/sumdb/note), and heads of Go's checksum database with the key that
every Go toolchain holds.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from types import ModuleType

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flask_cookie_consent.proof.checkpoint import (
    MAX_NOTE,
    BadNote,
    Checkpoint,
    Signer,
    Verifier,
    open_note,
    sign,
)
from tests.proof.oracles import add_signature

GO = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
#: A head of January 2023, also signed by a key of a witness in two ways.
GO_HEAD = """\
go.sum database tree
15081221
BoMMe1wd25Tco0mYGROkyqxHZWx+hcSCtMV315Lu6Lg=

— sum.golang.org Az3grilD7vQqTrv66jRgKM84Y80KTprrSt4bKmiOPxgmS5ZVBTeCl6dUvjYnN13R+C8j0jGY1WnUADGMkok3U0m2Zgo=
— test.example.com qTGhC3917mAr6hGh+T55tNjxaej/D/GQivJZRIj7XGdAcQOTqfMWIPgp/v/904LEduN/h2sSRtHUJXUL4b9Gm7Bz4Qc=
— test.example.com /Pa7Y/dUvWMAAAAAQVwkQVi81ArPV7BIaQYrMIxyzY0m8a4BdeeBhSKd3PviPK4/3Sd+NKSc5N7PDTCfAkUSVniN+R2oKIggA4iiDQ==
"""  # noqa: E501
#: A newer one.
GO_LATER = """\
go.sum database tree
63096908
8lHrQPRYe4KT4WQ9/Qk8/taKnD6IRHbFgfN7vQE2Y54=

— sum.golang.org Az3gri/oVBN1jAhNZ/iS+W31psFAWRT20/GyrhpU6taFwulQGetBkH5S7wpGXdS935jiIGiUUAXBVHzT/P6fYhqAmAk=
"""  # noqa: E501

NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
NEUMANN_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NEUMANN_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)

#: The examples of the two specifications.
CHECKPOINT_EXAMPLE = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""  # noqa: E501
NOTE_EXAMPLE = """\
Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""  # noqa: E501

NAME = "example.org/consent"
ROOT = bytes(range(32))
HEAD = Checkpoint(NAME, 1234, ROOT)
TEXT = f"{NAME}\n1234\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"

OURS = Signer(NAME, Ed25519PrivateKey.from_private_bytes(b"\1" * 32))
WITNESS = Signer("witness.example", Ed25519PrivateKey.from_private_bytes(b"\2" * 32))
NOTE = sign(HEAD, OURS)


def encoded(data: bytes) -> str:
    return b64encode(data).decode()


def line(signature: bytes, name: str = NAME, id_: bytes = OURS.verifier.id) -> str:
    return f"— {name} {encoded(id_ + signature)}\n"


def signed(text: str) -> str:
    """A note with any text."""
    return f"{text}\n{OURS.line(text)}"


# What is written


def test_a_note() -> None:
    head, _, signature = NOTE.partition("\n\n")
    assert head + "\n" == TEXT == HEAD.text()
    assert signature.startswith(f"— {NAME} ")
    assert signature.endswith("\n")
    assert signature.count("\n") == 1


def test_a_note_opens() -> None:
    assert open_note(NOTE, OURS.verifier) == HEAD
    assert Checkpoint.parse(TEXT) == HEAD


def test_several_sign() -> None:
    note = sign(HEAD, OURS, WITNESS)
    assert note == add_signature(NOTE, WITNESS)
    assert note == add_signature(note, WITNESS) == add_signature(note, OURS)
    for verifiers in ([OURS], [WITNESS], [OURS, WITNESS], [WITNESS, WITNESS]):
        assert open_note(note, *(signer.verifier for signer in verifiers)) == HEAD


def test_somebody_signs() -> None:
    with pytest.raises(ValueError, match="at least one signature"):
        sign(HEAD)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (HEAD._replace(origin=""), "one line that is not empty"),
        (HEAD._replace(origin="a\nb"), "one line that is not empty"),
        (HEAD._replace(origin="a\tb"), "one line that is not empty"),
        (HEAD._replace(origin="\ud800"), "one line that is not empty"),
        (HEAD._replace(size=-1), "cannot have -1 leaves"),
        (HEAD._replace(size=2**64), "cannot have 18446744073709551616 leaves"),
        (HEAD._replace(root=b"\0" * 31), "32 bytes, not 31"),
    ],
)
def test_what_no_checkpoint_can_say(head: Checkpoint, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sign(head, OURS)


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"], min_codepoint=32), min_size=1),
    st.integers(0, 2**64 - 1),
    st.binary(min_size=32, max_size=32),
)
@example("\u2028 \x85", 0, ROOT)
@example("— x AAAAAAAA", 2**64 - 1, ROOT)
def test_every_checkpoint_comes_back(origin: str, size: int, root: bytes) -> None:
    head = Checkpoint(origin, size, root)
    assert open_note(sign(head, OURS), OURS.verifier) == head


# Keys


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\u00a0b", "a\u2003b", "a\nb", "a\x00b", "a\u0085", "\ud800"]
)
def test_names_that_keys_cannot_have(name: str) -> None:
    with pytest.raises(ValueError, match="no spaces, no plus signs"):
        Signer.generate(name)
    with pytest.raises(ValueError, match="no spaces, no plus signs"):
        Verifier(name, b"\0" * 32)


def test_new_keys_differ() -> None:
    one, other = Signer.generate("n"), Signer.generate("n")
    assert one.verifier != other.verifier
    assert one.name == one.verifier.name == "n"


def test_a_private_key_is_kept() -> None:
    pem = OURS.to_pem()
    assert pem.startswith(b"-----BEGIN PRIVATE KEY-----\n")
    again = Signer.from_pem(NAME, pem)
    assert again.verifier == OURS.verifier
    assert sign(HEAD, again) == NOTE
    assert str(OURS.to_pem()) not in repr(OURS)


def test_what_is_no_private_key() -> None:
    key = Ed25519PrivateKey.generate()
    pkcs8 = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    encrypted = key.private_bytes(*pkcs8, serialization.BestAvailableEncryption(b"x"))
    other = generate_private_key(SECP256R1()).private_bytes(*pkcs8, serialization.NoEncryption())
    for pem in (b"", b"nonsense", OURS.to_pem()[:60], encrypted):
        with pytest.raises(ValueError, match="the private key of 'n' cannot be read: "):
            Signer.from_pem("n", pem)
    with pytest.raises(ValueError, match="is none for Ed25519"):
        Signer.from_pem("n", other)


@pytest.mark.parametrize("vkey", [GO, NEUMANN, str(OURS.verifier)])
def test_public_keys_are_read_and_written(vkey: str) -> None:
    verifier = Verifier.parse(vkey)
    assert str(verifier) == vkey
    assert verifier.name == vkey.split("+")[0]
    assert Verifier.parse(vkey) == verifier
    assert len({verifier, Verifier.parse(vkey)}) == 1


@pytest.mark.parametrize(
    ("vkey", "message"),
    [
        ("", r"name\+id\+key"),
        ("n+00", r"name\+id\+key"),
        (GO.replace("033de0ae", "033de0a"), r"name\+id\+key"),
        (GO.replace("033de0ae", "033de0af"), "the id 033de0af is not that of the key"),
        (GO.replace("sum.", "som."), "the id 033de0ae is not that of the key"),
        (GO + "\n", "is none for plain Ed25519"),
        (GO[:-4], "has 32 bytes, not 29"),
        (GO.replace("+Ac", "+Bc"), "is none for plain Ed25519"),  # the type of cosignatures
        ("a b" + GO[14:], "no spaces"),
    ],
)
def test_what_is_no_public_key(vkey: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Verifier.parse(vkey)


@given(st.text())
def test_any_text_as_a_public_key(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Verifier.parse(text)


@given(st.binary(min_size=32, max_size=32), st.text(), st.binary(max_size=70))
@example(b"\xff" * 32, "", b"\0" * 64)
def test_any_bytes_as_a_key_and_a_signature(key: bytes, text: str, signature: bytes) -> None:
    assert not Verifier("n", key).verifies(text, signature)


def test_a_text_that_is_no_unicode_is_not_signed() -> None:
    assert not OURS.verifier.verifies("\ud800", b"\0" * 64)
    with pytest.raises(ValueError, match="surrogates"):
        OURS.line("\ud800")


# What others have signed


def test_heads_of_the_go_checksum_database() -> None:
    head = open_note(GO_HEAD, Verifier.parse(GO))
    assert (head.origin, head.size) == ("go.sum database tree", 15_081_221)
    assert encoded(head.root) == "BoMMe1wd25Tco0mYGROkyqxHZWx+hcSCtMV315Lu6Lg="
    assert open_note(GO_LATER, Verifier.parse(GO)).size == 63_096_908
    assert open_note(add_signature(GO_HEAD, OURS), OURS.verifier) == head
    with pytest.raises(BadNote, match="is wrong"):
        open_note(GO_HEAD.replace("15081221", "15081222"), Verifier.parse(GO))


def test_gos_own_example() -> None:
    """Its key signs as Go does, to the byte; its note is right, and yet no checkpoint."""
    secret = b64decode(NEUMANN_SECRET)[1:]
    signer = Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(secret))
    assert str(signer.verifier) == NEUMANN
    assert signer.line(NEUMANN_TEXT) == NEUMANN_LINE
    with pytest.raises(BadNote, match="at least three lines"):
        open_note(f"{NEUMANN_TEXT}\n{NEUMANN_LINE}", signer.verifier)


def test_the_examples_of_the_specifications() -> None:
    """Their keys are not published; what can be seen is that they are read as they are meant."""
    text = CHECKPOINT_EXAMPLE.partition("\n\n")[0] + "\n"
    head = Checkpoint.parse(text)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert head.text() == text
    assert open_note(add_signature(CHECKPOINT_EXAMPLE, OURS), OURS.verifier) == head
    for note in (CHECKPOINT_EXAMPLE, NOTE_EXAMPLE):
        with pytest.raises(BadNote, match="not signed by a known key"):
            open_note(note, OURS.verifier)


# What is believed, and what not


def test_unknown_signatures_are_passed_over() -> None:
    others = [
        line(b"\0" * 64, name="other.example"),
        line(b"\0" * 64, id_=b"\0\0\0\0"),
        line(b"x" * 72, name="witness.example"),
        line(b"x" * 5000, name="large.example"),
    ]
    note = NOTE + "".join(others)
    assert open_note(note, OURS.verifier) == HEAD
    text, _, own = NOTE.partition("\n\n")
    assert open_note(f"{text}\n\n{''.join(others)}{own}", OURS.verifier) == HEAD
    assert open_note(NOTE + line(b"\0" * 64, name="n") * 500, OURS.verifier) == HEAD


def test_a_signature_twice_is_one() -> None:
    own = NOTE.partition("\n\n")[2]
    assert open_note(NOTE + own * 20, OURS.verifier) == HEAD


@pytest.mark.parametrize("signature", [b"\0" * 64, b"x", b"\0" * 65])
def test_a_wrong_signature_by_a_known_key_is_fatal(signature: bytes) -> None:
    with pytest.raises(BadNote, match=f"the signature by '{NAME}' is wrong"):
        open_note(NOTE + line(signature), OURS.verifier)


def test_a_known_key_has_to_have_signed() -> None:
    for verifiers in ([], [WITNESS.verifier], [Verifier(NAME, WITNESS.verifier.key)]):
        with pytest.raises(BadNote, match="not signed by a known key"):
            open_note(NOTE, *verifiers)


def test_a_signature_counts_for_its_own_text() -> None:
    own = NOTE.partition("\n\n")[2]
    for text in (TEXT.replace("1234", "1235"), TEXT + "more\n", "other\n" + TEXT[20:]):
        with pytest.raises(BadNote, match="is wrong"):
            open_note(f"{text}\n{own}", OURS.verifier)


@pytest.mark.parametrize(
    ("note", "message"),
    [
        ("", "no signatures"),
        (TEXT, "no signatures"),
        (TEXT + "\n", "no signatures"),
        (TEXT + "\n\n", "no signature"),
        (NOTE[:-1], "last line does not end"),
        (NOTE + "\n", "no signatures"),
        (NOTE + "more\n", "no signature"),
        (NOTE.replace("— ", "- "), "no signature"),
        (NOTE.replace("— ", "—  "), "no signature"),
        (NOTE.replace("— ", "— a+"), "no signature"),
        (NOTE.replace("\n", "\r\n"), "control characters"),
        (NOTE.replace("consent", "con\tsent"), "control characters"),
        (NOTE.replace("consent", "con\x00sent"), "control characters"),
        (NOTE.replace("consent", "con\udc80sent"), "no Unicode"),
        (NOTE[:-2] + "\n", "no signature"),  # without the padding
        (NOTE + f"— {NAME} AAAAAA==\n", "no signature"),  # an id alone
        (NOTE + f"— {NAME} AAAAAAF=\n", "no signature"),  # bits that are not zero
        (NOTE + f"— {NAME} \n", "no signature"),
        (NOTE + "x" * MAX_NOTE, "too long"),
    ],
)
def test_malformed_notes(note: str, message: str) -> None:
    with pytest.raises(BadNote, match=message):
        open_note(note, OURS.verifier)
    with pytest.raises(BadNote, match=message):
        add_signature(note, WITNESS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n", "at least three lines"),
        ("a\n0\n", "at least three lines"),
        (TEXT[:-1], "at least three lines"),
        (TEXT + "more", "and the last one ends"),
        (TEXT[len(NAME) :], "no origin"),
        (TEXT.replace("1234", ""), "no size"),
        (TEXT.replace("1234", "01234"), "no size"),
        (TEXT.replace("1234", "-1234"), "no size"),
        (TEXT.replace("1234", "+1234"), "no size"),
        (TEXT.replace("1234", "1_234"), "no size"),
        (TEXT.replace("1234", " 1234"), "no size"),
        (TEXT.replace("1234", "١٢٣٤"), "no size"),
        (TEXT.replace("1234", "3438945738945739845734895735"), "no size"),
        (TEXT.replace("1234", str(2**64)), "no size"),
        (TEXT.replace("1234", "9" * 5000), "no size"),
        (TEXT.replace("Hh8=", "Hg=="), "no root"),
        (TEXT.replace("Hh8=", "Hh9="), "no root"),  # bits that are not zero
        (TEXT.replace("Hh8=", "Hh8"), "no root"),
        (TEXT.replace("Hh8=", "H-8="), "no root"),
        (TEXT.replace("Hh8=", "Hé8="), "no root"),
        (TEXT + "\n", "is empty"),
        (TEXT + "more\n\nmore\n", "is empty"),
    ],
)
def test_malformed_checkpoints(text: str, message: str) -> None:
    with pytest.raises(BadNote, match=message):
        Checkpoint.parse(text)
    if text.endswith("\n"):
        with pytest.raises(BadNote, match=message):
            open_note(signed(text), OURS.verifier)


def test_further_lines_are_passed_over() -> None:
    assert open_note(signed(TEXT + "more\nand more\n"), OURS.verifier) == HEAD


# Any input


@settings(deadline=None, max_examples=300)
@given(st.text() | st.text("\n— =A0a+\ud800\r").map(lambda text: f"{TEXT}\n{text}\n"))
def test_any_text_is_no_note(text: str) -> None:
    with pytest.raises(BadNote):
        open_note(text, OURS.verifier)


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(NOTE)), st.integers(0, 5), st.text(max_size=4))
def test_a_changed_note_is_bad_or_says_the_same(start: int, length: int, by: str) -> None:
    note = NOTE[:start] + by + NOTE[start + length :]
    try:
        head = open_note(note, OURS.verifier)
    except BadNote:
        return
    assert head == HEAD


@settings(deadline=None, max_examples=300)
@given(st.text() | st.lists(st.text("0123456789A=\n"), max_size=5).map("\n".join))
@example("a\n0\n" + "A" * 43 + "=\n")
def test_any_text_is_a_bad_checkpoint_or_one(text: str) -> None:
    try:
        head = Checkpoint.parse(text)
    except BadNote:
        return
    assert text.startswith(head.text())


@settings(deadline=None, max_examples=200)
@given(st.text() | st.lists(st.text(), max_size=5).map("\n".join))
def test_any_signed_text_is_a_bad_checkpoint_or_one(text: str) -> None:
    try:
        note = signed(text + "\n")
    except UnicodeEncodeError:
        return
    try:
        head = open_note(note, OURS.verifier)
    except BadNote:
        return
    assert text.startswith(head.text()[:-1])


# Another program


@pytest.mark.package
def test_another_program_opens_our_notes_and_we_its(aics_tlog: ModuleType) -> None:
    """aics-tlog, for Python 3.12 and newer."""
    other = aics_tlog
    key = other.parse_vkey(str(OURS.verifier))
    for note in (NOTE, sign(HEAD, WITNESS, OURS), add_signature(NOTE, WITNESS)):
        parsed = other.parse_note(note)
        assert other.verify_note(parsed, [key])
        assert not other.verify_note(other.parse_note(note.replace("1234", "1235")), [key])
        found = other.parse_checkpoint(parsed.text)
        assert (found.origin, found.size, found.root) == HEAD
        assert other.verify_checkpoint(parsed, key, expected_origin=NAME).ok

    private = Ed25519PrivateKey.generate()
    head = other.Checkpoint("log.example/one", 77, b"\7" * 32)
    vkey = other.format_vkey(other.vkey_from_ed25519("log.example/one", private.public_key()))
    verifier = Verifier.parse(vkey)
    assert str(verifier) == vkey
    made = other.sign_checkpoint(head, private, "log.example/one").serialise()
    assert open_note(made, verifier) == (head.origin, head.size, head.root)
    assert made == sign(Checkpoint(*open_note(made, verifier)), Signer(verifier.name, private))

    # A witness of the other kind signs too: its line is passed over.
    _, cosignature = other.sign_cosignature(
        private, "witness.example", 1_700_000_000, head.origin, head.size, head.root
    )
    signatures = (*other.parse_note(made).signatures, cosignature)
    cosigned = other.Note(text=head.text(), signatures=signatures).serialise()
    assert cosigned.startswith(made)
    assert open_note(cosigned, verifier) == (head.origin, head.size, head.root)
