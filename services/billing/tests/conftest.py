"""What the tests of billing share: a database, statements, and a card processor that obeys."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text

from billing import commands, queries
from billing.adapters.stripe import CardsAway, CardsRefused
from billing.config import BillingSettings
from billing.domain import Intent
from billing.tables import payment
from portico_contracts.billing import (
    FinishPayment,
    IssueStatement,
    NewLine,
    RecordCardEvent,
    StartPayment,
)
from portico_kit.database import Store
from portico_kit.ids import new_id
from portico_kit.testing.keys import MASTER_KEYS, TRANSIT_KEY
from portico_kit.testing.people import a_patient, staff_member
from portico_kit.testing.processes import free_port
from portico_kit.testing.waiting import eventually

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
RETURN = "https://portal.example/me/bills/pay/{payment_id}"


def settings(**changed: Any) -> BillingSettings:
    known: dict[str, Any] = {
        "database_url": "",
        "amqp_url": "",
        "token_public_key": "",
        "master_keys": MASTER_KEYS,
        "transit_key": TRANSIT_KEY,
        "public_url": "https://portal.example",
        "card_url": "http://127.0.0.1:9",
        "card_secret": "sk_test",
        "card_webhook_secret": "whsec_test",
    }
    return BillingSettings(**{**known, **changed})


@dataclass
class FakeCards:
    """A processor in memory. ``away`` makes it silent, ``unwilling`` begins nothing;
    ``pay`` and ``decline`` play the patient."""

    intents: dict[str, Intent] = field(default_factory=dict)
    away: bool = False
    unwilling: bool = False
    asked: list[str] = field(default_factory=list)

    def start(self, payment: dict[str, Any]) -> Intent:
        self._answer("start")
        if self.unwilling:
            raise CardsRefused("account_invalid")
        number = f"pi_{payment['id']}"
        made = Intent(
            intent_id=number, status="requires_action", amount_cents=payment["amount_cents"],
            currency=payment["currency"], payment_id=str(payment["id"]),
            redirect_url=f"https://cards.example/pay/{number}",
        )  # fmt: skip
        return self.intents.setdefault(number, made)

    def look(self, intent_id: str) -> Intent:
        self._answer("look")
        if intent_id not in self.intents:
            raise CardsRefused("resource_missing")
        return self.intents[intent_id]

    def cancel(self, intent_id: str) -> Intent:
        found = self.look(intent_id)
        self._answer("cancel")
        if found.status != "succeeded":
            self.intents[intent_id] = replace(found, status="canceled", redirect_url=None)
        return self.intents[intent_id]

    def pay(self, payment_id: UUID, *, fee: int = 0) -> None:
        self._end(
            payment_id, status="succeeded", card_brand="visa", card_last_four="4242", fee_cents=fee
        )

    def decline(self, payment_id: UUID) -> None:
        self._end(payment_id, status="requires_payment_method", error="insufficient_funds")

    def _end(self, payment_id: UUID, **how: Any) -> None:
        number = f"pi_{payment_id}"
        self.intents[number] = replace(self.intents[number], redirect_url=None, **how)

    def _answer(self, what: str) -> None:
        self.asked.append(what)
        if self.away:
            raise CardsAway("away")


@dataclass
class Call:
    """A call as the kit hands it over, with the clock set."""

    store: Store
    patient_id: UUID
    now: datetime
    key: str | None = None

    @property
    def config(self) -> Any:
        return self.store.config

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        actor = a_patient(self.patient_id)
        with self.store.transaction(actor=actor, now=self.now, patient_id=self.patient_id) as tx:
            yield tx


class AtTime:
    """The store with the clock set, for what opens its own transactions."""

    def __init__(self, store: Store, now: datetime) -> None:
        self._store, self._now, self.config = store, now, store.config

    def transaction(self) -> Any:
        return self._store.transaction(now=self._now)


@dataclass
class Office:
    """A billing service in one hand."""

    store: Store
    cards: FakeCards
    now: datetime = NOW

    def later(self, **passed: float) -> None:
        """Let time pass."""
        self.now += timedelta(**passed)

    def call(self, patient: UUID, *, key: str | None = None) -> Call:
        return Call(self.store, patient, self.now, key)

    def issue(self, patient: UUID, *, owed: int = 4000, due_on: date = date(2026, 12, 1)) -> UUID:
        """A statement with ``owed`` cents left to the patient; its id."""
        line = NewLine(
            service_on=date(2026, 10, 20), code="99213", description="Office visit",
            charge_cents=owed + 9000, adjustment_cents=3000, insurance_cents=6000,
        )  # fmt: skip
        request = IssueStatement(patient_id=patient, due_on=due_on, lines=(line,))
        with self.read(patient, staff=True) as tx:
            return commands.issue_statement(tx, request, now=self.now)["statement_id"]  # type: ignore[no-any-return]

    @contextmanager
    def read(self, patient: UUID | None = None, *, staff: bool = False) -> Iterator[Any]:
        actor = staff_member("billing") if staff else a_patient(patient)
        with self.store.transaction(actor=actor, now=self.now, patient_id=patient) as tx:
            yield tx

    def start(
        self, patient: UUID, statement: UUID, *, cents: int = 4000, key: str | None = None
    ) -> dict[str, Any]:
        request = StartPayment(statement_id=statement, amount_cents=cents, return_url=RETURN)
        return commands.start_payment(self.call(patient, key=key), request, cards=self.cards)

    def finish(self, patient: UUID, payment_id: UUID) -> dict[str, Any]:
        return commands.finish_payment(
            self.call(patient), FinishPayment(payment_id=payment_id), cards=self.cards, now=self.now
        )

    def reconcile(self) -> int:
        return commands.reconcile(AtTime(self.store, self.now), cards=self.cards)

    def balance(self, patient: UUID, statement: UUID) -> int:
        with self.read(patient) as tx:
            return queries.show_statement(tx, statement)["balance_cents"]  # type: ignore[no-any-return]

    def trial(self) -> dict[str, int]:
        """The balance of each account; the ledger as a whole must balance."""
        with self.read(staff=True) as tx:
            ledger = queries.ledger_balance(tx)
        assert ledger["difference_cents"] == 0
        return {account["account"]: account["balance_cents"] for account in ledger["accounts"]}

    def card_event(
        self, payment_id: UUID, *, kind: str = "succeeded", **changed: Any
    ) -> RecordCardEvent:
        """What the processor sends about a payment."""
        subject = {
            "id": f"pi_{payment_id}", "object": "payment_intent",
            "metadata": {"payment_id": str(payment_id)}, **changed,
        }  # fmt: skip
        payload = {"type": f"payment_intent.{kind}", "data": {"object": subject}}
        return self.signed(json.dumps(payload))

    def signed(self, payload: str) -> RecordCardEvent:
        stamp = int(self.now.timestamp())
        digest = hmac.new(b"whsec_test", f"{stamp}.{payload}".encode(), hashlib.sha256).hexdigest()
        return RecordCardEvent(payload=payload, signature=f"t={stamp},v1={digest}")

    def hear(self, request: RecordCardEvent) -> dict[str, Any]:
        return commands.record_card_event(self.call(new_id()), request, cards=self.cards)

    def payment(self, payment_id: UUID) -> dict[str, Any]:
        with self.read(new_id()) as tx:
            found = tx.execute(select(payment).where(payment.c.id == payment_id))
            return dict(found.mappings().one())

    def announced(self) -> list[str]:
        """Names of what was announced, in order."""
        with self.read(new_id()) as tx:
            return list(tx.execute(text("SELECT name FROM outbox ORDER BY seq")).scalars())


@pytest.fixture
def office(service_store: Callable[..., Store]) -> Office:
    return Office(service_store("billing", config=settings()), FakeCards())


@dataclass
class Sandbox:
    """The sandbox's card processor as a process, on real sockets."""

    web: str

    def pay(self, redirect_url: str, *, card: str = "4242424242424242") -> httpx.Response:
        """What the patient does at the processor's page."""
        form = {"card": card, "expiry": "12/34", "cvc": "123"}
        return httpx.post(redirect_url, data=form)


@pytest.fixture(scope="session")
def webhook_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory, webhook_port: int) -> Iterator[Sandbox]:
    folder, web = tmp_path_factory.mktemp("sandbox"), free_port()
    known = {
        "PORTICO_SANDBOX_PORT": str(web), "PORTICO_SANDBOX_SMTP_PORT": str(free_port()),
        "PORTICO_SANDBOX_DIRECTORY": str(folder), "PORTICO_CARD_SECRET": "sk_test",
        "PORTICO_CARD_WEBHOOK_SECRET": "whsec_test",
        "PORTICO_CARD_WEBHOOK_URL": f"http://127.0.0.1:{webhook_port}/webhooks/card",
    }  # fmt: skip
    command = [sys.executable, "-m", "portico_ops.sandbox"]
    process = subprocess.Popen(command, env=os.environ | known)
    made = Sandbox(f"http://127.0.0.1:{web}")
    eventually(lambda: _answers(made.web), what="the sandbox's start")
    yield made
    process.terminate()
    process.wait(timeout=60)


def _answers(web: str) -> bool:
    try:
        return httpx.get(f"{web}/live").status_code == 200
    except httpx.HTTPError:
        return False
