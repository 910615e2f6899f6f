"""Refill requests: asked by patients, some taken, most decided by the nurse."""

from __future__ import annotations

from datetime import timedelta

from messaging import commands
from portico_contracts import messaging as contract
from portico_ops.sandbox.practice.model import RefillRequest
from portico_ops.sandbox.seeding.cast import Cast
from portico_ops.sandbox.seeding.hands import Hands
from portico_ops.sandbox.seeding.ids import ids_of, seed_id

DECISIONS = {
    "sent_to_pharmacy": "approve",
    "needs_visit": "needs_visit",
    "not_refilled": "deny",
}
UNTIL_TAKEN = timedelta(minutes=25)


def ask_again(at_work: Hands, cast: Cast, refill: RefillRequest) -> None:
    """The request, and what became of it."""
    _ask(at_work, cast, refill)
    if refill.taken_by is None:
        return
    item_id, at = seed_id(refill.key, 1, at=refill.asked_at), refill.asked_at + UNTIL_TAKEN
    nurse = cast.staff(refill.taken_by)
    commands.take_item(at_work.of(nurse, at=at), contract.TakeItem(item_id=item_id), now=at)
    if refill.decided_at is not None:
        decision = contract.DecideRefill(
            item_id=item_id,
            decision=DECISIONS[refill.status],
            reason=refill.answer,  # type: ignore[arg-type]
        )
        tx = at_work.of(nurse, at=refill.decided_at)
        commands.decide_refill(tx, decision, now=refill.decided_at)


def _ask(at_work: Hands, cast: Cast, refill: RefillRequest) -> None:
    medication_id = cast.medication_ids[refill.patient_key, refill.medication_key]
    medicine = contract.Medicine(medication_id=medication_id, name=refill.medication_name)
    wanted = contract.RequestRefill(
        medications=(medicine,), pharmacy=refill.pharmacy, note=refill.note
    )
    tx = at_work.of(cast.patient(refill.patient_key), at=refill.asked_at)
    make_id = ids_of(refill.key, at=refill.asked_at)
    commands.request_refill(tx, wanted, now=refill.asked_at, make_id=make_id)
