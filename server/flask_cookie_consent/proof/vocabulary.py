"""The words of receipts: the context of their JSON-LD, and a policy's services in the terms of the
Data Privacy Vocabulary 2 (https://w3id.org/dpv)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_REFERENCES = (
    "dct:conformsTo",
    "dpv:hasConsentStatus",
    "dpv:hasDataController",
    "dpv:hasJurisdiction",
    "dpv:hasLegalBasis",
    "dpv:hasProcess",
    "dpv:isExercisedAt",
    "dpv:isIndicatedBy",
    "schema:recipient",
    "schema:url",
    "skos:broader",
)

CONTEXT: dict[str, Any] = {
    "@version": 1.1,
    "dct": "http://purl.org/dc/terms/",
    "dpv": "https://w3id.org/dpv#",
    "loc": "https://w3id.org/dpv/loc#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    **{name: {"@type": "@id"} for name in _REFERENCES},
    "dct:created": {"@type": "xsd:dateTime"},
    "dpv:isIndicatedAtTime": {"@type": "xsd:dateTime"},
    # Our own, and for JSON-LD one opaque value.
    "proof": {"@id": "https://pypi.org/project/flask-cookie-consent/#proof", "@type": "@json"},
}

#: Of the categories that a policy has unless it says otherwise.
_PURPOSES = {
    "functional": "dpv:ServiceProvision",
    "statistics": "dpv:ServiceUsageAnalytics",
    "marketing": "dpv:Marketing",
}

_UNITS = {"year": "Y", "month": "M", "day": "D", "hour": "H", "minute": "M", "second": "S"}


def service_terms(service: Mapping[str, Any], regime: str, controller: str) -> dict[str, Any]:
    """What ``dpv:Process`` says of a service.

    :param service: as ``Policy.to_dict()`` has it.
    :param controller: who provides it, where the policy names nobody.
    """
    cookies, exempt = service["cookies"], service["exempt"]
    if exempt and exempt["regimes"] and regime not in exempt["regimes"]:
        exempt = None
    purpose = service["purpose"] or "; ".join(dict.fromkeys(c["purpose"] for c in cookies))
    third = service["party"] == "third"
    return filled(
        {
            "dpv:hasService": filled(
                {
                    "@type": "dpv:Service",
                    "dct:identifier": service["id"],
                    "dct:title": service["name"],
                    "dct:description": service["function"],
                    "schema:url": service["policy_url"],
                }
            ),
            "dpv:hasPurpose": filled(
                {
                    "@type": "dpv:Purpose",
                    "skos:broader": _PURPOSES.get(service["category"]),
                    "dct:type": service["category"],
                    "dct:description": purpose,
                }
            ),
            "dpv:hasLegalBasis": None if exempt else "dpv:Consent",
            "rdfs:comment": exempt and f"Runs unless objected to: {exempt['reason']}",
            "dpv:hasRecipient": filled(
                {
                    "@type": ["dpv:Recipient", "dpv:ThirdParty"] if third else "dpv:Recipient",
                    "dpv:hasName": service["provider"] or controller,
                    "dpv:hasAddress": service["location"],
                    "dpv:hasLocation": service["countries"],
                }
            ),
            "dpv:hasPersonalData": [_stored(c) for c in cookies],
            "dpv:hasStorageCondition": [_kept(c) for c in cookies],
        }
    )


def _stored(cookie: Mapping[str, Any]) -> dict[str, Any]:
    return filled(
        {
            "@type": "dpv:PersonalData",
            "dct:identifier": cookie["name"],
            "dct:type": cookie["storage"],
            "dct:description": cookie["purpose"],
        }
    )


def _kept(cookie: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "dpv:StorageDuration",
        "dct:identifier": cookie["name"],
        "dpv:hasDuration": _duration(cookie["duration"]),
    }


def _duration(duration: Mapping[str, Any]) -> dict[str, Any]:
    """What :meth:`~flask_cookie_consent.policy.durations.Duration.to_dict` gave, in DPV's terms."""
    kind = duration["kind"]
    if kind == "session":
        return {"@type": "dpv:UntilEventDuration", "rdf:value": "the browser's session ends"}
    if kind == "persistent":
        return {"@type": "dpv:EndlessDuration"}
    if kind == "fixed":
        return {"@type": "dpv:TemporalDuration", "rdf:value": _iso(duration["parts"])}
    return filled(
        {
            "@type": "dpv:IndeterminateDuration",
            "rdf:value": duration["text"],
            "rdfs:comment": duration["at_most"] and f"at most {duration['at_most']} seconds",
        }
    )


def _iso(parts: list[tuple[int, str]]) -> str:
    """Counted units as ISO 8601 writes them, which has no weeks beside others."""
    counts = dict.fromkeys(_UNITS, 0)
    for number, unit in parts:
        if unit == "week":
            counts["day"] += 7 * number
        else:
            counts[unit] += number
    written = {unit: f"{n}{_UNITS[unit]}" for unit, n in counts.items() if n}
    date = "".join(written.get(unit, "") for unit in ("year", "month", "day"))
    time = "".join(written.get(unit, "") for unit in ("hour", "minute", "second"))
    return f"P{date}T{time}" if time else f"P{date or '0D'}"


def filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """``fields`` without those that say nothing."""
    return {name: value for name, value in fields.items() if value not in (None, "", [])}
