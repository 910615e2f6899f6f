"""What is measured on: patients with accounts and sessions, records, a practice with free times.

Everything is written by the services' own commands and by the importer, never behind their backs.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.house import House
from identity.adapters.passwords import hash_password
from identity.commands import enrolment, sessions
from portico_kit.ids import new_id
from portico_ops.commands.importing import import_into
from portico_ops.sandbox.practice import bundle_for, generate
from scheduling.domain.booking import VisitType
from scheduling.domain.free_times import WeeklyHours, to_utc
from scheduling.store import practice

ZONE = "America/New_York"
BLOCKS = ((time(9), time(12)), (time(13), time(17)))
STEP = timedelta(minutes=20)
HORIZON = 90  # days
TOGETHER = 25  # patients whose accounts are made in one transaction
RECORDS = 6  # patients of the sandbox's practice whose records are imported


@dataclass(frozen=True, kw_only=True)
class Patient:
    """Somebody signed in: the session's secret is the bearer of API requests."""

    patient_id: UUID
    session: str


@dataclass(frozen=True, kw_only=True)
class Diary:
    """One kind of visit, and providers with nothing else to do."""

    visit_type_id: UUID
    provider_ids: tuple[UUID, ...]

    def wish(self, provider: int, starts_at: datetime) -> dict[str, str]:
        """The body of a booking."""
        return {
            "visit_type_id": str(self.visit_type_id),
            "provider_id": str(self.provider_ids[provider]),
            "starts_at": starts_at.isoformat(),
        }


def import_records(house: House) -> UUID:
    """Import some of the sandbox's patients; the id of the one with the most results."""
    store = house.store("records")
    with tempfile.TemporaryDirectory() as folder:
        people = generate(today=datetime.now(UTC).date()).patients[:RECORDS]
        for person in people:
            Path(folder, f"{person.key}.json").write_text(json.dumps(bundle_for(person)))
        import_into(store, [Path(folder)], source="Bench", release="on_receipt")
    store.engine.dispose()
    found = house.rows(
        "SELECT patient_id FROM lab_result WHERE released_at IS NOT NULL "
        "GROUP BY patient_id ORDER BY count(*) DESC, patient_id LIMIT 1",
        database="records",
    )
    return UUID(str(found[0][0]))


def sign_in(
    house: House, patient_ids: Sequence[UUID], *, mobiles: Sequence[str] = ()
) -> list[Patient]:
    """Accounts with a running session each; one password hash serves all, for time.

    The first ones get the mobile numbers, as far as these go.
    """
    store, hashed = house.store("identity"), hash_password("correct-horse-battery")
    asked = list(zip_longest(patient_ids, mobiles))
    people: list[Patient] = []
    try:
        for first in range(0, len(asked), TOGETHER):
            some, now = asked[first : first + TOGETHER], datetime.now(UTC)
            with store.transaction(now=now) as tx:
                people += [
                    _enrol(tx, each, mobile, hashed=hashed, now=now) for each, mobile in some
                ]
    finally:
        store.engine.dispose()
    return people


def open_practice(house: House, *, providers: int) -> Diary:
    """Providers who see patients every weekday, a visit every twenty minutes."""
    kind_id = new_id()
    kind = VisitType(
        visit_type_id=kind_id, code=f"bench-{kind_id.hex}", minutes=20, buffer_minutes=0,
        modes=("in_person",), online=True, notice_hours=0, horizon_days=HORIZON,
        reason_needed=False,
    )  # fmt: skip
    made = Diary(
        visit_type_id=kind.visit_type_id, provider_ids=tuple(new_id() for _ in range(providers))
    )
    store, place = house.store("scheduling"), new_id()
    with store.transaction() as tx:
        practice.put_location(tx, location_id=place, name="Bench", address="1 Main Street",
                              phone="(555) 010-0100", zone=ZONE)  # fmt: skip
        practice.put_visit_type(tx, kind, name_en="Visit", name_es="Visita")
        for provider_id in made.provider_ids:
            _put_provider(tx, provider_id, place=place, kind=kind)
    store.engine.dispose()
    return made


def free_times(count: int, *, today: date | None = None) -> list[datetime]:
    """The first so many times in each provider's diary, from the day after tomorrow on."""
    first = (today or datetime.now(UTC).date()) + timedelta(days=2)
    return list(islice(_times(first), count))


def _times(day: date) -> Iterator[datetime]:
    while True:
        if day.weekday() < 5:
            for opens, closes in BLOCKS:
                start = to_utc(day, opens, ZONE)
                while start + STEP <= to_utc(day, closes, ZONE):
                    yield start
                    start += STEP
        day += timedelta(days=1)


def _enrol(tx: Any, patient_id: UUID, mobile: str | None, *, hashed: str, now: datetime) -> Patient:
    account_id = new_id()
    enrolment.enrol_patient(
        tx, account_id=account_id, patient_id=patient_id, first_name="Maria",
        last_name="Reyes", birth_date=date(1968, 3, 4),
        email=f"maria.{patient_id.hex}@cedargrove.example", mobile=mobile, language="en",
        zone=ZONE, password_hash=hashed, now=now,
    )  # fmt: skip
    session = sessions.start(tx, account_id=account_id, kind="patient", device="", now=now)
    return Patient(patient_id=patient_id, session=session["session"])


def _put_provider(tx: Any, provider_id: UUID, *, place: UUID, kind: VisitType) -> None:
    practice.put_provider(
        tx, provider_id=provider_id, name="Dr. Amara Okafor", title="Family medicine",
        location_id=place, offers=[kind.visit_type_id],
    )  # fmt: skip
    for weekday in range(5):
        for opens, closes in BLOCKS:
            hours = WeeklyHours(
                provider_id=provider_id, location_id=place, zone=ZONE, weekday=weekday,
                opens=opens, closes=closes, step_minutes=20, first_day=date(2025, 1, 1),
            )  # fmt: skip
            practice.put_hours(tx, hours, weekly_hours_id=new_id())
