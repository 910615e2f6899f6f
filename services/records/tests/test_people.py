"""Patients as staff find them, and as they see themselves."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from portico_contracts import records as contract
from portico_kit.ids import new_id
from portico_kit.testing.people import a_nurse, the_front_desk
from records import queries
from records.domain.people import birth_date_in

from .conftest import NOW, Office, patient

ABOUT = {"reference": "urn:uuid:p-1"}


@pytest.mark.parametrize("q", ["rey", "maria reyes", "Reyes, Maria", "1968-03-04", "3/4/1968"])
def test_staff_find_a_patient_by_name_or_birth_date(office: Office, q: str) -> None:
    office.take_bundle(patient(), patient(id="p-2", birthDate="1970-01-01",
                                          name=[{"family": "Chen", "given": ["Wei"]}]))  # fmt: skip
    found = office.ask(
        queries.search_patients, contract.SearchPatients(q=q), actor=the_front_desk()
    )
    assert [row["name"] for row in found["items"]] == ["Maria Reyes"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("03/04/68", date(1968, 3, 4)),
        ("March 4, 1968", date(1968, 3, 4)),
        ("2/29/28", date(1928, 2, 29)),
        ("2099-01-01", date(2099, 1, 1)),
        ("2400-02-29", date(2400, 2, 29)),
        ("2/30/1968", None),
    ],
)
def test_two_digits_mean_a_year_that_was_and_four_the_year_itself(
    typed: str, meant: date | None
) -> None:
    assert birth_date_in(typed, today=NOW.date()) == meant


def test_the_way_to_the_next_page_names_nobody(office: Office) -> None:
    long = "Reyes" * 40
    office.take_bundle(*[
        patient(id=f"p-{n}", name=[{"family": long, "given": ["A"]}]) for n in range(2)
    ])  # fmt: skip
    request = contract.SearchPatients(q="reyes", limit=1)
    cursor = office.ask(queries.search_patients, request, actor=the_front_desk())["next"]
    assert UUID(cursor)
    beyond = contract.SearchPatients(q="reyes", limit=1, cursor=cursor)
    found = office.ask(queries.search_patients, beyond, actor=the_front_desk())
    assert (len(found["items"]), found["next"]) == (1, None)
    stray = contract.SearchPatients(q="r", cursor="x")
    with pytest.raises(contract.UnknownCursor):
        office.ask(queries.search_patients, stray, actor=the_front_desk())


def test_a_patient_is_found_by_id(office: Office) -> None:
    office.take_bundle(patient())
    request = contract.SearchPatients(q=f" {office.the_patient()} ")
    found = office.ask(queries.search_patients, request, actor=the_front_desk())
    assert len(found["items"]) == 1


def test_a_search_pages_by_name(office: Office) -> None:
    office.take_bundle(*[
        patient(id=f"p-{n}", name=[{"family": f"Reyes{n:02}", "given": ["A"]}]) for n in range(7)
    ])  # fmt: skip
    seen, cursor = [], None
    while True:
        request = contract.SearchPatients(q="reyes", limit=3, cursor=cursor)
        found = office.ask(queries.search_patients, request, actor=the_front_desk())
        seen += [row["family"] for row in found["items"]]
        cursor = found["next"]
        if cursor is None:
            break
    assert seen == sorted(seen) and len(seen) == 7


def test_wildcards_of_a_search_are_taken_literally(office: Office) -> None:
    office.take_bundle(patient())
    for q in ("%", "_eyes", "\\"):
        request = contract.SearchPatients(q=q)
        assert office.ask(queries.search_patients, request, actor=the_front_desk())["items"] == []


def test_cards_tell_allergies_to_those_who_care_for_patients_only(office: Office) -> None:
    allergic = {
        "resourceType": "AllergyIntolerance", "id": "a-1", "patient": ABOUT,
        "code": {"text": "Penicillin"},
    }  # fmt: skip
    office.take_bundle(patient(), allergic)
    request = contract.PatientCards(ids=(office.the_patient(), new_id()))
    (seen_by_nurse,) = office.ask(queries.patient_cards, request, actor=a_nurse())["items"]
    (seen_at_desk,) = office.ask(queries.patient_cards, request, actor=the_front_desk())["items"]
    assert (seen_by_nurse["age"], seen_by_nurse["allergies"]) == (58, "Penicillin")
    assert seen_at_desk["allergies"] is None


def test_the_patient_sees_who_they_are_on_record(office: Office) -> None:
    office.take_bundle(patient(
        telecom=[{"system": "email", "value": "maria@example.com"}],
        communication=[{"language": {"coding": [{"code": "es"}]}, "preferred": True}],
    ))  # fmt: skip
    shown = office.ask(queries.show_patient, contract.ShowPatient())
    assert (shown["email"], shown["language"], shown["age"]) == ("maria@example.com", "es", 58)


def test_a_page_at_the_desk_says_nothing_of_allergies_rather_than_that_there_are_none(
    office: Office,
) -> None:
    office.take_bundle(patient())
    request = contract.ShowPatient(patient_id=office.the_patient())
    by_nurse = office.ask(queries.show_patient, request, actor=a_nurse(), now=NOW)
    at_desk = office.ask(queries.show_patient, request, actor=the_front_desk(), now=NOW)
    assert (by_nurse["allergies"], at_desk["allergies"]) == ([], None)
