"""What becomes of the work of a colleague who left: it is back in its queues."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from portico_kit.database import Transaction

from ..domain import standing
from ..store import drafts, people, requests
from . import announcements


def give_back(tx: Transaction, staff_id: UUID, *, now: datetime) -> None:
    """Give back all that somebody held, each with a line in its history.

    What waits for a patient is nobody's either: when the patient writes, the team sees it. What is
    done keeps who did it.
    """
    # First that they left: nobody can hand them anything from here on.
    people.note_left(tx, staff_id, now=now)
    drafts.forget_all_of(tx, staff_id)
    for seen in requests.lock_held_by(tx, staff_id):
        moved = replace(seen, standing=standing.let_go(seen.standing))
        requests.write_move(tx, seen, moved, name=requests.HOLDER_LEFT, by=staff_id, now=now)
        announcements.changed_hands(tx, moved)
