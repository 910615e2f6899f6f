"""Sessions: tokens, idle time, devices, ends."""

from datetime import timedelta
from typing import Any

import pytest

from identity import domain, queries
from identity.commands import sessions
from portico_contracts import identity as contract
from portico_contracts.refusal import NotFound, SignInNeeded
from portico_kit.access import Actor, TokenReader
from portico_kit.ids import new_id
from portico_kit.testing import keys

LOGIN = "maria@cedargrove.example"


def token(practice: Any, session: Any, **asked: Any) -> Any:
    request = contract.OpenToken(session=session["session"], **asked)
    with practice.transaction() as tx:
        return sessions.open_token(tx, request, now=practice.now)


def actor_of(practice: Any, session: Any) -> Actor:
    reader = TokenReader(keys.TOKEN_PUBLIC_KEY)
    return reader.read(token(practice, session)["token"], now=practice.now)


def test_a_patients_token_names_them_and_their_own_record(practice: Any) -> None:
    account_id, patient_id = practice.enrol(LOGIN)
    session = practice.sign_in(LOGIN)
    actor = actor_of(practice, session)
    assert (actor.kind, actor.account_id, actor.patient_id) == ("patient", account_id, patient_id)
    assert actor.session_id == session["session_id"]
    opened = token(practice, session)
    assert opened["person"] == {"first_name": "Maria", "last_name": "Reyes", "language": "en"}
    assert opened["expires_at"] == practice.now + timedelta(minutes=5)
    assert opened["idle_minutes"] == 30


def test_a_staff_members_token_names_roles_and_no_record(practice: Any) -> None:
    staff_id = practice.hire("Dana Whitfield", role="nurse")
    session = practice.sign_in("dana@cedargrove.example")
    actor = actor_of(practice, session)
    assert (actor.kind, actor.account_id, actor.roles) == ("staff", staff_id, ("nurse",))
    assert actor.patient_id is None
    assert actor.name == "Dana Whitfield"
    assert session["idle_minutes"] == 15


@pytest.mark.parametrize(
    ("title", "signed"),
    [("Dr.", "Dr. Amara Okafor"), ("NP", "Amara Okafor, NP"), ("", "Amara Okafor")],
)
def test_staff_sign_with_their_title_where_it_belongs(title: str, signed: str) -> None:
    assert domain.titled_name(title, "Amara", "Okafor") == signed


def test_an_unknown_who_is_not_found(practice: Any) -> None:
    practice.enrol(LOGIN)
    with pytest.raises(NotFound):
        token(practice, practice.sign_in(LOGIN), who="for/k7q2m")


def test_a_guessed_secret_opens_nothing(practice: Any) -> None:
    with pytest.raises(SignInNeeded):
        token(practice, {"session": "x" * 43})


def test_quiet_ends_a_session_and_activity_keeps_it(practice: Any) -> None:
    practice.enrol(LOGIN)
    session = practice.sign_in(LOGIN)
    practice.later(minutes=29)
    assert token(practice, session)["idle_ends_at"] == practice.now + timedelta(minutes=30)
    practice.later(minutes=29)
    token(practice, session, active=False)
    practice.later(minutes=1)
    with pytest.raises(SignInNeeded):
        token(practice, session)


def test_staff_sessions_end_after_fifteen_quiet_minutes(practice: Any) -> None:
    practice.hire("Dana Whitfield")
    session = practice.sign_in("dana@cedargrove.example")
    practice.later(minutes=15)
    with pytest.raises(SignInNeeded):
        token(practice, session)


def test_no_session_outlasts_twelve_hours(practice: Any) -> None:
    practice.enrol(LOGIN)
    session = practice.sign_in(LOGIN)
    for _ in range(36):
        token(practice, session)
        practice.later(minutes=20)
    with pytest.raises(SignInNeeded):
        extend(practice, session)


def extend(practice: Any, session: Any) -> Any:
    with practice.transaction() as tx:
        request = contract.ExtendSession(session=session["session"])
        return sessions.extend_session(tx, request, now=practice.now)


def test_staying_signed_in_starts_the_idle_time_anew(practice: Any) -> None:
    practice.enrol(LOGIN)
    session = practice.sign_in(LOGIN)
    practice.later(minutes=28)
    assert extend(practice, session)["idle_ends_at"] == practice.now + timedelta(minutes=30)
    practice.later(minutes=28)
    token(practice, session)


def test_signing_out_ends_the_session_and_tells_the_gateways_once(practice: Any) -> None:
    account_id, _patient = practice.enrol(LOGIN)
    session = practice.sign_in(LOGIN)
    for _ in range(2):
        with practice.transaction() as tx:
            request = contract.SignOut(session=session["session"])
            sessions.sign_out(tx, request, now=practice.now)
    with pytest.raises(SignInNeeded):
        token(practice, session)
    assert practice.announced("SessionsEnded") == [
        {"account_id": str(account_id), "session_ids": [str(session["session_id"])]}
    ]


def test_the_list_of_devices_shows_running_sessions_of_ones_own(practice: Any) -> None:
    practice.enrol(LOGIN)
    practice.enrol("tom@cedargrove.example")
    practice.sign_in("tom@cedargrove.example")
    practice.sign_in(LOGIN)
    practice.later(minutes=31)
    here = practice.sign_in(LOGIN)
    with practice.transaction(actor_of(practice, here)) as tx:
        (card,) = queries.list_sessions(tx, now=practice.now)["items"]
    assert card["this_one"] and card["device"] == "Firefox on Linux"


def end(practice: Any, actor: Actor, session_id: Any = None) -> int:
    with practice.transaction(actor) as tx:
        request = contract.EndSession(session_id=session_id)
        return int(sessions.end_session(tx, request, now=practice.now)["ended"])


def test_another_device_is_signed_out_from_here(practice: Any) -> None:
    practice.enrol(LOGIN)
    there, here = practice.sign_in(LOGIN), practice.sign_in(LOGIN)
    assert end(practice, actor_of(practice, here), there["session_id"]) == 1
    with pytest.raises(SignInNeeded):
        token(practice, there)
    token(practice, here)


def test_all_other_devices_are_signed_out_at_once(practice: Any) -> None:
    practice.enrol(LOGIN)
    others = [practice.sign_in(LOGIN) for _ in range(3)]
    here = practice.sign_in(LOGIN)
    assert end(practice, actor_of(practice, here)) == len(others)
    (ended,) = practice.announced("SessionsEnded")
    assert len(ended["session_ids"]) == len(others)


def test_however_many_sessions_end_at_once_each_event_stays_readable(practice: Any) -> None:
    account_id, _patient = practice.enrol(LOGIN)
    here = practice.sign_in(LOGIN)
    with practice.transaction() as tx:
        for _ in range(501):
            sessions.start(tx, account_id=account_id, kind="patient", device="", now=practice.now)
    assert end(practice, actor_of(practice, here)) == 501
    told = [len(event["session_ids"]) for event in practice.announced("SessionsEnded")]
    assert told == [500, 1]


def test_another_persons_session_is_not_found(practice: Any) -> None:
    practice.enrol(LOGIN)
    practice.enrol("tom@cedargrove.example")
    theirs, here = practice.sign_in("tom@cedargrove.example"), practice.sign_in(LOGIN)
    for session_id in (theirs["session_id"], new_id()):
        with pytest.raises(NotFound):
            end(practice, actor_of(practice, here), session_id)
    token(practice, theirs)


def test_stale_sessions_are_ended_and_announced_by_the_clock(practice: Any) -> None:
    practice.enrol(LOGIN)
    practice.hire("Dana Whitfield")
    practice.sign_in(LOGIN)
    staff = practice.sign_in("dana@cedargrove.example")
    practice.later(minutes=16)
    with practice.transaction() as tx:
        sessions.end_stale_sessions(tx, now=practice.now)
    (ended,) = practice.announced("SessionsEnded")
    assert ended["session_ids"] == [str(staff["session_id"])]


def test_a_devices_words_are_cut_and_cleaned(practice: Any) -> None:
    practice.enrol(LOGIN)
    with practice.transaction() as tx:
        sessions.start(
            tx,
            account_id=practice.value("SELECT id FROM account"),
            kind="patient",
            device="Fire\x1b[31mfox\n" + "x" * 280,
            now=practice.now,
        )
    device = practice.value("SELECT device FROM session")
    assert device.startswith("Fire[31mfoxxx") and len(device) == 200
