"""Records: what clinicians wrote beneath results, and which of them patients have opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Update, or_, select, update

from portico_contracts.records import CommentOnLabResult
from portico_kit.access import SYSTEM
from portico_ops.sandbox.practice.maria import KEY as MARIA
from portico_ops.sandbox.practice.model import Patient, Provider
from portico_ops.sandbox.practice.record import LabReport
from portico_ops.sandbox.seeding.cast import Cast
from portico_ops.sandbox.seeding.hands import Hands, hands
from portico_ops.sandbox.seeding.record import ids_of_resources, key_of
from portico_ops.sandbox.seeding.stores import Stores
from records.commands.results import comment_on_lab_result
from records.store.views import lab_comment, lab_result

UNOPENED_DAYS = 6  # results younger than this are still news to the patient
UNTIL_COMMENTED = timedelta(hours=6)
UNTIL_OPENED = timedelta(hours=9)


def read_results(stores: Stores, cast: Cast) -> None:
    """Write it all, once."""
    commented = list(_commented(cast.practice.patients))
    keys = [("Observation", key_of(who, _about(report))) for who, report in commented]
    ids = ids_of_resources(stores, keys)
    with hands(stores.records) as at_work:
        tx = at_work.of(at=cast.now)
        if tx.execute(select(lab_comment.c.id).limit(1)).first() is not None:
            return
        for (patient, report), key in zip(commented, keys, strict=True):
            _comment(at_work, cast, patient, report, result_id=ids[key])
        tx.execute(_opening(cast))


def _commented(patients: tuple[Patient, ...]) -> Iterator[tuple[Patient, LabReport]]:
    for patient in patients:
        for report in patient.record.lab_reports:
            if report.comment and report.released:
                yield patient, report


def _about(report: LabReport) -> str:
    """The result that the comment stands under: the first unusual one, else the first."""
    unusual = (result.key for result in report.results if result.flag != "N")
    return next(unusual, report.results[0].key)


def _comment(
    at_work: Hands, cast: Cast, patient: Patient, report: LabReport, *, result_id: UUID
) -> None:
    author = _provider(cast, report.provider_key)
    known = cast.staff(author.staff_key) if author.staff_key else SYSTEM
    actor = replace(known, name=author.name)
    written_at = report.issued_at + UNTIL_COMMENTED
    wanted = CommentOnLabResult(
        result_id=result_id,
        comment=report.comment or "",
        patient_id=cast.patient_ids[patient.key],
    )
    tx = at_work.of(actor, at=written_at, patient_id=cast.patient_ids[patient.key])
    comment_on_lab_result(tx, wanted, now=written_at)


def _provider(cast: Cast, key: str) -> Provider:
    return next(each for each in cast.practice.providers if each.key == key)


def _opening(cast: Cast) -> Update:
    """Account holders have opened what is older than some days; Maria has opened everything."""
    it = lab_result.c
    theirs = [cast.patient_ids[patient.key] for patient in cast.account_holders]
    old = it.released_at < cast.now - timedelta(days=UNOPENED_DAYS)
    return (
        update(lab_result)
        .where(it.patient_id.in_(theirs), it.released_at.is_not(None))
        .where(or_(old, it.patient_id == cast.patient_ids[MARIA]))
        .where(it.first_viewed_at.is_(None))
        .values(first_viewed_at=it.released_at + UNTIL_OPENED)
    )
