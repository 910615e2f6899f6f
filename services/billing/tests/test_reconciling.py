"""What cannot be settled lands with a person; what a crash left half done is settled once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from billing import commands
from portico_contracts.billing import (
    FinishPayment,
    IssueStatement,
    LedgerBalance,
    NewLine,
    ShowStatement,
    StartPayment,
)
from portico_kit.ids import new_id
from portico_kit.testing.caller import Caller, NoAnswer
from portico_kit.testing.people import a_patient, staff_member
from portico_kit.testing.processes import ServiceProcess
from portico_kit.testing.waiting import eventually

PATIENT = new_id()


@pytest.fixture
def begun(office: Any) -> UUID:
    """A payment of 40 dollars that the patient is at the processor's page with."""
    statement = office.issue(PATIENT, owed=4000)
    found: UUID = office.start(PATIENT, statement)["payment_id"]
    return found


def reviews(office: Any) -> list[str]:
    """Why people were asked to look at payments, in order."""
    with office.read(new_id()) as tx:
        query = (
            "SELECT data::jsonb->>'trouble' FROM outbox WHERE name = 'PaymentReviewDue' "
            "ORDER BY seq"
        )
        return list(tx.execute(text(query)).scalars())


def test_an_intent_that_is_not_what_we_asked_for_is_shown_to_a_person_once(
    office: Any, begun: UUID
) -> None:
    number = f"pi_{begun}"
    office.cards.pay(begun)
    office.cards.intents[number] = replace(office.cards.intents[number], amount_cents=1)
    for _look in range(3):
        office.later(minutes=6)
        office.reconcile()
    assert reviews(office) == ["mismatch"]
    assert office.payment(begun)["state"] == "pending"


def test_a_processor_that_is_away_for_long_is_a_persons_business_and_is_asked_on(
    office: Any, begun: UUID
) -> None:
    office.cards.pay(begun)
    office.cards.away = True
    office.later(hours=24)
    office.reconcile()
    assert reviews(office) == []
    office.later(hours=1)
    office.reconcile()
    assert reviews(office) == ["processor_away"]

    office.cards.away = False
    office.later(minutes=6)
    office.reconcile()
    assert office.payment(begun)["state"] == "succeeded"
    assert office.trial()["patient_receivable"] == 0


def test_a_payment_of_what_was_paid_already_is_booked_and_shown_to_a_person(
    office: Any, begun: UUID
) -> None:
    office.later(hours=25)
    office.reconcile()
    assert office.payment(begun)["state"] == "canceled"
    again = office.start(PATIENT, office.payment(begun)["statement_id"])["payment_id"]
    office.cards.pay(again)
    office.finish(PATIENT, again)
    assert reviews(office) == []

    office.cards.pay(begun)  # the patient's other window was still open
    office.hear(office.card_event(begun))
    assert reviews(office) == ["overpaid"]
    assert office.trial()["patient_receivable"] == -4000


def test_what_a_clock_that_ran_ahead_put_off_is_asked_about_at_once(
    office: Any, begun: UUID
) -> None:
    office.cards.pay(begun)
    with office.read(staff=True) as tx:
        tx.execute(text("UPDATE payment SET check_at = check_at + interval '48 hours'"))
    assert office.reconcile() == 1
    assert office.payment(begun)["state"] == "succeeded"


def test_what_is_not_settled_is_told(office: Any, begun: UUID) -> None:
    office.cards.away = True
    office.later(hours=26)
    with office.read(staff=True) as tx:
        commands.measure(tx)
    assert REGISTRY.get_sample_value("portico_payments_overdue") == 1
    office.reconcile()
    with office.read(staff=True) as tx:
        commands.measure(tx)
    assert REGISTRY.get_sample_value("portico_payments_overdue") == 0
    assert REGISTRY.get_sample_value("portico_payments_unsettled") == 1


def test_one_that_raises_something_unheard_of_does_not_keep_the_others_waiting(
    office: Any, begun: UUID
) -> None:
    other = office.start(PATIENT, office.issue(PATIENT, owed=4000))["payment_id"]
    office.cards.pay(other)
    look = office.cards.look

    def sometimes(intent_id: str) -> Any:
        if intent_id == f"pi_{begun}":
            raise RuntimeError
        return look(intent_id)

    office.cards.look = sometimes
    office.later(hours=2)
    office.reconcile()
    assert office.payment(other)["state"] == "succeeded"
    assert reviews(office) == ["unexpected"]


class Till:
    """Billing as a process that can be made to die right after the processor said yes."""

    def __init__(self, process: Callable[..., ServiceProcess], database_url: str) -> None:
        self._process, self._database_url = process, database_url
        self.running: ServiceProcess | None = None

    def start(self, **settings: str) -> None:
        """A new process; the reconciler looks at everything at once."""
        if self.running is not None:
            self.running.kill()
        self.rows("DELETE FROM timer_run")
        self.running = self._process(**settings).start()

    def rows(self, query: str) -> list[Any]:
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            cursor = connection.execute(query)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def states(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT state FROM payment ORDER BY started_at")]


@pytest.fixture
def till(
    service_database: Callable[[str], str], declared_broker: str, sandbox: Any, tmp_path: Path
) -> Iterator[Till]:
    database_url = service_database("billing")

    def process(**settings: str) -> ServiceProcess:
        return ServiceProcess.service(
            "billing.service:Billing",
            database_url=database_url,
            amqp_url=declared_broker,
            output=tmp_path / "billing.log",
            PORTICO_PUBLIC_URL="https://portal.example",
            PORTICO_CARD_URL=sandbox.web,
            PORTICO_CARD_SECRET="sk_test",
            PORTICO_CARD_WEBHOOK_SECRET="whsec_test",
            **settings,
        )

    made = Till(process, database_url)
    yield made
    if made.running is not None:
        made.running.kill()


def test_a_crash_between_the_processors_yes_and_our_commit_is_settled_exactly_once(
    till: Till, declared_broker: str, sandbox: Any
) -> None:
    dies = {"PORTICO_FAIL_POINT": "after_accepted"}
    patient, caller = a_patient(), Caller(declared_broker)
    till.start()
    line = NewLine(
        service_on=date(2026, 10, 20), code="99213", description="Office visit",
        charge_cents=4000, adjustment_cents=0, insurance_cents=0,
    )  # fmt: skip
    issue = IssueStatement(patient_id=patient.patient_id, due_on=date(2099, 1, 1), lines=(line,))
    office = staff_member("billing")
    statement = caller.call(issue, actor=office)["statement_id"]
    start = StartPayment(
        statement_id=statement, amount_cents=4000, return_url="https://portal.example/{payment_id}"
    )

    # The processor has made the intent; we have not heard of it.
    till.start(**dies)
    with pytest.raises(NoAnswer):
        caller.call(start, actor=patient, seconds=4)
    assert till.states() == ["created"]
    till.rows("UPDATE payment SET check_at = now()")
    till.start()
    eventually(lambda: till.states() == ["canceled"], what="the orphan's end")

    # The card was charged; we have not booked it.
    begun = caller.call(start, actor=patient)
    sandbox.pay(begun["redirect_url"])
    till.start(**dies)
    with pytest.raises(NoAnswer):
        caller.call(FinishPayment(payment_id=begun["payment_id"]), actor=patient, seconds=4)
    assert till.states() == ["canceled", "pending"]
    till.rows("UPDATE payment SET check_at = now() WHERE state = 'pending'")
    till.start()
    eventually(lambda: till.states() == ["canceled", "succeeded"], what="the charge booked")

    assert caller.call(FinishPayment(payment_id=begun["payment_id"]), actor=patient)
    assert till.rows("SELECT count(*) FROM journal_entry WHERE kind = 'paid'") == [(1,)]
    assert till.rows("SELECT count(*) FROM outbox WHERE name = 'PaymentSucceeded'") == [(1,)]
    assert caller.call(LedgerBalance(), actor=office)["difference_cents"] == 0
    shown = caller.call(ShowStatement(statement_id=statement), actor=patient)
    assert (shown["balance_cents"], shown["paid_cents"]) == (0, 4000)
    caller.close()
