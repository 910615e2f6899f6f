"""The transaction bundle."""

from __future__ import annotations

from collections.abc import Iterator

from portico_ops.sandbox.practice import house
from portico_ops.sandbox.practice.fhir import clinical, orders, people, results
from portico_ops.sandbox.practice.fhir.parts import Resource, Writer
from portico_ops.sandbox.practice.model import Patient


def bundle_for(patient: Patient) -> Resource:
    """The patient's whole record: every entry a POST under a `urn:uuid`, as Synthea writes it."""
    entries = [
        {
            "fullUrl": f"urn:uuid:{resource['id']}",
            "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"]},
        }
        for resource in _resources(Writer(patient))
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _resources(writer: Writer) -> Iterator[Resource]:
    record = writer.patient.record
    yield people.patient(writer)
    yield people.practice()
    yield people.other_organization("laboratory", house.LABORATORY)
    yield people.other_organization("hospital", house.HOSPITAL)
    yield from map(people.practitioner, house.PROVIDERS)
    yield from map(people.location, house.LOCATIONS)
    yield orders.coverage(writer, record.coverage)
    for encounter in record.encounters:
        yield clinical.encounter(writer, encounter)
        yield orders.claim(writer, encounter)
    yield from (clinical.condition(writer, each) for each in record.conditions)
    yield from (clinical.allergy(writer, each) for each in record.allergies)
    yield from (orders.medication_request(writer, each) for each in record.medications)
    yield from (clinical.immunization(writer, each) for each in record.immunizations)
    yield from (clinical.procedure(writer, each) for each in record.procedures)
    yield from (clinical.care_plan(writer, each) for each in record.care_plans)
    for vital_signs in record.vital_signs:
        yield from results.vital_signs(writer, vital_signs)
    for report in record.lab_reports:
        yield from results.lab_report(writer, report)
    yield from (clinical.note(writer, each) for each in record.notes)
