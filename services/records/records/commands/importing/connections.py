"""What reports and dispenses say of other resources: which results are of one panel, and when a
medicine was last handed out."""

from __future__ import annotations

from collections.abc import Container
from typing import Any
from uuid import UUID

from records.adapters.fhir.datatypes import codes_of, concept_text, instant, number
from records.adapters.fhir.extract import Context
from records.adapters.fhir.extract.results import results_listed
from records.adapters.fhir.references import reference_of
from records.adapters.fhir.vocabulary import SURVEY_PANELS
from records.domain.medicines import LONGEST_SUPPLY

from .writing import Writer


def add_connections(
    writer: Writer,
    resource: dict[str, Any],
    *,
    id_: UUID,
    context: Context,
    written: Container[UUID] = (),
) -> None:
    """Hand on what a resource says of others; results in ``written`` know it by themselves."""
    if resource["resourceType"] == "DiagnosticReport":
        found = (context.ids.get(reference) for reference in results_of(resource))
        _add_panel(writer, resource, id_, [i for i in found if i is not None and i not in written])
    elif resource["resourceType"] == "MedicationDispense":
        _add_filling(writer, resource, context)


def results_of(report: dict[str, Any]) -> list[str]:
    """The references to the results that a report lists."""
    listed = (reference_of(result) for result in results_listed(report))
    return [reference for reference in listed if reference]


def is_survey(report: dict[str, Any]) -> bool:
    """Whether a report is a questionnaire: its answers are no laboratory's, whatever they say."""
    return not codes_of(report.get("code")).isdisjoint(SURVEY_PANELS)


def _add_panel(writer: Writer, report: dict[str, Any], id_: UUID, results: list[UUID]) -> None:
    if is_survey(report):
        for result in results:
            writer.gone("lab_result", result)
        return
    name = concept_text(report.get("code"))
    writer.panels([(result, id_, name) for result in results])


def _add_filling(writer: Writer, dispense: dict[str, Any], context: Context) -> None:
    reference = reference_of(dispense.get("authorizingPrescription"))
    medication = context.ids.get(reference) if reference else None
    handed_over = instant(dispense.get("whenHandedOver"), "whenHandedOver")
    supply = dispense.get("daysSupply")
    days = number(supply.get("value")) if isinstance(supply, dict) else None
    if medication is not None and handed_over is not None:
        lasts = int(days) if days is not None and 0 < days <= LONGEST_SUPPLY else None
        writer.filling(medication, handed_over.date(), lasts)
