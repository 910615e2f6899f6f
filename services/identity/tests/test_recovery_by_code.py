"""Phone and codes lost: staff make a code for whom they know; it is good once, for a day."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from identity import queries
from identity.adapters import passwords
from identity.domain import RECOVERY_CODE_LASTS
from portico_contracts import identity as contract
from portico_contracts.refusal import BadRequest, NotAllowed, NotFound
from portico_kit.access import Actor
from portico_kit.audit import Trail
from portico_kit.testing.people import an_administrator

from .recoveries import NEW, Desk, choose, code_for, link, prove
from .second_steps import LOGIN, MOBILE, PASSWORD, maria

ELENA = "elena@cedargrove.example"
DANA = "dana@cedargrove.example"


def in_with(practice: Any, code: str, *, login: str = LOGIN, born: Any = date(1968, 3, 4)) -> Any:
    """Prove who one is and choose the new password."""
    return choose(practice, prove(practice, code, login=login, born=born)["claim"])


def shown(practice: Any, patient_id: UUID) -> dict[str, Any]:
    with practice.transaction(practice.desk, patient_id) as tx:
        return queries.show_sign_in_help(tx)


def test_a_code_lets_one_choose_a_password_and_turns_second_factors_off(practice: Any) -> None:
    person = maria(practice)
    person.app_is_on()
    assert person.actor.patient_id is not None
    in_with(practice, code_for(practice, person.actor.patient_id))
    assert practice.sign_in(LOGIN, NEW)["session"]
    for table in ("second_factor", "recovery_code", "text_code"):
        assert practice.value(f"SELECT count(*) FROM {table}") == 0
    [told] = practice.announced("PasswordReset")
    assert told["factors_off"] is True


def test_a_code_is_typed_in_any_way_and_by_either_login(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN, MOBILE)
    code = code_for(practice, patient_id)
    typed = f" {code.replace('-', ' ').lower()} "
    assert prove(practice, typed, login="(555) 010-0142")["claim"]
    assert prove(practice, code, login=LOGIN.upper())["claim"]


def test_a_code_and_its_claim_are_good_once_and_kept_as_hashes(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN)
    code = code_for(practice, patient_id)
    claim = prove(practice, code)["claim"]
    kept = practice.value("SELECT string_agg(r::text, '') FROM recovery r")
    assert code not in kept and code.replace("-", "") not in kept and claim not in kept
    choose(practice, claim)
    with pytest.raises(contract.RecoveryEnded):
        choose(practice, claim)
    with pytest.raises(contract.RefusedRecovery):
        prove(practice, code)


def test_only_the_newest_code_is_good(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN)
    first, second = code_for(practice, patient_id), code_for(practice, patient_id)
    with pytest.raises(contract.RefusedRecovery):
        prove(practice, first)
    assert prove(practice, second)["claim"]


def test_a_code_is_too_old_after_a_day_and_so_is_what_it_earned(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN)
    code = code_for(practice, patient_id)
    practice.later(seconds=RECOVERY_CODE_LASTS.total_seconds() - 60)
    claim = prove(practice, code)["claim"]
    practice.later(seconds=60)
    with pytest.raises(contract.RefusedRecovery):
        prove(practice, code)
    with pytest.raises(contract.RecoveryEnded):
        choose(practice, claim)


def test_a_claim_is_too_old_after_half_an_hour(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN)
    claim = prove(practice, code_for(practice, patient_id))["claim"]
    practice.later(minutes=30)
    with pytest.raises(contract.RecoveryEnded):
        choose(practice, claim)


def test_a_revoked_code_opens_nothing_and_neither_does_its_claim(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN)
    code = code_for(practice, patient_id)
    claim = prove(practice, code)["claim"]
    desk = Desk(practice, practice.desk, patient_id)
    assert (desk.revoke(), desk.revoke()) == ({"revoked": 1}, {"revoked": 0})
    with pytest.raises(contract.RefusedRecovery):
        prove(practice, code)
    with pytest.raises(contract.RecoveryEnded):
        choose(practice, claim)


def test_a_link_that_a_stranger_asks_for_takes_no_code_away(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN)
    code = code_for(practice, patient_id)
    token = link(practice)
    in_with(practice, code)
    # Whichever is used first ends the other.
    with pytest.raises(contract.RecoveryEnded):
        choose(practice, token)


# ---- tries


def test_the_fifth_wrong_try_ends_the_code_until_staff_make_another(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN, MOBILE)
    code = code_for(practice, patient_id)
    for login in (LOGIN, MOBILE, LOGIN, MOBILE, LOGIN):
        with pytest.raises(contract.RefusedRecovery):
            prove(practice, "AAAA-AAAA", login=login)
    assert shown(practice, patient_id)["code"]["tries_left"] == 0
    practice.later(hours=23)
    with pytest.raises(contract.RefusedRecovery):
        prove(practice, code)
    assert prove(practice, code_for(practice, patient_id))["claim"]


def test_a_wrong_birth_date_is_a_wrong_try(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN)
    code = code_for(practice, patient_id)
    for born in (date(1968, 3, 5), None):
        with pytest.raises(contract.RefusedRecovery):
            prove(practice, code, born=born)
    assert shown(practice, patient_id)["code"]["tries_left"] == 3


def test_one_persons_code_does_not_open_anothers_account(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN)
    practice.enrol(ELENA)
    code = code_for(practice, patient_id)
    with pytest.raises(contract.RefusedRecovery):
        prove(practice, code, login=ELENA)
    assert prove(practice, code)["claim"]


def test_unknown_logins_get_the_same_refusal_after_the_same_work(
    practice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _account, patient_id = practice.enrol(LOGIN)
    practice.enrol(ELENA)
    code_for(practice, patient_id)
    said, statements = [], []
    for login in (LOGIN, ELENA, "nobody@cedargrove.example"):
        with practice.statements() as made, pytest.raises(contract.RefusedRecovery) as refusal:
            prove(practice, "AAAA-AAAA", login=login)
        said.append((str(refusal.value), refusal.value.facts))
        statements.append(made)
    assert said[0] == said[1] == said[2]
    assert statements[0] == statements[1] == statements[2]


def test_spraying_codes_holds_the_address_up_and_costs_nobody_a_try(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN)
    code_for(practice, patient_id)
    for number in range(30):
        with pytest.raises(contract.RefusedRecovery):
            prove(practice, "AAAA-AAAA", login=f"someone{number}@cedargrove.example")
    with pytest.raises(contract.TooManyTries):
        prove(practice, "AAAA-AAAA")
    assert shown(practice, patient_id)["code"]["tries_left"] == 5


# ---- at the desk


def test_staff_see_how_a_patient_signs_in_and_never_the_code_again(practice: Any) -> None:
    person = maria(practice)
    person.app_is_on()
    assert person.actor.patient_id is not None
    before = shown(practice, person.actor.patient_id)
    assert (before["logins"], before["code"]) == ([MOBILE, LOGIN], None)
    assert (before["recovery_codes_left"], before["text_since"]) == (10, None)
    assert before["app_used_at"] == datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    code = code_for(practice, person.actor.patient_id, "call_back")
    after = shown(practice, person.actor.patient_id)
    assert (after["code"]["proof"], after["code"]["tries_left"]) == ("call_back", 5)
    assert code not in str(after)


def test_without_an_account_there_is_nothing_to_get_back_into(practice: Any) -> None:
    patient_id = practice.invite()["patient_id"]
    assert shown(practice, patient_id)["has_account"] is False
    with pytest.raises(contract.NoAccount):
        code_for(practice, patient_id)


def test_the_ledger_says_who_made_a_code_for_whom_and_on_what_proof(practice: Any) -> None:
    _account, patient_id = practice.enrol(LOGIN)
    trail = Trail("account", "write", "issue_recovery_code")
    audited = practice.store.transaction(
        actor=practice.desk, now=practice.now, patient_id=patient_id, trail=trail
    )

    class Audited(Desk):
        def transaction(self) -> Any:
            return audited

    Audited(practice, practice.desk, patient_id).issue("known_in_person")
    with practice.store.engine.connect() as connection:
        [row] = connection.execute(text("SELECT method, patient_ids, actor FROM audit_row"))
    assert row.method == "issue_recovery_code:known_in_person"
    assert row.patient_ids == [patient_id]
    assert row.actor["account_id"] == str(practice.desk.account_id)


# ---- colleagues


def ruth(practice: Any, staff_id: UUID | None = None) -> Desk:
    """The administrator, who may be somebody whom the practice has hired."""
    actor = an_administrator()
    if staff_id is not None:
        actor = Actor(kind="staff", account_id=staff_id, roles=("practice_administrator",))
    return Desk(practice, actor)


def test_an_administrator_helps_a_colleague_who_needs_no_birth_date(practice: Any) -> None:
    staff_id = practice.hire()
    code = ruth(practice).issue_for_colleague(staff_id)["code"]
    assert in_with(practice, code, login=DANA, born=None) == {"kind": "staff"}
    assert practice.sign_in(DANA, NEW)["account_id"] == staff_id


def test_a_practice_that_requires_a_second_factor_asks_for_a_new_one(practice: Any) -> None:
    staff_id = practice.hire()
    practice.require_of_staff()
    in_with(practice, ruth(practice).issue_for_colleague(staff_id)["code"], login=DANA)
    with pytest.raises(contract.SecondFactorNeeded) as asked:
        practice.sign_in(DANA, NEW)
    assert asked.value.facts["set_up"] is True


def test_nobody_helps_themselves_back_in(practice: Any) -> None:
    staff_id = practice.hire("Ruth Lindqvist", role="practice_administrator")
    for act in (ruth(practice, staff_id).issue_for_colleague,
                ruth(practice, staff_id).revoke_for_colleague):  # fmt: skip
        with pytest.raises(NotAllowed):
            act(staff_id)


def test_a_colleagues_code_is_not_made_by_naming_a_patient_nor_the_other_way(
    practice: Any,
) -> None:
    account_id, patient_id = practice.enrol(LOGIN)
    staff_id = practice.hire()
    for stranger in (account_id, patient_id):
        with pytest.raises(NotFound):
            ruth(practice).issue_for_colleague(stranger)
    with pytest.raises(contract.NoAccount):
        Desk(practice, practice.desk, staff_id).issue()
    practice.value("UPDATE staff SET left_at = :now", now=practice.now)
    with pytest.raises(NotFound):
        ruth(practice).issue_for_colleague(staff_id)


def test_a_colleagues_code_can_be_revoked(practice: Any) -> None:
    staff_id = practice.hire()
    code = ruth(practice).issue_for_colleague(staff_id)["code"]
    assert ruth(practice).revoke_for_colleague(staff_id) == {"revoked": 1}
    with pytest.raises(contract.RefusedRecovery):
        prove(practice, code, login=DANA, born=None)
    assert practice.sign_in(DANA, PASSWORD)["session"]


def test_staff_are_listed_by_name_a_page_at_a_time(practice: Any) -> None:
    for name in ("Dana Whitfield", "Tom Alvarez", "Amara Okafor"):
        practice.hire(name)
    cursor, seen = None, []
    with practice.transaction(an_administrator()) as tx:
        for _ in range(3):
            page = queries.page_of_staff(tx, contract.PageOfStaff(cursor=cursor, limit=1))
            seen += [card["first_name"] for card in page["items"]]
            cursor = page["next"]
    assert (seen, cursor) == (["Tom", "Amara", "Dana"], None)


@pytest.mark.parametrize(
    "cursor", ["x", "bnVsbA==", "WzEsMiwzXQ==", "WyJhXHUwMDAwIiwiYiIsIngiXQ=="]
)
def test_a_cursor_of_staff_that_is_none_is_refused(practice: Any, cursor: str) -> None:
    with pytest.raises(BadRequest), practice.transaction(an_administrator()) as tx:
        queries.page_of_staff(tx, contract.PageOfStaff(cursor=cursor))


def test_no_password_is_hashed_before_the_claim_was_looked_at(
    practice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(passwords, "hash_password", hashed.append)
    with pytest.raises(contract.RecoveryEnded):
        choose(practice, "x" * 43)
    assert hashed == []
