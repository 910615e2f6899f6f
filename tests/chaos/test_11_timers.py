"""Point 11: a timer of which three copies run does its work once, and outlives each of them."""

from __future__ import annotations

import itertools
import random
from typing import Any

from portico_kit.testing.waiting import eventually
from tests.chaos import timekeeper
from tests.chaos.diary import Diary
from tests.chaos.watch import Watch

COPIES = 3
TAKEN_OVER_WITHIN = 15.0
REMIND_EVERY = 5.0


def test_three_copies_of_a_timer_tick_once_a_period_and_the_next_takes_over_from_a_killed_leader(
    watch: Watch, length: Any, notes: Any
) -> None:
    for _copy in range(COPIES):
        watch.start()
    for copy in watch.copies:
        copy.wait_until_ready()
    gaps = []
    for _round in range(length.of(short=1, long=20)):
        seen = len(watch.ticks())
        eventually(lambda n=seen: len(watch.ticks()) > n + 2, what="some ticks")  # type: ignore[misc]
        dead = watch.kill_leader()
        last = next(at for pid, at in reversed(watch.ticks()) if pid == dead)
        after = eventually(
            lambda d=dead, at=last: [t for p, t in watch.ticks() if p != d and t > at],  # type: ignore[misc]
            within=TAKEN_OVER_WITHIN,
            what="another copy's tick",
        )
        gaps.append(after[0] - last)
        (gone,) = [c for c in watch.copies if c.process and c.process.pid == dead]
        gone.kill()  # to be rid of the zombie
        if length.long:
            gone.start()
    moments = [at for _pid, at in watch.ticks()]
    steps = [after - before for before, after in itertools.pairwise(moments)]
    notes.note("timer ticks, three copies", len(moments), "ticks")
    notes.note(
        "shortest time between ticks", min(steps), "s",
        wanted=f">= {timekeeper.PERIOD * 0.9}", holds=lambda s: s >= timekeeper.PERIOD * 0.9,
    )  # fmt: skip
    notes.note(
        "a killed leader's timer was taken over after", max(gaps), "s",
        wanted=f"<= {TAKEN_OVER_WITHIN}", holds=lambda s: s <= TAKEN_OVER_WITHIN,
    )  # fmt: skip


def test_each_reminder_is_announced_once_by_three_copies_that_are_killed_at_their_work(
    diary: Diary, length: Any, notes: Any, seed: int
) -> None:
    count, kills = length.of(short=(300, 1), long=(20_000, 20))
    span = length.of(short=3.0, long=120.0)
    chance = random.Random(seed)
    copies = [diary.copy(wait=False) for _copy in range(COPIES)]
    for copy in copies:
        copy.wait_until_ready()
    diary.remind_in([chance.uniform(0, span) for _ in range(count)])
    for number in range(kills):
        eventually(lambda n=number: diary.waiting() < count * (1 - n / (kills + 1)), within=60)  # type: ignore[misc]
        victim = chance.choice(copies)
        victim.kill()
        if length.long:
            victim.start(wait=False)
    eventually(lambda: diary.waiting() == 0, within=span + 60, what="every reminder's end")

    notes.note("reminders due", count, "reminders")
    notes.note("of them announced", diary.announced(), "events", wanted=str(count),
               holds=lambda n: n == count)  # fmt: skip
    notes.note("announced twice", diary.doubled(), "reminders", wanted="0",
               holds=lambda n: n == 0)  # fmt: skip
    late = diary.lateness()
    notes.note("earliest", min(late), "s", wanted=">= 0", holds=lambda s: s >= 0)
    notes.note("latest, with copies killed", max(late), "s", wanted="<= 60",
               holds=lambda s: s <= 60)  # fmt: skip
