"""What the load clients want: visits, each of its own, and some that two patients want at once."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bench.filling import Diary, Patient, free_times, open_practice, sign_in
from portico_kit.ids import new_id
from portico_kit.testing.waiting import eventually
from tests.chaos.stage import Stage

CLIENTS = 20
VISITS_EACH = 6  # a patient may have six visits to come
TIMES = 1200  # of one diary: within the days that may be booked ahead
CONTESTED = 0.05
LOSING = frozenset({"SlotTaken", "VisitsOverlap"})
KNOWN = "SELECT count(*) FROM contact WHERE person_id = ANY(%s)"


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One booking that a client goes on asking for, under one key, until it has an answer.

    ``may_lose`` names the refusals that are a fair answer: others want the same time.
    """

    key: str
    client: int
    patient_id: str
    session: str = field(repr=False)
    body: dict[str, str]
    may_lose: frozenset[str] = frozenset()


def gather(stage: Stage, *, bookings: int, seed: int, clients: int = CLIENTS) -> list[Wish]:
    """Patients of their own, signed in and known to everybody, and so many wishes of theirs.

    Every third patient has a mobile number too. The stage is settled afterwards.
    """
    each = -(-bookings // clients)
    # As many rivals as can win every time that they want, and still have no visit too many.
    rivals = -(-int(each * clients * CONTESTED) // VISITS_EACH)
    share = -(-each // VISITS_EACH)
    people = _signed_in(stage, clients * share + rivals)
    diaries = -(-each // TIMES)  # a client fills one after the other
    diary, times = open_practice(stage.house, providers=clients * diaries), free_times(TIMES)
    asked = [
        _wishes(client, each, people[client * share :][:share], diary, times)
        for client in range(clients)
    ]
    return _with_rivals(asked, people[clients * share :], random.Random(seed))


def _signed_in(stage: Stage, count: int) -> list[Patient]:
    # Ten digits that are in no use: the suite's own patients, however often it asks for more.
    first = stage.rows("identity", "SELECT count(*) FROM account")[0][0]
    mobiles = [f"+1555{first + n:07d}" for n in range(0, count, 3)]
    people = sign_in(stage.house, [new_id() for _ in range(count)], mobiles=mobiles)
    ids = [person.patient_id for person in people]
    eventually(
        lambda: stage.rows("notifications", KNOWN, (ids,))[0][0] == count,
        within=60,
        what="everybody known to notifications",
        every=0.1,
    )
    stage.settle()
    return people


def _wishes(
    client: int, count: int, mine: Sequence[Patient], diary: Diary, times: Sequence[datetime]
) -> list[Wish]:
    # One patient's visits follow each other in the diary, so they never overlap.
    first = client * -(-count // TIMES)
    return [
        Wish(
            key=new_id().hex,
            client=client,
            patient_id=str(mine[n // VISITS_EACH].patient_id),
            session=mine[n // VISITS_EACH].session,
            body=diary.wish(first + n // TIMES, times[n % TIMES]),
        )
        for n in range(count)
    ]


def _with_rivals(
    asked: list[list[Wish]], rivals: Sequence[Patient], chance: random.Random
) -> list[Wish]:
    """Let others, by another client, want some of the times at the same moment."""
    places = [(client, n) for client, mine in enumerate(asked) for n in range(len(mine))]
    wanted = chance.sample(places, k=int(len(places) * CONTESTED)) if rivals else []
    # From the back, so that what is put in leaves the places before it as they are.
    for turn, (client, n) in enumerate(sorted(wanted, key=lambda place: -place[1])):
        asked[client][n] = replace(asked[client][n], may_lose=LOSING)
        rival, other = rivals[turn % len(rivals)], (client + 1) % len(asked)
        also = replace(
            asked[client][n],
            key=new_id().hex,
            client=other,
            patient_id=str(rival.patient_id),
            session=rival.session,
        )
        asked[other].insert(n, also)
    return [wish for mine in asked for wish in mine]
