"""What is not final in its time: texts of which nothing was heard, notices that reached nobody."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from portico_contracts.notifications import NoticeReachedNobody
from portico_kit.logs import log

from .. import store
from ..adapters.providers import Providers
from ..adapters.twilio import UNKNOWN_THERE, Report
from ..domain import KINDS, UNCONFIRMED_AFTER
from .statuses import move_text

ASKED_AT_ONCE = 100


def ask_about_texts(database: Any, *, providers: Providers) -> None:
    """Ask providers what became of texts that they took and reported nothing about since.

    Reports get lost. What a provider cannot tell within a day stays ``sent``, unconfirmed.
    """
    with database.transaction() as tx:
        rows = store.take_unreported(tx, count=ASKED_AT_ONCE)
    # Outside any transaction: a slow provider must not hold our connections.
    answers = providers.ask_all((row["provider"], row["provider_reference"] or "") for row in rows)
    for row, report in zip(rows, answers, strict=True):
        with database.transaction() as tx:
            _settle(tx, row, report)


def _settle(tx: Any, row: dict[str, Any], report: Report | None) -> None:
    which = store.the_text(row["id"], row["created_at"])
    if report is not None and move_text(
        tx,
        which,
        delivery_id=row["id"],
        status=report.status,
        code=report.code,
        reference=row["provider_reference"] or "",
    ):
        return
    unknown = report is not None and report.status == UNKNOWN_THERE
    if unknown or tx.shared_now - row["settled_at"] >= UNCONFIRMED_AFTER:
        store.leave_unconfirmed(tx, which)
        log.warning("text.unconfirmed", delivery_id=row["id"], kind=row["kind"])


def follow_up(tx: Any) -> None:
    """Tell the front desk of each notice that had to reach somebody, and reached nobody.

    So too of a letter that ended its process, whatever its kind: somebody has to look.
    """
    rows = sorted(store.take_unreached(tx), key=_notice)
    for _key, some in groupby(rows, key=_notice):
        notice = list(some)
        if _reached_nobody(notice):
            tx.announce(_told(notice))
            log.warning("notice.reached_nobody", kind=notice[0]["kind"], count=len(notice))


def _notice(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["event_id"], row["recipient_id"]


def _reached_nobody(notice: list[dict[str, Any]]) -> bool:
    if any(row["reason"] == "superseded" for row in notice):
        return False  # no longer so: nobody is to be told
    if any(row["reason"] == "ended_its_process" for row in notice):
        return notice[0]["recipient_kind"] == "patient"
    reached = any(
        row["state"] == "delivered" or (row["state"] == "sent" and row["reason"] is None)
        for row in notice
    )
    return KINDS[notice[0]["kind"]].must_reach and not reached


def _told(notice: list[dict[str, Any]]) -> NoticeReachedNobody:
    row = notice[0]
    return NoticeReachedNobody(
        notice_id=row["event_id"], patient_id=row["recipient_id"], kind=row["kind"]
    )
