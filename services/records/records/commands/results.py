"""What clinicians and patients do with results: release, comment, open for the first time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from portico_contracts import records as contract
from portico_contracts.records import LabResultReleased, NotYetReleased, ResultCommented
from portico_contracts.refusal import BadRequest, NotFound
from portico_kit.ids import new_id
from records.domain.results import check_releasable
from records.store import results

if TYPE_CHECKING:
    from portico_kit.database import Transaction


def release_lab_result(
    tx: Transaction, request: contract.ReleaseLabResult, *, now: datetime
) -> contract.ResultReleased:
    """Let the patient see a result. Refusals: NotFound, AlreadyReleased, NotYetFinal."""
    result = _result(tx, request)
    check_releasable(status=result.status, released_at=result.released_at)
    results.release(tx, result_id=result.id, by=tx.actor.account_id, at=now)
    words = (request.comment or "").strip()
    comment_id = _add_comment(tx, result, words, now=now) if words else None
    tx.announce(
        LabResultReleased(
            result_id=result.id,
            patient_id=result.patient_id,
            with_comment=comment_id is not None,
            released_at=now,
        )
    )
    return {
        "result_id": result.id,
        "patient_id": result.patient_id,
        "released_at": now,
        "comment_id": comment_id,
    }


def comment_on_lab_result(
    tx: Transaction, request: contract.CommentOnLabResult, *, now: datetime
) -> contract.Commented:
    """Add a comment to a released result. Refusals: NotFound, NotYetReleased, BadRequest."""
    result = _result(tx, request)
    if result.released_at is None:
        raise NotYetReleased
    words = request.comment.strip()
    if not words:
        raise BadRequest(fields={"comment": ["Says nothing."]})
    comment_id = _add_comment(tx, result, words, now=now)
    tx.announce(
        ResultCommented(
            result_id=result.id,
            patient_id=result.patient_id,
            comment_id=comment_id,
            commented_at=now,
        )
    )
    return {
        "comment_id": comment_id,
        "result_id": result.id,
        "patient_id": result.patient_id,
        "written_at": now,
    }


def note_first_view(tx: Transaction, *, result_id: UUID, now: datetime) -> None:
    """Remember when a patient opened a result for the first time; staff do not count."""
    if tx.actor.kind == "patient":
        results.note_first_view(tx, result_id=result_id, patient_id=tx.patient_id, at=now)


def _result(tx: Transaction, request: Any) -> results.Result:
    """The result, locked until commit; its patient goes into the audit row."""
    result = results.lock(tx, request.result_id)
    if result is None or request.patient_id not in (None, result.patient_id):
        raise NotFound
    tx.concerns(result.patient_id)
    return result


def _add_comment(tx: Transaction, result: results.Result, words: str, *, now: datetime) -> UUID:
    comment_id = new_id()
    results.add_comment(
        tx,
        id=comment_id,
        result_id=result.id,
        patient_id=result.patient_id,
        author_account_id=tx.actor.account_id,
        author=tx.actor.name,
        body_sealed=tx.seal(result.patient_id, words),
        written_at=now,
    )
    return comment_id
