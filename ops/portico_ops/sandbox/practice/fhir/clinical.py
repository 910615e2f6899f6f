"""Encounters, conditions, allergies, vaccines, procedures, care plans and notes."""

from __future__ import annotations

import base64

from portico_ops.sandbox.practice import house
from portico_ops.sandbox.practice.fhir.parts import (
    HL7,
    Resource,
    Writer,
    coded,
    day,
    moment,
    term,
    to_house,
    to_provider,
)
from portico_ops.sandbox.practice.record import (
    Allergy,
    CarePlan,
    Condition,
    Encounter,
    Immunization,
    Note,
    Procedure,
)

SETTINGS = {"AMB": "ambulatory", "IMP": "inpatient encounter", "EMER": "emergency"}


def encounter(writer: Writer, it: Encounter) -> Resource:
    """An Encounter at the practice or at the hospital."""
    place = house.provider(it.provider_key).location_key
    where = next(each for each in house.LOCATIONS if each.key == place)
    at_practice = it.setting == "AMB"
    resource: Resource = {
        "resourceType": "Encounter", "id": writer.id(it.key), "status": "finished",
        "class": {"system": f"{HL7}/v3-ActCode", "code": it.setting,
                  "display": SETTINGS[it.setting]},
        "type": [coded(it.kind)], "subject": writer.subject,
        "participant": [{"individual": to_provider(it.provider_key)}],
        "period": {"start": moment(it.starts_at), "end": moment(it.ends_at)},
        "serviceProvider": to_house("practice", house.NAME) if at_practice
        else to_house("hospital", house.HOSPITAL),
    }  # fmt: skip
    if at_practice:
        resource["location"] = [{"location": to_house(f"location-{place}", where.name)}]
    if it.reason:
        resource["reasonCode"] = [coded(it.reason)]
    return resource


def condition(writer: Writer, it: Condition) -> Resource:
    """A Condition in SNOMED CT and ICD-10-CM."""
    status = "resolved" if it.resolved_on else "active"
    category = "encounter-diagnosis" if it.encounter_key else "problem-list-item"
    resource: Resource = {
        "resourceType": "Condition", "id": writer.id(it.key),
        "clinicalStatus": term("condition-clinical", status),
        "verificationStatus": term("condition-ver-status", "confirmed"),
        "category": [term("condition-category", category)],
        "code": coded(it.snomed, it.icd10), "subject": writer.subject,
        **writer.encounter(it.encounter_key),
        "onsetDateTime": day(it.onset_on), "recordedDate": day(it.onset_on),
    }  # fmt: skip
    if it.resolved_on:
        resource["abatementDateTime"] = day(it.resolved_on)
    return resource


def allergy(writer: Writer, it: Allergy) -> Resource:
    """An AllergyIntolerance."""
    return {
        "resourceType": "AllergyIntolerance", "id": writer.id(it.key),
        "clinicalStatus": term("allergyintolerance-clinical", "active"),
        "verificationStatus": term("allergyintolerance-verification", "confirmed"),
        "type": "allergy", "category": [it.category], "criticality": it.criticality,
        "code": coded(it.substance), "patient": writer.subject,
        "recordedDate": day(it.noted_on),
        "reaction": [{"manifestation": [coded(it.reaction)], "severity": it.severity}],
    }  # fmt: skip


def immunization(writer: Writer, it: Immunization) -> Resource:
    """An Immunization in CVX."""
    return {
        "resourceType": "Immunization", "id": writer.id(it.key), "status": "completed",
        "vaccineCode": coded(it.vaccine), "patient": writer.subject,
        **writer.encounter(it.encounter_key), "occurrenceDateTime": moment(it.given_at),
        "primarySource": True, "lotNumber": it.lot,
        "performer": [{"actor": to_house("practice", house.NAME)}],
    }  # fmt: skip


def procedure(writer: Writer, it: Procedure) -> Resource:
    """A Procedure."""
    return {
        "resourceType": "Procedure", "id": writer.id(it.key), "status": "completed",
        "code": coded(it.code), "subject": writer.subject, "encounter": writer.to(it.encounter_key),
        "performedPeriod": {"start": moment(it.starts_at), "end": moment(it.ends_at)},
    }  # fmt: skip


def care_plan(writer: Writer, it: CarePlan) -> Resource:
    """A CarePlan with its activities."""
    return {
        "resourceType": "CarePlan", "id": writer.id(it.key), "status": "active",
        "intent": "order", "category": [coded(it.category)], "subject": writer.subject,
        **writer.encounter(it.encounter_key), "period": {"start": day(it.started_on)},
        "addresses": [writer.to(it.condition_key)],
        "activity": [
            {"detail": {"code": coded(step), "status": "in-progress",
                        "location": to_house("practice", house.NAME)}}
            for step in it.activities
        ],
    }  # fmt: skip


def note(writer: Writer, it: Note) -> Resource:
    """A DocumentReference with its text inside."""
    hospital = it.kind.code == "18842-5"
    return {
        "resourceType": "DocumentReference", "id": writer.id(it.key), "status": "current",
        "docStatus": "final", "type": coded(it.kind),
        "category": [{"coding": [{
            "system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
            "code": "clinical-note", "display": "Clinical Note"}]}],
        "subject": writer.subject, "date": moment(it.written_at),
        "author": [to_provider(it.provider_key)], "description": it.title,
        "custodian": to_house("hospital", house.HOSPITAL) if hospital
        else to_house("practice", house.NAME),
        "content": [{
            "attachment": {"contentType": "text/plain; charset=utf-8", "language": it.language,
                           "title": it.title, "creation": moment(it.written_at),
                           "data": base64.b64encode(it.text.encode()).decode()},
            "format": {"system": "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode",
                       "code": "urn:ihe:iti:xds:2017:mimeTypeSufficient"}}],
        "context": {"encounter": [writer.to(it.encounter_key)]},
    }  # fmt: skip
