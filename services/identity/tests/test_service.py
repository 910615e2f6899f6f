"""The running service: real processes, a real broker, hashing beside other work."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pyotp
import pytest

from portico_contracts import identity as contract
from portico_contracts.refusal import BadRequest, NotAllowed, SignInNeeded
from portico_kit.access import TokenReader
from portico_kit.clock import now
from portico_kit.database import open_transaction
from portico_kit.ids import new_id
from portico_kit.testing import keys
from portico_kit.testing.caller import Caller
from portico_kit.testing.databases import Databases
from portico_kit.testing.people import a_patient, staff_member, the_front_desk
from portico_kit.testing.processes import ServiceProcess
from portico_kit.testing.waiting import eventually

PASSWORD = "correct-horse-battery"


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("identity") / "output.log"


@pytest.fixture(scope="module")
def database_url(databases: Databases) -> str:
    return databases.fresh("identity")


@pytest.fixture(scope="module")
def caller(database_url: str, declared_broker: str, output: Path) -> Iterator[Caller]:
    """A caller of identity, which runs as a process of its own for all these tests."""
    process = ServiceProcess.service(
        "identity.service:Identity",
        database_url=database_url,
        amqp_url=declared_broker,
        output=output,
        PORTICO_PEPPER="a pepper for tests",
    )
    process.start()
    made = Caller(declared_broker)
    yield made
    made.close()
    process.stop()


def enrolled(caller: Caller) -> str:
    """A patient who was invited and made an account; their login."""
    login = f"maria.{new_id().hex[-8:]}@cedargrove.example"
    made = caller.call(
        contract.IssueInvitation(
            patient_id=new_id(),
            first_name="Maria",
            last_name="Reyes",
            birth_date=date(1968, 3, 4),
            email=login,
        ),
        actor=the_front_desk(),
    )
    proof = contract.OpenInvitation(code=made["code"], birth_date=date(1968, 3, 4))
    claim = caller.call(proof)["claim"]
    caller.call(contract.AcceptInvitation(claim=claim, login=login, password=PASSWORD))
    return login


def test_from_the_front_desk_to_a_token_over_the_broker(caller: Caller) -> None:
    session = caller.call(contract.SignIn(login=enrolled(caller), password=PASSWORD))
    opened = caller.call(contract.OpenToken(session=session["session"]))
    actor = TokenReader(keys.TOKEN_PUBLIC_KEY).read(opened["token"], now=now())
    assert str(actor.account_id) == session["account_id"]
    listed = caller.call(contract.ListSessions(), actor=actor)
    assert [card["this_one"] for card in listed["items"]] == [True, False]


def test_tokens_are_signed_while_many_people_sign_in(caller: Caller, declared_broker: str) -> None:
    login = enrolled(caller)
    session = caller.call(contract.SignIn(login=login, password=PASSWORD))

    def sign_in(_number: int) -> Any:
        own = Caller(declared_broker)
        try:
            return own.call(contract.SignIn(login=f"{new_id()}@x.example", password=PASSWORD))
        except contract.RefusedSignIn as refusal:
            return refusal
        finally:
            own.close()

    with ThreadPoolExecutor(4) as pool:
        crowd = [pool.submit(sign_in, number) for number in range(8)]
        opened = [caller.call(contract.OpenToken(session=session["session"])) for _ in range(20)]
        assert all(isinstance(one.result(), contract.RefusedSignIn) for one in crowd)
    assert all(one["token"] for one in opened)


def test_only_the_right_people_may_ask(caller: Caller) -> None:
    invite = contract.IssueInvitation(
        patient_id=new_id(), first_name="A", last_name="B", birth_date=date(2000, 1, 1)
    )
    with pytest.raises(SignInNeeded):
        caller.call(invite)
    with pytest.raises(NotAllowed):
        caller.call(invite, actor=staff_member("billing"))
    with pytest.raises(NotAllowed):
        caller.call(contract.LedgerPage(), actor=the_front_desk())
    with pytest.raises(NotAllowed):
        caller.call(contract.ListStaff(), actor=a_patient())


def audited(database_url: str, method: str) -> int:
    with open_transaction(database_url) as tx:
        rows = "SELECT count(*) FROM audit_row WHERE method = %s AND action = 'write'"
        count: int = tx.connection.exec_driver_sql(rows, (method,)).scalar_one()
        return count


def test_a_second_factor_from_its_set_up_to_a_session_over_the_broker(
    caller: Caller, database_url: str, output: Path
) -> None:
    login = enrolled(caller)
    session = caller.call(contract.SignIn(login=login, password=PASSWORD))
    opened = caller.call(contract.OpenToken(session=session["session"]))
    actor = TokenReader(keys.TOKEN_PUBLIC_KEY).read(opened["token"], now=now())
    with pytest.raises(contract.WrongPassword):
        guess = contract.StartSecondFactor(factor="app", password="a guess of somebody else")
        caller.call(guess, actor=actor)
    assert audited(database_url, "start_second_factor") == 0  # nothing was done
    start = contract.StartSecondFactor(factor="app", password=PASSWORD)
    key = caller.call(start, actor=actor)["key"]
    assert audited(database_url, "start_second_factor") == 1
    first = contract.ConfirmSecondFactor(factor="app", code=pyotp.TOTP(key).at(now()))
    codes = caller.call(first, actor=actor)["codes"]
    assert audited(database_url, "confirm_second_factor") == 1
    with pytest.raises(contract.SecondFactorNeeded) as due:
        caller.call(contract.SignIn(login=login, password=PASSWORD))
    secret = due.value.facts["challenge"]
    assert due.value.facts["ways"] == ["app", "recovery"]
    with pytest.raises(SignInNeeded):
        caller.call(contract.OpenToken(session=secret))
    finish = contract.FinishSignIn(challenge=secret, way="recovery", code=codes[0])
    assert caller.call(finish)["recovery_codes_left"] == 9
    written = output.read_text()
    assert not any(hidden in written for hidden in (key, secret, *codes))


def test_hostile_bodies_are_refused_without_a_trace_of_their_content(
    caller: Caller, output: Path
) -> None:
    bodies = [
        b"\xff\xfe", b"[]", b'{"kwargs": 1}', b'{"kwargs": {"login": "canary-7f3a"}}',
        b'{"kwargs": {"login": "canary-7f3a", "password": {"$ne": 1}}}',
        orjson.dumps({"kwargs": {"login": "canary-7f3a" * 100, "password": "x"}}),
        orjson.dumps({"kwargs": {"login": "canary-7f3a\x00", "password": "x"}}),
        orjson.dumps({"kwargs": {"login": "canary-7f3a", "password": "x", "roles": ["nurse"]}}),
    ]  # fmt: skip
    for body in bodies:
        with pytest.raises(BadRequest):
            caller.send("identity", "sign_in", body)
    assert "canary-7f3a" not in output.read_text()


def test_audit_batches_reach_the_ledger_once(caller: Caller, database_url: str) -> None:
    patient = a_patient()
    row = {
        "id": str(new_id()),
        "at": now().isoformat(),
        "service": "records",
        "actor": {"kind": "system", "account_id": None, "roles": [], "relationship": None},
        "patient_ids": [str(patient.patient_id)],
        "category": "results",
        "action": "read",
        "method": "list_lab_results",
    }
    for _ in range(2):
        caller.channel.basic_publish("audit", "rows", orjson.dumps([row]))
    entries = eventually(
        lambda: caller.call(contract.LedgerPage(), actor=patient)["items"], what="the entry"
    )
    assert [entry["entry_id"] for entry in entries] == [row["id"]]


def test_issuing_an_invitation_leaves_an_audit_row_and_a_keyed_repeat_no_second_one_open(
    caller: Caller, database_url: str
) -> None:
    patient_id, desk, key = new_id(), the_front_desk(), str(new_id())
    request = contract.IssueInvitation(
        patient_id=patient_id, first_name="A", last_name="B", birth_date=date(2000, 1, 1)
    )
    first = caller.call(request, actor=desk, key=key)
    with open_transaction(database_url) as tx:
        rows = "SELECT patient_ids, category, action FROM audit_row WHERE %s = ANY(patient_ids)"
        found = tx.connection.exec_driver_sql(rows, (patient_id,)).all()
        assert list(map(tuple, found)) == [([patient_id], "account", "write")]
    assert caller.call(request, actor=desk, key=key) == first
    with open_transaction(database_url) as tx:
        states = "SELECT state FROM invitation WHERE patient_id = %s"
        found = tx.connection.exec_driver_sql(states, (patient_id,)).scalars().all()
        assert found == ["issued"]
