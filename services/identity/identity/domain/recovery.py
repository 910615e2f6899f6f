"""Getting in and back in: how long links and codes last, and what proves who one is."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal

RecoveryWay = Literal["link", "code", "joining"]
LINK_LASTS = timedelta(minutes=30)
JOINING_LASTS = timedelta(days=7)
RECOVERY_CODE_LASTS = timedelta(hours=24)
RECOVERIES_KEPT = timedelta(days=90)
_NO_HASH = bytes(32)


def recovery_code_fits(
    known: Mapping[str, Any] | None, *, code_hash: bytes, birth_date: date | None, now: datetime
) -> bool:
    """Whether the open code of an account was typed, and a patient's birth date beside it.

    The same work where there is no such code: ``known`` is None.
    """
    same = hmac.compare_digest(bytes(known["code_hash"]) if known else _NO_HASH, code_hash)
    if known is None or known["expires_at"] <= now:
        return False
    born = known["kind"] == "staff" or known["birth_date"] == birth_date
    return same and born
