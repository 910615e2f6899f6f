"""Sessions: starting, acting in, extending and ending them."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from portico_contracts import identity as contract
from portico_contracts.refusal import NotFound, SignInNeeded
from portico_kit.access import Actor, sign_token
from portico_kit.database import Transaction
from portico_kit.ids import new_id

from .. import domain
from ..store import challenges, people, recoveries, sessions
from ..store.tables import session as table

# A session is touched at most this often: pages ask for many tokens within a minute.
TOUCHED_EVERY = timedelta(seconds=15)


def start(
    tx: Transaction, *, account_id: UUID, kind: contract.Kind, device: str, now: datetime
) -> dict[str, Any]:
    """Start a session; the reply alone holds its secret."""
    secret, session_id = domain.new_secret(), new_id()
    ends_at = now + domain.SESSION_LASTS
    sessions.keep(
        tx,
        secret=secret,
        id=session_id,
        account_id=account_id,
        kind=kind,
        device=readable(device),
        started_at=now,
        last_seen_at=now,
        ends_at=ends_at,
    )
    people.signed_in(tx, account_id, now=now)
    return {
        "session": secret,
        "session_id": session_id,
        "kind": kind,
        "account_id": account_id,
        "ends_at": ends_at,
        "idle_minutes": _idle_minutes(kind),
    }


def open_token(tx: Transaction, request: contract.OpenToken, *, now: datetime) -> dict[str, Any]:
    """A signed token to act for ``who`` in a running session. Raises SignInNeeded, NotFound."""
    row = _running(tx, request.session, now=now)
    actor = _acting(row, request.who)
    seen = _touch(tx, row, now=now) if request.active else row.last_seen_at
    person = {name: row._mapping[name] for name in ("first_name", "last_name", "language")}
    return {
        "token": sign_token(actor, tx.config.token_private_key, now=now),
        "expires_at": now + domain.TOKEN_LASTS,
        "actor": _view(actor),
        "person": person,
        "record_of": person if actor.patient_id else None,
        "idle_minutes": _idle_minutes(row.kind),
        **_ends(row, seen),
    }


def extend_session(
    tx: Transaction, request: contract.ExtendSession, *, now: datetime
) -> dict[str, Any]:
    """Start the idle time anew. Raises SignInNeeded."""
    row = _running(tx, request.session, now=now)
    sessions.seen(tx, row.id, now=now)
    return _ends(row, now)


def sign_out(tx: Transaction, request: contract.SignOut, *, now: datetime) -> dict[str, Any]:
    """End the session of this secret, if it still runs."""
    this_one = table.c.secret_hash == domain.digest(request.session)
    return {"ended": sessions.end(tx, this_one, why="signed_out", now=now)}


def end_session(tx: Transaction, request: contract.EndSession, *, now: datetime) -> dict[str, Any]:
    """End one of the caller's sessions, or all but this one. Raises NotFound."""
    account_id, why = tx.actor.account_id, "ended_elsewhere"
    if request.session_id is None:
        assert account_id is not None
        return {"ended": sessions.end_others(tx, account_id, why=why, now=now)}
    one = (table.c.account_id == account_id) & (table.c.id == request.session_id)
    ended = sessions.end(tx, one, why=why, now=now)
    if not ended:
        raise NotFound
    return {"ended": ended}


def end_what_was(tx: Transaction, account_id: UUID, *, why: str, ways: str = "replaced") -> int:
    """Whatever an account's credentials paid for until now ends: ways back in (``ways`` is what
    becomes of them), steps under way, and all sessions but the one that acts; how many of those."""
    recoveries.close_open(tx, account_id, state=ways, now=tx.now)
    challenges.forget_of(tx, account_id)
    return sessions.end_others(tx, account_id, why=why, now=tx.now)


def end_stale_sessions(tx: Transaction, *, now: datetime) -> None:
    """End sessions whose time is up, and drop those that ended long ago."""
    sessions.end_stale(tx, now=now)
    sessions.forget_ended(tx, now=now)


def _running(tx: Transaction, secret: str, *, now: datetime) -> Row[Any]:
    row = sessions.running(tx, secret, now=now)
    if row is None:
        raise SignInNeeded
    return row


def _acting(row: Row[Any], who: str) -> Actor:
    """Who acts on whose record: one's own as ``me``; other accesses are not known yet."""
    if who != "me":
        raise NotFound
    return Actor(
        kind=row.kind,
        account_id=row.account_id,
        patient_id=row.person_id if row.kind == "patient" else None,
        roles=tuple(row.roles or ()),
        session_id=row.id,
        name=domain.titled_name(row.title, row.first_name, row.last_name)
        if row.kind == "staff"
        else None,
    )


def _touch(tx: Transaction, row: Row[Any], *, now: datetime) -> datetime:
    if now - row.last_seen_at < TOUCHED_EVERY:
        last_seen: datetime = row.last_seen_at
        return last_seen
    sessions.seen(tx, row.id, now=now)
    return now


def _ends(row: Row[Any], seen: datetime) -> dict[str, Any]:
    idle = domain.session_ends(kind=row.kind, last_seen_at=seen, ends_at=row.ends_at)
    return {"idle_ends_at": idle, "ends_at": row.ends_at}


def _view(actor: Actor) -> dict[str, Any]:
    return {
        "kind": actor.kind,
        "account_id": actor.account_id,
        "patient_id": actor.patient_id,
        "roles": list(actor.roles),
        "session_id": actor.session_id,
    }


def _idle_minutes(kind: str) -> int:
    return int(domain.IDLE[kind].total_seconds() // 60)


def readable(device: str) -> str:
    """A browser's own words for itself, without what could disturb a page or a log."""
    return "".join(c for c in device if unicodedata.category(c)[0] != "C").strip()[:200]
