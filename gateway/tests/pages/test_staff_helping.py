"""Helping a patient or a colleague back in."""

from __future__ import annotations

from typing import Any

import pytest

from portico_contracts import identity
from portico_contracts.identity import ShowEnrolment
from portico_contracts.messaging import ListConversations, QueueCounts
from portico_contracts.records import ListLabResults, ShowPatient
from portico_contracts.scheduling import ListVisits

from .canned import AT, COUNTS, NOT_ENROLLED, PATIENT, PATIENT_ID
from .conftest import ACCOUNTS

PATIENTS = f"/staff/patients/{PATIENT_ID}/sign-in"
DANAS = f"/staff/people/{ACCOUNTS['dana']}/sign-in"
HELP = {
    "has_account": True, "name": "Maria Reyes", "logins": ["maria@cedargrove.example"],
    "last_sign_in_at": AT, "app_since": AT, "app_used_at": AT, "text_since": None,
    "recovery_codes_left": 8, "code": None,
}  # fmt: skip
CODE = {"issued_at": AT, "issued_by": "Tom Alvarez", "proof": "photo_id", "expires_at": AT,
        "tries_left": 5}  # fmt: skip
ISSUED = {"code": "K7Q2-M9XD", "login": "maria@cedargrove.example", "expires_at": AT}
NONE = {**HELP, "has_account": False, "logins": [], "last_sign_in_at": None, "app_since": None,
        "app_used_at": None, "recovery_codes_left": 0}  # fmt: skip
DANA = {"staff_id": ACCOUNTS["dana"], "first_name": "Dana", "last_name": "Whitfield", "title": "",
        "roles": ["nurse"]}  # fmt: skip
RUTH = {**DANA, "staff_id": ACCOUNTS["ruth"], "first_name": "Ruth", "last_name": "Lindqvist",
        "roles": ["practice_administrator"]}  # fmt: skip


@pytest.fixture(autouse=True)
def house(services: Any) -> None:
    services.answers |= {
        QueueCounts: COUNTS,
        ShowPatient: PATIENT,
        identity.ShowSignInHelp: HELP,
        identity.ShowStaffSignInHelp: {**HELP, "name": "Dana Whitfield"},
        identity.IssueRecoveryCode: ISSUED,
        identity.IssueStaffRecoveryCode: ISSUED,
        identity.RevokeRecoveryCode: {"revoked": 1},
        identity.RevokeStaffRecoveryCode: {"revoked": 1},
        identity.PageOfStaff: {"items": [DANA, RUTH], "next": None},
    }


def test_what_stands_is_shown_with_what_to_check_it_against(tom: Any) -> None:
    page = tom.get(PATIENTS).text
    for said in ("Signs in with", "Code from an app", "12 Elm Street", "March 4, 1968"):
        assert said in page
    assert "Password" not in page


def test_a_code_is_made_on_a_proof_and_shown_once_in_the_patients_language(
    tom: Any, services: Any
) -> None:
    page = tom.submit(PATIENTS, proof="photo_id").text
    assert ISSUED["code"] in page and "http://127.0.0.1:8000/recover" in page
    assert 'lang="es"' in page and "Escriba este código:" in page
    [asked] = services.requests(identity.IssueRecoveryCode)
    assert (str(asked.patient_id), asked.proof) == (PATIENT_ID, "photo_id")
    assert ISSUED["code"] not in tom.get(PATIENTS).text


@pytest.mark.parametrize("proof", ["", "she sounded right"])
def test_no_code_without_a_proof(tom: Any, services: Any, proof: str) -> None:
    answer = tom.submit(PATIENTS, proof=proof)
    assert answer.status_code == 422 and "Choose how they showed who they are" in answer.text
    assert services.requests(identity.IssueRecoveryCode) == []


def test_an_open_code_can_be_taken_back(tom: Any, services: Any) -> None:
    services.answers[identity.ShowSignInHelp] = {**HELP, "code": CODE}
    page = tom.get(PATIENTS).text
    assert "Made by Tom Alvarez" in page and "I saw a photo ID" in page
    answer = tom.submit(f"{PATIENTS}/revoke")
    assert answer.headers["location"] == f"{PATIENTS}?done=code-revoked"
    assert "does not work any more" in tom.get(answer.headers["location"]).text


def test_who_has_no_account_is_invited_instead(tom: Any, services: Any) -> None:
    services.answers[identity.ShowSignInHelp] = NONE
    services.answers[identity.IssueRecoveryCode] = identity.NoAccount()
    assert "Invite to the portal" in tom.get(PATIENTS).text
    assert tom.submit(PATIENTS, proof="photo_id").status_code == 409


@pytest.mark.parametrize("name", ["amara", "maria"])
def test_others_do_not_help(sign_in: Any, services: Any, name: str) -> None:
    browser = sign_in(name)
    assert browser.get(PATIENTS).status_code in (403, 404)
    assert browser.submit(PATIENTS, proof="photo_id").status_code in (403, 404)
    assert services.requests(identity.IssueRecoveryCode) == []


@pytest.mark.parametrize(("name", "offered"), [("tom", True), ("dana", True), ("amara", False)])
def test_the_patients_page_offers_help_to_who_may_give_it(
    sign_in: Any, services: Any, name: str, offered: bool
) -> None:
    nothing = {"items": [], "next": None}
    enrolled = {**NOT_ENROLLED, "has_account": True, "enrolled_at": AT}
    services.answers |= {
        ShowEnrolment: enrolled, ListVisits: nothing, ListConversations: nothing,
        ListLabResults: nothing,
    }  # fmt: skip
    page = sign_in(name).get(f"/staff/patients/{PATIENT_ID}").text
    assert (f'href="{PATIENTS}"' in page) is offered


# ---- colleagues


def test_the_administrator_finds_colleagues(ruth: Any) -> None:
    page = ruth.get("/staff/people").text
    assert f'href="{DANAS.removesuffix("/sign-in")}"' in page and "Ruth Lindqvist" in page


def test_the_administrator_helps_a_colleague_whose_sheet_asks_for_no_birth_date(
    ruth: Any, services: Any
) -> None:
    assert "Help Dana Whitfield sign in" in ruth.get(DANAS).text
    page = ruth.submit(DANAS, proof="known_in_person").text
    assert ISSUED["code"] in page and "Type your birth date" not in page
    [asked] = services.requests(identity.IssueStaffRecoveryCode)
    assert (str(asked.staff_id), asked.proof) == (ACCOUNTS["dana"], "known_in_person")
    assert ruth.submit(f"{DANAS}/revoke").headers["location"] == f"{DANAS}?done=code-revoked"


def test_a_colleague_without_a_proof_gets_no_code(ruth: Any, services: Any) -> None:
    assert ruth.submit(DANAS).status_code == 422
    assert services.requests(identity.IssueStaffRecoveryCode) == []


@pytest.mark.parametrize("name", ["tom", "dana", "amara"])
def test_others_do_not_find_colleagues(sign_in: Any, name: str) -> None:
    for path in ("/staff/people", DANAS):
        assert sign_in(name).get(path).status_code == 403


# ---- what the patient reads


def test_the_patient_reads_who_made_a_code_and_on_what_proof(maria: Any, services: Any) -> None:
    entry = {
        "entry_id": ACCOUNTS["tom"], "at": AT, "category": "account", "action": "write",
        "who": {"kind": "staff", "name": "Tom Alvarez", "roles": ["front_desk"]},
        "order": "issue_recovery_code:photo_id", "on_behalf": False,
    }  # fmt: skip
    services.answers[identity.LedgerPage] = {"items": [entry], "next": None}
    page = maria.get("/account/activity").text
    assert "Made a code so that you can sign in again. They saw your photo ID." in page
    assert "Changed account" not in page
