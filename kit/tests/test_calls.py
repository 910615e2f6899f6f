"""Requests to a running service: answered, refused, repeated, never leaking."""

import time
import urllib.error
import urllib.request

import orjson
import pika
import pytest
from toy_contracts import Crash, MakeThing, SeeThing, ThingExists

from portico_contracts.refusal import (
    BadRequest,
    KeyReused,
    NotAllowed,
    NotFound,
    ServiceFailed,
    SignInNeeded,
    Unavailable,
)
from portico_kit.ids import new_id
from portico_kit.testing.caller import NoAnswer
from portico_kit.testing.people import a_clinician, a_nurse, a_patient, token_for


@pytest.fixture(scope="module")
def toy(ground):
    return ground.service()


@pytest.fixture
def bench(ground):
    """One running toy serves all requests of this module."""
    ground.reset()
    return ground


def test_a_request_is_answered_after_its_commit_and_audited_once(bench, toy, caller):
    maria = a_patient()
    thing_id = new_id()
    made = caller.call(MakeThing(thing_id=thing_id, number=3), actor=maria)
    assert made == {"thing_id": str(thing_id), "number": 3}
    assert bench.rows("SELECT number FROM thing") == [(3,)]
    assert bench.rows("SELECT patient_ids, category, action FROM audit_row") == [
        ([maria.patient_id], "record", "write")
    ]


def test_another_patients_thing_is_not_found(toy, caller):
    thing_id = new_id()
    caller.call(MakeThing(thing_id=thing_id), actor=a_patient())
    with pytest.raises(NotFound):
        caller.call(SeeThing(thing_id=thing_id), actor=a_patient())


def test_a_patient_who_names_somebody_else_finds_nothing(toy, caller):
    with pytest.raises(NotFound):
        caller.call(SeeThing(thing_id=new_id(), patient_id=new_id()), actor=a_patient())


def test_strangers_and_wrong_roles_are_turned_away(bench, toy, caller):
    with pytest.raises(SignInNeeded):
        caller.call(SeeThing(thing_id=new_id()))
    with pytest.raises(NotAllowed):
        caller.call(SeeThing(thing_id=new_id(), patient_id=new_id()), actor=a_clinician())
    assert bench.rows("SELECT 1 FROM audit_row") == []


def test_a_forged_or_cut_token_is_no_token(toy, caller):
    body = orjson.dumps({"kwargs": {"thing_id": str(new_id())}})
    token = token_for(a_nurse())
    for wrong in (token[:-4] + "AAAA", token.rpartition(".")[0] + ".", "x", "a.b.c"):
        with pytest.raises(SignInNeeded):
            caller.send("toy", "see_thing", body, token=wrong)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"kwargs": 3}',
        b'{"kwargs": {"thing_id": "x"}}',
        b'{"kwargs": {"thing_id": null, "surplus": 1}}',
        b'{"kwargs": {"thing_id": "\xff"}}',
        b'{"kwargs": {"note": "' + b"a" * 2_000_000 + b'"}}',
        b"[" * 100_000,
    ],
)
def test_what_does_not_fit_the_schema_is_refused_with_reasons(toy, caller, body):
    with pytest.raises(BadRequest) as refusal:
        caller.send("toy", "make_thing", body, token=token_for(a_patient()))
    assert refusal.value.facts["fields"]


def test_a_refusal_keeps_its_type_and_its_facts(toy, caller):
    thing_id, maria = new_id(), a_patient()
    caller.call(MakeThing(thing_id=thing_id, number=2), actor=maria)
    with pytest.raises(ThingExists) as refusal:
        caller.call(MakeThing(thing_id=thing_id, number=2), actor=maria)
    assert refusal.value.facts == {"number": 2}


def test_a_key_repeats_the_first_answer_and_refuses_another_request(bench, toy, caller):
    thing_id, maria = new_id(), a_patient()
    first = caller.call(MakeThing(thing_id=thing_id), actor=maria, key="k1")
    assert caller.call(MakeThing(thing_id=thing_id), actor=maria, key="k1") == first
    with pytest.raises(KeyReused):
        caller.call(MakeThing(thing_id=new_id()), actor=maria, key="k1")
    assert bench.rows("SELECT count(*) FROM thing") == [(1,)]


def test_work_whose_caller_is_gone_is_not_done(bench, toy, caller):
    body = orjson.dumps({"kwargs": {"thing_id": str(new_id())}})
    with pytest.raises(NoAnswer):
        caller.send(
            "toy",
            "make_thing",
            body,
            token=token_for(a_patient()),
            seconds=1,
            deadline=time.time() - 1,
        )
    assert bench.rows("SELECT 1 FROM thing") == []


@pytest.mark.parametrize("deadline", ["soon", [1], {"a": 1}, "9" * 400], ids=type)
def test_headers_that_make_no_sense_end_no_process(toy, caller, deadline):
    body = orjson.dumps({"kwargs": {"thing_id": str(new_id())}})
    hostile = pika.BasicProperties(
        headers={"portico-deadline": deadline, "portico-token": [1]},
        content_encoding="unicode_escape",
    )
    caller.channel.basic_publish("nameko-rpc", "toy.make_thing", body + b"\\ud800", hostile)
    assert caller.call(MakeThing(thing_id=new_id()), actor=a_patient())
    assert toy.process.poll() is None


def test_a_deadline_that_is_no_time_is_refused(toy, caller):
    refused = directly(toy, "make_thing", {}, "", deadline="soon")
    assert refused["error"]["exc_type"] == "BadRequest"


def test_the_direct_road_does_not_work_for_a_caller_who_is_gone(bench, toy):
    with pytest.raises(urllib.error.HTTPError) as answer:
        token = token_for(a_patient())
        directly(toy, "make_thing", {"thing_id": str(new_id())}, token, deadline="1")
    assert answer.value.code == 504
    assert bench.rows("SELECT 1 FROM thing") == []


def test_an_unexpected_failure_tells_a_reference_and_nothing_else(bench, toy, caller):
    with pytest.raises(ServiceFailed) as refusal:
        caller.call(Crash(note="secret-canary"), actor=a_patient())
    assert refusal.value.facts["reference"]
    assert "secret-canary" not in str(refusal.value.facts) + str(refusal.value)
    printed = toy.output.read_text()
    assert refusal.value.facts["reference"] in printed
    assert "secret-canary" not in printed


def test_a_database_that_is_away_means_try_again(bench, toy, caller):
    bench.write(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    # The pool's connections are dead: at most one call is told so, then new ones are made.
    answers = []
    for _ in range(15):
        try:
            answers.append(caller.call(MakeThing(thing_id=new_id()), actor=a_patient()))
        except Unavailable as refusal:
            assert refusal.facts["seconds"] == 5
    assert answers


def test_the_direct_road_answers_as_the_broker_does(toy):
    maria, thing_id = a_patient(), new_id()
    made = directly(toy, "make_thing", {"thing_id": str(thing_id)}, token_for(maria))
    assert made == {"result": {"thing_id": str(thing_id), "number": 1}, "error": None}
    refused = directly(toy, "make_thing", {"thing_id": str(thing_id)}, token_for(maria))
    assert refused["error"]["exc_type"] == "ThingExists"
    stranger = directly(toy, "see_thing", {"thing_id": str(thing_id)}, "")
    assert stranger["error"]["exc_type"] == "SignInNeeded"


def directly(toy, method, arguments, token, deadline=""):
    known = {"portico-token": token, "portico-deadline": deadline}
    asked = urllib.request.Request(
        f"http://127.0.0.1:{toy.port}/rpc/{method}",
        data=orjson.dumps({"args": [], "kwargs": arguments}),
        headers={name: value for name, value in known.items() if value},
        method="POST",
    )
    with urllib.request.urlopen(asked, timeout=10) as reply:
        return orjson.loads(reply.read())
