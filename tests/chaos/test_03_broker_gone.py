"""The broker is killed, for a while or for long: patients go on, and nothing is lost or twice."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from bench.figures import percentile
from portico_kit.testing.waiting import eventually
from portico_ops.processes import SERVICES
from tests.chaos.clients import Load, Log
from tests.chaos.readiness import lines_to_the_broker
from tests.chaos.stage import Stage
from tests.chaos.wishes import Wish, gather

CLIENTS = 10
CONSUMING_WITHIN = 15.0
SLACK = 5.0  # seconds: for a machine that has other things to do
MESSAGES = 5
ANNOUNCED = "SELECT event_id::text, aggregate_id, sequence FROM outbox"
HEARD = "SELECT subscription, event_id::text FROM inbox ORDER BY at"
UNPUBLISHED = "SELECT count(*) FROM outbox WHERE published_at IS NULL"


def test_a_broker_that_is_gone_costs_patients_nothing_and_nothing_is_lost(
    stage, oracle, seed, length, notes
):
    outages = length.of(short=[6.0], long=[20.0] * 10 + [600.0])
    pace = length.of(short=1.0, long=0.5)
    longest = outages[-1]
    wishes = gather(
        stage,
        bookings=int(CLIENTS / pace * (sum(outages) + length.of(short=12, long=30))),
        seed=seed,
        clients=CLIENTS,
    )
    restarts = {name: stage.restarts(name) for name in stage.names}
    back, gone_for = [], []
    with Load(wishes, ports=stage.gateway_ports, seed=seed, pace=pace) as load:
        rest(length.of(short=2.0, long=60.0))
        for seconds in outages:
            with without_broker(stage) as times:
                rest(seconds)
                reads_and_writes(stage, wishes[0])
            waiting = stage.rows("scheduling", UNPUBLISHED)[0][0]
            eventually(lambda: all(lines_to_the_broker(stage).values()), within=60, every=0.2)
            back.append(time.time() - times["back"])
            eventually(
                lambda: stage.rows("scheduling", UNPUBLISHED)[0][0] < 50, within=longest, every=0.1
            )
            drained = time.time() - times["back"]
            gone_for.append((times["gone"], times["back"]))
        log = load.stop(within=60)
    oracle.wait_until_right(log, within=length.to_settle())
    before, meanwhile = p95(log, 0, gone_for[0][0]), p95(log, *gone_for[-1])
    notes.note("broker gone, longest", longest, "s")
    notes.note("bookings accepted", len(log.accepted), "bookings")
    notes.note("consuming again after the broker was back", max(back), "s", wanted="≤ 15 s",
               holds=lambda s: s <= CONSUMING_WITHIN + SLACK)  # fmt: skip
    notes.note("booking p95 without the broker", meanwhile, "ms", baseline=before,
               wanted="≤ 1.2 × normal",
               holds=(lambda ms: ms <= 1.2 * before) if length.long else None)  # fmt: skip
    notes.note("events that had waited", waiting, "events")
    notes.note("backlog gone after the broker was back", drained, "s", wanted="≤ a third",
               holds=(lambda s: s <= longest / 3) if length.long else None)  # fmt: skip
    assert out_of_order(stage) == []
    assert {a.status for a in log.attempts} <= {201, 409}
    assert {name: stage.restarts(name) for name in stage.names} == restarts


@contextmanager
def without_broker(stage: Stage) -> Iterator[dict[str, float]]:
    """The broker killed, and started again at the end; when it went and when it was back."""
    stage.leave_servers_alone()
    try:
        stage.kill("rabbitmq")
        times = {"gone": time.time()}
        yield times
        stage.servers["rabbitmq"].start()
        times["back"] = time.time()
    finally:
        stage.mind_servers()


def reads_and_writes(stage: Stage, wish: Wish) -> None:
    """A patient reads what they have, and writes to the practice."""
    head = {"Authorization": f"Bearer {wish.session}"}
    with httpx.Client(base_url=f"{stage.url}/api/v1", headers=head, timeout=20) as client:
        assert client.get("/visits").status_code == 200
        letter = {"topic": "other", "subject": "Without it", "body": "Hello there."}
        written = client.post("/conversations", json=letter)
        assert written.status_code == 201, written.text
        there = f"/conversations/{written.json()['conversation_id']}"
        for number in range(MESSAGES):
            answer = client.post(f"{there}/messages", json={"body": f"And {number}."})
            assert answer.status_code == 201, answer.text
        assert client.get(there).status_code == 200


def out_of_order(stage: Stage) -> list[str]:
    """Events that a service acted on after a later one about the same thing."""
    numbers = {
        event_id: (aggregate, number)
        for service in SERVICES
        for event_id, aggregate, number in stage.rows(service, ANNOUNCED)
    }
    wrong, last = [], defaultdict[tuple[str, str], int](int)
    for subscription, event_id in (row for s in SERVICES for row in stage.rows(s, HEARD)):
        aggregate, number = numbers[event_id]
        if number < last[subscription, aggregate]:
            wrong.append(event_id)
        last[subscription, aggregate] = number
    return wrong


def rest(seconds: float) -> None:
    """Let the attack, or the calm before it, last."""
    threading.Event().wait(seconds)


def p95(log: Log, since: float, until: float) -> float:
    """Milliseconds that 95 % of the bookings asked for in that time did not exceed."""
    waits = [a.ended_at - a.asked_at for a in log.attempts if since <= a.asked_at < until]
    return 1000 * percentile(waits, 95)
