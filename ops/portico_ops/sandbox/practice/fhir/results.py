"""Laboratory reports and vital signs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from portico_ops.sandbox.practice import house
from portico_ops.sandbox.practice.fhir.parts import (
    HL7,
    Resource,
    Writer,
    coded,
    loinc,
    moment,
    quantity,
    term,
    to_house,
    to_provider,
)
from portico_ops.sandbox.practice.record import LabReport, Measurement, VitalSigns

FLAGS = {"N": "Normal", "L": "Low", "H": "High", "A": "Abnormal"}
PRESSURE = ("8480-6", "8462-4")


def lab_report(writer: Writer, it: LabReport) -> list[Resource]:
    """The Observations of one report, then the DiagnosticReport that holds them together."""
    observations = [
        {
            **_observation(writer, result, "laboratory", it.collected_at, it.issued_at),
            **writer.encounter(it.encounter_key),
            "performer": [to_house("laboratory", house.LABORATORY)],
        }
        for result in it.results
    ]
    report: Resource = {
        "resourceType": "DiagnosticReport", "id": writer.id(it.key), "status": "final",
        "category": [term("v2-0074", "LAB", "Laboratory")], "code": coded(it.code),
        "subject": writer.subject, **writer.encounter(it.encounter_key),
        "effectiveDateTime": moment(it.collected_at), "issued": moment(it.issued_at),
        "performer": [to_house("laboratory", house.LABORATORY)],
        "resultsInterpreter": [to_provider(it.provider_key)],
        "result": [{**writer.to(each.key), "display": each.code.display} for each in it.results],
    }  # fmt: skip
    return [*observations, report]


def vital_signs(writer: Writer, it: VitalSigns) -> list[Resource]:
    """One Observation for each sign; blood pressure is one with two components."""
    encounter = writer.encounter(it.encounter_key)
    singles = [
        {**_observation(writer, sign, "vital-signs", it.taken_at, it.taken_at), **encounter}
        for sign in it.results
        if sign.code.code not in PRESSURE
    ]
    return [*singles, {**_blood_pressure(writer, it), **encounter}]


def _observation(
    writer: Writer, it: Measurement, category: str, at: datetime, issued: datetime
) -> Resource:
    return {
        "resourceType": "Observation", "id": writer.id(it.key), "status": "final",
        "category": [term("observation-category", category, category)],
        "code": coded(it.code), "subject": writer.subject,
        "effectiveDateTime": moment(at), "issued": moment(issued), **_value(it),
        **_range(it),
    }  # fmt: skip


def _value(it: Measurement) -> Resource:
    if isinstance(it.value, Decimal):
        assert it.unit is not None
        return {"valueQuantity": quantity(it.value, it.unit)}
    return {"valueString": it.value}


def _range(it: Measurement) -> Resource:
    interpretation = {
        "interpretation": [
            {
                "coding": [
                    {
                        "system": f"{HL7}/v3-ObservationInterpretation",
                        "code": it.flag,
                        "display": FLAGS[it.flag],
                    }
                ]
            }
        ]
    }
    if not isinstance(it.value, Decimal):
        return {**interpretation, "referenceRange": [{"text": _usual_words(it)}]}
    if it.unit is None or (it.low is None and it.high is None):
        return {}
    bounds = {"low": it.low, "high": it.high}
    limits: Resource = {
        name: quantity(bound, it.unit) for name, bound in bounds.items() if bound is not None
    }
    return {**interpretation, "referenceRange": [{**limits, "text": _words(it)}]}


def _words(it: Measurement) -> str:
    if it.low is None:
        return f"{it.high} {it.unit} or less"
    if it.high is None:
        return f"{it.low} {it.unit} or more"
    return f"{it.low} to {it.high} {it.unit}"


def _usual_words(it: Measurement) -> str:
    usual = {"5778-6": "Yellow", "5767-9": "Clear"}
    return usual.get(it.code.code, "Negative")


def _blood_pressure(writer: Writer, it: VitalSigns) -> Resource:
    parts = [sign for sign in it.results if sign.code.code in PRESSURE]
    return {
        "resourceType": "Observation", "id": writer.id(f"{it.key}-pressure"), "status": "final",
        "category": [term("observation-category", "vital-signs", "vital-signs")],
        "code": loinc("85354-9", "Blood pressure panel with all children optional"),
        "subject": writer.subject, "effectiveDateTime": moment(it.taken_at),
        "issued": moment(it.taken_at),
        "component": [{"code": coded(part.code), **_value(part)} for part in parts],
    }  # fmt: skip
