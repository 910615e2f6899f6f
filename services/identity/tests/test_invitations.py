"""Invitations: from the front desk to the first sign-in."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from identity import queries
from identity.commands.invitations import expire_invitations
from portico_contracts import identity as contract
from portico_kit.ids import new_id
from portico_kit.sealing import TransitBox
from portico_kit.testing import keys

WRONG = date(1990, 1, 1)


def state(practice: Any, made: Any) -> str:
    return practice.value("SELECT state FROM invitation WHERE id = :id", id=made["invitation_id"])


def test_an_invited_patient_makes_an_account_and_is_signed_in(practice: Any) -> None:
    made = practice.invite()
    opened = practice.prove(made["code"].lower().replace("-", " "))
    assert opened["first_name"] == "Maria"
    assert opened["email_hint"] == "m•••@cedargrove.example"
    session = practice.accept(opened["claim"], made["email"].upper())
    assert session["kind"] == "patient"
    assert state(practice, made) == "accepted"
    assert practice.sign_in(made["email"])["account_id"] == session["account_id"]
    (activated,) = practice.announced("AccountActivated")
    assert activated["patient_id"] == str(made["patient_id"])


def test_the_link_of_the_mail_opens_as_the_code_does_and_events_hold_neither(practice: Any) -> None:
    made = practice.invite(mobile="(555) 010-0177")
    (event,) = practice.announced("InvitationIssued")
    assert event["channels"] == ["email", "sms"]
    box = TransitBox(keys.TRANSIT_KEY)
    assert box.unseal(event["sealed_code"], about=made["patient_id"]) == made["code"]
    link = box.unseal(event["sealed_link_token"], about=made["patient_id"])
    assert practice.prove(link)["claim"]
    stored = practice.value("SELECT string_agg(i::text, '') FROM invitation i")
    for secret in (made["code"], made["code"].replace("-", ""), link):
        assert secret not in stored
        assert secret not in str(event)


def test_the_contact_details_are_announced_before_the_invitation(practice: Any) -> None:
    practice.invite(mobile="555 010 0177", language="es")
    (details,) = practice.announced("ContactDetailsChanged")
    assert (details["mobile"], details["language"]) == ("+15550100177", "es")
    order = practice.value(
        "SELECT string_agg(name || sequence || aggregate_id, ' ' ORDER BY seq) FROM outbox"
    )
    patient = details["person_id"]
    assert order == f"ContactDetailsChanged1{patient} InvitationIssued2{patient}"


def test_a_patient_without_any_address_gets_a_code_and_no_mail(practice: Any) -> None:
    made = practice.invite(email=None)
    assert made["channels"] == []
    assert practice.announced("InvitationIssued") == []
    opened = practice.prove(made["code"])
    practice.accept(opened["claim"], "rosa@cedargrove.example")
    assert practice.announced("ContactDetailsChanged")[-1]["email"] == "rosa@cedargrove.example"


def test_unknown_code_wrong_birth_date_and_old_code_get_the_same_answer(practice: Any) -> None:
    made, old = practice.invite(), practice.invite()
    practice.value(
        "UPDATE invitation SET expires_at = :now WHERE id = :id",
        now=practice.now,
        id=old["invitation_id"],
    )
    said = {
        refused(practice, "ZZZZ-ZZZZ"),
        refused(practice, made["code"], WRONG),
        refused(practice, old["code"]),
        refused(practice, "no code at all"),
    }
    assert len(said) == 1


def refused(practice: Any, code: str, born: date = date(1968, 3, 4)) -> tuple[str, str, str]:
    with pytest.raises(contract.RefusedProof) as refusal:
        practice.prove(code, born=born)
    return refusal.value.code, str(refusal.value), str(refusal.value.facts)


def test_the_fifth_wrong_birth_date_locks_the_invitation(practice: Any) -> None:
    made = practice.invite()
    for _ in range(4):
        refused(practice, made["code"], WRONG)
    assert state(practice, made) == "issued"
    refused(practice, made["code"], WRONG)
    assert state(practice, made) == "locked"
    refused(practice, made["code"])
    again = practice.invite(made["patient_id"])
    assert practice.prove(again["code"])["claim"]


def test_guessing_codes_from_one_address_is_held_up(practice: Any) -> None:
    made = practice.invite()
    for _ in range(30):
        refused(practice, "ZZZZ-ZZZZ")
    with pytest.raises(contract.TooManyTries) as refusal:
        practice.prove(made["code"])
    assert refusal.value.facts == {"seconds": 60}
    assert practice.prove(made["code"], address="203.0.113.9")["claim"]


def test_a_new_invitation_replaces_the_one_before(practice: Any) -> None:
    first = practice.invite()
    second = practice.invite(first["patient_id"])
    assert state(practice, first) == "replaced"
    refused(practice, first["code"])
    assert practice.prove(second["code"])["claim"]


def test_an_invitation_ends_after_fourteen_days(practice: Any) -> None:
    made = practice.invite()
    assert made["expires_at"] == practice.now + timedelta(days=14)
    practice.later(days=14)
    refused(practice, made["code"])
    with practice.transaction() as tx:
        expire_invitations(tx, now=practice.now)
    assert state(practice, made) == "expired"


def test_a_claim_is_good_once_and_for_half_an_hour(practice: Any) -> None:
    made = practice.invite()
    late = practice.prove(made["code"])["claim"]
    practice.later(minutes=30)
    with pytest.raises(contract.ClaimEnded):
        practice.accept(late, made["email"])
    claim = practice.prove(made["code"])["claim"]
    practice.accept(claim, made["email"])
    with pytest.raises(contract.ClaimEnded):
        practice.accept(claim, "other@cedargrove.example")


def test_somebody_elses_login_is_refused_and_asking_around_ends_the_claim(practice: Any) -> None:
    practice.enrol("taken@cedargrove.example")
    made = practice.invite()
    claim = practice.prove(made["code"])["claim"]
    for _ in range(5):
        with pytest.raises(contract.RefusedLogin):
            practice.accept(claim, "taken@cedargrove.example")
    with pytest.raises(contract.ClaimEnded):
        practice.accept(claim, "taken@cedargrove.example")


def test_a_weak_password_leaves_the_claim_for_a_better_one(practice: Any) -> None:
    made = practice.invite()
    claim = practice.prove(made["code"])["claim"]
    with pytest.raises(contract.WeakPassword):
        practice.accept(claim, made["email"], "password12345678")
    assert practice.accept(claim, made["email"])["session"]


def test_a_patient_with_an_account_is_not_invited_again(practice: Any) -> None:
    _account, patient_id = practice.enrol("maria@cedargrove.example")
    with pytest.raises(contract.AlreadyEnrolled):
        practice.invite(patient_id)


def test_a_bad_address_is_refused_before_anything_is_written(practice: Any) -> None:
    with pytest.raises(contract.NowhereToSend):
        practice.invite(email="maria at cedargrove")
    with practice.transaction() as tx:
        assert tx.execute(text("SELECT count(*) FROM person")).scalar_one() == 0


def test_staff_see_how_far_a_patient_has_come(practice: Any) -> None:
    made = practice.invite()
    practice.prove(made["code"])
    with practice.transaction(practice.desk, made["patient_id"]) as tx:
        shown = queries.show_enrolment(tx)
    assert not shown["has_account"]
    assert shown["invitation"]["state"] == "opened"
    with practice.transaction(practice.desk, new_id()) as tx:
        assert queries.show_enrolment(tx)["invitation"] is None
