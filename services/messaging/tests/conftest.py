"""Patients and a care team on a real PostgreSQL, who ask messaging for things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from messaging.config import Settings
from messaging.service import Messaging
from portico_contracts import messaging as contract
from portico_contracts.rpc import order_of
from portico_contracts.schema import schema_of
from portico_kit.access import Actor, whose_record
from portico_kit.audit import Trail
from portico_kit.database import Store
from portico_kit.testing import people

# A Monday, 9:00 in New York (winter time).
MONDAY = datetime(2026, 3, 2, 14, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody who asks, at a moment, through the service's own table of contents."""

    store: Store
    actor: Actor
    now: datetime = MONDAY

    @property
    def id(self) -> UUID:
        """The patient's id, or the staff account's."""
        found = self.actor.patient_id or self.actor.account_id
        assert found is not None
        return found

    def asks(self, request: Any) -> Any:
        """The reply as it travels, checked against its contract; refusals are raised."""
        order = order_of(type(request))
        trail = Trail(order.category, order.action, order.method) if order.category else None
        patient_id = whose_record(self.actor, getattr(request, "patient_id", None))
        with self.store.transaction(
            actor=self.actor, now=self.now, patient_id=patient_id, trail=trail
        ) as tx:
            desk = getattr(Messaging, order.method).desk
            desk.rule.check(self.actor)
            reply = getattr(Messaging, order.method).__wrapped__(Messaging(), tx, request)
        wire: Any = orjson.loads(orjson.dumps(reply))
        return schema_of(order.reply).load(wire)

    def later(self, **how_much: float) -> Caller:
        """The same person, some time later."""
        return replace(self, now=self.now + timedelta(**how_much))


@dataclass(frozen=True, kw_only=True)
class Practice:
    """Who is there; ``rows`` and ``events`` look behind the counter."""

    store: Store
    maria: Caller
    robert: Caller
    dana: Caller
    priya: Caller
    amara: Caller
    tom: Caller
    bill: Caller
    ruth: Caller

    def rows(self, query: str, **values: Any) -> list[Any]:
        """What a query over the service's tables finds."""
        with self.store.engine.connect() as connection:
            return list(connection.execute(text(query), values).mappings())

    def events(self) -> list[str]:
        """The names of what was announced, in order."""
        return [row["name"] for row in self.rows("SELECT name FROM outbox ORDER BY seq")]


@pytest.fixture
def practice(service_store: Callable[..., Store]) -> Practice:
    """Two patients, two nurses, a clinician, front desk, billing and an administrator."""
    store = service_store("messaging", config=settings(), connections=20)
    staff = people.staff_member
    return Practice(
        store=store,
        maria=Caller(store=store, actor=people.a_patient()),
        robert=Caller(store=store, actor=people.a_patient()),
        dana=Caller(store=store, actor=staff("nurse")),
        priya=Caller(store=store, actor=staff("nurse")),
        amara=Caller(store=store, actor=staff("clinician")),
        tom=Caller(store=store, actor=staff("front_desk")),
        bill=Caller(store=store, actor=staff("billing")),
        ruth=Caller(store=store, actor=staff("practice_administrator")),
    )


@pytest.fixture
def question(practice: Practice) -> Any:
    """Maria asked about a symptom; her conversation waits in the queue ``messages``."""
    return practice.maria.asks(
        contract.StartConversation(topic="symptom", subject="My knee", body="It hurts at night.")
    )


def settings() -> Settings:
    """Monday to Friday, eight to five, in New York."""
    return Settings(
        database_url="", amqp_url="", token_public_key="", master_keys="", transit_key=""
    )
