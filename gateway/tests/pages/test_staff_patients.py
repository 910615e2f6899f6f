"""Patients, invitations, and results to release."""

from __future__ import annotations

import pytest

from portico_contracts.identity import (
    AlreadyEnrolled,
    IssueInvitation,
    NowhereToSend,
    ShowEnrolment,
    StaffCards,
)
from portico_contracts.messaging import ListConversations, QueueCounts
from portico_contracts.records import (
    AlreadyReleased,
    CommentOnLabResult,
    ListLabResults,
    ListResultsToRelease,
    NotYetFinal,
    ReleaseLabResult,
    SearchPatients,
    ShowLabResult,
    ShowPatient,
)
from portico_contracts.refusal import NotAllowed, NotFound
from portico_contracts.scheduling import ListVisits

from .canned import (
    COMMENTED,
    CONVERSATIONS,
    COUNTS,
    INVITATION,
    NOT_ENROLLED,
    PATIENT,
    PATIENT_ID,
    RELEASED,
    RESULT,
    RESULT_ID,
    RESULT_SHOWN,
    WAITING,
)
from .conftest import ACCOUNTS

AT = f"/staff/patients/{PATIENT_ID}"
RESULT_AT = f"/staff/results/{RESULT_ID}"
FOUND = {name: PATIENT[name] for name in ("patient_id", "name", "given", "family", "birth_date",
                                          "sex", "language", "deceased")}  # fmt: skip
AMARA = {"staff_id": ACCOUNTS["amara"], "first_name": "Amara", "last_name": "Okafor",
         "title": "Dr.", "roles": ["clinician"]}  # fmt: skip
FORM = {"email": "maria@cedargrove.example", "mobile": "(555) 010-0188", "language": "es"}


@pytest.fixture(autouse=True)
def house(services):
    services.answers |= {
        QueueCounts: COUNTS,
        SearchPatients: {"items": [FOUND], "next": None},
        ShowPatient: PATIENT,
        ShowEnrolment: NOT_ENROLLED,
        ListVisits: {"items": [], "next": None},
        ListConversations: CONVERSATIONS,
        ListLabResults: {"items": [RESULT], "next": None},
        IssueInvitation: INVITATION,
        ListResultsToRelease: WAITING,
        ShowLabResult: RESULT_SHOWN,
        StaffCards: {"items": [AMARA]},
        ReleaseLabResult: RELEASED,
        CommentOnLabResult: COMMENTED,
    }


def test_a_patient_is_found_by_name(tom, services):
    page = tom.get("/staff/patients?q=Rey").text
    assert f'href="{AT}"' in page and "Maria Reyes" in page
    assert [asked.q for asked in services.requests(SearchPatients)] == ["Rey"]


def test_nothing_is_searched_before_something_is_typed(tom, services):
    assert tom.get("/staff/patients").status_code == 200
    assert services.requests(SearchPatients) == []


def test_the_patients_page_shows_what_is_going_on(dana):
    page = dana.get(AT).text
    assert "Allergy: Penicillin" in page and "Rash on my arm" in page
    assert "Hemoglobin A1c" in page and f'href="{AT}/invite"' in page


def test_what_a_role_may_not_see_is_left_out(tom, services):
    services.answers[ListLabResults] = NotAllowed()
    page = tom.get(AT)
    assert page.status_code == 200
    assert "Test results" not in page.text and "Rash on my arm" in page.text


def test_what_is_away_is_said(dana, services):
    del services.answers[ListVisits]
    assert "We cannot show this right now." in dana.get(AT).text


def test_an_unknown_patient_is_not_found(dana, services):
    services.answers[ShowPatient] = NotFound()
    assert dana.get(AT).status_code == 404


def test_the_invitation_is_made_from_the_record_and_its_code_shown_once(tom, services):
    assert FORM["email"] in tom.get(f"{AT}/invite").text
    answer = tom.submit(f"{AT}/invite", **FORM)
    assert answer.status_code == 200
    assert "K7Q2-M9XD" in answer.text
    [asked] = services.requests(IssueInvitation)
    assert (asked.first_name, asked.last_name, str(asked.birth_date)) == (
        "Maria",
        "Reyes",
        "1968-03-04",
    )
    assert (asked.mobile, asked.language) == ("(555) 010-0188", "es")


def test_an_invitation_cannot_name_another_birth_date(tom, services):
    tom.submit(f"{AT}/invite", **FORM, birth_date="2000-01-01", first_name="Eve")
    [asked] = services.requests(IssueInvitation)
    assert (asked.first_name, str(asked.birth_date)) == ("Maria", "1968-03-04")


def test_an_address_that_is_none_is_asked_for_again(tom, services):
    services.answers[IssueInvitation] = NowhereToSend(field="mobile")
    answer = tom.submit(f"{AT}/invite", **{**FORM, "mobile": "12"})
    assert answer.status_code == 422
    assert "Enter a mobile number with 10 digits" in answer.text


def test_a_patient_with_an_account_is_not_invited_again(tom, services):
    services.answers[IssueInvitation] = AlreadyEnrolled()
    answer = tom.submit(f"{AT}/invite", **FORM)
    assert answer.status_code == 409
    assert "This patient has an account already." in answer.text


def test_without_a_birth_date_nobody_is_invited(tom, services):
    services.answers[ShowPatient] = {**PATIENT, "birth_date": None, "age": None}
    assert tom.submit(f"{AT}/invite", **FORM).status_code == 422
    assert services.requests(IssueInvitation) == []


@pytest.mark.parametrize("path", ["/staff/results", RESULT_AT])
def test_results_to_release_are_for_clinicians(dana, tom, maria, path):
    assert dana.get(path).status_code == 403
    assert tom.get(path).status_code == 403
    assert maria.get(path).status_code == 404


def test_a_clinician_sees_what_waits_and_opens_it(amara):
    page = amara.get("/staff/results").text
    assert f'href="{RESULT_AT}?patient={PATIENT_ID}"' in page
    page = amara.get(f"{RESULT_AT}?patient={PATIENT_ID}").text
    assert "Maria Reyes" in page and f'action="{RESULT_AT}/release"' in page


def test_a_result_is_released_with_a_comment(amara, services):
    form = {"comment": "A little high.", "patient_id": PATIENT_ID}
    answer = amara.submit(f"{RESULT_AT}/release", **form)
    assert answer.headers["location"] == "/staff/results?done=released"
    [asked] = services.requests(ReleaseLabResult)
    assert asked.comment == "A little high."
    assert services.keys(ReleaseLabResult) == ["0192f00000key"]


def test_a_result_is_released_without_a_comment(amara, services):
    amara.submit(f"{RESULT_AT}/release", comment="", patient_id=PATIENT_ID)
    [asked] = services.requests(ReleaseLabResult)
    assert asked.comment is None


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (AlreadyReleased(), "A colleague released this already."),
        (NotYetFinal(), "The lab has not finished this result."),
    ],
)
def test_what_cannot_be_released_says_why_and_keeps_the_comment(amara, services, refusal, told):
    services.answers[ReleaseLabResult] = refusal
    form = {"comment": "A little high.", "patient_id": PATIENT_ID}
    answer = amara.submit(f"{RESULT_AT}/release", **form)
    assert answer.status_code == 409
    assert told in answer.text and "A little high.</textarea>" in answer.text


def test_a_comment_is_added_to_a_released_result(amara, services):
    services.answers[ShowLabResult] = {**RESULT_SHOWN, "released_at": RELEASED["released_at"]}
    page = amara.get(f"{RESULT_AT}?patient={PATIENT_ID}").text
    assert f'action="{RESULT_AT}/comment"' in page
    empty = amara.submit(f"{RESULT_AT}/comment", comment=" ", patient_id=PATIENT_ID)
    assert empty.status_code == 422
    answer = amara.submit(f"{RESULT_AT}/comment", comment="Less sugar.", patient_id=PATIENT_ID)
    assert answer.headers["location"] == f"{RESULT_AT}?patient={PATIENT_ID}&done=commented"
    assert [asked.comment for asked in services.requests(CommentOnLabResult)] == ["Less sugar."]


@pytest.mark.parametrize("path", [f"{AT}/invite", f"{RESULT_AT}/release", f"{RESULT_AT}/comment"])
def test_forms_without_their_secret_are_refused(amara, tom, services, path):
    person = tom if "invite" in path else amara
    assert person.post(path, data=FORM).status_code == 403
    assert services.asked == []


def test_the_desk_is_told_nothing_of_allergies_rather_than_that_there_are_none(amara, services):
    services.answers[ShowPatient] = {**PATIENT, "allergies": []}
    assert "No allergies on file" in amara.get(AT).text
    services.answers[ShowPatient] = {**PATIENT, "allergies": None}
    assert "llerg" not in amara.get(AT).text
