"""The other pages of the record: medicines, history, notes, home."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from portico_contracts import records as contract
from portico_contracts.refusal import NotFound
from portico_kit.testing.people import a_clinician, a_patient
from records import queries

from .conftest import NOW, Office, glucose, patient

ABOUT = {"reference": "urn:uuid:p-1"}


def medicine(**changed: Any) -> dict[str, Any]:
    made = {
        "resourceType": "MedicationRequest", "id": "m-1", "status": "active", "intent": "order",
        "medicationCodeableConcept": {"text": "Lisinopril 10 MG Oral Tablet"}, "subject": ABOUT,
        "authoredOn": (NOW - timedelta(days=80)).isoformat(),
        "requester": {"display": "Dr. Okafor"},
        "dosageInstruction": [{
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
        }],
        "dispenseRequest": {"numberOfRepeatsAllowed": 2, "quantity": {"value": 90}},
    }  # fmt: skip
    return {**made, **changed}


def note(kind: str, words: str, **changed: Any) -> dict[str, Any]:
    made = {
        "resourceType": "DocumentReference", "id": f"n-{kind}", "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": kind, "display": "Summary"}]},
        "subject": ABOUT, "date": "2026-10-01T10:00:00Z", "author": [{"display": "Dr. Okafor"}],
        "content": [{"attachment": {"contentType": "text/plain",
                                    "data": base64.b64encode(words.encode()).decode()}}],
    }  # fmt: skip
    return {**made, **changed}


def test_a_medicine_says_how_to_take_it_and_how_long_it_lasts(office: Office) -> None:
    office.take_bundle(patient(), medicine())
    (line,) = office.ask(queries.list_medications, contract.ListMedications())["items"]
    assert (line["dose"], line["days_left"], line["refills_left"], line["taking"]) == (
        "1 tablet every day", 10, 2, "now",
    )  # fmt: skip


def test_a_medicine_without_supply_data_does_not_guess(office: Office) -> None:
    office.take_bundle(patient(), medicine(dispenseRequest={}), medicine(
        id="m-2", authoredOn="2019-01-01"))  # fmt: skip
    made = office.ask(queries.list_medications, contract.ListMedications())
    assert [row["days_left"] for row in made["items"]] == [None, None]


def test_a_dispense_sets_the_supply_anew(office: Office) -> None:
    dispensed = {
        "resourceType": "MedicationDispense", "id": "d-1", "status": "completed",
        "subject": ABOUT, "authorizingPrescription": [{"reference": "urn:uuid:m-1"}],
        "whenHandedOver": (NOW - timedelta(days=5)).isoformat(), "daysSupply": {"value": 30},
    }  # fmt: skip
    office.take_bundle(patient(), dispensed, medicine())
    (line,) = office.ask(queries.list_medications, contract.ListMedications())["items"]
    assert line["days_left"] == 25


def test_a_prescription_that_changes_keeps_its_later_filling(office: Office) -> None:
    dispensed = {
        "resourceType": "MedicationDispense", "id": "d-1", "status": "completed",
        "subject": ABOUT, "authorizingPrescription": [{"reference": "urn:uuid:m-1"}],
        "whenHandedOver": (NOW - timedelta(days=5)).isoformat(), "daysSupply": {"value": 30},
    }  # fmt: skip
    office.take_bundle(patient(), dispensed, medicine())
    office.take_bundle(patient(), medicine(reasonCode=[{"text": "Blood pressure"}]))
    (line,) = office.ask(queries.list_medications, contract.ListMedications())["items"]
    assert (line["reason"], line["days_left"]) == ("Blood pressure", 25)


def test_stopped_medicines_are_past(office: Office) -> None:
    office.take_bundle(patient(), medicine(), medicine(id="m-2", status="stopped"))
    for taking, count in (("now", 1), ("past", 1), ("all", 2)):
        request = contract.ListMedications(taking=taking)
        assert len(office.ask(queries.list_medications, request)["items"]) == count


def test_one_medicine_is_shown_to_its_patient_only(office: Office) -> None:
    office.take_bundle(patient(), medicine())
    request = contract.ShowMedication(medication_id=office.one("SELECT id FROM medication"))
    assert office.ask(queries.show_medication, request)["prescriber"] == "Dr. Okafor"
    with pytest.raises(NotFound):
        office.ask(queries.show_medication, request, actor=a_patient())


def test_history_is_listed_with_source_and_date(office: Office) -> None:
    office.take_bundle(
        patient(),
        {"resourceType": "Condition", "id": "c-1", "subject": ABOUT,
         "code": {"coding": [{"system": "http://snomed.info/sct", "code": "38341003",
                              "display": "Hypertension (disorder)"}]},
         "clinicalStatus": {"coding": [{"code": "active"}]}, "onsetDateTime": "2015-05"},
        {"resourceType": "Condition", "id": "c-2", "subject": ABOUT, "code": {"text": "Cold"},
         "clinicalStatus": {"coding": [{"code": "resolved"}]}, "onsetDateTime": "2016"},
        {"resourceType": "AllergyIntolerance", "id": "a-1", "patient": ABOUT,
         "code": {"text": "Penicillin"}, "clinicalStatus": {"coding": [{"code": "active"}]},
         "reaction": [{"manifestation": [{"text": "Hives"}], "severity": "moderate"}]},
        {"resourceType": "Immunization", "id": "i-1", "patient": ABOUT, "status": "completed",
         "vaccineCode": {"coding": [{"code": "140", "display": "Flu vaccine"}]},
         "occurrenceDateTime": "2026-10-02", "lotNumber": "X1",
         "protocolApplied": [{"doseNumberPositiveInt": 2}]},
        {"resourceType": "Procedure", "id": "x-1", "subject": ABOUT, "status": "completed",
         "code": {"text": "Colonoscopy (procedure)"}, "performedPeriod": {"start": "2020-01-05"}},
        {"resourceType": "CarePlan", "id": "cp-1", "subject": ABOUT, "status": "active",
         "intent": "plan", "title": "Blood pressure", "period": {"start": "2026-01-01"},
         "activity": [{"detail": {"code": {"text": "Walk daily"}}}]},
    )  # fmt: skip

    def asked(query: Any, request: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = office.ask(query, request, now=None)["items"]
        return items

    (now,) = asked(queries.list_conditions, contract.ListConditions(show="now"))
    (past,) = asked(queries.list_conditions, contract.ListConditions(show="past"))
    assert (now["name"], past["name"], now["source"]) == ("Hypertension", "Cold", "Lakeside lab")
    (allergy,) = asked(queries.list_allergies, contract.ListAllergies())
    assert (allergy["reactions"], allergy["severity"]) == (["Hives"], "moderate")
    (shot,) = asked(queries.list_immunizations, contract.ListImmunizations())
    assert (shot["name"], shot["dose_number"], shot["lot"]) == ("Flu vaccine", "2", "X1")
    (done,) = asked(queries.list_procedures, contract.ListProcedures())
    assert done["name"] == "Colonoscopy" and done["performed_at"].year == 2020
    (plan,) = asked(queries.list_care_plans, contract.ListCarePlans())
    assert (plan["title"], plan["activities"]) == ("Blood pressure", ["Walk daily"])


def test_what_turned_out_to_be_untrue_is_not_told(office: Office) -> None:
    untrue = {"verificationStatus": {"coding": [{"code": "refuted"}]}}
    office.take_bundle(
        patient(),
        {"resourceType": "Condition", "id": "c", "subject": ABOUT, "code": {"text": "Cold"},
         **untrue},
        {"resourceType": "AllergyIntolerance", "id": "a", "patient": ABOUT,
         "code": {"text": "Penicillin"}, **untrue},
        medicine(status="entered-in-error"),
    )  # fmt: skip
    conditions = office.ask(queries.list_conditions, contract.ListConditions(), now=None)
    allergies = office.ask(queries.list_allergies, contract.ListAllergies(), now=None)
    assert (conditions["items"], allergies["items"]) == ([], [])
    assert office.ask(queries.home_summary, contract.HomeSummary())["conditions"] == []
    request = contract.ShowMedication(medication_id=office.one("SELECT id FROM medication"))
    with pytest.raises(NotFound):
        office.ask(queries.show_medication, request)


def test_a_visit_leads_to_no_summary_that_was_an_error(office: Office) -> None:
    visit = {
        "resourceType": "Encounter", "id": "e-1", "status": "finished", "class": {"code": "AMB"},
        "subject": ABOUT, "period": {"start": "2026-10-01"},
    }  # fmt: skip
    about = {"encounter": [{"reference": "urn:uuid:e-1"}]}
    wrong = note("11506-3", "Of somebody else.", context=about, status="entered-in-error")
    office.take_bundle(patient(), visit, wrong)
    (line,) = office.ask(queries.list_encounters, contract.ListEncounters(), now=None)["items"]
    assert line["note_id"] is None


def test_a_visit_leads_to_its_summary(office: Office) -> None:
    visit = {
        "resourceType": "Encounter", "id": "e-1", "status": "finished", "class": {"code": "AMB"},
        "type": [{"text": "Check-up"}], "subject": ABOUT, "period": {"start": "2026-10-01"},
    }  # fmt: skip
    about = {"encounter": [{"reference": "urn:uuid:e-1"}]}
    office.take_bundle(patient(), visit, note("11506-3", "Rest well.", context=about))
    (line,) = office.ask(queries.list_encounters, contract.ListEncounters(), now=None)["items"]
    shown = office.ask(
        queries.show_visit_note, contract.ShowVisitNote(note_id=line["note_id"]), now=None
    )
    assert (shown["text"], shown["kind"], shown["author"]) == ("Rest well.", "visit", "Dr. Okafor")


def test_discharge_summaries_are_known_by_their_code(office: Office) -> None:
    office.take_bundle(patient(), note("18842-5", "Home today."), note("11506-3", "Check-up."))
    request = contract.ListVisitNotes(kind="discharge")
    (line,) = office.ask(queries.list_visit_notes, request, now=None)["items"]
    assert line["kind"] == "discharge"


def test_a_note_of_another_patient_is_not_there(office: Office) -> None:
    office.take_bundle(patient(), note("11506-3", "Mine."))
    request = contract.ShowVisitNote(note_id=office.one("SELECT id FROM visit_note"))
    with pytest.raises(NotFound):
        office.ask(queries.show_visit_note, request, actor=a_patient(), now=None)


def test_a_document_comes_back_byte_for_byte(office: Office) -> None:
    sent = b"%PDF-1.7 \x00\xff"
    document = note("11506-3", "")
    document["content"][0]["attachment"] = {
        "contentType": "application/pdf", "data": base64.b64encode(sent).decode(),
    }  # fmt: skip
    office.take_bundle(patient(), document)
    request = contract.ShowDocument(document_id=office.one("SELECT id FROM document"))
    shown = office.ask(queries.show_document, request, now=None)
    assert base64.b64decode(shown["content"]) == sent
    assert office.rows("SELECT 1 FROM visit_note") == []


# --- home -----------------------------------------------------------------------------------


def test_home_says_what_is_new_what_runs_low_and_what_matters(office: Office) -> None:
    office.take_bundle(patient(), medicine(), glucose())
    home = office.ask(queries.home_summary, contract.HomeSummary())
    assert (home["given"], home["new_results"]) == ("Maria", 1)
    assert home["newest"]["plain_name"] == "Blood sugar (glucose)"
    assert [m["days_left"] for m in home["running_low"]] == [10]


def test_home_of_a_patient_not_yet_on_record_is_empty(office: Office) -> None:
    home = office.ask(queries.home_summary, contract.HomeSummary(), actor=a_patient())
    assert (home["patient_name"], home["new_results"], home["running_low"]) == ("", 0, [])


# --- audit ----------------------------------------------------------------------------------


def test_what_staff_were_shown_is_named_for_the_audit_row(office: Office) -> None:
    office.take_bundle(patient(), glucose(), release="held")
    with office.store.transaction(actor=a_clinician(), now=NOW) as tx:
        queries.list_results_to_release(tx, contract.ListResultsToRelease())
        seen: list[UUID] = tx.concerned
    assert seen == [office.the_patient()]
