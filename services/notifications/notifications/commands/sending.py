"""Sending: lease and commit, hand over outside any transaction, commit how it ended."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import Counter

from portico_kit.database import is_away
from portico_kit.fail_points import reach
from portico_kit.ids import new_id
from portico_kit.logs import log, where
from portico_kit.sealing import SealBroken, TransitBox

from .. import compose, store
from ..adapters.providers import Providers
from ..bell import bell
from ..domain import (
    HELD,
    KINDS,
    NOT_REACHED,
    Outcome,
    again,
    failed,
    is_in_doubt,
    lease_time,
    settle,
    suppressed,
    waits_for_contact,
)

settled = Counter("portico_deliveries", "Attempts to reach a person", ["channel", "state"])
LONGEST_RUN = 3.0  # seconds: then the loop comes back to see whether the service stops
IDLE = 0.8  # seconds between looks when nobody rings
AWAY = 0.5  # seconds between tries to record while the database is away
ADDRESS = {"mail": "email", "text": "mobile"}
WRITE: dict[str, Callable[..., Any]] = {"mail": compose.mail, "text": compose.text}


def keep_sending(database: Any, *, providers: Providers) -> None:
    """Send all that is due, and what comes due at the bell; returns after a few seconds."""
    end = time.monotonic() + LONGEST_RUN
    while time.monotonic() < end:
        heard = bell.rings
        if send_batch(database, providers=providers) == 0:
            bell.wait(heard=heard, seconds=IDLE)


def send_batch(database: Any, *, providers: Providers) -> int:
    """Send one batch of what is due on a channel; how many were leased."""
    count = providers.room(database.config.send_batch)
    if count == 0:
        return 0  # nobody to hand it to: it waits where it is, and counts no attempts
    lease = lease_time(deadline=database.config.send_deadline)
    end = time.monotonic() + lease.total_seconds()
    with database.transaction() as tx:
        rows = _lease(tx, providers, count=count, lease=lease)
        known = store.contacts(tx, [row["recipient_id"] for row in rows]) if rows else {}
        moment = tx.careful_now if rows else tx.now
    if not rows:
        return 0
    prepared = [_prepare(row, known, config=database.config, now=moment) for row in rows]
    letters = [
        (row["provider"], letter)
        for row, letter in zip(rows, prepared, strict=True)
        if not isinstance(letter, Outcome)
    ]
    # Outside any transaction: a slow provider must not hold our connections.
    handed = iter(providers.send_all(letters))
    reach("after_accepted")
    ended = [p if isinstance(p, Outcome) else next(handed) for p in prepared]
    _keep(database, rows, ended, end=end)
    return len(rows)


def _lease(tx: Any, providers: Providers, *, count: int, lease: timedelta) -> list[dict[str, Any]]:
    """What is due, and who gets each, written down first: should we die, they may have it."""
    now = tx.shared_now
    rows = store.lease(
        tx,
        channel=providers.channel,
        count=count,
        lease_id=new_id(),
        now=now,
        until=now + lease,
        provider=providers.usual,
    )
    store.give(tx, rows, providers.allot(rows, now=now))
    return rows


def _keep(database: Any, rows: list[dict[str, Any]], ended: list[Outcome], *, end: float) -> None:
    """Record how it went; while the database is away, for as long as the lease holds."""
    while True:
        try:
            with database.transaction() as tx:
                _record(tx, rows, ended)
            return
        except Exception as problem:
            # What is not recorded is sent again: worth some patience.
            if not is_away(problem) or time.monotonic() > end:
                raise
            time.sleep(AWAY)


def _prepare(
    row: dict[str, Any], known: dict[Any, dict[str, Any]], *, config: Any, now: datetime
) -> Any:
    """The finished letter; or, where none should go out, the outcome at once."""
    contact = known.get(row["recipient_id"])
    if row["expires_at"] <= now:
        return Outcome("expired", row["reason"])
    if contact is None:
        # Contact details travel by their own event: they may come a little later.
        waits = waits_for_contact(attempts=row["attempts"])
        return again("no_contact") if waits else suppressed("no_contact")
    if contact["broken"]:
        return failed("seal_broken")
    if reason := _why_not(row, contact):
        return suppressed(reason)
    return HELD if row["provider"] is None else _write(row, contact, config=config, now=now)


def _why_not(row: dict[str, Any], contact: dict[str, Any]) -> str | None:
    if not contact[ADDRESS[row["channel"]]]:
        return "no_address"
    if row["channel"] == "text" and contact["texts_stopped_at"]:
        return "opted_out"
    if row["channel"] == "mail" and contact["mail_stopped_at"] and not KINDS[row["kind"]].needed:
        return "opted_out"
    return None


def _write(row: dict[str, Any], contact: dict[str, Any], *, config: Any, now: datetime) -> Any:
    try:
        box = TransitBox(config.transit_key)
        sealed = (row["sealed"] or {}).items()
        secrets = {name: box.unseal(text, about=row["recipient_id"]) for name, text in sealed}
        write = WRITE[row["channel"]]
        return write(row, contact, house=house_of(config), secrets=secrets, now=now)
    except SealBroken:
        return failed("seal_broken")
    except Exception as problem:
        # One bad letter must not hold back its batch.
        log.error("letter.unwritable", delivery_id=row["id"], kind=row["kind"],
                  error=type(problem).__name__, where=where(problem))  # fmt: skip
        return again("unwritable")


def house_of(config: Any) -> compose.House:
    """Who we say we are, from the settings."""
    return compose.House(
        practice=config.practice_name,
        phone=config.practice_phone,
        public_url=config.public_url,
        stop_secret=config.transit_key,
    )


def _record(tx: Any, rows: list[dict[str, Any]], outcomes: list[Outcome]) -> None:
    now = tx.shared_now
    ended = [_ended(row, outcome, now) for row, outcome in zip(rows, outcomes, strict=True)]
    kept = store.settle(tx, ended)
    if len(kept) != len(ended):
        # Reported by the provider while we waited for its answer, or our lease was lost.
        log.info("deliveries.settled_by_others", count=len(ended) - len(kept))
    for row in ended:
        if row["reason"] == "opted_out" and row["channel"] == "text":
            store.stop_texts(tx, row["recipient_id"])
        if row["id"] in kept:
            facts = {n: row[n] for n in ("channel", "kind", "state", "reason", "attempts")}
            log.info("delivery.settled", delivery_id=row["id"], **facts)
            settled.labels(row["channel"], row["state"]).inc()


def _ended(row: dict[str, Any], outcome: Outcome, now: datetime) -> dict[str, Any]:
    found, due_at = settle(
        outcome,
        attempts=row["attempts"],
        expires_at=row["expires_at"],
        now=now,
        chance=random.random(),  # noqa: S311
    )
    waits, untried = found.state == "queued", outcome in (NOT_REACHED, HELD)
    doubted = row["doubt_since"] if is_in_doubt(row, now=now) else None
    return row | {
        "state": found.state,
        "reason": found.reason,
        "attempts": row["attempts"] - untried,
        "due_at": due_at if waits or found.state == "sent" else row["due_at"],
        "settled_at": None if waits else now,
        "provider": row["before"] if untried else row["provider"],
        "doubt_since": doubted or (now if outcome.doubt else None),
        "provider_reference": found.reference,
    }


def release_stuck(tx: Any) -> None:
    """Queue again what a copy leased and never settled, or noted by a clock that ran ahead."""
    pulled_back = store.pull_back(tx, lease=lease_time(deadline=tx.config.send_deadline))
    released, given_up = store.release_stuck(tx)
    _tell(released + pulled_back, state="queued")
    _tell(given_up, state="failed")


def expire_old(tx: Any) -> None:
    """End what is no longer worth sending."""
    _tell(store.expire(tx), state="expired")


def make_months_ahead(tx: Any) -> None:
    """See that partitions are there for this month and the next two."""
    store.make_partitions(tx)


def _tell(count: int, *, state: str) -> None:
    if count:
        log.warning("deliveries.tidied", count=count, state=state)
