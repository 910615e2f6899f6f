"""booking_commits and slot_race: patients book by the API, many different times or all the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime

import psycopg

from bench.figures import Figure, figure, percentile
from bench.filling import Diary, Patient, free_times
from bench.house import House
from bench.load import Client, Job, Outcome, get, post, run
from bench.processor import processor_time
from bench.settling import settle

CLIENTS = 20
VISITS_EACH = 5  # a patient may have six visits to come
STEADY = 40  # bookings a second at which the wait is judged (ARCHITECTURE §7)
PACED = 25  # times of each diary that are kept for that
PATH = "/api/v1/visits"
# A signed-in request that costs next to nothing: it opens the session at the gateway.
OPENING = "/api/v1/account"

FLOOR_TABLE = "CREATE TABLE bench_floor (LIKE appointment INCLUDING ALL)"
FLOOR_ROW = "INSERT INTO bench_floor SELECT * FROM appointment WHERE appointment_id = %s"
RACE_TABLE = "CREATE TABLE bench_race (LIKE appointment INCLUDING ALL)"
RACE_ROW = (
    "INSERT INTO bench_race SELECT gen_random_uuid(), gen_random_uuid(), provider_id, location_id, "
    "visit_type_id, mode, state, starts_at, ends_at, free_at, zone, reason, booked_by, booked_at, "
    "held_until FROM appointment WHERE appointment_id = %s ON CONFLICT DO NOTHING"
)


def measure(
    house: House, people: Sequence[Patient], diary: Diary, *, seconds: float
) -> list[Figure]:
    """Twenty clients, each in a diary of its own: forty bookings a second, then all they can.

    The floor writes the same rows once more.
    """
    times = free_times(len(people) // CLIENTS * VISITS_EACH)
    began = house.rows("SELECT now()")[0][0]
    paced = _bookers(people, diary, times[:PACED])
    steady = run(Job(port=house.port, clients=paced, seconds=seconds, pace=CLIENTS / STEADY))
    settle(house)
    clients = _bookers(people, diary, times[PACED:])
    job = Job(port=house.port, clients=clients, seconds=seconds)
    outcome, costs = processor_time(house, lambda: run(job))
    settle(house)
    made = _made_since(house, began)
    _must_stand(made, [steady, outcome])
    floor = _floor(house, made)
    return [*_figures(outcome, steady, floor), *costs.figures("booking_commits")]


def race(house: House, people: Sequence[Patient], diary: Diary, *, provider: int) -> list[Figure]:
    """Everyone wants one time at one moment; the floor lets as many transactions race for it."""
    # Late in the diary, so that it overlaps with none of the visits booked elsewhere.
    wish = diary.wish(provider, free_times(1000)[-1])
    clients = tuple(
        Client(
            first=(get(OPENING, session=p.session),), then=(post(PATH, wish, session=p.session),)
        )
        for p in people
    )
    outcome = run(Job(port=house.port, clients=clients))
    settle(house)
    floor = _raw_race(house, wish, racers=len(people))
    won, refused = outcome.statuses.get("201", 0), outcome.statuses.get("409", 0)
    failed = outcome.of_class("5") + outcome.statuses.get("0", 0)
    clean = won == 1 and refused == len(people) - 1
    return [
        figure("slot_race", won, f"winner of {len(people)}", baseline=floor[0],
               wanted="1 winner, all others refused, no 5xx", holds=lambda _value: clean),
        figure("slot_race_refusals", refused, "answers 409"),
        figure("slot_race_errors", failed, "answers 5xx or none", wanted="0",
               holds=lambda value: value == 0),
        figure("slot_race_seconds", outcome.seconds, "s", baseline=floor[1]),
        figure("slot_race_p95", percentile(outcome.milliseconds, 95), "ms"),
    ]  # fmt: skip


def _bookers(
    people: Sequence[Patient], diary: Diary, times: Sequence[datetime]
) -> tuple[Client, ...]:
    return tuple(_booker(people, diary, times, client) for client in range(CLIENTS))


def _made_since(house: House, moment: datetime) -> list[object]:
    query = "SELECT appointment_id FROM appointment WHERE booked_at >= %s AND state = 'booked'"
    return [row[0] for row in house.rows(query, (moment,), database="scheduling")]


def _must_stand(made: Sequence[object], outcomes: Sequence[Outcome]) -> None:
    answered = sum(len(outcome.milliseconds) for outcome in outcomes)
    statuses = [outcome.statuses for outcome in outcomes]
    if len(made) != answered or any(set(each) != {"201"} for each in statuses):
        raise AssertionError(f"{len(made)} visits stand, answers were {statuses}")


def _booker(
    people: Sequence[Patient], diary: Diary, times: Sequence[datetime], client: int
) -> Client:
    share = len(people) // CLIENTS
    mine = people[client * share : (client + 1) * share]
    # Nobody sees two providers, so a patient's own visits never overlap.
    wishes = [diary.wish(client, at) for at in times]
    return Client(
        first=tuple(get(OPENING, session=p.session) for p in mine),
        then=tuple(
            post(PATH, wish, session=mine[n % len(mine)].session) for n, wish in enumerate(wishes)
        ),
    )


def _figures(outcome: Outcome, steady: Outcome, floor: float) -> list[Figure]:
    return [
        figure("booking_commits", outcome.rate, "bookings/s", baseline=floor,
               wanted="≥ 40/s with 20 clients", holds=lambda value: value >= 40),
        figure("booking_commits_p95", percentile(steady.milliseconds, 95),
               f"ms at {steady.rate:.0f}/s", wanted="≤ 400 ms at 40/s",
               holds=lambda value: value <= 400 and steady.rate > 0.9 * STEADY),
        figure("booking_commits_p95_flat_out", percentile(outcome.milliseconds, 95), "ms"),
    ]  # fmt: skip


def _floor(house: House, visits: Sequence[object]) -> float:
    """The same rows with the same constraints, a transaction each, by twenty bare connections."""
    house.rows(FLOOR_TABLE, database="scheduling")
    shares = [visits[n::CLIENTS] for n in range(CLIENTS)]

    def work(connection: psycopg.Connection[object], share: Sequence[object]) -> None:
        for visit in share:
            connection.execute(FLOOR_ROW, (visit,))

    return len(visits) / _together(house, shares, work)


def _raw_race(house: House, wish: dict[str, str], *, racers: int) -> tuple[int, float]:
    """Winners and seconds of the same race between bare transactions."""
    house.rows(RACE_TABLE, database="scheduling")
    winner = house.rows(
        "SELECT appointment_id FROM appointment WHERE provider_id = %s", (wish["provider_id"],),
        database="scheduling",
    )[0][0]  # fmt: skip

    def work(connection: psycopg.Connection[object], share: Sequence[object]) -> None:
        for _ in share:
            connection.execute(RACE_ROW, (winner,))

    took = _together(house, [range(n, racers, CLIENTS) for n in range(CLIENTS)], work)
    stands = house.rows("SELECT count(*) FROM bench_race", database="scheduling")[0][0]
    return stands, took


def _together(
    house: House,
    shares: Sequence[Sequence[object]],
    work: Callable[[psycopg.Connection[object], Sequence[object]], None],
) -> float:
    """Seconds in which all shares are done at once, a connection and a thread each."""
    url = house.admin_url("scheduling")
    connections = [psycopg.connect(url, autocommit=True) for _ in shares]
    threads = [
        threading.Thread(target=work, args=pair) for pair in zip(connections, shares, strict=True)
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    for connection in connections:
        connection.close()
    return took
