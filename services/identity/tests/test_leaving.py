"""A colleague leaves, or does other work: what ends at once, and who always stays."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from identity import queries
from identity.commands import sessions
from portico_contracts import identity as contract
from portico_contracts.refusal import NotFound, SignInNeeded
from portico_kit.access import Actor
from portico_kit.audit import Trail
from portico_kit.ids import new_id

from .office import Office
from .recoveries import NEW, Desk, choose, link, open_link, prove
from .second_steps import PASSWORD, SignedIn, code_of

DANA = "dana@cedargrove.example"


@pytest.fixture
def office(practice: Any) -> Office:
    return Office.of(practice)


def acting(practice: Any, secret: str) -> Any:
    with practice.transaction() as tx:
        asked = contract.OpenToken(session=secret, active=False)
        return sessions.open_token(tx, asked, now=practice.now)["actor"]


def test_who_left_is_signed_out_everywhere_and_gets_in_no_more(
    practice: Any, office: Office
) -> None:
    dana = practice.hire()
    running = [practice.sign_in(DANA) for _ in range(2)]
    assert office.let_leave(dana) == {"sessions_ended": 2}
    [told] = practice.announced("SessionsEnded")
    assert set(told["session_ids"]) == {str(one["session_id"]) for one in running}
    with pytest.raises(SignInNeeded):
        acting(practice, running[0]["session"])
    with pytest.raises(contract.RefusedSignIn):
        practice.sign_in(DANA)


def test_others_are_told_once_that_somebody_left(practice: Any, office: Office) -> None:
    dana = practice.hire()
    office.let_leave(dana)
    with pytest.raises(NotFound):
        office.let_leave(dana)
    assert practice.announced("StaffLeft") == [{"staff_id": str(dana)}]
    told = practice.announced("ContactDetailsChanged")[-1]
    assert (told["person_id"], told["email"], told["mobile"]) == (str(dana), None, None)


def test_all_that_could_let_them_in_is_gone(practice: Any, office: Office) -> None:
    dana = practice.hire()
    person = SignedIn(practice, Actor(kind="staff", account_id=dana, roles=("nurse",)))
    app = person.start("app")
    person.confirm(code_of(app["key"], practice.now))
    mailed = link(practice, DANA)
    code = Desk(practice, office.actor).issue_for_colleague(dana)["code"]
    claim = prove(practice, code, login=DANA, born=None)["claim"]
    with pytest.raises(contract.SecondFactorNeeded):
        practice.sign_in(DANA)
    office.let_leave(dana)
    for table in ("second_factor", "recovery_code", "text_code", "challenge"):
        assert practice.value(f"SELECT count(*) FROM {table}") == 0, table
    assert practice.value("SELECT count(*) FROM recovery WHERE state = 'open'") == 0
    for secret in (mailed, claim):
        with pytest.raises(contract.RecoveryEnded):
            choose(practice, secret)
    with pytest.raises(contract.RecoveryEnded):
        open_link(practice, mailed)
    assert practice.value("SELECT password_hash FROM account WHERE id = :id", id=dana) == ""


def test_the_logins_are_free_again_and_coming_back_is_a_fresh_account(
    practice: Any, office: Office
) -> None:
    before = practice.hire()
    office.let_leave(before)
    again = office.add(first_name="Dana", last_name="Whitfield", email=DANA)["staff_id"]
    assert again != before
    choose(practice, office.newest_link())
    assert practice.sign_in(DANA, NEW)["account_id"] == again


def test_what_they_wrote_keeps_their_name(practice: Any, office: Office) -> None:
    dana = practice.hire()
    office.let_leave(dana)
    with practice.transaction() as tx:
        [card] = queries.staff_cards(tx, [dana])["items"]
        present = queries.list_staff(tx, role=None)["items"]
    assert (card["first_name"], card["last_name"]) == ("Dana", "Whitfield")
    assert [one["staff_id"] for one in present] == [office.id]
    with pytest.raises(NotFound):
        office.shown(dana)


def test_a_sign_in_under_way_while_they_leave_starts_no_session(
    practice: Any, office: Office
) -> None:
    dana = practice.hire()
    inner = practice.transaction
    opened = []

    class Meanwhile:
        """A call in whose midst, after the password was found right, the account is closed."""

        def transaction(self) -> Any:
            opened.append(1)
            if len(opened) == 2:
                practice.later(seconds=1)
                office.let_leave(dana)
            return inner()

    from identity.commands import sign_in

    asked = contract.SignIn(login=DANA, password=PASSWORD, address="198.51.100.7", device="x")
    with pytest.raises(contract.RefusedSignIn):
        sign_in.sign_in(Meanwhile(), asked)
    assert practice.value("SELECT count(*) FROM session") == 0


# ---- who may not


def test_nobody_lets_themselves_leave(practice: Any, office: Office) -> None:
    practice.hire("Lena Park", role="practice_administrator")
    with pytest.raises(contract.OwnAccount):
        office.let_leave(office.id)


def test_the_last_administrator_stays(practice: Any) -> None:
    ruth = practice.hire("Ruth Lindqvist", role="practice_administrator")
    stale = Office.of(practice, new_id())  # a token that is older than its holder's other roles
    with pytest.raises(contract.LastAdministrator):
        stale.let_leave(ruth)
    with pytest.raises(contract.LastAdministrator):
        stale.change_roles(ruth, "nurse")
    assert stale.change_roles(ruth, "nurse", "practice_administrator")


def test_of_two_administrators_who_let_each_other_go_one_stays(
    practice: Any, office: Office
) -> None:
    lena = practice.hire("Lena Park", role="practice_administrator")
    orders = ((office, lena), (Office.of(practice, lena), office.id))

    def let_go(order: tuple[Office, Any]) -> bool:
        try:
            return bool(order[0].let_leave(order[1]))
        except contract.LastAdministrator:
            return False

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(let_go, orders)) == [False, True]


def test_patients_are_nobodys_staff(practice: Any, office: Office) -> None:
    account_id, _patient = practice.enrol("maria@cedargrove.example")
    for nobody in (account_id, new_id()):
        with pytest.raises(NotFound):
            office.let_leave(nobody)
        with pytest.raises(NotFound):
            office.change_roles(nobody, "nurse")


# ---- other roles


def test_the_next_token_carries_the_new_roles(practice: Any, office: Office) -> None:
    dana = practice.hire()
    secret = practice.sign_in(DANA)["session"]
    assert acting(practice, secret)["roles"] == ["nurse"]
    changed = office.change_roles(dana, "billing", "front_desk")
    assert changed["roles"] == ["front_desk", "billing"]
    assert acting(practice, secret)["roles"] == ["front_desk", "billing"]


def test_ones_own_administrator_role_stays(practice: Any, office: Office) -> None:
    practice.hire("Lena Park", role="practice_administrator")
    with pytest.raises(contract.OwnAccount):
        office.change_roles(office.id, "nurse")
    own = office.change_roles(office.id, "practice_administrator", "nurse")
    assert own["roles"] == ["nurse", "practice_administrator"]


def test_somebody_without_a_role_is_refused(practice: Any, office: Office) -> None:
    dana = practice.hire()
    with pytest.raises(contract.NoRole):
        office.change_roles(dana)


def test_the_ledger_says_whose_account_it_was(practice: Any, office: Office) -> None:
    dana, trail = practice.hire(), Trail("account", "write", "let_leave")
    from identity.commands import staff

    with practice.store.transaction(actor=office.actor, now=practice.now, trail=trail) as tx:
        staff.let_leave(tx, contract.LetLeave(staff_id=dana), now=practice.now)
    [row] = practice.value(
        "SELECT array_agg(ARRAY[actor->>'account_id', patient_ids[1]::text, method]) FROM audit_row"
    )
    assert row == [str(office.id), str(dana), "let_leave"]
