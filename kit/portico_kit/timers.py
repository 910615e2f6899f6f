"""Timers that run once across copies: the row of ``timer_run`` is the baton.

Whose turn it is goes by the database's clock, which all copies share: one whose own clock is
wrong can neither take every turn nor leave a moment behind that stops the others.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import eventlet
from nameko.extensions import Entrypoint, register_entrypoint
from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from .access import SYSTEM
from .calls import Runtime
from .database import Transaction, is_away
from .logs import log, where
from .tables import timer_run

LONGEST_PAUSE = 5.0  # seconds between ticks that fail, where the period is shorter


def timer(
    *, seconds: float, everywhere: bool = False, transaction: bool = True
) -> Callable[..., Any]:
    """Run the decorated method every so often.

    By default one copy at a time runs it, with a transaction: ``method(tx)``. With
    ``everywhere=True`` each copy runs it on its own (work that is shared by leases); with
    ``transaction=False`` the method gets the store and opens its own: ``method(store)``.
    """

    def declare(method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def tick(self: Any) -> bool:
            name = f"{type(self).name}.{method.__name__}"
            try:
                _tick(self, method, name, seconds, everywhere, transaction)
            except Exception as problem:
                _note(name, problem)
                return False
            return True

        register_entrypoint(tick, Timer(seconds, shared=not everywhere))
        return tick

    return declare


def _note(name: str, problem: Exception) -> None:
    error, place = type(problem).__name__, where(problem)
    if is_away(problem):
        log.warning("timer.paused", timer=name, error=error)
    else:
        log.error("timer.failed", timer=name, error=error, where=place)


def _tick(
    service: Any,
    method: Callable[..., Any],
    name: str,
    seconds: float,
    everywhere: bool,
    transaction: bool,
) -> None:
    runtime: Runtime = service.database
    if everywhere and not transaction:
        method(service, runtime.store)
        return
    with runtime.store.transaction(actor=SYSTEM) as tx:
        if not (everywhere or take_turn(tx, name, seconds)):
            return
        if transaction:
            method(service, tx)
            return
    method(service, runtime.store)


def take_turn(tx: Transaction, name: str, seconds: float) -> bool:
    """Whether it is this copy's turn: nobody else ran the timer within its period."""
    clock, period = func.clock_timestamp(), timedelta(seconds=seconds)
    ran_at, known = timer_run.c.ran_at, timer_run.c.name == name
    # A run that lies ahead was noted before the clock was set back: it says nothing any more.
    due = or_(ran_at <= clock - period * 0.9, ran_at > clock + period)
    turn = select(timer_run.c.name).where(known, due).with_for_update(skip_locked=True)
    if tx.execute(turn).one_or_none() is not None:
        tx.execute(update(timer_run).where(known).values(ran_at=clock))
        return True
    # Asked before inserting: an insert would wait for whoever has the turn.
    if tx.execute(select(timer_run.c.name).where(known)).one_or_none() is not None:
        return False
    first = insert(timer_run).values(name=name, ran_at=clock).on_conflict_do_nothing()
    return tx.execute(first.returning(timer_run.c.name)).one_or_none() is not None


def pause_after(*, period: float, last: float, good: bool) -> float:
    """Seconds until the next tick; more and more after ticks that failed, up to LONGEST_PAUSE."""
    return period if good else max(period, min(last * 2, LONGEST_PAUSE))


class Timer(Entrypoint):
    """nameko's view of a timer: one worker at a time, never two ticks at once.

    After a tick that failed the next comes later, and later still after another: while the
    database is away nothing is gained by trying ten times a second.
    """

    def __init__(self, seconds: float, *, shared: bool = True) -> None:
        super().__init__()
        self.seconds = seconds
        self.shared = shared  # whether one copy at a time runs it
        self._stopping = False
        self._woken = eventlet.event.Event()

    def start(self) -> None:
        self.container.spawn_managed_thread(self._run, identifier=f"timer {self.method_name}")

    def stop(self) -> None:
        self._stopping = True

    def _run(self) -> None:
        pause = self.seconds
        while not self._stopping:
            done = eventlet.event.Event()

            def finished(
                _context: Any, result: Any, exc_info: Any, done: Any = done
            ) -> tuple[Any, Any]:
                done.send(result)
                return result, exc_info

            self.container.spawn_worker(self, (), {}, handle_result=finished)
            pause = pause_after(period=self.seconds, last=pause, good=done.wait())
            eventlet.sleep(pause)
