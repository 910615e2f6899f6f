"""Refill requests: asked by patients, decided by nurses and clinicians."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from portico_contracts import messaging as contract
from portico_contracts.refusal import BadRequest
from portico_kit.database import Transaction
from portico_kit.ids import new_id

from ..domain import standing
from ..domain.queues import REFILL_PROMISE
from ..domain.refills import refill_outcome
from ..store import drafts, refills, requests
from ..store.requests import Request
from . import announcements
from .items import check_kind, move_item

MOST_MEDICINES = 20


def request_refill(
    tx: Transaction,
    wanted: contract.RequestRefill,
    *,
    now: datetime,
    make_id: Callable[[], UUID] = new_id,
) -> list[UUID]:
    """One request a medicine, all or none. Raises RefillUnderWay, BadRequest."""
    chosen = {m.medication_id: m for m in wanted.medications}
    if not 1 <= len(chosen) <= MOST_MEDICINES:
        raise BadRequest(fields={"medications": [f"Choose 1 to {MOST_MEDICINES} medicines."]})
    # In one order for all: two requests for the same medicines cannot wait for each other.
    made = {
        id_: _ask_for(tx, chosen[id_], wanted, now=now, id_=make_id()) for id_ in sorted(chosen)
    }
    drafts.forget_draft(tx, account_id=tx.actor.account_id, place="refill")
    return [made[id_] for id_ in chosen]


def decide_refill(tx: Transaction, wanted: contract.DecideRefill, *, now: datetime) -> None:
    """Approve a refill, ask for a visit first, or turn it down with a reason."""
    outcome = refill_outcome(wanted.decision, reason=wanted.reason, roles=tx.actor.roles)

    def decided(seen: Request) -> standing.Standing:
        check_kind(seen, "refill")
        return standing.finished(seen.standing, by=tx.actor.account_id, outcome=outcome, now=now)

    request = move_item(tx, wanted.item_id, decided, name="finished", now=now)
    medication_id = refills.write_decision(
        tx,
        request_id=request.id,
        patient_id=request.patient_id,
        reason=wanted.reason.strip(),
        now=now,
    )
    _announce_decision(tx, request, medication_id=medication_id, outcome=outcome, now=now)
    announcements.completed(tx, request, outcome=outcome)


def _ask_for(
    tx: Transaction,
    medicine: contract.Medicine,
    wanted: contract.RequestRefill,
    *,
    now: datetime,
    id_: UUID,
) -> UUID:
    request = Request(
        id=id_,
        patient_id=tx.patient_id,
        queue="refills",
        kind="refill",
        topic="medicine",
        standing=standing.asked(tx.config.hours, promise=REFILL_PROMISE, now=now),
    )
    requests.insert_request(tx, request, by=request.patient_id, now=now)
    asked = refills.insert_refill(
        tx,
        request_id=id_,
        patient_id=tx.patient_id,
        medication_id=medicine.medication_id,
        name=medicine.name,
        pharmacy=wanted.pharmacy,
        note=wanted.note,
    )
    if not asked:
        raise _under_way(tx, medicine.medication_id)
    announcements.submitted(tx, request)
    return id_


def _under_way(tx: Transaction, medication_id: UUID) -> contract.RefillUnderWay:
    known = refills.refill_under_way(tx, patient_id=tx.patient_id, medication_id=medication_id)
    return contract.RefillUnderWay(request_id=str(known), medication_id=str(medication_id))


def _announce_decision(
    tx: Transaction,
    request: Request,
    *,
    medication_id: UUID,
    outcome: contract.Outcome,
    now: datetime,
) -> None:
    facts = {
        "request_id": request.id,
        "patient_id": request.patient_id,
        "medication_id": medication_id,
        "decided_at": now,
    }
    if outcome == "sent_to_pharmacy":
        tx.announce(contract.RefillApproved(staff_id=tx.actor.account_id, **facts))
    else:
        tx.announce(contract.RefillDenied(outcome=outcome, **facts))
