"""A new colleague: an account at once, and a link by which they choose a password."""

from __future__ import annotations

from typing import Any

import pytest

from identity.domain import JOINING_LASTS
from portico_contracts import identity as contract
from portico_contracts.refusal import NotAllowed, NotFound
from portico_kit.ids import new_id

from .office import NINA, Office
from .recoveries import NEW, Desk, choose, link, open_link, prove
from .second_steps import MOBILE, PASSWORD


@pytest.fixture
def office(practice: Any) -> Office:
    return Office.of(practice)


def test_a_new_colleague_chooses_a_password_and_signs_in(practice: Any, office: Office) -> None:
    added = office.add()
    assert (added["channel"], added["expires_at"]) == ("mail", practice.now + JOINING_LASTS)
    token = office.newest_link()
    assert open_link(practice, token)["login"] == NINA
    assert choose(practice, token) == {"kind": "staff"}
    assert practice.sign_in(NINA, NEW)["kind"] == "staff"
    assert practice.announced("PasswordReset") == []


def test_others_learn_how_to_reach_a_new_colleague_before_the_link_is_sent(
    practice: Any, office: Office
) -> None:
    staff_id = office.add(language="es")["staff_id"]
    ruth, told = practice.announced("ContactDetailsChanged")
    assert (told["person_id"], told["person"], told["language"]) == (str(staff_id), "staff", "es")
    order = "SELECT string_agg(name, ' ' ORDER BY seq) FROM outbox"
    assert practice.value(order).split()[-2:] == ["ContactDetailsChanged", "StaffInvited"]
    assert ruth["first_name"] == "Ruth"


def test_nobody_signs_in_before_the_password_is_chosen(practice: Any, office: Office) -> None:
    office.add()
    for password in (PASSWORD, NEW, ""):
        with pytest.raises(contract.RefusedSignIn):
            practice.sign_in(NINA, password)


def test_the_link_is_good_once(practice: Any, office: Office) -> None:
    office.add()
    token = office.newest_link()
    choose(practice, token)
    with pytest.raises(contract.RecoveryEnded):
        open_link(practice, token)
    with pytest.raises(contract.RecoveryEnded):
        choose(practice, token, "another lantern by the river")


def test_the_link_is_good_for_a_week(practice: Any, office: Office) -> None:
    staff_id = office.add()["staff_id"]
    token = office.newest_link()
    practice.later(days=6, hours=23)
    assert open_link(practice, token)
    practice.later(hours=1)
    with pytest.raises(contract.RecoveryEnded):
        choose(practice, token)
    assert office.shown(staff_id)["link_until"] is None


def test_only_the_newest_link_is_good(practice: Any, office: Office) -> None:
    staff_id = office.add()["staff_id"]
    first = office.newest_link()
    office.send_again(staff_id)
    with pytest.raises(contract.RecoveryEnded):
        choose(practice, first)
    assert choose(practice, office.newest_link())


def test_a_link_for_a_forgotten_password_leaves_the_joining_link_good(
    practice: Any, office: Office
) -> None:
    office.add()
    token = office.newest_link()
    link(practice, NINA)
    assert open_link(practice, token)


def test_the_link_is_no_code(practice: Any, office: Office) -> None:
    office.add()
    with pytest.raises(contract.RefusedRecovery):
        prove(practice, office.newest_link()[:40], login=NINA)


def test_who_has_signed_in_is_sent_no_joining_link(practice: Any, office: Office) -> None:
    staff_id = office.add()["staff_id"]
    choose(practice, office.newest_link())
    assert office.send_again(staff_id)  # a password alone is not enough: they may have lost it
    practice.sign_in(NINA, NEW)
    with pytest.raises(contract.HasSignedIn):
        office.send_again(staff_id)


def test_without_a_mail_address_the_link_goes_by_text(practice: Any, office: Office) -> None:
    added = office.add(email=None, mobile=MOBILE)
    assert added["channel"] == "text"
    choose(practice, office.newest_link())
    assert practice.sign_in(MOBILE, NEW)


def test_a_login_that_is_taken_is_refused_with_its_field(practice: Any, office: Office) -> None:
    practice.enrol("maria@cedargrove.example", MOBILE)
    with pytest.raises(contract.LoginTaken) as refusal:
        office.add(email="Maria@CedarGrove.example")
    assert refusal.value.facts == {"field": "email"}
    with pytest.raises(contract.LoginTaken) as refusal:
        office.add(mobile="(555) 010-0142")
    assert refusal.value.facts == {"field": "mobile"}
    assert practice.announced("StaffInvited") == []


@pytest.mark.parametrize("nothing", [None, "", "  "])
def test_without_an_address_nobody_is_added(office: Office, nothing: str | None) -> None:
    with pytest.raises(contract.NoAddress):
        office.add(email=nothing, mobile=nothing)


def test_an_address_that_is_none_is_refused_with_its_field(office: Office) -> None:
    for field, typed in (("email", "nina at home"), ("mobile", "12")):
        with pytest.raises(contract.NowhereToSend) as refusal:
            office.add(**{field: typed})
        assert refusal.value.facts == {"field": field}


def test_without_a_role_nobody_is_added(office: Office) -> None:
    with pytest.raises(contract.NoRole):
        office.add(roles=())


def test_roles_are_kept_once_each(office: Office) -> None:
    staff_id = office.add(roles=("billing", "nurse", "billing"))["staff_id"]
    assert office.shown(staff_id)["roles"] == ["nurse", "billing"]


def test_tokens_are_kept_neither_in_the_clear_nor_as_they_are(
    practice: Any, office: Office
) -> None:
    office.add()
    token = office.newest_link()
    kept = practice.value("SELECT string_agg(r::text, '') FROM recovery r")
    assert token not in kept and token.encode().hex() not in kept


def test_the_practice_may_want_a_second_factor_of_who_is_new(practice: Any, office: Office) -> None:
    practice.require_of_staff()
    office.add()
    choose(practice, office.newest_link())
    with pytest.raises(contract.SecondFactorNeeded) as asked:
        practice.sign_in(NINA, NEW)
    assert asked.value.facts["set_up"] is True


def test_a_code_at_the_desk_helps_who_lost_the_link(practice: Any, office: Office) -> None:
    staff_id = office.add()["staff_id"]
    code = Desk(practice, office.actor).issue_for_colleague(staff_id)["code"]
    assert choose(practice, prove(practice, code, login=NINA, born=None)["claim"])


def test_only_present_colleagues_are_sent_links(practice: Any, office: Office) -> None:
    account_id, _patient = practice.enrol("maria@cedargrove.example")
    for nobody in (new_id(), account_id):
        with pytest.raises(NotFound):
            office.send_again(nobody)
        with pytest.raises(NotFound):
            office.shown(nobody)
    with pytest.raises(NotAllowed):
        office.send_again(office.id)
