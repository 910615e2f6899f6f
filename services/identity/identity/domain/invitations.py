"""Invitations: their codes, and what proves who one is."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

# Without 0 O 1 I L: read aloud and copied from paper without a doubt. 31^8 is 8.5e11 codes.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 8
INVITATION_LASTS = timedelta(days=14)
CLAIM_LASTS = timedelta(minutes=30)
WRONG_PROOFS = 5
OPEN_STATES = ("issued", "opened")


def new_code() -> str:
    """A fresh code as people type it: two groups of four."""
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    return f"{code[:4]}-{code[4:]}"


def new_secret() -> str:
    """256 random bits, safe in links and cookies."""
    return secrets.token_urlsafe(32)


def code_typed(text: str) -> str:
    """What was meant by a typed code: any case, any dashes and blanks."""
    stripped = re.sub(r"[\s\-\u2013\u2014]+", "", text)
    return stripped.upper() if len(stripped) == CODE_LENGTH else text.strip()


def proof_holds(invitation: Mapping[str, Any], *, birth_date: date, now: datetime) -> bool:
    """Whether an open invitation is proven by this birth date."""
    return (
        invitation["state"] in OPEN_STATES
        and invitation["expires_at"] > now
        and invitation["birth_date"] == birth_date
    )
