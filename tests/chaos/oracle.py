"""The oracle: joins what the clients were told with what every service holds, and names each lie.

It reads the databases as their superuser and the sinks' file directly, past every proxy; it asks
no service for its own opinion of itself.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import chain
from typing import Any

from bench.settling import NeverQuiet
from tests.chaos.case import Case, Discrepancy, Rows, Visit
from tests.chaos.clients import Attempt, Log
from tests.chaos.effects import deliveries, failures, heard, outboxes, sinks
from tests.chaos.ledger import chain_of_hashes, copied_to_ledger, visits_audited
from tests.chaos.stage import Stage
from tests.chaos.wishes import Wish

__all__ = ["Discrepancy", "Oracle", "Rows", "judge"]

# For each row the latest end before it, of the same provider or patient: one pass, no join.
OVERLAPS = """
SELECT id FROM (
  SELECT appointment_id::text AS id, starts_at, max({until}) OVER (
    PARTITION BY {who} ORDER BY starts_at, appointment_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until
  FROM appointment WHERE state IN ('held', 'booked')) AS visits
WHERE starts_at < busy_until
"""
JUDGE_EVERY = 0.25  # seconds
SIDES = {"provider": ("provider_id", "free_at"), "patient": ("patient_id", "ends_at")}


def judge(case: Case) -> list[Discrepancy]:
    """Everything that is wrong, in a fixed order; nothing where all promises were kept."""
    checks = (
        answers, bookings, contests, overlaps, outboxes, heard, failures, deliveries, sinks,
        visits_audited, copied_to_ledger, chain_of_hashes,
    )  # fmt: skip
    return sorted(set(chain.from_iterable(check(case) for check in checks)))


class Oracle:
    """The oracle of one stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def judge(self, log: Log) -> list[Discrepancy]:
        """What is wrong now; work that is still under way counts as wrong."""
        return judge(Case(self._stage.rows, self._stage.sinks, log))

    def wait_until_right(self, log: Log, *, within: float) -> float:
        """Seconds until nothing is wrong any more; AssertionError that names what stays wrong."""
        began = time.monotonic()
        with suppress(NeverQuiet):
            # What is looked at all the time has no time to come right: looked at when quiet.
            while (left := within - (time.monotonic() - began)) > 0:
                self._stage.settle(looks=1, within=left)
                if not self.judge(log):
                    return time.monotonic() - began
                time.sleep(JUDGE_EVERY)
        wrong = self.judge(log)
        kinds = dict(Counter(each.kind for each in wrong))
        raise AssertionError(f"after {within:.0f} s: {kinds}; first: {wrong[:10]}")


def answers(case: Case) -> Iterator[Discrepancy]:
    """Every wish has one final answer, and it is a fair one."""
    final = case.log.final
    granted: dict[str, set[str]] = {}
    for attempt in case.log.attempts:
        if attempt.status == 201:
            granted.setdefault(attempt.key, set()).add(str(attempt.appointment_id))
    for key, wish in case.log.wishes.items():
        attempt = final.get(key)
        if attempt is None:
            yield Discrepancy("unanswered", key)
        elif attempt.status != 201 and attempt.code not in wish.may_lose:
            yield Discrepancy("refused", key, f"{attempt.status} {attempt.code}")
        if len(granted.get(key, ())) > 1:
            yield Discrepancy("answered_differently", key, " ".join(sorted(granted[key])))


def bookings(case: Case) -> Iterator[Discrepancy]:
    """What was accepted stands as it was wished for; nothing stands that nobody was promised."""
    accepted, final = case.log.accepted, case.log.final
    ours = {str(wish.body["provider_id"]) for wish in case.log.wishes.values()}
    for key, visit_id in accepted.items():
        visit = case.visits.get(visit_id)
        if visit is None:
            yield Discrepancy("missing", visit_id, f"accepted under {key}")
        elif _wished(visit) != _wish(case.log.wishes[key]):
            yield Discrepancy("not_as_asked", visit_id, f"accepted under {key}")
    known = set(accepted.values())
    wished = {_wish(wish): key for key, wish in case.log.wishes.items()}
    for visit in case.visits.values():
        if visit.provider in ours and visit.id not in known:
            yield _unpromised(visit, wished.get(_wished(visit)), final)


def contests(case: Case) -> Iterator[Discrepancy]:
    """A time that several wanted went to one of them."""
    final = case.log.final
    rivals: dict[tuple[str, str], list[str]] = {}
    for key, wish in case.log.wishes.items():
        if wish.may_lose:
            rivals.setdefault((wish.body["provider_id"], wish.body["starts_at"]), []).append(key)
    for (provider, _starts_at), keys in rivals.items():
        told = [final[key].status for key in keys if key in final]
        if len(told) == len(keys) and 201 not in told:
            yield Discrepancy("nobody_won", keys[0], f"with provider {provider}")


def overlaps(case: Case) -> Iterator[Discrepancy]:
    """Nobody is in two places at once."""
    for side, (who, until) in SIDES.items():
        for (visit_id,) in case.rows("scheduling", OVERLAPS.format(who=who, until=until)):
            yield Discrepancy("overlap", visit_id, f"of one {side}")


def _unpromised(visit: Visit, key: str | None, final: dict[str, Attempt]) -> Discrepancy:
    if key is None:
        return Discrepancy("unasked", visit.id)
    told = final.get(key)
    if told is not None and told.status == 201:
        return Discrepancy("booked_twice", visit.id, f"beside the answer to {key}")
    word = f"{told.status} {told.code}" if told else "nothing"
    return Discrepancy("booked_and_not_told", visit.id, f"{key} was told {word}")


def _wish(wish: Wish) -> tuple[Any, ...]:
    starts_at = datetime.fromisoformat(wish.body["starts_at"])
    return wish.patient_id, wish.body["provider_id"], starts_at


def _wished(visit: Visit) -> tuple[Any, ...]:
    return visit.patient, visit.provider, visit.starts_at
