from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from portico_ops.sandbox.practice import Patient, Practice, bundle_for, generate, held_bundle_for
from portico_ops.sandbox.practice.catalogue import care
from portico_ops.sandbox.practice.catalogue.illnesses import ILLNESSES
from portico_ops.sandbox.practice.catalogue.medicines import MEDICINES
from portico_ops.sandbox.practice.catalogue.tests import TESTS
from portico_ops.sandbox.practice.days import ZONE, age_on
from portico_ops.sandbox.practice.record import SNOMED, Code

TODAY = date(2026, 11, 23)
MORNING = datetime(2026, 11, 23, 5, tzinfo=UTC)
BY_CODE = {test.code: test for test in TESTS.values()}


@pytest.fixture(scope="module")
def practice() -> Practice:
    return generate(today=TODAY)


@pytest.fixture(scope="module")
def bundles(practice: Practice) -> dict[str, dict[str, Any]]:
    return {patient.key: bundle_for(patient) for patient in practice.patients}


def maria_of(practice: Practice) -> Patient:
    return practice.patients[0]


def resources(bundle: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = [entry["resource"] for entry in bundle["entry"]]
    return [resource for resource in found if resource["resourceType"] == kind]


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["reference"]] if isinstance(value.get("reference"), str) else []
        return own + [each for inner in value.values() for each in references(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in references(inner)]
    return []


# --- the same for a seed and a day ------------------------------------------------------------


def test_a_seed_and_a_day_always_give_the_same_practice(practice: Practice) -> None:
    assert generate(today=TODAY) == practice
    assert json.dumps(bundle_for(generate(today=TODAY).patients[7])) == json.dumps(
        bundle_for(practice.patients[7])
    )


def test_another_seed_gives_other_people_with_other_ids(practice: Practice) -> None:
    other = generate(7, today=TODAY)
    assert {p.key for p in other.patients[2:]} != {p.key for p in practice.patients[2:]}
    assert not {p.namespace for p in other.patients} & {p.namespace for p in practice.patients}


@pytest.mark.parametrize("offset", range(0, 400, 23))
def test_any_day_makes_a_practice(offset: int) -> None:
    today = date(2027, 2, 28) + timedelta(days=offset)
    practice = generate(seed=offset, today=today)
    coming = next(a for a in practice.appointments if a.key == "maria-reyes-coming")
    assert 0 < (coming.starts_at.astimezone(ZONE).date() - today).days <= 8


# --- people ---------------------------------------------------------------------------------


def test_there_are_thirty_patients_of_all_ages_in_two_languages(practice: Practice) -> None:
    assert len(practice.patients) == 30
    ages = [age_on(TODAY, born=patient.birth_date) for patient in practice.patients]
    assert min(ages) == 2 and max(ages) == 90
    languages = Counter(patient.language for patient in practice.patients)
    assert languages["es"] >= 8 and languages["en"] >= 15


def test_people_can_be_told_apart(practice: Practice) -> None:
    for name in ("key", "mrn", "phone", "name"):
        values = [getattr(patient, name) for patient in practice.patients]
        assert len(set(values)) == len(values), name
    emails = [patient.email for patient in practice.patients if patient.email]
    assert len(set(emails)) == len(emails)
    assert all(email.isascii() and email.endswith("@cedargrove.example") for email in emails)
    assert all(re.fullmatch(r"\(555\) 01\d-\d{4}", p.phone) for p in practice.patients)


def test_everyone_with_a_sign_in_can_be_reached(practice: Practice) -> None:
    assert all(patient.email for patient in practice.patients if patient.account == "active")


def test_the_staff_are_those_whom_the_demonstration_names(practice: Practice) -> None:
    roles = {member.email.partition("@")[0]: member.roles for member in practice.staff}
    assert roles["dana"] == ("nurse",) and "front_desk" in roles["tom"]
    assert roles["amara"] == ("clinician",) and roles["ruth"] == ("practice_administrator",)
    assert len(practice.providers) == 3


# --- Maria ----------------------------------------------------------------------------------


def test_marias_a1c_tells_its_story_and_the_newest_waits_for_release(practice: Practice) -> None:
    reports = [r for r in maria_of(practice).record.lab_reports if r.key.startswith("lab-a1c")]
    assert [str(r.results[0].value) for r in reports] == [
        "5.6", "5.8", "6.0", "6.3", "6.2", "6.2", "6.1"
    ]  # fmt: skip
    assert (reports[0].collected_at.date().isoformat()[:7], reports[-1].released) == (
        "2023-11", False,
    )  # fmt: skip
    released = generate(today=TODAY, hold_newest_a1c=False)
    assert all(report.released for report in maria_of(released).record.lab_reports)


def test_marias_lisinopril_runs_low_and_she_cannot_have_penicillin(practice: Practice) -> None:
    record = maria_of(practice).record
    lisinopril = next(m for m in record.medications if m.name.startswith("lisinopril 10"))
    ends = lisinopril.prescribed_at.date() + timedelta(days=lisinopril.days)
    assert (ends - TODAY).days == 6
    assert [a.substance.display for a in record.allergies] == ["Penicillin (substance)"]


def test_maria_owes_24_dollars_and_sees_dr_okafor_soon(practice: Practice) -> None:
    owed = [s for s in practice.statements if s.patient_key == "maria-reyes" and s.balance_cents]
    assert [statement.balance_cents for statement in owed] == [2400]
    assert owed[0].due_on > TODAY
    visit = next(a for a in practice.appointments if a.key == "maria-reyes-coming")
    assert (visit.provider_key, visit.visit_type) == ("okafor", "check_up")
    assert visit.starts_at.astimezone(ZONE).strftime("%a %d %H:%M") == "Tue 01 09:30"


# --- plausible records ------------------------------------------------------------------------


def test_values_are_within_human_limits_and_flagged_as_their_ranges_say(
    practice: Practice,
) -> None:
    groups = [r.results for p in practice.patients for r in p.record.lab_reports]
    groups += [v.results for p in practice.patients for v in p.record.vital_signs]
    for result in (each for group in groups for each in group):
        if isinstance(result.value, str):
            continue
        low, high = BY_CODE[result.code.code].possible
        assert low <= result.value <= high, result
        below = result.low is not None and result.value < result.low
        above = result.high is not None and result.value > result.high
        assert result.flag == ("L" if below else "H" if above else "N")


def test_blood_counts_and_fats_agree_with_themselves(practice: Practice) -> None:
    for report in (r for p in practice.patients for r in p.record.lab_reports):
        values = {r.code.code: r.value for r in report.results}
        if report.code.code == "24331-1":
            rest = float(values["2085-9"]) + float(values["2571-8"]) / 5
            assert abs(float(values["2093-3"]) - rest - float(values["13457-7"])) <= 2
        if report.code.code == "58410-2":
            assert abs(float(values["4544-3"]) / float(values["718-7"]) - 2.96) < 0.12


def test_pressure_is_higher_above_than_below(practice: Practice) -> None:
    for vital in (v for p in practice.patients for v in p.record.vital_signs):
        values = {r.code.code: r.value for r in vital.results}
        assert float(values["8480-6"]) > float(values["8462-4"]) + 15


def test_children_grow(practice: Practice) -> None:
    for patient in (p for p in practice.patients if age_on(TODAY, born=p.birth_date) < 15):
        heights = [float(v.results[0].value) for v in patient.record.vital_signs]
        assert heights == sorted(heights)


def test_nothing_lies_in_the_future_or_before_birth(practice: Practice) -> None:
    for patient in practice.patients:
        record = patient.record
        times = [e.starts_at for e in record.encounters] + [e.ends_at for e in record.encounters]
        times += [r.issued_at for r in record.lab_reports]
        times += [m.prescribed_at for m in record.medications]
        times += [i.given_at for i in record.immunizations]
        times += [n.written_at for n in record.notes]
        assert all(patient.birth_date <= t.date() and t < MORNING for t in times), patient.key
        days = [c.onset_on for c in record.conditions] + [a.noted_on for a in record.allergies]
        assert all(patient.birth_date <= day < TODAY for day in days), patient.key


def test_visits_end_after_they_start_and_no_provider_is_in_two_places(
    practice: Practice,
) -> None:
    for provider in practice.providers:
        times = sorted(
            (a.starts_at, a.ends_at) for a in practice.appointments
            if a.provider_key == provider.key
        )  # fmt: skip
        assert all(start < end for start, end in times)
        assert all(first[1] <= second[0] for first, second in pairwise(times))


def test_appointments_lie_within_working_hours(practice: Practice) -> None:
    hours = {(h.provider_key, h.weekday): [] for h in practice.hours}
    for stretch in practice.hours:
        hours[stretch.provider_key, stretch.weekday].append((stretch.opens, stretch.closes))
    for visit in practice.appointments:
        starts, ends = visit.starts_at.astimezone(ZONE), visit.ends_at.astimezone(ZONE)
        assert any(
            opens <= starts.time() and ends.time() <= closes
            for opens, closes in hours[visit.provider_key, starts.weekday()]
        ), visit


def test_nobody_is_given_what_they_are_allergic_to(practice: Practice) -> None:
    for patient in practice.patients:
        allergic = {a.key for a in patient.record.allergies}
        names = " ".join(m.name for m in patient.record.medications)
        assert not ("allergy-penicillin" in allergic and "amoxicillin" in names), patient.key
        assert not ("allergy-sulfa" in allergic and "furosemide" in names), patient.key


def test_notes_speak_the_patients_language(practice: Practice) -> None:
    for patient in practice.patients:
        for note in patient.record.notes:
            spanish = "Qué hacer ahora" in note.text
            assert spanish == (patient.language == "es") == (note.language == "es")


def test_there_are_visit_and_discharge_summaries(practice: Practice) -> None:
    kinds = Counter(n.kind.code for p in practice.patients for n in p.record.notes)
    assert kinds["11506-3"] > 100 and kinds["18842-5"] >= 1


# --- dealings ---------------------------------------------------------------------------------


def test_every_part_of_a_bill_adds_up(practice: Practice) -> None:
    assert len(practice.statements) > 20
    for statement in practice.statements:
        assert all(line.patient_cents >= 0 < line.charge_cents for line in statement.lines)
        assert 0 <= statement.balance_cents <= statement.patient_cents
        assert statement.issued_on < statement.due_on
        paid_on = [p.paid_at for p in statement.payments]
        assert all(statement.issued_on < paid.date() and paid < MORNING for paid in paid_on)
    assert any(statement.balance_cents for statement in practice.statements)


def test_conversations_run_forward_and_some_wait_in_both_languages(practice: Practice) -> None:
    for conversation in practice.conversations:
        times = [message.sent_at for message in conversation.messages]
        assert times == sorted(times) and times[-1] < MORNING
        assert conversation.messages[0].sender == "patient"
        assert (conversation.taken_by is None) == (conversation.state == "new")
    waiting = [c for c in practice.conversations if c.state in ("new", "taken", "waiting")]
    assert {c.language for c in waiting} == {"en", "es"} and len(waiting) >= 5
    assert any(c.state == "done" and c.language == "es" for c in practice.conversations)


def test_people_write_in_their_own_language_and_hold_a_sign_in(practice: Practice) -> None:
    patients = {patient.key: patient for patient in practice.patients}
    for conversation in practice.conversations:
        writer = patients[conversation.patient_key]
        assert (writer.language, writer.account) == (conversation.language, "active")


def test_refills_ask_for_what_the_patient_takes(practice: Practice) -> None:
    patients = {patient.key: patient for patient in practice.patients}
    for refill in practice.refills:
        taken = {m.key for m in patients[refill.patient_key].record.medications}
        assert refill.medication_key in taken
        assert (refill.decided_at is None) == (refill.status in ("asked", "working"))
    assert Counter(r.decided_at is None for r in practice.refills)[True] == 4


def test_maria_has_not_asked_for_a_refill_yet(practice: Practice) -> None:
    assert all(refill.patient_key != "maria-reyes" for refill in practice.refills)


# --- FHIR -------------------------------------------------------------------------------------


def test_every_reference_resolves_within_its_bundle(bundles: dict[str, dict[str, Any]]) -> None:
    for bundle in bundles.values():
        urls = [entry["fullUrl"] for entry in bundle["entry"]]
        assert len(set(urls)) == len(urls)
        assert set(references(bundle)) <= set(urls)


def test_entries_are_what_synthea_writes(bundles: dict[str, dict[str, Any]]) -> None:
    for bundle in bundles.values():
        assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "transaction")
        for entry in bundle["entry"]:
            resource = entry["resource"]
            assert entry["fullUrl"] == f"urn:uuid:{resource['id']}"
            assert entry["request"] == {"method": "POST", "url": resource["resourceType"]}


def test_a_record_has_a_year_of_everything(bundles: dict[str, dict[str, Any]]) -> None:
    kinds = Counter(entry["resource"]["resourceType"] for entry in bundles["maria-reyes"]["entry"])
    for kind in (
        "Patient", "Encounter", "Observation", "DiagnosticReport", "Condition",
        "MedicationRequest", "Immunization", "AllergyIntolerance", "DocumentReference",
        "Procedure", "CarePlan", "Coverage", "Claim",
    ):  # fmt: skip
        assert kinds[kind] >= 1, kind
    assert kinds["Observation"] > 100


def test_what_waits_for_release_goes_in_a_bundle_of_its_own(practice: Practice) -> None:
    maria = maria_of(practice)
    held = held_bundle_for(maria)
    assert held is not None
    shown = {entry["fullUrl"] for entry in bundle_for(maria)["entry"]}
    kinds = [e["resource"]["resourceType"] for e in held["entry"] if e["fullUrl"] not in shown]
    assert kinds == ["Observation", "DiagnosticReport"]
    assert set(references(held)) <= {entry["fullUrl"] for entry in held["entry"]}
    assert [p.key for p in practice.patients if held_bundle_for(p)] == ["maria-reyes"]


def test_laboratory_results_carry_unit_range_and_flag(practice: Practice) -> None:
    held = held_bundle_for(maria_of(practice))
    assert held is not None
    (a1c,) = resources(held, "Observation")
    assert a1c["valueQuantity"] == {
        "value": 6.1, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"
    }  # fmt: skip
    assert a1c["referenceRange"][0]["high"]["value"] == 5.6
    assert a1c["interpretation"][0]["coding"][0]["code"] == "H"


def test_conditions_are_coded_twice(bundles: dict[str, dict[str, Any]]) -> None:
    for condition in resources(bundles["maria-reyes"], "Condition"):
        systems = [coding["system"] for coding in condition["code"]["coding"]]
        assert systems == ["http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm"]


def test_codes_have_the_form_of_their_systems(bundles: dict[str, dict[str, Any]]) -> None:
    forms = {
        "http://loinc.org": r"\d{1,5}-\d", "http://snomed.info/sct": r"\d{6,18}",
        "http://hl7.org/fhir/sid/cvx": r"\d{2,3}",
        "http://www.nlm.nih.gov/research/umls/rxnorm": r"\d{4,7}",
        "http://hl7.org/fhir/sid/icd-10-cm": r"[A-Z]\d\d(\.\w{1,4})?",
    }  # fmt: skip

    def check(value: Any) -> None:
        if isinstance(value, dict):
            if value.get("system") in forms and "code" in value:
                assert re.fullmatch(forms[value["system"]], value["code"]), value
            for inner in value.values():
                check(inner)
        elif isinstance(value, list):
            for inner in value:
                check(inner)

    for bundle in bundles.values():
        check(bundle)


def luhn_digit(digits: str) -> int:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return -total % 10


def test_loinc_codes_have_the_right_check_digit() -> None:
    for code in BY_CODE:
        body, _, check = code.partition("-")
        assert luhn_digit(body) == int(check), code


def verhoeff_checks(digits: str) -> bool:
    """SNOMED CT's check digit: Verhoeff's scheme over the dihedral group of ten elements."""

    def times(a: int, b: int) -> int:
        turned = (a + b) % 5 if a < 5 else (a - b) % 5
        return turned + 5 * ((a >= 5) != (b >= 5))

    step = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
    check = 0
    for place, digit in enumerate(reversed(digits)):
        moved = int(digit)
        for _ in range(place % 8):
            moved = step[moved]
        check = times(check, moved)
    return check == 0


def test_snomed_codes_have_the_right_check_digit() -> None:
    codes = [illness.snomed.code for illness in ILLNESSES.values()]
    codes += [code.code for code in (*care.PLAN_KINDS.values(), *care.PLAN_STEPS.values())]
    codes += [part.code for row in care.ALLERGIES.values() for part in (row[0], row[3])]
    codes += [code.code for code in vars(care).values()
              if isinstance(code, Code) and code.system == SNOMED]  # fmt: skip
    assert [code for code in codes if not verhoeff_checks(code)] == []


def test_every_medicine_has_words_in_both_languages() -> None:
    for medicine in MEDICINES.values():
        assert medicine.en and medicine.es and medicine.en != medicine.es
