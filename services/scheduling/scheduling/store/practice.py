"""The practice's own settings: locations, kinds of visit, providers and their hours.

Each function writes one thing under the id it is given; given the same id again, it changes
the thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete
from sqlalchemy.dialects.postgresql import insert

from portico_kit.database import Transaction

from ..domain.booking import VisitType
from ..domain.free_times import Closure, WeeklyHours
from . import tables


def put_location(
    tx: Transaction, *, location_id: UUID, name: str, address: str, phone: str, zone: str
) -> None:
    """A place where visits happen; ``zone`` is an IANA name."""
    values = {"location_id": location_id, "name": name, "address": address}
    _put(tx, tables.location, {**values, "phone": phone, "zone": zone})


def put_visit_type(tx: Transaction, kind: VisitType, *, name_en: str, name_es: str) -> None:
    """A kind of visit, with its rules and its name in both languages."""
    values = asdict(kind) | {"modes": list(kind.modes)}
    _put(tx, tables.visit_type, values | {"name_en": name_en, "name_es": name_es})


def put_provider(
    tx: Transaction,
    *,
    provider_id: UUID,
    name: str,
    title: str,
    location_id: UUID,
    offers: Iterable[UUID],
    staff_account_id: UUID | None = None,
) -> None:
    """Somebody whom visits are booked with, where they usually work, and what they offer."""
    values = {"provider_id": provider_id, "name": name, "title": title}
    rest = {"location_id": location_id, "staff_account_id": staff_account_id}
    _put(tx, tables.provider, values | rest)
    theirs = tables.offered.c.provider_id == provider_id
    tx.execute(delete(tables.offered).where(theirs))
    for visit_type_id in offers:
        _put(tx, tables.offered, {"provider_id": provider_id, "visit_type_id": visit_type_id})


def put_hours(tx: Transaction, hours: WeeklyHours, *, weekly_hours_id: UUID) -> None:
    """A block of a provider's week. The zone is the location's, whatever ``hours`` says."""
    values = asdict(hours) | {"weekly_hours_id": weekly_hours_id}
    del values["zone"]
    _put(tx, tables.weekly_hours, values)


def put_closure(tx: Transaction, closed: Closure, *, closure_id: UUID) -> None:
    """Days or hours in which nobody is seen. Visits that stand in them are left alone."""
    _put(tx, tables.closure, asdict(closed) | {"closure_id": closure_id})


def put_patient_name(tx: Transaction, *, patient_id: UUID, first_name: str, last_name: str) -> None:
    """What the day list calls a patient.

    As of the event at hand, or now: an older event that arrives later changes nothing.
    """
    told_at = tx.envelope.occurred_at if tx.envelope else tx.now
    name = {"first_name": first_name, "last_name": last_name, "told_at": told_at}
    table = tables.patient_name
    put = (
        insert(table)
        .values(patient_id=patient_id, **name)
        .on_conflict_do_update(
            index_elements=["patient_id"], set_=name, where=table.c.told_at <= told_at
        )
    )
    tx.execute(put)


def _put(tx: Transaction, table: Table, values: Mapping[str, Any]) -> None:
    keys = [column.name for column in table.primary_key]
    rest = {name: value for name, value in values.items() if name not in keys}
    statement = insert(table).values(**values)
    if rest:
        statement = statement.on_conflict_do_update(index_elements=keys, set_=rest)
    tx.execute(statement)
