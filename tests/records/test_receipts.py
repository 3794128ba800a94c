"""What a receipt says, in terms that others have defined, and what it proves."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from flask_cookie_consent import Cookie, Duration, Policy, Service
from flask_cookie_consent.proof.checkpoint import open_note
from flask_cookie_consent.proof.record import Record, snapshot_name
from flask_cookie_consent.proof.statement import Unsealed, make_statement
from flask_cookie_consent.proof.verify import verify_inclusion
from flask_cookie_consent.records.evidence.receipts import NoSuchHead, make_receipt
from flask_cookie_consent.records.schema import records, snapshots

from ..site import policy
from .receipt_store import RENDERER, SITE, TIME, TOKENS, Owner, run

#: Names that are in DPV 2.0 to 2.3 (https://w3id.org/dpv), looked up there.
DPV = """
ConsentNotice ConsentReceipt ConsentRecord DataController DataSubject DataSubjectRight Location
PersonalData Process Purpose Recipient Service ThirdParty
Consent ConsentGiven ConsentRefused ConsentUnknown ConsentWithdrawn ExpressedConsent
ProvideConsent WithdrawConsent
Marketing ServiceProvision ServiceUsageAnalytics
EndlessDuration IndeterminateDuration StorageDuration TemporalDuration UntilEventDuration
UntilTimeDuration
hasAddress hasConsentControl hasConsentStatus hasContact hasDataController hasDataSubject
hasDuration hasEntity hasIdentifier hasIndicationMethod hasJurisdiction hasLegalBasis hasLocation
hasName hasNotice hasPersonalData hasProcess hasPurpose hasRecipient hasRecordOfActivity hasRight
hasService hasStorageCondition isExercisedAt isIndicatedAtTime isIndicatedBy
"""

#: What the guide to ISO/IEC TS 27560 wants of every record, as far as a policy can know it.
MANDATORY = """
dct:conformsTo dct:identifier dpv:hasDataSubject dpv:hasNotice dpv:hasProcess dpv:hasDataController
dpv:hasConsentControl dpv:hasJurisdiction dpv:hasRight dpv:hasEntity dpv:hasConsentStatus
"""


@pytest.fixture
def owner(engine: Engine) -> Owner:
    return Owner(engine)


def the_record(receipt: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = receipt["dpv:hasRecordOfActivity"]
    return found


def process(receipt: dict[str, Any], service: str) -> dict[str, Any]:
    found = the_record(receipt)["dpv:hasProcess"]
    (one,) = (p for p in found if p["dct:identifier"] == TOKENS[service])
    return dict(one)


def events(receipt: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = the_record(receipt)["dpv:hasConsentStatus"]
    return {
        event["@type"][0] if isinstance(event["@type"], list) else event["@type"]: event
        for event in found
    }


def names(value: object) -> Iterator[str]:
    """Every name of a field and every text in a value of JSON."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names(inner)
    elif isinstance(value, str):
        yield value


def a_record(**fields: Any) -> Record:
    row = {
        "id": "m" * 22,
        "time": TIME,
        "stored": TIME * 1000,
        "method": "save",
        "scripted": True,
        "signal": False,
        "granted": "",
        "refused": "",
        "snapshot": "name",
        "language": "en",
        "regime": "opt-in",
        "page": None,
        "previous": None,
    }
    return Record(**(row | fields))


class TestWhatItSays:
    def test_of_a_choice_it_tells_who_what_when_and_how(self, owner: Owner) -> None:
        owner.shows()
        id = owner.choice()
        receipt = owner.receipt(id)
        assert receipt["@type"] == "dpv:ConsentReceipt"
        assert receipt["dct:conformsTo"] == "https://w3id.org/dpv/schema/dpv-27560#receipt"
        assert receipt["dct:created"] == "2026-03-01T10:21:30Z"
        record = the_record(receipt)
        assert record["dct:identifier"] == id
        assert set(MANDATORY.split()) <= set(record)
        assert record["dpv:hasNotice"] == {
            "@type": "dpv:ConsentNotice",
            "dct:identifier": RENDERER.snapshot("en"),
            "dct:language": "en",
            "schema:url": SITE.policy_url,
        }
        assert record["dpv:hasConsentControl"]["dpv:isExercisedAt"] == SITE.preferences_url
        assert record["dpv:hasEntity"]["dpv:hasName"] == "Example City"
        assert record["dpv:hasEntity"]["dpv:hasContact"] == "dpo@example.org"  # as it was shown
        given = events(receipt)["dpv:ConsentGiven"]
        assert given == {
            "@type": ["dpv:ConsentGiven", "dpv:ExpressedConsent"],
            "dpv:hasProcess": [f"https://www.example.org/#{id}.{TOKENS['insight']}"],
            "dpv:isIndicatedAtTime": "2026-03-01T10:20:30Z",
            "dpv:isIndicatedBy": "dpv:DataSubject",
            "dpv:hasIndicationMethod": "save: chose for each service (by script)",
            "dct:source": "/news/ü",
            "dpv:hasDuration": {
                "@type": "dpv:UntilTimeDuration",
                "rdf:value": "2026-08-30T10:20:30Z",  # 182 days
            },
        }

    def test_each_service_has_its_purpose_recipient_and_what_it_keeps(self, owner: Owner) -> None:
        owner.shows()
        id = owner.choice()
        assert process(owner.receipt(id), "ads") == {
            "@id": f"https://www.example.org/#{id}.{TOKENS['ads']}",
            "@type": "dpv:Process",
            "dct:identifier": TOKENS["ads"],
            "dpv:hasConsentStatus": "dpv:ConsentRefused",
            "dpv:hasDataController": "https://www.example.org/#controller",
            "dpv:hasService": {
                "@type": "dpv:Service",
                "dct:identifier": "ads",
                "dct:title": "Ads",
                "schema:url": "https://ads.example/privacy",
            },
            "dpv:hasPurpose": {
                "@type": "dpv:Purpose",
                "skos:broader": "dpv:Marketing",
                "dct:type": "marketing",
                "dct:description": "Shows advertising",
            },
            "dpv:hasLegalBasis": "dpv:Consent",
            "dpv:hasRecipient": {
                "@type": ["dpv:Recipient", "dpv:ThirdParty"],
                "dpv:hasName": "AdCo",
                "dpv:hasLocation": ["US"],
            },
            "dpv:hasPersonalData": [
                {
                    "@type": "dpv:PersonalData",
                    "dct:identifier": "_ad*",
                    "dct:type": "cookie",
                    "dct:description": "Shows advertising",
                }
            ],
            "dpv:hasStorageCondition": [
                {
                    "@type": "dpv:StorageDuration",
                    "dct:identifier": "_ad*",
                    "dpv:hasDuration": {"@type": "dpv:TemporalDuration", "rdf:value": "P90D"},
                }
            ],
        }

    def test_part_given_and_part_refused_are_two_events(self, owner: Owner) -> None:
        owner.shows()
        found = events(owner.receipt(owner.choice()))
        assert {status: len(e["dpv:hasProcess"]) for status, e in found.items()} == {
            "dpv:ConsentGiven": 1,
            "dpv:ConsentRefused": 2,
        }

    def test_what_the_choice_before_had_granted_is_withdrawn(self, owner: Owner) -> None:
        owner.shows()
        first = owner.choice(granted=run("ads"), refused=run("insight"))
        second = owner.choice(granted="", refused=run("ads", "insight"), previous=first)
        receipt = owner.receipt(second)
        assert set(events(receipt)) == {"dpv:ConsentWithdrawn", "dpv:ConsentRefused"}
        assert process(receipt, "ads")["dpv:hasConsentStatus"] == "dpv:ConsentWithdrawn"
        assert process(receipt, "insight")["dpv:hasConsentStatus"] == "dpv:ConsentRefused"

    def test_without_the_choice_before_it_is_refused(self, owner: Owner) -> None:
        owner.shows()
        id = owner.choice(granted="", refused=run("ads"), previous="0" * 22)
        assert set(events(owner.receipt(id))) == {"dpv:ConsentRefused"}

    def test_a_choice_about_nothing_has_an_event_all_the_same(self, owner: Owner) -> None:
        id = owner.choice(granted="", refused="")
        event = events(owner.receipt(id))["dpv:ConsentUnknown"]
        assert event["dpv:isIndicatedAtTime"] == "2026-03-01T10:20:30Z"

    def test_objecting_to_what_is_exempt_refuses_no_consent_it_says_why(self, owner: Owner) -> None:
        owner.shows()
        found = process(owner.receipt(owner.choice(refused=run("matomo"))), "matomo")
        assert "dpv:hasLegalBasis" not in found
        reason = "Runs unless objected to: Anonymised audience measurement"
        assert found["rdfs:comment"] == reason

    def test_where_what_was_shown_is_not_stored_tokens_stand_for_services(
        self, owner: Owner
    ) -> None:
        receipt = owner.receipt(owner.choice(snapshot="x" * 16))
        assert "not in the store" in the_record(receipt)["dpv:hasNotice"]["rdfs:comment"]
        assert "dpv:hasService" not in process(receipt, "ads")
        entity = the_record(receipt)["dpv:hasEntity"]
        assert entity["dpv:hasContact"] == "privacy@example.org"  # as the site says now
        assert "dpv:hasDuration" not in events(receipt)["dpv:ConsentGiven"]

    def test_a_service_of_another_state_of_the_site_stands_as_its_token(self, owner: Owner) -> None:
        owner.shows()
        receipt = owner.receipt(owner.choice(granted="zzz"))
        (found,) = (
            p for p in the_record(receipt)["dpv:hasProcess"] if p["dct:identifier"] == "zzz"
        )
        assert found["rdfs:comment"].startswith("Not a service of this notice")

    @pytest.mark.parametrize(
        ("regime", "place"),
        [("fr", "loc:FR"), ("x", {"@type": "dpv:Location", "dct:identifier": "x"})],
    )
    def test_the_regime_says_the_jurisdiction_and_how_long_a_choice_holds(
        self, owner: Owner, regime: str, place: object
    ) -> None:
        id = owner.choice(regime=regime)
        receipt = owner.receipt(id, lifetimes={regime: 24 * 60 * 60})
        assert the_record(receipt)["dpv:hasJurisdiction"] == place
        until = events(receipt)["dpv:ConsentGiven"]["dpv:hasDuration"]["rdf:value"]
        assert until == "2026-03-02T10:20:30Z"

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"method": "accept"}, "accept: accepted all that was asked (by script)"),
            ({"method": "reject", "scripted": False}, "reject: refused all that was asked"),
            ({"method": "gpc", "signal": True}, "(by script; the browser sent a signal)"),
            ({"method": "other"}, "other: in another way"),
        ],
    )
    def test_it_says_how_the_choice_was_made(
        self, owner: Owner, fields: dict[str, Any], said: str
    ) -> None:
        found = events(owner.receipt(owner.choice(**fields)))["dpv:ConsentGiven"]
        assert said in found["dpv:hasIndicationMethod"]

    @pytest.mark.parametrize(
        ("duration", "found"),
        [
            ("13 months", {"@type": "dpv:TemporalDuration", "rdf:value": "P13M"}),
            (
                "1 year 1 month and 4 days",
                {"@type": "dpv:TemporalDuration", "rdf:value": "P1Y1M4D"},
            ),
            ("2 weeks", {"@type": "dpv:TemporalDuration", "rdf:value": "P14D"}),
            ("30 minutes", {"@type": "dpv:TemporalDuration", "rdf:value": "PT30M"}),
            (
                "session",
                {"@type": "dpv:UntilEventDuration", "rdf:value": "the browser's session ends"},
            ),
            ("persistent", {"@type": "dpv:EndlessDuration"}),
            (None, {"@type": "dpv:IndeterminateDuration"}),
            (
                Duration.free("as long as it takes", at_most="1 day"),
                {
                    "@type": "dpv:IndeterminateDuration",
                    "rdf:value": "as long as it takes",
                    "rdfs:comment": "at most 86400 seconds",
                },
            ),
        ],
    )
    def test_durations_are_iso_8601_where_they_are_lengths(
        self, duration: Any, found: dict[str, str]
    ) -> None:
        cookies = [Cookie("c", purpose="Counts", duration=duration, storage="localStorage")]
        service = Service("One", category="statistics", provider="Us", cookies=cookies)
        content = {"policy": policy(services=[service]).to_dict("en")}
        token = Policy([service], controller="Us").tokens["one"]
        made = make_statement(a_record(granted=token), None, content, Unsealed(SITE, None, TIME))
        (kept,) = the_record(made)["dpv:hasProcess"][0]["dpv:hasStorageCondition"]
        assert kept["dpv:hasDuration"] == found


class TestItsTerms:
    def test_every_term_is_defined_somewhere(self, owner: Owner) -> None:
        owner.shows()
        first = owner.choice(granted=run("ads", "video", "matomo"), refused="")
        ids = [
            owner.choice(granted=run("insight", "video"), refused=run("ads"), previous=first),
            owner.choice(snapshot=None, regime="gb"),
            owner.choice(granted="", refused=""),
        ]
        for id in ids:
            receipt = owner.receipt(id)
            context = receipt.pop("@context")
            receipt.pop("proof")
            found = {name for name in names(receipt) if re.match(r"[a-z]+:\w+$", name)}
            assert {name.partition(":")[2] for name in found if name.startswith("dpv:")} <= set(
                DPV.split()
            )
            assert {name.partition(":")[0] for name in found} <= set(context)
            keys = [name for name in names(receipt) if name.startswith("@")]
            assert set(keys) == {"@id", "@type"}

    def test_the_context_is_whole_and_needs_no_network(self, owner: Owner) -> None:
        context = owner.receipt(owner.choice())["@context"]
        assert isinstance(context, dict)
        assert context["proof"]["@type"] == "@json"

    def test_our_name_of_a_snapshot_is_the_one_that_pages_have(self) -> None:
        assert snapshot_name(RENDERER.snapshot_content("fr")) == RENDERER.snapshot("fr")


class TestItsProof:
    def test_before_sealing_it_has_the_entry_and_says_that_it_is_not_sealed(
        self, owner: Owner
    ) -> None:
        owner.shows()
        proof = owner.receipt(owner.choice())["proof"]
        assert proof["sealed"] is False
        assert proof["head"] is None
        assert proof["choice"]["leaf"] is proof["choice"]["path"] is None
        assert proof["choice"]["entry"]["salt"] == "000102030405060708090a0b0c0d0e0f"

    def test_anybody_can_make_the_leaf_again_and_find_it_in_the_head(self, owner: Owner) -> None:
        owner.shows()
        first = owner.choice(granted=run("ads"), refused="")
        for _ in range(300):
            owner.choice()
        id = owner.choice(previous=first)
        owner.seal()
        proof = json.loads(json.dumps(owner.receipt(id)))["proof"]
        head = open_note(proof["head"], owner.signer.verifier)
        assert head.size == 303
        for part in (proof["choice"], proof["before"], proof["shown"]):
            text = json.dumps(
                part["entry"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
            )
            leaf = hashlib.sha256(b"\0" + text.encode()).digest()
            path = [b64decode(step) for step in part["path"]]
            assert verify_inclusion(leaf, part["leaf"], head.size, path, head.root)
        digest = hashlib.sha256(proof["shown"]["content"].encode()).hexdigest()
        assert proof["shown"]["entry"]["content"] == digest

    def test_it_is_proven_against_the_newest_head_or_the_one_asked_for(self, owner: Owner) -> None:
        owner.shows()
        id = owner.choice()
        old = owner.seal()
        owner.choice()
        new = owner.seal()
        assert owner.receipt(id)["proof"]["head"] == new
        assert owner.receipt(id, head_size=2)["proof"]["head"] == old

    def test_a_head_that_is_none_or_older_than_the_choice_is_refused(self, owner: Owner) -> None:
        owner.shows()
        owner.choice()
        owner.seal()
        id = owner.choice()
        with pytest.raises(NoSuchHead, match="no head over 2 leaves"):
            owner.receipt(id, head_size=2)  # not sealed
        owner.seal()
        for size in (0, 1, 2, 4, 1 << 62):
            with pytest.raises(NoSuchHead):
                owner.receipt(id, head_size=size)

    def test_as_long_as_the_choice_before_is_not_sealed_neither_is_the_receipt(
        self, owner: Owner
    ) -> None:
        first = owner.choice()
        id = owner.choice(previous=first)
        owner.seal()
        with owner.engine.begin() as connection:
            change = sa.update(records).where(records.c.id == first).values(leaf=None)
            connection.execute(change)
        assert owner.receipt(id)["proof"]["sealed"] is False

    def test_an_unknown_id_has_none(self, owner: Owner) -> None:
        with owner.reading() as connection:
            assert make_receipt(connection, "x" * 22, site=SITE, now=TIME) is None

    def test_a_choice_can_be_proven_when_the_one_before_is_purged(self, owner: Owner) -> None:
        first = owner.choice(granted=run("ads"), refused="")
        id = owner.choice(granted="", refused=run("ads"), previous=first)
        owner.seal()
        with owner.engine.begin() as connection:
            connection.execute(sa.delete(records).where(records.c.id == first))
            connection.execute(sa.delete(snapshots))
        proof = owner.receipt(id)["proof"]
        assert proof["sealed"] is True
        assert proof["before"] is None


def test_a_receipt_reads_a_handful_of_rows_however_large_the_tree(owner: Owner) -> None:
    for _ in range(520):
        id = owner.choice()
    owner.seal()
    statements: list[str] = []
    sa.event.listen(
        owner.engine, "before_cursor_execute", lambda *arguments: statements.append(arguments[2])
    )
    owner.receipt(id)
    assert sum("FROM consent_" in statement for statement in statements) <= 8
