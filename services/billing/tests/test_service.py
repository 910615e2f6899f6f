"""The service as it runs: a statement is issued, paid at the processor's page, and booked."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from portico_contracts.billing import (
    FinishPayment,
    HomeBills,
    IssueStatement,
    LedgerBalance,
    ListStatements,
    NewLine,
    RecordCardEvent,
    ShowPayment,
    ShowStatement,
    StartPayment,
    WrongSignature,
)
from portico_contracts.refusal import NotAllowed, NotFound, SignInNeeded
from portico_kit.ids import new_id
from portico_kit.testing.caller import Caller
from portico_kit.testing.people import a_nurse, a_patient, staff_member
from portico_kit.testing.processes import ServiceProcess
from portico_kit.testing.waiting import eventually


@pytest.fixture
def webhooks(webhook_port: int) -> Iterator[list[RecordCardEvent]]:
    """Where the processor tells of payments: each as the gateway would hand it on."""
    heard: list[RecordCardEvent] = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            signature = self.headers["Stripe-Signature"]
            heard.append(RecordCardEvent(payload=body, signature=signature))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", webhook_port), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield heard
    server.shutdown()


@pytest.fixture
def service(
    service_database: Callable[[str], str], declared_broker: str, sandbox: Any, output: Path
) -> Iterator[ServiceProcess]:
    process = ServiceProcess.service(
        "billing.service:Billing",
        database_url=service_database("billing"),
        amqp_url=declared_broker,
        output=output,
        PORTICO_PUBLIC_URL="https://portal.example",
        PORTICO_CARD_URL=sandbox.web,
        PORTICO_CARD_SECRET="sk_test",
        PORTICO_CARD_WEBHOOK_SECRET="whsec_test",
    )
    yield process.start()
    process.stop()


@pytest.fixture
def caller(service: ServiceProcess, declared_broker: str) -> Iterator[Caller]:
    made = Caller(declared_broker)
    yield made
    made.close()


def test_a_statement_is_issued_paid_and_booked(caller: Any, sandbox: Any, webhooks: Any) -> None:
    patient, office = a_patient(), staff_member("billing")
    line = NewLine(
        service_on=date(2026, 10, 20), code="99213", description="Office visit",
        charge_cents=13000, adjustment_cents=3000, insurance_cents=6000,
    )  # fmt: skip
    issue = IssueStatement(patient_id=patient.patient_id, due_on=date(2099, 12, 1), lines=(line,))
    statement = caller.call(issue, actor=office)["statement_id"]
    assert caller.call(HomeBills(), actor=patient)["balance_cents"] == 4000

    start = StartPayment(
        statement_id=statement, amount_cents=4000, return_url="https://portal.example/{payment_id}"
    )
    started = caller.call(start, actor=patient, key="form-1")
    assert caller.call(start, actor=patient, key="form-1") == started
    sandbox.pay(started["redirect_url"])
    ended = caller.call(FinishPayment(payment_id=started["payment_id"]), actor=patient)
    assert (ended["state"], ended["card_last_four"]) == ("succeeded", "4242")

    (event,) = eventually(lambda: webhooks, what="the processor's message")
    assert caller.call(event) == {"known": True}
    assert caller.call(ListStatements(show="open"), actor=patient)["items"] == []
    shown = caller.call(ShowStatement(statement_id=statement), actor=patient)
    assert (shown["state"], shown["balance_cents"], len(shown["payments"])) == ("paid", 0, 1)
    assert caller.call(LedgerBalance(), actor=office)["difference_cents"] == 0

    stranger = a_patient()
    for request in (
        ShowStatement(statement_id=statement),
        ShowStatement(statement_id=statement, patient_id=patient.patient_id),
        ShowPayment(payment_id=started["payment_id"]),
        FinishPayment(payment_id=started["payment_id"]),
        start,
    ):
        with pytest.raises(NotFound):
            caller.call(request, actor=stranger)
    for request in (issue, LedgerBalance()):
        for actor in (patient, a_nurse()):
            with pytest.raises(NotAllowed):
                caller.call(request, actor=actor)
    with pytest.raises(SignInNeeded):
        caller.call(HomeBills())
    with pytest.raises(WrongSignature):
        caller.call(RecordCardEvent(payload=event.payload, signature="t=1,v1=x"))
    with pytest.raises(NotFound):
        caller.call(ShowPayment(payment_id=new_id()), actor=patient)
