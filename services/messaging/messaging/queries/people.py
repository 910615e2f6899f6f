"""Names for ids, one query a reply."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from portico_kit.database import Transaction

from ..store.tables import person


class People:
    """The people that a reply names."""

    def __init__(self, tx: Transaction, ids: Iterable[UUID | None]) -> None:
        wanted = {i for i in ids if i is not None}
        query = select(person.c.id, person.c.name, person.c.language).where(person.c.id.in_(wanted))
        self._known = {row.id: row for row in tx.execute(query)} if wanted else {}

    def named(self, id_: UUID | None) -> dict[str, Any] | None:
        """``{"id", "name"}``; name None until identity has announced it; None for nobody."""
        if id_ is None:
            return None
        known = self._known.get(id_)
        return {"id": id_, "name": known.name if known else None}

    def language(self, id_: UUID) -> str | None:
        """The language that someone reads."""
        known = self._known.get(id_)
        return known.language if known else None
