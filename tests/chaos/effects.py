"""The oracle's eye on what follows from a booking: events, reactions, deliveries, mail, texts."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

from notifications.domain import KINDS
from portico_contracts.catalogue import promises
from portico_ops.processes import SERVICES
from tests.chaos.case import Case, Discrepancy, missing_and_extra

LIVE = "gateway"  # hears for open pages alone, and keeps nothing
BOOKED, TOLD_BY = "AppointmentBooked", "visit_booked"
HANDED_OVER = ("sent", "delivered")
UNDER_WAY = ("queued", "sending")

GAPS = (
    "SELECT aggregate_id, count(*), max(sequence) FROM outbox GROUP BY aggregate_id "
    "HAVING count(*) <> max(sequence) OR min(sequence) <> 1"
)
EVENTS = "SELECT event_id::text, name, version FROM outbox"
UNPUBLISHED = "SELECT event_id::text, name FROM outbox WHERE published_at IS NULL"
HEARD = "SELECT subscription, event_id::text FROM inbox"
FAILED = (
    "SELECT subscription, coalesce(event_id::text, ''), state FROM failed_delivery "
    "WHERE state IN ('waiting', 'dead')"
)
DROPPED = "SELECT subscription, event_id::text FROM failed_delivery WHERE state = 'dropped'"
ANNOUNCED = "SELECT aggregate_id, event_id::text FROM outbox WHERE name = %s"
DELIVERIES = "SELECT id::text, event_id::text, channel, kind, state FROM delivery"


@cache
def subscriptions() -> dict[tuple[str, int], tuple[str, ...]]:
    """Which subscriptions of which services must hear an event, out of contracts and services."""
    found: dict[tuple[str, int], list[str]] = {(p.name, p.version): [] for p in promises()}
    for service in SERVICES:
        kind = getattr(importlib.import_module(f"{service}.service"), service.capitalize())
        for name in dir(kind):
            promise = getattr(getattr(kind, name), "promise", None)
            if promise is not None:
                found[promise.name, promise.version].append(f"{service}.{name}")
    for promise in promises():
        titles = found[promise.name, promise.version]
        deaf = {*promise.heard_by} - {LIVE, *(title.partition(".")[0] for title in titles)}
        # What is promised to a service that does not listen is never heard there.
        titles += [f"{service}.(nothing)" for service in deaf]
    return {name: tuple(titles) for name, titles in found.items()}


def outboxes(case: Case) -> Iterator[Discrepancy]:
    """Every visit was announced once, and everything that was announced has left, in order."""
    announced = Counter(row[0] for row in case.rows("scheduling", ANNOUNCED, (BOOKED,)))
    for visit_id in case.log.accepted.values():
        if visit_id not in announced:
            yield Discrepancy("unannounced", visit_id)
    for visit_id, times in announced.items():
        if times > 1:
            yield Discrepancy("announced_twice", visit_id, f"{times} times")
    for service in SERVICES:
        for event_id, name in case.rows(service, UNPUBLISHED):
            yield Discrepancy("unpublished", event_id, f"{service} {name}")
        for aggregate_id, count, last in case.rows(service, GAPS):
            yield Discrepancy("sequence_gap", aggregate_id, f"{service}: {count} of {last}")


def heard(case: Case) -> Iterator[Discrepancy]:
    """Each subscription has had its effect once per event, and of no event that never was."""
    wanted: set[tuple[str, str]] = set()
    found: list[tuple[str, str]] = []
    for service in SERVICES:
        for event_id, name, version in case.rows(service, EVENTS):
            wanted |= {(event_id, title) for title in subscriptions().get((name, version), ())}
        found += [(event_id, title) for title, event_id in case.rows(service, HEARD)]
        wanted -= {(event_id, title) for title, event_id in case.rows(service, DROPPED)}
    yield from missing_and_extra(wanted, found, missing="unheard", extra="heard_of_nothing")
    for (event_id, title), times in Counter(found).items():
        if times > 1:
            yield Discrepancy("heard_twice", event_id, title)


def failures(case: Case) -> Iterator[Discrepancy]:
    """Nothing was given up, and nothing waits for another attempt."""
    for service in SERVICES:
        for subscription, event_id, state in case.rows(service, FAILED):
            yield Discrepancy(
                "failed_delivery", event_id or subscription, f"{subscription} {state}"
            )


def deliveries(case: Case) -> Iterator[Discrepancy]:
    """Whoever booked is told by each channel once, and every attempt to tell has its end."""
    rows = case.rows("notifications", DELIVERIES)
    made = Counter((event_id, channel) for _, event_id, channel, *_ in rows)
    for _, event_id in case.rows("scheduling", ANNOUNCED, (BOOKED,)):
        for channel in KINDS[TOLD_BY].channels:
            if (event_id, channel) not in made:
                yield Discrepancy("not_told", event_id, channel)
    for (event_id, channel), times in made.items():
        if times > 1:
            yield Discrepancy("told_twice", event_id, f"{channel} {times} times")
    for delivery_id, _, channel, kind, state in rows:
        if state in UNDER_WAY:
            yield Discrepancy("not_final", delivery_id, f"{channel} {kind} {state}")


def sinks(case: Case) -> Iterator[Discrepancy]:
    """What notifications says it handed over arrived, once, and nothing else did."""
    kept = case.sunk("SELECT channel, name, number FROM reference")
    arrived = {(_delivery(name), channel) for channel, name, _ in kept}
    rows = case.rows("notifications", DELIVERIES)
    for delivery_id, _, channel, kind, state in rows:
        if state in HANDED_OVER and (delivery_id, channel) not in arrived:
            yield Discrepancy("not_in_sink", delivery_id, f"{channel} {kind} {state}")
    known = {(delivery_id, channel) for delivery_id, _, channel, *_ in rows}
    for delivery_id, channel in arrived - known:
        yield Discrepancy("sent_by_nobody", delivery_id, channel)
    yield from _kept_beside(case, kept)


def _kept_beside(case: Case, kept: list[Any]) -> Iterator[Discrepancy]:
    """Mail and texts in the sinks that stand there beside the one of their reference."""
    for channel, table in (("mail", "mail"), ("text", "text_message")):
        named = {number for of, _, number in kept if of == channel}
        for (number,) in case.sunk(f"SELECT id FROM {table}"):
            if number not in named:
                yield Discrepancy("kept_twice", str(number), channel)


def sent_again(case: Case) -> int:
    """How often a mail or text came to a sink once more, and was known by its reference."""
    return int(case.sunk("SELECT coalesce(sum(times - 1), 0) FROM reference")[0][0])


def _delivery(name: str) -> str:
    """The delivery's id in a Message-ID; a text's token is the id itself."""
    return name.strip("<>").partition("@")[0]
