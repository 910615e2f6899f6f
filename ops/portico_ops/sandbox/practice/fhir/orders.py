"""Prescriptions, insurance and claims."""

from __future__ import annotations

from datetime import timedelta

from portico_ops.sandbox.practice import house
from portico_ops.sandbox.practice.days import ZONE
from portico_ops.sandbox.practice.fhir.parts import (
    HL7,
    UCUM,
    Resource,
    Writer,
    coded,
    day,
    moment,
    money,
    term,
    to_house,
    to_provider,
)
from portico_ops.sandbox.practice.record import Coverage, Encounter, Medication

COVERAGE_KINDS = {
    "EHCPOL": "extended healthcare", "PUBLICPOL": "public healthcare",
    "MCPOL": "managed care policy",
}  # fmt: skip
CLAIM_CENTS = {"AMB": 14_800, "EMER": 92_000, "IMP": 1_480_000}


def medication_request(writer: Writer, it: Medication) -> Resource:
    """A MedicationRequest with what was dispensed and how long it lasts."""
    drug = coded(it.code, text=it.name) if it.code else {"text": it.name}
    resource: Resource = {
        "resourceType": "MedicationRequest", "id": writer.id(it.key), "status": it.status,
        "intent": "order", "medicationCodeableConcept": drug, "subject": writer.subject,
        **writer.encounter(it.encounter_key), "authoredOn": moment(it.prescribed_at),
        "requester": to_provider(it.provider_key), "dosageInstruction": [_dosage(it)],
        "dispenseRequest": _dispense(it),
    }  # fmt: skip
    if it.reason:
        resource["reasonCode"] = [coded(it.reason)]
    return resource


def coverage(writer: Writer, it: Coverage) -> Resource:
    """The Coverage."""
    return {
        "resourceType": "Coverage", "id": writer.id(it.key), "status": "active",
        "type": term("v3-ActCode", it.kind, COVERAGE_KINDS[it.kind]),
        "subscriberId": it.member_id, "beneficiary": writer.subject,
        "relationship": term("subscriber-relationship", "self"),
        "period": {"start": day(it.starts_on)}, "payor": [{"display": it.payer}],
        "class": [{"type": term("coverage-class", "group"), "value": it.group, "name": it.plan}],
    }  # fmt: skip


def claim(writer: Writer, it: Encounter) -> Resource:
    """The Claim for one encounter."""
    kind = "institutional" if it.setting == "IMP" else "professional"
    net = money(CLAIM_CENTS[it.setting])
    provider = ("practice", house.NAME) if it.setting == "AMB" else ("hospital", house.HOSPITAL)
    item: Resource = {"sequence": 1, "productOrService": coded(it.kind),
                      "encounter": [writer.to(it.key)], "net": net}  # fmt: skip
    return {
        "resourceType": "Claim", "id": writer.id(f"claim-{it.key}"), "status": "active",
        "type": term("claim-type", kind), "use": "claim", "patient": writer.subject,
        "billablePeriod": {"start": moment(it.starts_at), "end": moment(it.ends_at)},
        "created": moment(it.ends_at), "provider": to_house(*provider),
        "priority": term("processpriority", "normal"),
        "insurance": [{"sequence": 1, "focal": True, "coverage": writer.to("coverage")}],
        "item": [item], "total": net,
    }  # fmt: skip


def _dosage(it: Medication) -> Resource:
    dosage: Resource = {"sequence": 1, "text": it.instructions, "asNeededBoolean": True}
    if it.times_a_day:
        dosage["asNeededBoolean"] = False
        repeat = {"frequency": it.times_a_day, "period": 1, "periodUnit": "d"}
        dosage["timing"] = {"repeat": repeat}
        dosage["doseAndRate"] = [
            {"type": {"coding": [{"system": f"{HL7}/dose-rate-type", "code": "ordered",
                                  "display": "Ordered"}]},
             "doseQuantity": {"value": 1, "unit": it.unit}}
        ]  # fmt: skip
    return dosage


def _dispense(it: Medication) -> Resource:
    first = it.prescribed_at.astimezone(ZONE).date()
    return {
        "validityPeriod": {"start": day(first), "end": day(first + timedelta(days=365))},
        "numberOfRepeatsAllowed": it.repeats,
        "quantity": {"value": it.quantity, "unit": it.unit},
        "expectedSupplyDuration": {"value": it.days, "unit": "days", "system": UCUM, "code": "d"},
    }
