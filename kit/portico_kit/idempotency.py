"""Idempotency keys: the first answer is stored with its effect and repeated word for word.

Source: IETF draft-ietf-httpapi-idempotency-key-header (409 while in flight, 422 on another body).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, text

from portico_contracts.refusal import InFlight, KeyReused

from .tables import idempotency

if TYPE_CHECKING:
    from .database import Transaction

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 7))")


@dataclass(frozen=True, slots=True)
class Once:
    """One keyed request of one account."""

    key: str
    method: str
    request_hash: bytes

    def earlier_reply(self, tx: Transaction) -> bytes | None:
        """The stored reply, or None when this is the first time. Raises InFlight, KeyReused."""
        name = f"{tx.actor.account_id}:{self.key}"
        if not tx.execute(_TRY_LOCK, {"name": name}).scalar_one():
            raise InFlight
        table = idempotency.c
        row = tx.execute(
            select(table.method, table.request_hash, table.reply).where(
                table.account_id == tx.actor.account_id, table.key == self.key
            )
        ).one_or_none()
        if row is None:
            return None
        if (row.method, bytes(row.request_hash)) != (self.method, self.request_hash):
            raise KeyReused
        return self._opened(tx, bytes(row.reply))

    def keep(self, tx: Transaction, reply: bytes) -> None:
        """Store the reply, sealed: it may hold health information."""
        sealed = tx._seals.seal_bytes(reply, bound_to=self.key.encode())
        tx.execute(
            insert(idempotency).values(
                account_id=tx.actor.account_id,
                key=self.key,
                method=self.method,
                request_hash=self.request_hash,
                reply=sealed,
                at=tx.now,
            )
        )

    def _opened(self, tx: Transaction, sealed: bytes) -> bytes:
        return tx._seals.unseal_bytes(sealed, bound_to=self.key.encode())
