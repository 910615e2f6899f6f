"""The transaction bundle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from portico_ops.sandbox.practice import house
from portico_ops.sandbox.practice.fhir import clinical, orders, people, results
from portico_ops.sandbox.practice.fhir.parts import Resource, Writer
from portico_ops.sandbox.practice.model import Patient


def bundle_for(patient: Patient) -> Resource:
    """The patient's record as far as the patient may see it.

    Every entry is a POST under a `urn:uuid`, as Synthea writes it.
    """
    return _transaction(_released(Writer(patient)))


def held_bundle_for(patient: Patient) -> Resource | None:
    """The laboratory reports that a clinician has yet to release; None when there are none."""
    held = [report for report in patient.record.lab_reports if not report.released]
    if not held:
        return None
    writer = Writer(patient)
    reports = (each for report in held for each in results.lab_report(writer, report))
    return _transaction(chain(_house_and_patient(writer), reports))


def _transaction(resources: Iterable[Resource]) -> Resource:
    entries = [
        {
            "fullUrl": f"urn:uuid:{resource['id']}",
            "resource": resource,
            "request": {"method": "POST", "url": resource["resourceType"]},
        }
        for resource in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def _house_and_patient(writer: Writer) -> Iterator[Resource]:
    yield people.patient(writer)
    yield people.practice()
    yield people.other_organization("laboratory", house.LABORATORY)
    yield people.other_organization("hospital", house.HOSPITAL)
    yield from map(people.practitioner, house.PROVIDERS)
    yield from map(people.location, house.LOCATIONS)


def _released(writer: Writer) -> Iterator[Resource]:
    record = writer.patient.record
    yield from _house_and_patient(writer)
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
        if report.released:
            yield from results.lab_report(writer, report)
    yield from (clinical.note(writer, each) for each in record.notes)
