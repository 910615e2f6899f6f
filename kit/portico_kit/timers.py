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
from .database import Transaction
from .logs import log, where
from .tables import timer_run


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
        def tick(self: Any) -> None:
            name = f"{type(self).name}.{method.__name__}"
            try:
                _tick(self, method, name, seconds, everywhere, transaction)
            except Exception as problem:
                log.error(
                    "timer.failed", timer=name, error=type(problem).__name__, where=where(problem)
                )

        register_entrypoint(tick, Timer(seconds))
        return tick

    return declare


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


class Timer(Entrypoint):
    """nameko's view of a timer: one worker at a time, never two ticks at once."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds
        self._stopping = False
        self._woken = eventlet.event.Event()

    def start(self) -> None:
        self.container.spawn_managed_thread(self._run, identifier=f"timer {self.method_name}")

    def stop(self) -> None:
        self._stopping = True

    def _run(self) -> None:
        while not self._stopping:
            done = eventlet.event.Event()

            def finished(
                _context: Any, result: Any, exc_info: Any, done: Any = done
            ) -> tuple[Any, Any]:
                done.send()
                return result, exc_info

            self.container.spawn_worker(self, (), {}, handle_result=finished)
            done.wait()
            eventlet.sleep(self.seconds)
