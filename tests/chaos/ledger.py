"""The oracle's eye on the audit: one row a call that succeeded, copied once, chained unbroken."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from identity import domain
from portico_ops.processes import SERVICES
from tests.chaos.case import Case, Discrepancy

BOOKING = "book_appointment"
# The gateway may ask once more by the direct road for each time that a client asks.
ROADS = 2

AUDITED = "SELECT patient_ids[1]::text, at FROM audit_row WHERE method = %s"
ROWS = "SELECT id::text FROM audit_row"
COPIES = "SELECT row_id::text FROM ledger"
LEDGER = (
    "SELECT month, position, previous_hash, hash, at, row_id, service, method, category, action, "
    "actor_kind, account_id, roles, relationship, patient_ids FROM ledger ORDER BY month, position"
)
NAMES = (
    "at row_id service method category action actor_kind account_id roles relationship patient_ids"
).split()
HEADS = "SELECT month, position, hash FROM ledger_head"


def visits_audited(case: Case) -> Iterator[Discrepancy]:
    """The call that booked has its row, with its moment; repeated answers have theirs; no more."""
    rows = case.rows("scheduling", AUDITED, (BOOKING,))
    moments, calls = Counter(rows), Counter(patient for patient, _ in rows)
    for visit_id in case.log.accepted.values():
        visit = case.visits.get(visit_id)
        times = moments[visit.patient, visit.booked_at] if visit else 1
        if times != 1:
            yield Discrepancy("unaudited" if times == 0 else "audited_twice", visit_id)
    yield from _calls_and_rows(case, calls)


def _calls_and_rows(case: Case, calls: Counter[str]) -> Iterator[Discrepancy]:
    """A patient has a row for each answer, and none without a question."""
    asked: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for attempt in case.log.attempts:
        patient = case.log.wishes[attempt.key].patient_id
        asked[patient] += 1
        told[patient] += attempt.status == 201
    for patient, times in asked.items():
        if not told[patient] <= calls[patient] <= ROADS * times:
            word = f"{calls[patient]} rows, {told[patient]} answers, {times} questions"
            yield Discrepancy("audit_count", patient, word)


def copied_to_ledger(case: Case) -> Iterator[Discrepancy]:
    """Each service's rows stand in the ledger once, and the ledger has no others."""
    copies = Counter(row_id for (row_id,) in case.rows("identity", COPIES))
    rows: dict[str, str] = {}
    for service in SERVICES:
        rows |= {row_id: service for (row_id,) in case.rows(service, ROWS)}
    for row_id, service in rows.items():
        if copies[row_id] != 1:
            kind = "not_in_ledger" if copies[row_id] == 0 else "twice_in_ledger"
            yield Discrepancy(kind, row_id, service)
    for row_id in copies.keys() - rows.keys():
        yield Discrepancy("ledger_of_nothing", row_id)


def chain_of_hashes(case: Case) -> Iterator[Discrepancy]:
    """Every link follows from the one before, and the head is the last link."""
    months: dict[Any, list[Any]] = defaultdict(list)
    for row in case.rows("identity", LEDGER):
        months[row[0]].append(row)
    for month, links in months.items():
        yield from _month(month, links)
    for month, position, head in case.rows("identity", HEADS):
        last = months[month][-1] if months[month] else None
        if last is not None and (last[1], bytes(last[3])) != (position, bytes(head)):
            yield Discrepancy("chain_broken", str(month), "the head is not the last link")


def _month(month: Any, links: list[Any]) -> Iterator[Discrepancy]:
    previous = domain.first_hash(month)
    for place, (_, position, before, own, *facts) in enumerate(links, start=1):
        made = domain.chained(previous, place, dict(zip(NAMES, facts, strict=True)))
        if (position, bytes(before), bytes(own)) != (place, previous, made):
            yield Discrepancy("chain_broken", str(facts[1]), f"{month} position {position}")
            return
        previous = made
