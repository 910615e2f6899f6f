"""What failed, for a person to see to: list, look, try again in order and once, give up."""

import json

import pytest
import sqlalchemy as sa
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from toy_contracts import ThingHappened

from portico_contracts.failures import (
    AlreadyDropped,
    DropFailure,
    DropReasonNeeded,
    ListFailures,
    NotFailed,
    ReplayFailure,
    ShowFailure,
    asked_of,
)
from portico_contracts.refusal import NotAllowed, NotFound, SignInNeeded
from portico_contracts.wire import decode, encode
from portico_kit import dead_letters
from portico_kit.access import ANONYMOUS
from portico_kit.clock import now
from portico_kit.ids import new_id
from portico_kit.inbox import Delivery
from portico_kit.tables import grow_kit_tables
from portico_kit.testing.people import a_nurse, a_patient, an_administrator
from portico_kit.testing.waiting import eventually

ADMINISTRATOR = an_administrator()


@pytest.fixture(scope="module")
def toy(ground):
    """One process for all these tests: none of them harms it."""
    return ground.service(PORTICO_RETRY_DELAYS="0.1")


@pytest.fixture
def bench(ground, toy):
    ground.reset()
    return ground


def ask(caller, order, *, actor=ADMINISTRATOR, key=None, **fields):
    return caller.call(asked_of("toy", order)(**fields), actor=actor, key=key)


def body_of(thing_id, number=1):
    event = ThingHappened(thing_id=thing_id, number=number)
    return encode(event, event_id=new_id(), sequence=number, occurred_at=now())


def a_dead_letter(bench, body, *, subscription="toy.on_thing"):
    """Its number: a delivery that was given up at its first attempt."""
    with bench.store.transaction() as tx:
        delivery = Delivery(subscription, decode(body), body)
        assert dead_letters.failed(tx, delivery, "ValueError at toy:1", delays=()) == "dead"
        return dead_letters.page(tx, limit=200)[-1]["id"]


def an_unreadable_letter(bench, body, error="not understood: unknown event"):
    with bench.store.transaction() as tx:
        dead_letters.unreadable(tx, "toy.*", body, error)
        return dead_letters.page(tx, limit=200)[-1]["id"]


def state_of(bench, number):
    return bench.rows(f"SELECT state, acted_by FROM failed_delivery WHERE id = {number}")[0]


def audited(bench):
    return bench.rows("SELECT method, category, action, actor->>'account_id' FROM audit_row "
                      "ORDER BY seq")  # fmt: skip


def test_the_list_shows_everything_but_the_body_a_page_at_a_time(bench, caller):
    thing_id = new_id()
    numbers = [a_dead_letter(bench, body_of(thing_id, n)) for n in (1, 2, 3)]
    first = ask(caller, ListFailures, limit=2)
    assert [item["failure_id"] for item in first["items"]] == numbers[:2]
    rest = ask(caller, ListFailures, limit=2, cursor=first["next"])
    assert [item["failure_id"] for item in rest["items"]] == numbers[2:]
    assert rest["next"] is None
    letter = first["items"][0]
    assert (letter["service"], letter["event_name"]) == ("toy", "ThingHappened")
    assert (letter["state"], letter["attempts"]) == ("dead", 1)
    assert letter["aggregate_id"] == str(thing_id)
    assert "body" not in letter


def test_a_letter_is_shown_by_the_names_of_its_fields(bench, caller):
    number = a_dead_letter(bench, body_of(new_id(), 41_907))
    shown = ask(caller, ShowFailure, failure_id=number)
    assert shown["fields"] == ["number", "thing_id"]
    assert shown["earlier"] == []
    assert "41907" not in json.dumps(shown["fields"])


def test_names_that_a_stranger_chose_are_not_shown(bench, caller):
    body = json.dumps({"name": "x", "version": 1, "data": {"maria-canary": 1}}).encode()
    shown = ask(caller, ShowFailure, failure_id=an_unreadable_letter(bench, body))
    assert (shown["fields"], shown["bytes"]) == ([], len(body))
    assert "canary" not in json.dumps(shown)


def test_what_is_tried_again_has_its_effect_once_however_often_it_is_asked(bench, caller):
    thing_id = new_id()
    number = a_dead_letter(bench, body_of(thing_id))
    first = ask(caller, ReplayFailure, failure_id=number)
    assert (first["failure"]["state"], first["tried"]) == ("waiting", [number])
    eventually(lambda: state_of(bench, number)[0] == "applied", what="the effect")
    again = ask(caller, ReplayFailure, failure_id=number)
    assert (again["failure"]["state"], again["tried"]) == ("applied", [])
    assert bench.effects(thing_id) == [1]
    assert state_of(bench, number)[1] == ADMINISTRATOR.account_id
    assert bench.rows(f"SELECT length(body) FROM failed_delivery WHERE id = {number}") == [(0,)]
    handled = ask(caller, ListFailures, handled=True)["items"]
    assert [item["failure_id"] for item in handled] == [number]
    assert ask(caller, ListFailures)["items"] == []


def test_what_comes_before_it_about_the_same_thing_is_tried_first(bench, caller):
    thing_id, other = new_id(), new_id()
    third = a_dead_letter(bench, body_of(thing_id, 3))
    first = a_dead_letter(bench, body_of(thing_id, 1))
    second = a_dead_letter(bench, body_of(thing_id, 2))
    elsewhere = a_dead_letter(bench, body_of(other, 1))
    assert ask(caller, ShowFailure, failure_id=third)["earlier"] == [first, second]
    assert ask(caller, ReplayFailure, failure_id=third)["tried"] == [first, second, third]
    eventually(lambda: len(bench.effects(thing_id)) == 3)
    assert bench.effects(thing_id) == [1, 2, 3]
    assert state_of(bench, elsewhere) == ("dead", None)


def test_what_fails_again_is_a_dead_letter_again_and_says_who_had_it_tried(bench, caller):
    bench.write("INSERT INTO poison VALUES (1)")
    number = a_dead_letter(bench, body_of(new_id()))
    ask(caller, ReplayFailure, failure_id=number)
    dead_again = ("dead", ADMINISTRATOR.account_id)
    eventually(lambda: state_of(bench, number) == dead_again, what="dead again")
    [letter] = ask(caller, ListFailures)["items"]
    assert letter["attempts"] == 2 and letter["error"].startswith("ValueError")


def test_what_was_dropped_stays_with_its_reason_and_is_not_tried_again(bench, caller):
    thing_id = new_id()
    number = a_dead_letter(bench, body_of(thing_id))
    with pytest.raises(DropReasonNeeded):
        ask(caller, DropFailure, failure_id=number, reason="  ")
    dropped = ask(caller, DropFailure, failure_id=number, reason=" Told by phone. ")
    assert (dropped["state"], dropped["reason"]) == ("dropped", "Told by phone.")
    assert dropped["acted_by"] == str(ADMINISTRATOR.account_id)
    with pytest.raises(AlreadyDropped):
        ask(caller, ReplayFailure, failure_id=number)
    with pytest.raises(NotFailed) as refusal:
        ask(caller, DropFailure, failure_id=number, reason="Again")
    assert refusal.value.facts == {"state": "dropped"}
    assert bench.effects(thing_id) == []
    assert [i["reason"] for i in ask(caller, ListFailures, handled=True)["items"]] == [
        "Told by phone."
    ]


def test_a_second_press_with_the_same_key_gets_the_first_answer(bench, caller):
    number, key = a_dead_letter(bench, body_of(new_id())), new_id().hex
    once = ask(caller, DropFailure, failure_id=number, reason="Not needed", key=key)
    assert ask(caller, DropFailure, failure_id=number, reason="Not needed", key=key) == once
    assert [row[0] for row in audited(bench)] == ["drop_failure", "drop_failure"]


@pytest.mark.parametrize("order", [ListFailures, ShowFailure, ReplayFailure, DropFailure])
def test_only_a_practice_administrator_may_ask(bench, caller, order):
    number = a_dead_letter(bench, body_of(new_id()))
    fields = {} if order is ListFailures else {"failure_id": number}
    fields |= {"reason": "x"} if order is DropFailure else {}
    for actor in (a_nurse(), a_patient()):
        with pytest.raises(NotAllowed):
            ask(caller, order, actor=actor, **fields)
    with pytest.raises(SignInNeeded):
        ask(caller, order, actor=ANONYMOUS, **fields)
    assert state_of(bench, number) == ("dead", None)
    assert audited(bench) == []


def test_each_action_leaves_one_audit_row(bench, caller):
    one, other = (a_dead_letter(bench, body_of(new_id())) for _ in range(2))
    ask(caller, ListFailures)
    ask(caller, ShowFailure, failure_id=one)
    ask(caller, ReplayFailure, failure_id=one)
    ask(caller, DropFailure, failure_id=other, reason="Not needed")
    with pytest.raises(NotFound):
        ask(caller, ReplayFailure, failure_id=10**9)
    who = str(ADMINISTRATOR.account_id)
    assert audited(bench) == [
        ("list_failures", "operations", "read", who),
        ("show_failure", "operations", "read", who),
        ("replay_failure", "operations", "write", who),
        ("drop_failure", "operations", "write", who),
    ]


def test_a_message_that_ended_its_process_has_no_second_effect_when_tried_again(bench, caller):
    """It may have had its effect before the process ended: only the answer to the broker lacked."""
    thing_id = new_id()
    body = body_of(thing_id)
    applied = a_dead_letter(bench, body)
    ask(caller, ReplayFailure, failure_id=applied)
    eventually(lambda: bench.effects(thing_id) == [1])
    bench.write("DELETE FROM failed_delivery")
    number = an_unreadable_letter(bench, body, "delivered too often")
    ask(caller, ReplayFailure, failure_id=number)
    eventually(lambda: state_of(bench, number)[0] == "applied")
    eventually(lambda: bench.rows("SELECT 1 FROM failed_delivery WHERE state = 'waiting'") == [])
    assert bench.effects(thing_id) == [1]


def test_what_still_cannot_be_read_is_dead_again_and_holds_nobody_up(bench, caller, toy):
    thing_id = new_id()
    number = an_unreadable_letter(bench, b"no event at all")
    innocent = a_dead_letter(bench, body_of(thing_id))
    ask(caller, ReplayFailure, failure_id=number)
    ask(caller, ReplayFailure, failure_id=innocent)
    eventually(lambda: bench.effects(thing_id) == [1])
    eventually(lambda: state_of(bench, number)[0] == "dead")
    assert "retries.paused" not in toy.output.read_text()


def test_a_letter_of_a_reaction_that_is_gone_is_dead_again_and_holds_nobody_up(bench, caller):
    thing_id = new_id()
    number = a_dead_letter(bench, body_of(new_id()), subscription="toy.on_something_else")
    innocent = a_dead_letter(bench, body_of(thing_id))
    for letter in (number, innocent):
        ask(caller, ReplayFailure, failure_id=letter)
    eventually(lambda: bench.effects(thing_id) == [1])
    eventually(lambda: state_of(bench, number)[0] == "dead")


def test_a_database_of_the_release_before_gains_what_the_kit_keeps_now(databases):
    engine = create_engine(
        databases.fresh("scheduling").replace("postgresql://", "postgresql+psycopg://"),
        poolclass=NullPool,
    )
    gained = "SELECT acted_by, acted_at FROM failed_delivery"
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "ALTER TABLE failed_delivery DROP COLUMN acted_by, DROP COLUMN acted_at"
        )
    with engine.begin() as connection:
        grow_kit_tables(connection)
        grow_kit_tables(connection)
        assert connection.execute(sa.text(gained)).all() == []
    engine.dispose()
