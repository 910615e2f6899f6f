"""The whole seed, topic by topic: each commits by itself, and none is written twice."""

from __future__ import annotations

from datetime import datetime

from portico_ops.sandbox.seeding.bills import keep_books
from portico_ops.sandbox.seeding.cast import Cast
from portico_ops.sandbox.seeding.diary import keep_diary
from portico_ops.sandbox.seeding.letters import keep_letters
from portico_ops.sandbox.seeding.people import enrol
from portico_ops.sandbox.seeding.record import keep_records, sown_at
from portico_ops.sandbox.seeding.results import read_results
from portico_ops.sandbox.seeding.stores import Stores

SEED = 20260101


def plant(stores: Stores, *, now: datetime, seed: int = SEED) -> Cast:
    """Make the practice as it stands on the day of `now`; who is in it.

    Where it was begun before, it is completed as of that day: a second time changes nothing.
    """
    begun = sown_at(stores, now=now)
    cast = keep_records(stores, now=begun, seed=seed)
    read_results(stores, cast)
    keep_diary(stores, cast)
    keep_letters(stores, cast)
    keep_books(stores, cast)
    # Last: what this announces may be heard at once, and all the rest is there by then.
    enrol(stores, cast)
    return cast
