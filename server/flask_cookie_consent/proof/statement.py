"""What a receipt says: the fields of ISO/IEC TS 27560:2023 in JSON-LD.

Terms are those of the Data Privacy Vocabulary 2 (https://w3id.org/dpv), placed as in its guide to
that standard (https://w3id.org/dpv/guides/consent-27560).

A statement follows from what was sealed and from what :class:`Unsealed` holds, and from nothing
else: so :mod:`.check` makes it again, and finds every word that was changed. This needs neither a
database nor Flask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .record import Record
from .vocabulary import CONTEXT, filled, service_terms

#: Version of receipts. Another one for every change of what :func:`make_statement` makes of the
#: same: receipts that were given out have to verify for years.
FORMAT = 1

_SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#"
_GIVEN, _REFUSED, _WITHDRAWN = "dpv:ConsentGiven", "dpv:ConsentRefused", "dpv:ConsentWithdrawn"

#: Of the regimes that come with the package and are those of one country.
_PLACES = {"fr": "loc:FR", "gb": "loc:GB", "us": "loc:US"}

_METHODS = {
    "accept": "accepted all that was asked",
    "reject": "refused all that was asked",
    "save": "chose for each service",
    "embed": "allowed content where it stands in a page",
    "gpc": "refused by a signal of the browser",
    "override": "allowed single services in spite of the browser's signal",
}

_NOTICE_UNKNOWN = (
    "What the page showed is not in the store; services stand as the tokens that the record has"
)
_SERVICE_UNKNOWN = "Not a service of this notice: an answer to another state of the site"


@dataclass(frozen=True)
class Publisher:
    """Who gives a receipt.

    :param url: address of the site, with a slash at its end.
    :param controller: who answers for the site now. Of the time of the choice, what the visitor
        saw says it, where that is known.
    :param contact: how to reach the controller; likewise.
    :param policy_url: where the policy stands, as a whole address.
    :param preferences_url: where a choice can be changed, as a whole address.
    """

    url: str
    controller: str
    contact: str | None
    policy_url: str
    preferences_url: str


@dataclass(frozen=True)
class Unsealed:
    """What a statement says that no seal covers."""

    site: Publisher
    lifetime: int | None
    """How long a choice holds under the record's regime, in seconds; ``None``: as the policy says
    that the visitor saw."""
    created: int
    """When the receipt was made: seconds since 1970."""


def make_statement(
    record: Record, before: Record | None, shown: Mapping[str, Any] | None, unsealed: Unsealed
) -> dict[str, Any]:
    """A receipt without its proof.

    :param before: the record that ``record.previous`` names, if it is known.
    :param shown: content of the snapshot that ``record.snapshot`` names, if it is known.

    What is no such content makes it raise, and what it raises depends on that.
    """
    site = unsealed.site
    return {
        "@context": CONTEXT,
        "@id": f"{site.url}#receipt-{record.id}",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": f"{_SCHEMA}receipt",
        "dpv:hasIdentifier": f"receipt-{record.id}",
        "dct:created": _utc(unsealed.created),
        "dct:publisher": filled(
            {
                "@type": "dpv:DataController",
                "dpv:hasName": site.controller,
                "dpv:hasContact": site.contact,
            }
        ),
        "schema:recipient": "dpv:DataSubject",
        "dpv:hasRecordOfActivity": _record(record, before, shown, unsealed),
    }


def _record(
    record: Record, before: Record | None, shown: Mapping[str, Any] | None, unsealed: Unsealed
) -> dict[str, Any]:
    site = unsealed.site
    policy = shown["policy"] if shown else {}
    processes = _processes(record, before, shown, site)
    lifetime = unsealed.lifetime
    if lifetime is None:
        lifetime = policy.get("lifetime_seconds")
    return {
        "@id": f"{site.url}#{record.id}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": f"{_SCHEMA}record",
        "dct:identifier": record.id,
        "dpv:hasIdentifier": record.id,
        "dpv:hasDataSubject": {
            "@type": "dpv:DataSubject",
            "dct:identifier": record.id,
            "rdfs:comment": "Known by the identifier of this record alone",
        },
        "dpv:hasNotice": _notice(record, shown, site),
        "dpv:hasProcess": processes,
        "dpv:hasDataController": _controller(site),
        "dpv:hasJurisdiction": _PLACES.get(record.regime)
        or {"@type": "dpv:Location", "dct:identifier": record.regime},
        "dpv:hasConsentControl": {
            "@type": ["dpv:ProvideConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": site.preferences_url,
        },
        "dpv:hasRight": {
            "@type": "dpv:DataSubjectRight",
            "dct:title": "Right to withdraw consent",
            "dpv:isExercisedAt": site.preferences_url,
        },
        "dpv:hasEntity": _entity(policy, site),
        "dpv:hasConsentStatus": _events(record, processes, lifetime),
    }


def _entity(policy: Mapping[str, Any], site: Publisher) -> dict[str, Any]:
    return filled(
        {
            "@id": _controller(site),
            "@type": "dpv:DataController",
            "dpv:hasIdentifier": _controller(site),
            "dpv:hasName": policy.get("controller") or site.controller,
            "dpv:hasContact": policy.get("contact") or site.contact,
            "schema:url": site.url,
        }
    )


def _notice(record: Record, shown: Mapping[str, Any] | None, site: Publisher) -> dict[str, Any]:
    return filled(
        {
            "@type": "dpv:ConsentNotice",
            "dct:identifier": record.snapshot,
            "dct:language": record.language,
            "schema:url": site.policy_url,
            "rdfs:comment": None if shown else _NOTICE_UNKNOWN,
        }
    )


def _events(
    record: Record, processes: list[dict[str, Any]], lifetime: int | None
) -> list[dict[str, Any]]:
    """What happened: one event for each state that came of the choice, with its services."""
    by_status: dict[str, list[str]] = {_GIVEN: [], _REFUSED: [], _WITHDRAWN: []}
    for process in processes:
        by_status[process["dpv:hasConsentStatus"]].append(process["@id"])
    said = _METHODS.get(record.method, "in another way")
    means = "script" if record.scripted else "form"
    signal = "; the browser sent a signal" if record.signal else ""
    common = {
        "dpv:isIndicatedAtTime": _utc(record.time),
        "dpv:isIndicatedBy": "dpv:DataSubject",
        "dpv:hasIndicationMethod": f"{record.method}: {said} (by {means}{signal})",
        "dct:source": record.page,
        "dpv:hasDuration": None
        if lifetime is None
        else {"@type": "dpv:UntilTimeDuration", "rdf:value": _utc(record.time, lifetime)},
    }
    events = [
        {
            "@type": [status, "dpv:ExpressedConsent"] if status == _GIVEN else status,
            "dpv:hasProcess": ids,
            **common,
        }
        for status, ids in by_status.items()
        if ids
    ]
    return [filled(e) for e in events or [{"@type": "dpv:ConsentUnknown", **common}]]


def _processes(
    record: Record, before: Record | None, shown: Mapping[str, Any] | None, site: Publisher
) -> list[dict[str, Any]]:
    policy: Mapping[str, Any] = shown["policy"] if shown else {"services": (), "controller": ""}
    services = {s["token"]: s for s in policy["services"] if s["token"]}
    controller = policy["controller"] or site.controller
    granted_before = set(_tokens(before.granted)) if before else set()
    answers = dict.fromkeys(_tokens(record.granted), _GIVEN)
    for token in _tokens(record.refused):
        answers[token] = _WITHDRAWN if token in granted_before else _REFUSED
    processes = []
    for token, status in answers.items():
        process = {
            "@id": f"{site.url}#{record.id}.{token}",
            "@type": "dpv:Process",
            "dct:identifier": token,
            "dpv:hasConsentStatus": status,
            "dpv:hasDataController": _controller(site),
        }
        if token in services:
            process |= service_terms(services[token], record.regime, controller)
        elif shown:
            process["rdfs:comment"] = _SERVICE_UNKNOWN
        processes.append(process)
    return processes


def _controller(site: Publisher) -> str:
    return f"{site.url}#controller"


def _tokens(run: str) -> list[str]:
    return [run[i : i + 3] for i in range(0, len(run), 3)]


def _utc(seconds: int, later: int = 0) -> str:
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds + later)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
