"""What comes back: how texts went, and who wants no more of what they do not need."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from portico_contracts.billing import WrongSignature
from portico_contracts.notifications import RecordTextStatus, StopMail
from portico_kit.logs import log

from .. import store
from ..domain import (
    OPTED_OUT,
    REPORT_WITHIN,
    TEXT_STATUS,
    NotOurToken,
    Reported,
    person_of,
    reported_by,
    text_signature,
)


def record_text_status(tx: Any, request: RecordTextStatus) -> dict[str, Any]:
    """Move a text on as its provider says. A status never goes back; a stranger's is refused."""
    fields = parse_qsl(request.payload, keep_blank_values=True)
    query = urlsplit(request.url).query
    about = reported_by(query)
    secret = tx.config.text_secret_of(about.provider)
    # The address that we gave to the provider, whatever a proxy on the way made of it.
    url = f"{tx.config.text_status_url}?{query}"
    expected = text_signature(url=url, fields=fields, secret=secret)
    if not secret or not hmac.compare_digest(expected.encode(), request.signature.encode()):
        raise WrongSignature
    if about.delivery_id is None:
        return {"known": False}
    return {"known": _hear(tx, store.the_text(about.delivery_id, about.created_at), about, fields)}


def _hear(tx: Any, which: Any, about: Reported, fields: list[tuple[str, str]]) -> bool:
    said, person = dict(fields), store.text_recipient(tx, which)
    if person is None:
        return False
    code = said.get("ErrorCode", "")
    if code == str(OPTED_OUT):
        store.stop_texts(tx, person)
    status, reference = said.get("MessageStatus", ""), said.get("MessageSid", "")[:64]
    move_text(
        tx, which, delivery_id=about.delivery_id, status=status, code=code, reference=reference
    )
    return True


def move_text(
    tx: Any, which: Any, *, delivery_id: UUID | None, status: str, code: str, reference: str
) -> bool:
    """Move a text on to what its provider calls ``status``; whether that moved it."""
    if status not in TEXT_STATUS:
        return False
    state, allowed = TEXT_STATUS[status]
    reason = f"provider_{code}" if state == "failed" and code.isdecimal() else None
    moved = store.record_status(
        tx,
        which,
        state=state,
        reason=reason,
        allowed=allowed,
        reference=reference,
        due_at=tx.shared_now + REPORT_WITHIN,
    )
    if moved:
        log.info("delivery.settled", delivery_id=delivery_id, channel="text", state=state,
                 reason=reason)  # fmt: skip
    return moved


def stop_mail(tx: Any, request: StopMail) -> dict[str, Any]:
    """Stop the mail that is not needed. Raises NotOurToken."""
    try:
        person = UUID(person_of(request.token, secret=tx.config.transit_key))
    except ValueError:
        raise NotOurToken from None
    language = store.stop_mail(tx, person)
    if language is None:
        raise NotOurToken
    return {"language": language}
