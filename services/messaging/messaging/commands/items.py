"""The staff's work on items: take, give back, hand over, route, answer, finish, reopen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from portico_contracts import messaging as contract
from portico_contracts.refusal import NotAllowed, NotFound
from portico_kit.database import Transaction
from portico_kit.ids import new_id

from ..domain import standing
from ..domain.queues import check_works_in
from ..domain.standing import Standing
from ..store import conversations, people, requests
from ..store.conversations import Written
from ..store.requests import Request
from . import announcements
from .writing import write_message


def take_item(tx: Transaction, wanted: contract.TakeItem, *, now: datetime) -> None:
    """Work on an item from now on. Of two takers one wins; the other gets AlreadyTaken."""
    me = tx.actor.account_id
    _check_here(tx)
    seen = visible_item(tx, wanted.item_id)
    if requests.take_if_free(tx, seen, by=me, now=now):
        before = replace(seen, standing=replace(seen.standing, state="new", taken_by=None))
        moved = replace(before, standing=standing.taken(before.standing, by=me))
        requests.write_history(tx, before, moved, name="taken", by=me, now=now)
        announcements.changed_hands(tx, moved)
    else:
        # Someone holds it, or it waits, or it is done: the rules decide on the row as it is now.
        _change_hands(tx, seen.id, lambda s: standing.taken(s, by=me), name="taken", now=now)
    conversations.mark_read_by_staff(tx, seen.id, by=me, now=now)


def release_item(tx: Transaction, wanted: contract.ReleaseItem, *, now: datetime) -> None:
    """Give an item back to its queue. Raises AlreadyTaken, NotTaken, AlreadyDone."""
    me = tx.actor.account_id
    _change_hands(
        tx, wanted.item_id, lambda s: standing.released(s, by=me), name="released", now=now
    )


def assign_item(tx: Transaction, wanted: contract.AssignItem, *, now: datetime) -> None:
    """Hand an item to a member of staff. Raises NotFound for anyone else, AlreadyDone."""
    to = wanted.staff_id
    if to != tx.actor.account_id and not people.is_staff(tx, to):
        raise NotFound
    _change_hands(
        tx,
        wanted.item_id,
        lambda s: standing.assigned(s, to=to),
        name="assigned",
        now=now,
        to=to,
    )


def route_item(tx: Transaction, wanted: contract.RouteItem, *, now: datetime) -> None:
    """Move a conversation's item to another queue. Raises WrongQueue, AlreadyTaken, AlreadyDone."""
    _check_here(tx)  # before any item is held: whoever leaves is held first, too
    source = visible_item(tx, wanted.item_id, lock=True).queue

    def routed(seen: Request) -> Standing:
        check_kind(seen, "message")
        me = tx.actor.account_id
        return standing.routed(seen.standing, by=me, source=source, target=wanted.queue)

    moved = move_item(tx, wanted.item_id, routed, name="routed", now=now, queue=wanted.queue)
    announcements.routed(tx, moved, source=source)


def reply_to_item(
    tx: Transaction,
    wanted: contract.ReplyToItem,
    *,
    now: datetime,
    make_id: Callable[[], UUID] = new_id,
) -> Written:
    """Answer the patient. Raises AlreadyTaken, AlreadyDone, WrongQueue (a refill)."""
    moved = move_item(
        tx, wanted.item_id, _answered(tx, finish=wanted.finish, now=now), name="answered", now=now
    )
    conversation_id = conversations.conversation_of(tx, moved.id)
    written = Written(message_id=make_id(), conversation_id=conversation_id, request=moved)
    place = f"item:{moved.id}"
    write_message(tx, written, sender="staff", body=wanted.body, place=place, now=now)
    conversations.mark_read_by_staff(tx, moved.id, by=tx.actor.account_id, now=now)
    if wanted.finish:
        announcements.completed(tx, moved, outcome="answered")
    return written


def add_note(tx: Transaction, wanted: contract.AddNote, *, now: datetime) -> None:
    """A note for staff only; whoever works in the queue may leave one."""
    request = visible_item(tx, wanted.item_id)
    requests.insert_note(tx, request, body=wanted.body, by=tx.actor.account_id, now=now)


def complete_item(tx: Transaction, wanted: contract.CompleteItem, *, now: datetime) -> None:
    """Finish an item. Raises AlreadyTaken, AlreadyDone, WrongQueue (a refill)."""

    def finished(seen: Request) -> Standing:
        check_kind(seen, "message", "review")
        me = tx.actor.account_id
        return standing.finished(seen.standing, by=me, outcome=wanted.outcome, now=now)

    moved = move_item(tx, wanted.item_id, finished, name="finished", now=now)
    announcements.completed(tx, moved, outcome=wanted.outcome)


def reopen_item(tx: Transaction, wanted: contract.ReopenItem, *, now: datetime) -> None:
    """Open a finished item again. Raises NotFinished, WrongQueue (a refill)."""

    def reopened(seen: Request) -> Standing:
        check_kind(seen, "message", "review")
        holder = seen.standing.taken_by
        gone = holder is not None and people.has_left(tx, holder)
        return standing.reopened(seen.standing, hours=tx.config.hours, now=now, holder_left=gone)

    moved = move_item(tx, wanted.item_id, reopened, name="reopened", now=now)
    announcements.reopened(tx, moved)


def visible_item(tx: Transaction, item_id: UUID, *, lock: bool = False) -> Request:
    """An item in a queue that this member of staff works in. Raises NotFound, NotAllowed."""
    request = requests.read_request(tx, item_id, lock=lock)
    check_works_in(request.queue, tx.actor.roles)
    tx.concerns(request.patient_id)
    return request


def _check_here(tx: Transaction) -> None:
    """A token lives a little longer than the account: who left takes nothing. Raises NotAllowed."""
    if people.has_left(tx, tx.actor.account_id):
        raise NotAllowed


def check_kind(request: Request, *kinds: contract.Kind) -> None:
    """Raises WrongQueue for what is done to other kinds of requests only."""
    if request.kind not in kinds:
        raise contract.WrongQueue


def move_item(
    tx: Transaction,
    item_id: UUID,
    change: Callable[[Request], Standing],
    *,
    name: contract.MoveName,
    now: datetime,
    to: UUID | None = None,
    queue: contract.Queue | None = None,
    tell: Callable[[Transaction, Request], None] | None = None,
) -> Request:
    """Lock an item, let the rules change how it stands, store that with a line of history.

    Where nothing changes (taken again by its holder), nothing is stored and ``tell`` not called.
    """
    _check_here(tx)
    seen = visible_item(tx, item_id, lock=True)
    try:
        moved = replace(seen, standing=change(seen), queue=queue or seen.queue)
    except contract.AlreadyTaken as refusal:
        holder = UUID(refusal.facts["by"])
        raise contract.AlreadyTaken(by=str(holder), by_name=people.name_of(tx, holder)) from None
    if moved != seen:
        by = tx.actor.account_id
        requests.write_move(tx, seen, moved, name=name, by=by, now=now, to=to)
        if tell is not None:
            tell(tx, moved)
    return moved


def _change_hands(
    tx: Transaction,
    item_id: UUID,
    change: Callable[[Standing], Standing],
    *,
    name: contract.MoveName,
    now: datetime,
    to: UUID | None = None,
) -> None:
    move_item(
        tx,
        item_id,
        lambda seen: change(seen.standing),
        name=name,
        now=now,
        to=to,
        tell=announcements.changed_hands,
    )


def _answered(tx: Transaction, *, finish: bool, now: datetime) -> Callable[[Request], Standing]:
    me = tx.actor.account_id

    def answer(seen: Request) -> Standing:
        check_kind(seen, "message")
        answered = standing.answered(seen.standing, by=me, now=now)
        if not finish:
            return answered
        return standing.finished(answered, by=me, outcome="answered", now=now)

    return answer
