"""Accounts and staff cards."""

from typing import Any

from identity import queries
from identity.commands import people
from portico_contracts import identity as contract
from portico_kit.access import Actor
from portico_kit.ids import new_id


def test_the_account_page_shows_ones_own_details(practice: Any) -> None:
    account_id, _patient = practice.enrol("maria@cedargrove.example", "555-010-0142")
    with practice.transaction(Actor(kind="patient", account_id=account_id)) as tx:
        shown = queries.show_account(tx)
    assert shown["logins"] == ["+15550100142", "maria@cedargrove.example"]
    assert shown["roles"] == []


def test_a_changed_language_is_announced_with_the_contact_details(practice: Any) -> None:
    account_id, patient_id = practice.enrol("maria@cedargrove.example")
    with practice.transaction(Actor(kind="patient", account_id=account_id)) as tx:
        request = contract.ChangeLanguage(language="es")
        assert people.change_language(tx, request, now=practice.now)["language"] == "es"
    told = practice.announced("ContactDetailsChanged")[-1]
    assert (told["person_id"], told["language"]) == (str(patient_id), "es")


def test_staff_cards_leave_out_unknown_ids_and_patients(practice: Any) -> None:
    staff_id = practice.hire("Dana Whitfield")
    account_id, _patient = practice.enrol("maria@cedargrove.example")
    with practice.transaction() as tx:
        (card,) = queries.staff_cards(tx, [staff_id, account_id, new_id()])["items"]
    assert (card["staff_id"], card["last_name"]) == (staff_id, "Whitfield")


def test_staff_are_listed_by_name_and_role_without_those_who_left(practice: Any) -> None:
    nurse = practice.hire("Dana Whitfield", role="nurse")
    desk = practice.hire("Tom Alvarez", role="front_desk")
    gone = practice.hire("Ana Zapata", role="nurse")
    practice.value("UPDATE staff SET left_at = now() WHERE account_id = :id", id=gone)
    with practice.transaction() as tx:
        present = [card["staff_id"] for card in queries.list_staff(tx, role=None)["items"]]
        nurses = [card["staff_id"] for card in queries.list_staff(tx, role="nurse")["items"]]
    assert (present, nurses) == ([desk, nurse], [nurse])
