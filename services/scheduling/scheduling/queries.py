"""What scheduling tells: free times and visits, as plain dicts."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import icalendar
from sqlalchemy import Date, Row, Select, func, or_, select, tuple_

from portico_contracts.refusal import BadRequest
from portico_contracts.scheduling import (
    CalendarFile,
    Choices,
    Day,
    DayList,
    DayRow,
    FreeDays,
    FreeTimes,
    HomeCard,
    ListVisits,
    ShowVisitCalendar,
    Visit,
    VisitRow,
    Visits,
)
from portico_kit.database import Transaction

from .domain import booking, free_times
from .store import agenda, visits
from .store.tables import appointment, location, offered, patient_name, provider, visit_type

a = appointment.c
CURSOR_TIME = "%Y%m%dT%H%M%S.%f"
WITH = {"en": "Visit with {provider}", "es": "Visita con {provider}"}


# Choosing.


def booking_choices(tx: Transaction) -> Choices:
    """Everything that can be chosen from; patients see the kinds that they may book."""
    kinds = select(visit_type).order_by(visit_type.c.name_en)
    if booking.side(tx.actor.kind) == "patient":
        kinds = kinds.where(visit_type.c.online)
    theirs = func.array_agg(offered.c.visit_type_id).label("visit_type_ids")
    providers = (
        select(provider, theirs)
        .join(offered, offered.c.provider_id == provider.c.provider_id)
        .group_by(provider.c.provider_id)
        .order_by(provider.c.name)
    )
    return {
        "visit_types": _dicts(tx, kinds, without=("buffer_minutes",)),
        "providers": _dicts(tx, providers, without=("left_at",)),
        "locations": _dicts(tx, select(location).order_by(location.c.name)),
    }


def free_days(tx: Transaction, request: FreeTimes, *, now: datetime) -> FreeDays:
    """The free times of each day that was asked for."""
    booking.check_day("from_day", request.from_day, now=now)
    by = booking.side(tx.actor.kind)
    kind = agenda.load_visit_type(tx, request.visit_type_id)
    # Whether the provider offers it shows by itself: somebody who does not has no times.
    booking.check_kind(kind, offered=True, by=by)
    days = [request.from_day + timedelta(days=n) for n in range(request.days)]
    diary = agenda.load_agenda(
        tx,
        visit_type_id=kind.visit_type_id,
        provider_id=request.provider_id,
        days=days,
        held_by=tx.actor.patient_id or request.patient_id,
    )
    free = diary.free(kind, kind.bookable(by=by, now=now))
    return {
        "days": _by_day(free, days),
        "soonest": [free_times.as_offer(s) for s in free_times.soonest(free)],
    }


def _by_day(free: list[free_times.Slot], days: list[date]) -> Any:
    times = defaultdict(list)
    for slot in free:
        times[slot.day].append(free_times.as_offer(slot))
    return [{"day": day, "times": times[day]} for day in days]


# A patient's visits.


def list_visits(tx: Transaction, request: ListVisits, *, now: datetime) -> Visits:
    """One page, by keyset: a visit booked meanwhile moves no other to another page."""
    key = tuple_(a.starts_at, a.appointment_id)
    coming = request.when == "coming"
    query = visits.visits(*visits.ROW).where(a.patient_id == tx.patient_id)
    if coming:
        query = query.where(a.state == "booked", a.ends_at > now)
    else:
        query = query.where(or_(a.state == "cancelled", a.ends_at <= now))
    if request.cursor is not None:
        edge = _read_cursor(request.cursor)
        query = query.where(key > edge if coming else key < edge)
    order = (
        (a.starts_at, a.appointment_id) if coming else (a.starts_at.desc(), a.appointment_id.desc())
    )
    rows = tx.execute(query.order_by(*order).limit(request.limit + 1)).all()
    page = rows[: request.limit]
    return {
        "items": [_row(tx, row, now=now) for row in page],
        "next": _cursor(page[-1]) if len(rows) > len(page) else None,
    }


def home_visits(tx: Transaction, *, now: datetime) -> HomeCard:
    """The visit that comes next."""
    query = visits.visits(*visits.ROW).where(
        a.patient_id == tx.patient_id, a.state == "booked", a.ends_at > now
    )
    row = tx.execute(query.order_by(a.starts_at).limit(1)).one_or_none()
    return {"next": _row(tx, row, now=now) if row else None}


def visit(tx: Transaction, appointment_id: UUID, *, now: datetime) -> Visit:
    """Everything about one of the patient's visits. Raises NotFound."""
    return told(tx, visits.load_visit(tx, appointment_id), now=now)


def told(tx: Transaction, row: Row[Any], *, now: datetime) -> Visit:
    """Everything about a visit that has been read already."""
    told: dict[str, Any] = {**row._mapping, **_row(tx, row, now=now)}
    by = booking.side(tx.actor.kind)
    told["cancel_until"] = booking.cancel_until(row.starts_at, by=by)
    for name in ("reason", "cancel_reason"):
        told[name] = tx.unseal(row.patient_id, told[name]) if told[name] else ""
    del told["revision"]
    return cast(Visit, told)


def visit_calendar(tx: Transaction, request: ShowVisitCalendar, *, now: datetime) -> CalendarFile:
    """One of the patient's visits as an iCalendar file. Raises NotFound.

    Times are in UTC, which every calendar shows in its owner's zone, across clock changes too.
    """
    row = visits.load_visit(tx, request.appointment_id)
    entry = icalendar.Event()
    entry.add("uid", f"{row.appointment_id}@portico")
    entry.add("sequence", row.revision)
    entry.add("dtstamp", now)
    entry.add("dtstart", row.starts_at.astimezone(UTC))
    entry.add("dtend", row.ends_at.astimezone(UTC))
    entry.add("summary", WITH[request.language].format(provider=row.provider_name))
    entry.add("location", f"{row.location_name}, {row.location_address}")
    entry.add("status", "CANCELLED" if row.state == "cancelled" else "CONFIRMED")
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Portico//Visits//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if row.state == "cancelled" else "PUBLISH")
    calendar.add_component(entry)
    day = row.starts_at.astimezone(ZoneInfo(row.zone)).date()
    return {"filename": f"visit-{day}.ics", "text": calendar.to_ical().decode()}


# The practice's day.


def day_list(tx: Transaction, request: DayList, *, now: datetime) -> Day:
    """Who comes on a day, by each location's own calendar."""
    booking.check_day("day", request.day, now=now)
    local_day = func.timezone(a.zone, a.starts_at).cast(Date)
    # The span lets the index find the few candidates: a local day begins up to 14 hours early.
    noon = datetime.combine(request.day, datetime.min.time(), UTC) + timedelta(hours=12)
    near = a.starts_at.between(noon - timedelta(hours=26), noon + timedelta(hours=26))
    query = (
        visits.visits(*visits.ROW, patient_name.c.first_name, patient_name.c.last_name)
        .outerjoin(patient_name, patient_name.c.patient_id == a.patient_id)
        .where(a.state == "booked", near, local_day == request.day)
        .order_by(a.starts_at, provider.c.name)
    )
    for column in (a.provider_id, a.location_id):
        wanted = getattr(request, column.name)
        query = query if wanted is None else query.where(column == wanted)
    rows = tx.execute(query).all()
    tx.concerns(*(row.patient_id for row in rows))
    items: list[DayRow] = [{**_row(tx, row, now=now), "patient_name": _name(row)} for row in rows]
    return {"day": request.day, "items": items}


def _name(row: Row[Any]) -> str:
    return f"{row.first_name} {row.last_name}" if row.first_name else ""


def _row(tx: Transaction, row: Row[Any], *, now: datetime) -> VisitRow:
    by = booking.side(tx.actor.kind)
    told = {name: row._mapping[name] for name in VisitRow.__annotations__ if name != "can_cancel"}
    told["can_cancel"] = booking.can_cancel(row.state, row.starts_at, by=by, now=now)
    return cast(VisitRow, told)


def _dicts(tx: Transaction, query: Select[Any], *, without: tuple[str, ...] = ()) -> list[Any]:
    rows = tx.execute(query).mappings()
    return [{k: v for k, v in row.items() if k not in without} for row in rows]


def _cursor(row: Row[Any]) -> str:
    return f"{row.starts_at.astimezone(UTC):{CURSOR_TIME}}~{row.appointment_id}"


def _read_cursor(cursor: str) -> Any:
    moment, _, appointment_id = cursor.partition("~")
    try:
        starts_at = datetime.strptime(moment, CURSOR_TIME).replace(tzinfo=UTC)
        return tuple_(starts_at, UUID(appointment_id))
    except ValueError:
        raise BadRequest(fields={"cursor": ["Not a cursor."]}) from None
