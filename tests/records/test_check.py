"""The stand-alone check: what it believes, what it finds, and that nothing makes it stumble."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from flask_cookie_consent import proof
from flask_cookie_consent.proof.check import check, main
from flask_cookie_consent.proof.checkpoint import Checkpoint, Signer, Verifier, sign
from flask_cookie_consent.proof.receipt_file import NotAReceipt
from flask_cookie_consent.records.engine import make_engine, migrate
from flask_cookie_consent.records.schema import snapshots

from .receipt_store import Owner, run

Receipt = dict[str, Any]


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Owner]:
    """An owner with two sealed choices of one visitor, among others."""
    engine = make_engine("sqlite:///consent.db", tmp_path_factory.mktemp("store"), 5)
    migrate(engine)
    owner = Owner(engine)
    owner.shows()
    first = owner.choice(id="a" * 22, granted=run("ads", "matomo"), refused="")
    owner.choice(id="b" * 22)
    owner.choice(
        id="c" * 22, granted=run("insight"), refused=run("ads", "video", "matomo"), previous=first
    )
    owner.seal()
    yield owner
    engine.dispose()


@pytest.fixture(scope="module")
def sealed(owner: Owner) -> Receipt:
    receipt: Receipt = json.loads(json.dumps(owner.receipt("c" * 22)))
    return receipt


@pytest.fixture
def command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], owner: Owner
) -> Callable[..., tuple[int, str]]:
    """Runs the command on a receipt, or on a text; what it ends with and says."""

    def run_it(
        receipt: object, *more: str, head: str | None = None, key: str = owner.key
    ) -> tuple[int, str]:
        file = tmp_path / "receipt.json"
        file.write_text(receipt if isinstance(receipt, str) else json.dumps(receipt), "utf-8")
        arguments = [str(file), "--key", key, *more]
        if head is not None:
            (tmp_path / "head.txt").write_text(head, "utf-8")
            arguments += ["--head", str(tmp_path / "head.txt")]
        status = main(arguments)
        said = capsys.readouterr()
        return status, said.out + said.err

    return run_it


def proven(receipt: object, owner: Owner, published: str | None = None) -> bool:
    try:
        findings = check(receipt, [owner.signer.verifier], published)
    except NotAReceipt:
        return False
    return all(good is not False for good, _ in findings)


def places(value: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where there is something in a value of JSON."""
    if place:
        yield place
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*place, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*place, number))


def put(receipt: Receipt, place: tuple[str | int, ...], value: object) -> Receipt:
    changed: Any = copy.deepcopy(receipt)
    at = changed
    for step in place[:-1]:
        at = at[step]
    if value is DELETED:
        del at[place[-1]]
    else:
        at[place[-1]] = value
    return dict(changed)


def get(receipt: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        receipt = receipt[step]
    return receipt


DELETED = object()


def others(value: object) -> list[object]:
    """What somebody may put in the place of a value."""
    if isinstance(value, bool):
        return [not value, int(value), None]
    if isinstance(value, int):
        return [value + 1, value + 0.0, str(value)]
    if isinstance(value, str):
        return [value + "x", value[:-1], value + " "]
    if isinstance(value, list):
        return [[*value, *value], value[:-1]] if value else [["x"]]
    if isinstance(value, dict):
        return [{**value, "more": None}, {}]
    return ["", 0, {}]


class TestWhatIsProven:
    def test_a_sealed_receipt_is_proven_line_by_line(
        self, sealed: Receipt, command: Callable[..., tuple[int, str]]
    ) -> None:
        status, said = command(sealed)
        assert status == 0
        assert said.splitlines() == [
            "ok      it says what is sealed of the record 'cccccccccccccccccccccc'",
            "note    the site vouches for these, no seal does: its addresses, who gives this "
            "receipt and when",
            "ok      its head is signed: 4 leaves of 'www.example.org/consent'",
            "ok      leaf 3 of 4 is this choice",
            "ok      leaf 1 of 4 is the choice before",
            "ok      leaf 0 of 4 is what the visitor saw",
        ]

    def test_on_either_database(self, engine: Engine) -> None:
        owner = Owner(engine)
        owner.shows()
        ids = [owner.choice() for _ in range(3)]
        ids.append(owner.choice(previous=ids[0]))
        head = owner.seal()
        for id in ids:
            assert proven(json.loads(json.dumps(owner.receipt(id))), owner, head)

    def test_one_that_is_not_sealed_yet_proves_nothing(
        self, engine: Engine, command: Callable[..., tuple[int, str]]
    ) -> None:
        owner = Owner(engine)
        owner.shows()
        status, said = command(owner.receipt(owner.choice()), key=owner.key)
        assert status == 1
        assert "ok      it says what is sealed" in said
        assert "FAILED  it is not sealed yet: fetch it again" in said

    def test_what_cannot_be_known_is_said(
        self, engine: Engine, command: Callable[..., tuple[int, str]]
    ) -> None:
        owner = Owner(engine)
        id = owner.choice(snapshot="x" * 16, previous="y" * 22)
        owner.seal()
        status, said = command(owner.receipt(id, lifetimes={"opt-in": 86400}), key=owner.key)
        assert status == 0
        assert "note    the choice before is not in the store" in said
        assert "note    what the visitor saw is not in the store" in said
        assert "how long the choice holds, the controller" in said


class TestTampering:
    def test_whatever_is_changed_anywhere_is_found(self, sealed: Receipt, owner: Owner) -> None:
        unnoticed = [
            (place, value)
            for place in places(sealed)
            for value in (*others(get(sealed, place)), DELETED)
            if value != get(sealed, place) or type(value) is not type(get(sealed, place))
            if proven(put(sealed, place, value), owner)
        ]
        assert unnoticed == []

    def test_something_more_is_found(self, sealed: Receipt, owner: Owner) -> None:
        assert not proven({**sealed, "dpv:hasRisk": None}, owner)
        assert not proven({**sealed, "proof": {**sealed["proof"], "more": 1}}, owner)

    def test_it_says_what_was_changed(
        self, sealed: Receipt, command: Callable[..., tuple[int, str]]
    ) -> None:
        place = ("dpv:hasRecordOfActivity", "dpv:hasProcess", 1, "dpv:hasPurpose", "dct:type")
        status, said = command(put(sealed, place, "necessary"))
        assert status == 1
        line = "FAILED  not as it was sealed: /dpv:hasRecordOfActivity/dpv:hasProcess/1/"
        assert f"{line}dpv:hasPurpose/dct:type" in said

    def test_a_refusal_cannot_be_made_a_grant_in_words_and_entry_alike(
        self, owner: Owner, sealed: Receipt, engine: Engine
    ) -> None:
        """Somebody makes a whole receipt anew, and keeps the true head and path."""
        forger = Owner(engine)
        forger.shows()
        forger.choice(id="a" * 22, granted=run("ads", "matomo"), refused="")
        forger.choice(id="b" * 22)
        forger.choice(id="c" * 22, granted=run("ads"), refused="", previous="a" * 22)
        forger.seal()
        forged = json.loads(json.dumps(forger.receipt("c" * 22)))
        forged["proof"]["head"] = sealed["proof"]["head"]
        for name in ("choice", "before", "shown"):
            for field in ("leaf", "path"):
                forged["proof"][name][field] = sealed["proof"][name][field]
        failed = [text for good, text in check(forged, [owner.signer.verifier]) if good is False]
        assert failed == ["leaf 3 of 4 is not proven to be this choice"]

    def test_another_choice_before_is_found(self, sealed: Receipt, owner: Owner) -> None:
        other = json.loads(json.dumps(owner.receipt("b" * 22)))
        changed = put(sealed, ("proof", "before"), other["proof"]["choice"])
        found = check(changed, [owner.signer.verifier])
        assert "the choice before is not the one that this choice names" in [f.text for f in found]

    def test_texts_that_the_visitor_did_not_see_are_found(
        self, sealed: Receipt, owner: Owner
    ) -> None:
        content = sealed["proof"]["shown"]["content"].replace("Shows advertising", "Shows trees")
        changed = put(sealed, ("proof", "shown", "content"), content)
        found = [text for good, text in check(changed, [owner.signer.verifier]) if good is False]
        assert found[0] == "what the visitor saw is not what this choice names"

    def test_a_changed_store_gives_receipts_that_fail(
        self, engine: Engine, command: Callable[..., tuple[int, str]]
    ) -> None:
        owner = Owner(engine)
        owner.shows()
        id = owner.choice()
        owner.seal()
        with engine.begin() as connection:
            better = snapshots.update().values(
                content=sa.func.replace(snapshots.c.content, "Shows advertising", "Shows trees")
            )
            connection.execute(better)
        status, said = command(owner.receipt(id), key=owner.key)
        assert status == 1
        assert "FAILED  what the visitor saw is not what this choice names" in said
        assert "FAILED  leaf 0 of 2 is not proven to be what the visitor saw" in said


class TestKeysAndHeads:
    def test_another_key_is_not_believed(
        self, sealed: Receipt, command: Callable[..., tuple[int, str]]
    ) -> None:
        other = str(Signer.generate("www.example.org/consent").verifier)
        status, said = command(sealed, key=other)
        assert status == 1
        assert "FAILED  its head: the note is not signed by a known key" in said

    def test_of_several_keys_one_is_enough(
        self, sealed: Receipt, owner: Owner, command: Callable[..., tuple[int, str]]
    ) -> None:
        other = str(Signer.generate("www.example.org/consent").verifier)
        assert command(sealed, "--key", other)[0] == 0

    def test_a_key_that_signs_for_another_log_does_not_lend_its_proofs(
        self, sealed: Receipt, owner: Owner
    ) -> None:
        head = sign(Checkpoint("other.example", 4, bytes(32)), owner.signer)
        (found,) = (
            text
            for good, text in check(put(sealed, ("proof", "head"), head), [owner.signer.verifier])
            if good is False
        )
        assert (
            found == "its head: it is of the log 'other.example', for which none of these keys is"
        )

    def test_the_published_head_is_the_same(
        self, sealed: Receipt, command: Callable[..., tuple[int, str]]
    ) -> None:
        status, said = command(sealed, head=sealed["proof"]["head"])
        assert status == 0
        assert said.endswith("ok      its head is the published one\n")

    @pytest.mark.parametrize(
        ("size", "said"),
        [
            (3, "this choice, leaf 3, was sealed after the published head, which has 3 leaves"),
            (9, "ask the site for this receipt at the head with 9"),
            (4, "two signed heads over 4 leaves differ: the site has two histories"),
        ],
    )
    def test_of_another_head_it_says_what_to_do(
        self,
        sealed: Receipt,
        owner: Owner,
        command: Callable[..., tuple[int, str]],
        size: int,
        said: str,
    ) -> None:
        head = sign(Checkpoint(owner.signer.name, size, b"r" * 32), owner.signer)
        status, found = command(sealed, head=head)
        assert status == 1
        assert said in found

    def test_a_receipt_for_the_head_that_was_published_is_proven(self, engine: Engine) -> None:
        owner = Owner(engine)
        owner.shows()
        id = owner.choice()
        published = owner.seal()
        owner.choice()
        owner.seal()
        assert not proven(owner.receipt(id), owner, published)
        assert proven(owner.receipt(id, head_size=2), owner, published)

    def test_a_published_head_must_be_one(
        self, sealed: Receipt, owner: Owner, command: Callable[..., tuple[int, str]]
    ) -> None:
        status, said = command(sealed, head="nothing")
        assert status == 1
        assert "FAILED  the published head: the note has no signatures" in said
        two = [
            owner.signer.verifier,
            (other := Signer.generate("other.example")).verifier,
        ]
        head = sign(Checkpoint("other.example", 4, bytes(32)), other)
        (found,) = (text for good, text in check(sealed, two, head) if good is False)
        assert found == "the published head is of another log, 'other.example'"


class TestHostileFiles:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "null",
            "[]",
            "{}",
            '{"proof": null}',
            '{"proof": {"format": 1}}',
            '{"proof": {"format": true}}',
            '{"a": 1, "a": 2}',
            "[NaN]",
            "1" * 5000,
            "[" * 100_000,
            '{"proof":' * 100_000,
            '"\\ud800"',
        ],
    )
    def test_what_is_no_receipt_cannot_be_checked(
        self, text: str, command: Callable[..., tuple[int, str]]
    ) -> None:
        status, said = command(text)
        assert status == 2
        assert said.startswith("cannot check: ")
        assert said.count("\n") == 1

    def test_a_receipt_of_a_newer_format_is_not_judged(
        self, sealed: Receipt, command: Callable[..., tuple[int, str]]
    ) -> None:
        status, said = command(put(sealed, ("proof", "format"), 2))
        assert status == 2
        assert "is there a newer version of flask-cookie-consent?" in said

    @pytest.mark.parametrize("data", [b"\xff\xfe", b" " * 10_000_001], ids=["UTF-16", "long"])
    def test_a_file_that_is_no_text_or_too_long(
        self, data: bytes, tmp_path: Path, owner: Owner, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "receipt.json").write_bytes(data)
        assert main([str(tmp_path / "receipt.json"), "--key", owner.key]) == 2
        assert str(tmp_path / "receipt.json") in capsys.readouterr().err

    def test_a_missing_file_and_a_wrong_key(
        self, tmp_path: Path, owner: Owner, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([str(tmp_path / "none.json"), "--key", owner.key]) == 2
        assert "none.json" in capsys.readouterr().err
        assert main([str(tmp_path), "--key", owner.key]) == 2
        assert main(["receipt.json", "--key", "nonsense"]) == 2
        assert "a key reads name+id+key" in capsys.readouterr().err
        with pytest.raises(SystemExit) as left:
            main(["receipt.json"])
        assert left.value.code == 2

    def test_nothing_in_a_file_reaches_the_terminal_as_a_control_character(
        self, sealed: Receipt, command: Callable[..., tuple[int, str]]
    ) -> None:
        for receipt in (
            {**sealed, "\x1b[2J\u202e": 1},
            put(sealed, ("proof", "choice", "entry", "id"), "\x1b[2J\u202e\ud800"),
            put(sealed, ("proof", "format"), "\x1b[2J"),
            put(sealed, ("proof", "head"), "\x1b[2J\n1\nx\n\n"),
        ):
            status, said = command(receipt)
            assert status in (1, 2)
            assert said.replace("\n", "").isprintable()
            assert said.isascii()

    @given(
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(st.characters())
            | st.sampled_from(["proof", "format", "entry"]),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    @settings(max_examples=50, deadline=None)
    def test_any_json_is_refused(self, owner: Owner, value: object) -> None:
        with pytest.raises(NotAReceipt):
            check(value, [owner.signer.verifier])

    @given(data=st.data())
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    def test_any_json_anywhere_in_a_receipt_is_refused(
        self, owner: Owner, sealed: Receipt, data: st.DataObject
    ) -> None:
        place = data.draw(st.sampled_from(list(places(sealed))))
        scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters())
        value = data.draw(
            st.recursive(scalars, lambda i: st.lists(i) | st.dictionaries(st.text(), i))
        )
        if json.dumps(value) != json.dumps(get(sealed, place)):
            assert not proven(put(sealed, place, value), owner)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(["policy", "services", "token", "cookies", "controller"]), inner
                )
            ),
        )
    )
    @example({"policy": {"services": [], "controller": "", "lifetime_seconds": 10**40}})
    @example({"policy": {"services": {"token": 1}, "controller": ""}})
    @settings(max_examples=100, deadline=None)
    def test_content_of_any_shape_is_refused(
        self, owner: Owner, sealed: Receipt, content: object
    ) -> None:
        changed = put(sealed, ("proof", "shown", "content"), json.dumps(content))
        assert not proven(changed, owner)

    @pytest.mark.parametrize("time", [10**18, -(10**18), 10**400])
    def test_a_time_that_no_calendar_has(self, owner: Owner, sealed: Receipt, time: int) -> None:
        assert not proven(put(sealed, ("proof", "choice", "entry", "time"), time), owner)


class TestStandingAlone:
    def test_it_needs_one_folder_and_cryptography(
        self, sealed: Receipt, owner: Owner, tmp_path: Path
    ) -> None:
        shutil.copytree(Path(proof.__file__).parent, tmp_path / "proof")
        (tmp_path / "receipt.json").write_text(json.dumps(sealed))
        blocked = "flask", "werkzeug", "jinja2", "sqlalchemy", "alembic", "flask_cookie_consent"
        program = (
            f"import runpy, sys; sys.modules.update(dict.fromkeys({blocked!r}))\n"
            f"sys.argv = ['check', 'receipt.json', '--key', {owner.key!r}]\n"
            "runpy.run_module('proof.check', run_name='__main__')"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.stderr == ""
        assert done.returncode == 0
        assert "ok      leaf 3 of 4 is this choice" in done.stdout

    def test_it_reads_no_database_where_it_is_installed(self) -> None:
        program = (
            "import sys, flask_cookie_consent.proof.check\n"
            "print(sorted({'sqlalchemy', 'alembic'} & set(sys.modules)))"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
        assert done.stdout == "[]\n"

    def test_a_key_is_read_as_it_is_published(self, owner: Owner) -> None:
        assert Verifier.parse(owner.key) == owner.signer.verifier
