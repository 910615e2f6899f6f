"""A small practice on a real PostgreSQL, and people who ask scheduling for things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import orjson
import pytest
from sqlalchemy import text

from portico_contracts.rpc import order_of
from portico_contracts.scheduling import BookAppointment
from portico_contracts.schema import schema_of
from portico_kit.access import Actor, whose_record
from portico_kit.audit import Trail
from portico_kit.database import Store
from portico_kit.ids import new_id
from portico_kit.testing.databases import Databases, store_at
from portico_kit.testing.people import a_patient, the_front_desk
from scheduling.domain.booking import VisitType
from scheduling.domain.free_times import WeeklyHours, to_utc
from scheduling.service import Scheduling
from scheduling.store import metadata, practice

# Unless a test says otherwise it is Monday, 8:00 in New York, and people want Tuesday at nine.
NOW = datetime(2026, 3, 2, 13, tzinfo=UTC)
TUESDAY_NINE = datetime(2026, 3, 3, 14, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody who asks, at a moment, through the service's own table of contents."""

    store: Store
    actor: Actor
    now: datetime = NOW

    @property
    def patient_id(self) -> UUID:
        assert self.actor.patient_id is not None
        return self.actor.patient_id

    def asks(self, request: Any) -> Any:
        """The reply; a refusal is raised, and leaves nothing behind."""
        order = order_of(type(request))
        trail = Trail(order.category, order.action, order.method) if order.category else None
        patient_id = whose_record(self.actor, getattr(request, "patient_id", None))
        with self.store.transaction(
            actor=self.actor, now=self.now, patient_id=patient_id, trail=trail
        ) as tx:
            reply = getattr(Scheduling, order.method).__wrapped__(Scheduling(), tx, request)
        as_sent = orjson.loads(orjson.dumps(reply, option=orjson.OPT_NON_STR_KEYS))
        assert schema_of(order.reply).validate(as_sent) == {}, "the reply is not as promised"
        return reply

    def later(self, now: datetime) -> Caller:
        """The same person at another moment."""
        return replace(self, now=now)


@dataclass(frozen=True, kw_only=True)
class Practice:
    """What the tests know of the practice."""

    store: Store
    main_street: UUID = field(default_factory=new_id)
    okafor: UUID = field(default_factory=new_id)
    park: UUID = field(default_factory=new_id)
    checkup: VisitType
    procedure: VisitType

    def patient(self) -> Caller:
        """A patient whom nobody else in this test is."""
        return Caller(store=self.store, actor=a_patient())

    def staff(self) -> Caller:
        """Somebody at the front desk."""
        return Caller(store=self.store, actor=the_front_desk())

    def booking(self, starts_at: datetime = TUESDAY_NINE, **rest: Any) -> BookAppointment:
        """An order for a check-up with Dr. Okafor, unless told otherwise."""
        wish = {"visit_type_id": self.checkup.visit_type_id, "provider_id": self.okafor}
        return BookAppointment(**{**wish, "starts_at": starts_at, **rest})

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A local time on Main Street, in UTC."""
        return to_utc(day, time(hour, minute), "America/New_York")

    def offer(self, made: VisitType) -> VisitType:
        """Let Dr. Okafor offer one more kind of visit."""
        with self.store.transaction(now=NOW) as tx:
            practice.put_visit_type(tx, made, name_en=made.code, name_es=made.code)
            _put_provider(tx, self, self.okafor, "Dr. Amara Okafor", made, self.checkup)
        return made

    def rows(self, query: str) -> list[Any]:
        """What a query over the service's tables finds."""
        with self.store.engine.connect() as connection:
            return list(connection.execute(text(query)))


@pytest.fixture(scope="session")
def store(databases: Databases) -> Iterator[Store]:
    """One database for all tests here; each begins with its tables empty."""
    made = store_at(databases.fresh("scheduling"), connections=20)
    yield made
    made.engine.dispose()


@pytest.fixture
def clinic(store: Store) -> Practice:
    """Two providers at one location, Monday to Friday from nine to noon and one to five."""
    with store.engine.begin() as connection:
        names = ", ".join(table.name for table in metadata.sorted_tables)
        connection.execute(text(f"TRUNCATE {names}"))
    made = Practice(
        store=store,
        checkup=kind("checkup"),
        procedure=kind("procedure", online=False, minutes=60, buffer_minutes=15),
    )
    with made.store.transaction(now=NOW) as tx:
        _furnish(tx, made)
    return made


@pytest.fixture
def visit_kind() -> Callable[..., VisitType]:
    """``visit_kind("therapy", reason_needed=True)``: a kind of visit to play with."""
    return kind


def kind(code: str, **rules: Any) -> VisitType:
    """A kind of visit: 40 minutes, one day's notice, 60 days ahead."""
    usual = {
        "visit_type_id": new_id(),
        "minutes": 40,
        "buffer_minutes": 0,
        "modes": ("in_person", "video"),
        "online": True,
        "notice_hours": 24,
        "horizon_days": 60,
        "reason_needed": False,
    }
    return VisitType(code=code, **{**usual, **rules})


def _furnish(tx: Any, made: Practice) -> None:
    practice.put_location(
        tx,
        location_id=made.main_street,
        name="Main Street clinic",
        address="12 Main Street, 2nd floor",
        phone="(555) 010-0100",
        zone="America/New_York",
    )
    practice.put_visit_type(tx, made.checkup, name_en="Check-up", name_es="Chequeo")
    practice.put_visit_type(tx, made.procedure, name_en="Procedure", name_es="Procedimiento")
    _put_provider(tx, made, made.okafor, "Dr. Amara Okafor", made.checkup, made.procedure)
    _put_provider(tx, made, made.park, "Lena Park NP", made.checkup)
    for provider_id in (made.okafor, made.park):
        for weekday in range(5):
            for opens, closes in ((time(9), time(12)), (time(13), time(17))):
                hours = WeeklyHours(
                    provider_id=provider_id,
                    location_id=made.main_street,
                    zone="",
                    weekday=weekday,
                    opens=opens,
                    closes=closes,
                    step_minutes=20,
                    first_day=date(2025, 1, 1),
                )
                practice.put_hours(tx, hours, weekly_hours_id=new_id())


def _put_provider(tx: Any, made: Practice, provider_id: UUID, name: str, *kinds: VisitType) -> None:
    practice.put_provider(
        tx,
        provider_id=provider_id,
        name=name,
        title="Family medicine",
        location_id=made.main_street,
        offers=[k.visit_type_id for k in kinds],
    )
