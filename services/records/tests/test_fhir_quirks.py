"""Quirks of real FHIR files: who is who, and who points to whom (numbered as in the corpus)."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from records.adapters.fhir import Entry
from records.adapters.fhir.references import normal_form

from .conftest import Office, corpus, glucose, patient

SYNTHEA_2019 = ("fhir", "synthea-2019-r4")
SYNTHEA_2020 = ("fhir", "synthea-2020-r4")
BULK = ("fhir", "synthea-bulk-2023")
TIETAI = ("fhir", "tietai-uscore")
US_CORE = ("fhir", "us-core-6.1.0-examples")


def organization(id_: str, **changed: object) -> dict[str, object]:
    made = {
        "resourceType": "Organization", "id": id_, "name": "Lakeside",
        "identifier": [{"system": "https://example.org/sites", "value": "7"}],
    }  # fmt: skip
    return {**made, **changed}


# 1 --------------------------------------------------------------------------------------------


def test_urn_uuid_references_find_entries_that_come_later_in_the_bundle(office: Office) -> None:
    report = {
        "resourceType": "DiagnosticReport", "id": "r-1", "status": "final",
        "code": {"text": "Metabolic panel"}, "subject": {"reference": "urn:uuid:p-1"},
        "result": [{"reference": "urn:uuid:o-1"}],
    }  # fmt: skip
    office.take_bundle(report, glucose(), patient())
    result = office.one("SELECT patient_id, panel, panel_id FROM lab_result")
    report_id = office.one("SELECT id FROM resource WHERE type = 'DiagnosticReport'")
    assert tuple(result) == (office.the_patient(), "Metabolic panel", report_id)


def test_synthea_bundles_taken_twice_by_content_change_nothing(office: Office) -> None:
    folder = corpus(*SYNTHEA_2020)
    office.take(folder)
    before = office.fingerprint()

    copies = [
        office.file(_unzipped(path) + b"\n", name=path.name.removesuffix(".gz"))
        for path in sorted(folder.glob("*.json.gz"))
    ]
    report = office.take(*copies)

    assert report.sum_of("added").total() == report.sum_of("changed").total() == 0
    assert report.sum_of("unchanged").total() > 700
    assert office.fingerprint() == before


# 2 --------------------------------------------------------------------------------------------


def test_a_resource_without_id_and_identifier_is_known_by_its_full_url_or_content(
    office: Office,
) -> None:
    nameless = {k: v for k, v in glucose().items() if k != "id"}
    entries = [
        {"fullUrl": "urn:uuid:p-1", "resource": patient()},
        {"fullUrl": "urn:uuid:11111111-0000-4000-8000-000000000000", "resource": nameless},
        {"resource": {**nameless, "valueQuantity": {"value": 77, "unit": "mg/dL"}}},
    ]
    for name in ("one.json", "two.json"):
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries, "id": name}
        report = office.take(office.file(json.dumps(bundle), name=name))
    assert report.sum_of("unchanged").total() == 3
    assert office.one("SELECT count(*) FROM lab_result") == 2


# 3 --------------------------------------------------------------------------------------------


def test_an_organization_that_repeats_under_new_ids_is_one_organization(office: Office) -> None:
    for number in range(3):
        visit = {
            "resourceType": "Encounter", "id": f"e-{number}", "status": "finished",
            "class": {"code": "AMB"}, "subject": {"reference": "urn:uuid:p-1"},
            "serviceProvider": {"reference": f"urn:uuid:org-{number}"},
        }  # fmt: skip
        office.take_bundle(patient(), organization(f"org-{number}"), visit)
    taken = office.one("SELECT count(*), max(version) FROM resource WHERE type = 'Organization'")
    assert tuple(taken) == (1, 1)
    assert {row.place for row in office.rows("SELECT place FROM encounter")} == {"Lakeside"}


def test_older_content_of_an_organization_does_not_come_back_as_new(office: Office) -> None:
    office.take_bundle(organization("a"))
    office.take_bundle(organization("b", name="Lakeside Health"))
    office.take_bundle(organization("c"))
    assert office.one("SELECT count(*) FROM resource") == 2
    assert office.one("SELECT name FROM provider") == "Lakeside Health"


def test_a_practitioner_is_known_by_npi_before_all_other_identifiers(office: Office) -> None:
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "9999991182"}
    local = {"system": "https://example.org/staff", "value": "17"}
    doctor = {"resourceType": "Practitioner", "name": [{"family": "Rossi", "prefix": ["Dr."]}]}
    office.take_bundle({**doctor, "id": "x", "identifier": [local, npi]})
    office.take_bundle({**doctor, "id": "y", "identifier": [npi]})
    assert office.one("SELECT count(*) FROM provider") == 1
    assert office.one("SELECT name FROM provider") == "Dr. Rossi"


def test_master_data_of_the_2019_set_are_taken_once(office: Office) -> None:
    office.take(*sorted(corpus(*SYNTHEA_2019).iterdir())[:4], _one_of(SYNTHEA_2019, "practitioner"))
    repeated = office.rows(
        "SELECT body->'identifier'->0->>'value' FROM resource "
        "WHERE type IN ('Organization', 'Practitioner') AND current GROUP BY type, 1 "
        "HAVING count(*) > 1"
    )
    assert repeated == []


# 4 --------------------------------------------------------------------------------------------


def test_conditional_references_across_bulk_files_find_our_rows(office: Office) -> None:
    report = office.take(corpus(*BULK))
    assert report.waiting == 0
    unlinked = office.rows(
        "SELECT r.id FROM resource r WHERE r.type = 'Encounter' AND NOT EXISTS "
        "(SELECT FROM jsonb_object_keys(r.links) k WHERE k LIKE 'Organization?identifier=%')"
    )
    assert unlinked == []
    assert office.one("SELECT count(*) FROM encounter WHERE provider IS NULL") == 0


def test_a_bulk_export_in_the_wrong_order_joins_its_patients_in_the_end(office: Office) -> None:
    relative = glucose(subject={"reference": "Patient/p-1"})
    office.take(office.file(json.dumps(relative), name="Observation.ndjson"))
    assert office.rows("SELECT 1 FROM lab_result") == []

    report = office.take(office.file(json.dumps(patient()), name="Patient.ndjson"))
    assert (report.joined, report.waiting) == (1, 0)
    assert office.one("SELECT patient_id FROM lab_result") == office.the_patient()


def test_what_waited_for_its_patient_joins_with_all_that_others_say_of_it(office: Office) -> None:
    about = {"subject": {"reference": "Patient/p-1"}}
    listed = {"resourceType": "DiagnosticReport", "status": "final", **about}
    survey = {"coding": [{"system": "http://loinc.org", "code": "93025-5"}]}
    for name, *resources in (
        ("Observation", glucose(**about), glucose(id="o-2", **about)),
        ("DiagnosticReport",
         {**listed, "id": "r-1", "code": {"text": "Panel"},
          "result": [{"reference": "Observation/o-1"}]},
         {**listed, "id": "r-2", "code": survey, "result": [{"reference": "Observation/o-2"}]}),
        ("MedicationRequest",
         {"resourceType": "MedicationRequest", "id": "m-1", "status": "active", "intent": "order",
          "medicationCodeableConcept": {"text": "Lisinopril"}, **about}),
        ("MedicationDispense",
         {"resourceType": "MedicationDispense", "id": "d-1", "status": "completed", **about,
          "authorizingPrescription": [{"reference": "MedicationRequest/m-1"}],
          "whenHandedOver": "2026-11-01T10:00:00Z", "daysSupply": {"value": 30}}),
        ("Patient", patient()),
    ):  # fmt: skip
        office.take(office.file("\n".join(map(json.dumps, resources)), name=f"{name}.ndjson"))

    assert [row.panel for row in office.rows("SELECT panel FROM lab_result")] == ["Panel"]
    assert office.one("SELECT supply_days FROM medication") == 30


def test_a_report_that_comes_later_names_the_panel_of_results_that_have_not_changed(
    office: Office,
) -> None:
    report = {
        "resourceType": "DiagnosticReport", "id": "r-1", "status": "final",
        "code": {"text": "Panel"}, "subject": {"reference": "urn:uuid:p-1"},
        "result": [{"reference": "urn:uuid:o-1"}],
    }  # fmt: skip
    office.take_bundle(patient(), glucose())
    office.take_bundle(patient(), glucose(), report)
    assert office.one("SELECT panel FROM lab_result") == "Panel"


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Patient/1/_history/3", "Patient/1"),
        ("https://ehr.example/fhir/Patient/1", "Patient/1"),
        ("https://ehr.example/Location?identifier=a%7Cb", "Location?identifier=a|b"),
        ("urn:uuid:1", "urn:uuid:1"),
    ],
)
def test_references_have_one_normal_form(written: str, known: str) -> None:
    assert normal_form(written) == known


# 5 --------------------------------------------------------------------------------------------


def test_contained_resources_stay_inside_and_their_references_lead_nowhere_else(
    office: Office,
) -> None:
    office.take(_one_of(SYNTHEA_2019, "Agustín"))
    (benefit, *_) = office.rows(
        "SELECT body, links FROM resource WHERE type = 'ExplanationOfBenefit'"
    )
    assert [c["resourceType"] for c in benefit.body["contained"]] == ["ServiceRequest", "Coverage"]
    assert not any(reference.startswith("#") for reference in benefit.links)


def test_a_contained_medication_gives_the_medicine_its_name(office: Office) -> None:
    office.take(corpus(*US_CORE))
    prescribed = office.rows("SELECT name FROM medication")
    assert len(prescribed) == 1 and prescribed[0].name


# 6 --------------------------------------------------------------------------------------------


def test_bundles_without_a_patient_are_master_data(office: Office) -> None:
    report = office.take(_one_of(SYNTHEA_2020, "hospitalInformation"))
    assert report.sum_of("added").keys() == {"Organization"}
    assert report.waiting == 0


# 7 --------------------------------------------------------------------------------------------


def test_the_largest_bundle_is_taken_whole(office: Office) -> None:
    path = _one_of(TIETAI, "Michelle_Bode")
    report = office.take(path)
    assert report.sum_of("added").total() == office.one("SELECT count(*) FROM resource") == 6071
    assert office.one("SELECT count(*) FROM resource WHERE type = 'Patient'") == 1
    # Questionnaires that were filed under laboratory are no results.
    surveys = "SELECT count(*) FROM lab_result WHERE panel LIKE '%PRAPARE%' OR name LIKE '%?'"
    assert office.one(surveys) == 0


def _one_of(folder: tuple[str, str], beginning: str):  # type: ignore[no-untyped-def]
    return next(p for p in sorted(corpus(*folder).iterdir()) if p.name.startswith(beginning))


def _unzipped(path):  # type: ignore[no-untyped-def]
    import gzip

    return gzip.decompress(path.read_bytes())


def _digits(entry: Entry) -> str:
    value = entry.resource["valueQuantity"]["value"]
    assert isinstance(value, int | Decimal)
    return str(value)
