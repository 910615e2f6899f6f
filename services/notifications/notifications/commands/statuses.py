"""What comes back: how texts went, and who wants no more of what they do not need."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import UUID

from portico_contracts.billing import WrongSignature
from portico_contracts.notifications import RecordTextStatus, StopMail
from portico_kit.logs import log

from .. import store
from ..domain import OPTED_OUT, TEXT_STATUS, NotOurToken, person_of, text_signature


def record_text_status(tx: Any, request: RecordTextStatus) -> dict[str, Any]:
    """Move a text on as its provider says. A status never goes back; a stranger's is refused."""
    fields = parse_qsl(request.payload, keep_blank_values=True)
    # The address that we gave to the provider, whatever a proxy on the way made of it.
    url = f"{tx.config.text_status_url}?{urlsplit(request.url).query}"
    expected = text_signature(url=url, fields=fields, secret=tx.config.sms_token)
    if not hmac.compare_digest(expected.encode(), request.signature.encode()):
        raise WrongSignature
    said = dict(fields)
    delivery_id = _delivery_of(request.url)
    person = store.text_recipient(tx, delivery_id) if delivery_id else None
    if delivery_id is None or person is None:
        return {"known": False}
    if said.get("ErrorCode") == str(OPTED_OUT):
        store.stop_texts(tx, person)
    _move(tx, delivery_id, said)
    return {"known": True}


def _move(tx: Any, delivery_id: UUID, said: dict[str, str]) -> None:
    status = said.get("MessageStatus", "")
    if status not in TEXT_STATUS:
        return
    state, allowed = TEXT_STATUS[status]
    code = said.get("ErrorCode", "")
    reason = f"provider_{code}" if state == "failed" and code.isdecimal() else None
    moved = store.record_status(
        tx, delivery_id=delivery_id, state=state, reason=reason, allowed=allowed
    )
    if moved:
        log.info("delivery.settled", delivery_id=delivery_id, channel="text", state=state,
                 reason=reason)  # fmt: skip


def _delivery_of(url: str) -> UUID | None:
    found = parse_qs(urlsplit(url).query).get("delivery", [""])[0]
    try:
        return UUID(found)
    except ValueError:
        return None


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
