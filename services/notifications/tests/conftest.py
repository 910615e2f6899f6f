"""What the tests of notifications share: a database, settings, and an outside that obeys."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from notifications import reactions
from notifications import store as writes
from notifications.adapters.providers import Providers
from notifications.config import NotificationSettings
from notifications.domain import Outcome, sent
from notifications.tables import delivery
from portico_contracts.event import Envelope, promise_of
from portico_contracts.identity import ContactDetailsChanged
from portico_kit import inbox
from portico_kit.database import Store
from portico_kit.ids import new_id
from portico_kit.testing.keys import MASTER_KEYS, TRANSIT_KEY
from portico_kit.testing.processes import free_port
from portico_kit.testing.waiting import eventually

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)


def settings(**changed: Any) -> NotificationSettings:
    """Settings as a service would read them, with nothing outside that answers."""
    known: dict[str, Any] = {
        "database_url": "",
        "amqp_url": "",
        "token_public_key": "",
        "master_keys": MASTER_KEYS,
        "transit_key": TRANSIT_KEY,
        "public_url": "https://portal.example",
        "smtp_url": "smtp://127.0.0.1:9",
        "mail_from": "Cedar Grove <no-reply@cedargrove.example>",
        "sms_url": "http://127.0.0.1:9/2010-04-01",
        "sms_account": "ACtest",
        "sms_token": "token",
        "sms_from": "+15550100100",
    }
    return NotificationSettings(**{**known, **changed})


@dataclass
class FakeProvider:
    """Takes everything, or ends each letter as ``verdict`` says; remembers what it was given."""

    verdict: Callable[[Any], Outcome] = lambda letter: sent(f"ref-{letter.reference}")
    letters: list[Any] = field(default_factory=list)

    def send_all(self, letters: list[Any]) -> list[Outcome]:
        self.letters += letters
        return [self.verdict(letter) for letter in letters]

    def on(self, channel: Any) -> Providers:
        """This one as the only provider of a channel, with nothing learnt about it yet."""
        return Providers(channel, self)


class AtTime:
    """The store with the clock set, for what opens its own transactions."""

    def __init__(self, database: Store, now: datetime) -> None:
        self._database, self._now, self.config = database, now, database.config

    def transaction(self) -> Any:
        return self._database.transaction(now=self._now)


@dataclass
class Office:
    """A notifications service in one hand."""

    database: Store

    def at(self, now: datetime) -> AtTime:
        """The database, as if it were then."""
        return AtTime(self.database, now)

    def hear(
        self, event: Any, *, reaction: Callable[..., Any], now: datetime = NOW, times: int = 2
    ) -> UUID:
        """Deliver an event, twice unless told otherwise; its id."""
        promise = promise_of(type(event))
        envelope = Envelope(
            event_id=new_id(), name=promise.name, version=1, producer=promise.producer,
            aggregate_id=str(getattr(event, promise.aggregate)), sequence=1, occurred_at=now,
            event=event,
        )  # fmt: skip
        arrival = inbox.Delivery(f"notifications.{reaction.__name__}", envelope, b"{}")
        for _ in range(times):
            inbox.react(self.database, arrival, reaction, now=now)
        return envelope.event_id

    def reachable(self, person_id: UUID | None = None, **changed: Any) -> UUID:
        """A patient whom we know how to reach."""
        details: dict[str, Any] = {
            "person_id": person_id or new_id(), "person": "patient", "first_name": "Maria",
            "last_name": "Reyes", "email": "maria@cedargrove.example", "mobile": "+15550100111",
            "language": "en", "zone": "America/New_York",
        }  # fmt: skip
        event = ContactDetailsChanged(**{**details, **changed})
        self.hear(event, reaction=reactions.contact_changed)
        return event.person_id

    def deliveries(self, **wanted: Any) -> list[dict[str, Any]]:
        """Delivery rows, in order of channel."""
        query = select(delivery).order_by(delivery.c.created_at, delivery.c.channel)
        for name, value in wanted.items():
            query = query.where(delivery.c[name] == value)
        with self.database.transaction(now=NOW) as tx:
            return [dict(row) for row in tx.execute(query).mappings()]

    def contact(self, person_id: UUID) -> dict[str, Any] | None:
        with self.database.transaction(now=NOW) as tx:
            return writes.contacts(tx, [person_id]).get(person_id)


@pytest.fixture
def office(service_store: Callable[..., Store]) -> Office:
    return Office(service_store("notifications", config=settings()))


@pytest.fixture
def provider() -> FakeProvider:
    return FakeProvider()


@pytest.fixture(scope="session")
def make_settings() -> Callable[..., NotificationSettings]:
    return settings


@dataclass
class Sandbox:
    """The sandbox's mail server and text provider as a process, on real sockets."""

    web: str
    smtp: str

    def mail_to(self, address: str) -> list[dict[str, Any]]:
        return self._items("mail", address)

    def texts_to(self, number: str) -> list[dict[str, Any]]:
        return self._items("texts", number)

    def attachment(self, mail: dict[str, Any], position: int = 0) -> bytes:
        return httpx.get(self.web + mail["attachments"][position]["url"]).content

    def _items(self, what: str, to: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.web}/api/{what}", params={"to": to}).json()[
            "items"
        ]
        return found


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder, web, smtp = tmp_path_factory.mktemp("sandbox"), free_port(), free_port()
    known = {
        "PORTICO_SANDBOX_PORT": str(web), "PORTICO_SANDBOX_SMTP_PORT": str(smtp),
        "PORTICO_SANDBOX_DIRECTORY": str(folder), "PORTICO_SMS_ACCOUNT": "ACtest",
        "PORTICO_SMS_TOKEN": "token",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "portico_ops.sandbox"], env=os.environ | known
    )
    made = Sandbox(f"http://127.0.0.1:{web}", f"smtp://127.0.0.1:{smtp}")
    eventually(lambda: _answers(made.web), what="the sandbox's start")
    yield made
    process.terminate()
    process.wait(timeout=60)


def _answers(web: str) -> bool:
    try:
        return httpx.get(f"{web}/live").status_code == 200
    except httpx.HTTPError:
        return False
