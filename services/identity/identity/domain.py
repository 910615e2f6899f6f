"""Identity's rules: logins, codes, passwords, tries, session times, the ledger's chain."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal
from uuid import UUID

from portico_contracts.identity import NowhereToSend, RefusedLogin, WeakPassword

# ---- logins and addresses

Channel = Literal["email", "sms"]
_EMAIL = re.compile(r"[^\s@<>(),;:\\\"\[\]\x00-\x1f\x7f]{1,64}@(?:[\w-]{1,63}\.)+[\w-]{2,63}")
_PUNCTUATION = re.compile(r"[\s().\-/]+")
HOME_COUNTRY = "1"


def email_of(text: str) -> str | None:
    """An e-mail address in the one form we compare and send to; None if it is none."""
    address = unicodedata.normalize("NFKC", text).strip().lower()
    return address if len(address) <= 254 and _EMAIL.fullmatch(address) else None


def mobile_of(text: str) -> str | None:
    """A mobile number as E.164 (ITU-T), national numbers taken as North American; or None."""
    digits = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text))
    if re.fullmatch(r"\+[1-9][0-9]{7,14}", digits):
        return digits
    if re.fullmatch(r"1?[2-9][0-9]{9}", digits):
        return f"+{HOME_COUNTRY}{digits[-10:]}"
    return None


def login_of(text: str) -> str:
    """The one form of a login, so that it is unique and is found however it is typed.

    What is neither address nor number comes back folded: it simply matches no account.
    """
    return email_of(text) or mobile_of(text) or text.strip().lower()


def new_login_of(text: str) -> str:
    """The login for a new account. Raises RefusedLogin."""
    login = email_of(text) or mobile_of(text)
    if login is None:
        raise RefusedLogin(reason="neither_email_nor_mobile")
    return login


def checked_address(field: str, text: str | None) -> str | None:
    """A contact address in its one form; None where none was given. Raises NowhereToSend."""
    if not text or not text.strip():
        return None
    address = email_of(text) if field == "email" else mobile_of(text)
    if address is None:
        raise NowhereToSend(field=field)
    return address


def channels_of(*, email: str | None, mobile: str | None) -> list[Channel]:
    """The ways in which a person can be reached."""
    return [*(["email"] if email else []), *(["sms"] if mobile else [])]  # type: ignore[list-item]


def email_hint(email: str | None) -> str | None:
    """``m•••@example.org``: enough to recognise, too little to learn."""
    if email is None:
        return None
    local, _, domain = email.partition("@")
    return f"{local[0]}•••@{domain}"


def mobile_hint(mobile: str | None) -> str | None:
    """The last two digits of a number."""
    return None if mobile is None else f"•••{mobile[-2:]}"


# ---- invitations

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


# ---- hashes


def keyed(pepper: str, what: str, value: str) -> bytes:
    """HMAC-SHA-256 of a low-entropy value, told apart by what it is."""
    return hmac.digest(pepper.encode(), f"{what}\0{value}".encode(), "sha256")


def digest(secret: str) -> bytes:
    """SHA-256 of a secret that has 256 random bits: needs neither salt nor slowness."""
    return hashlib.sha256(secret.encode()).digest()


# ---- passwords

SHORTEST_PASSWORD = 15
LONGEST_PASSWORD = 200
_SERVICE_WORDS = ("portico", "patientportal", "password")


def password_typed(text: str) -> str:
    """One form for the same password typed on different keyboards (Unicode NFKC)."""
    return unicodedata.normalize("NFKC", text)


def check_password(password: str, *, common: Collection[str], about: Iterable[str]) -> None:
    """Refuse a password that breaks a rule of NIST SP 800-63B-4, section 3.1.1.2.

    At least 15 characters, because the password is the only factor (8 would do beside a second
    one); all of up to 200 count (the standard asks for 64 or more); nothing from the list of
    ``common`` ones, nothing that is little more than words ``about`` the person or the service,
    no mere repetition or sequence; no rules on kinds of characters. Raises WeakPassword.
    """
    folded = password_typed(password).casefold()
    if len(folded) < SHORTEST_PASSWORD:
        raise WeakPassword(reason="short", limit=SHORTEST_PASSWORD)
    if len(folded) > LONGEST_PASSWORD:
        raise WeakPassword(reason="long", limit=LONGEST_PASSWORD)
    if folded in common:
        raise WeakPassword(reason="common")
    if _repeats(folded) or _runs(folded) or _little_besides(folded, about):
        raise WeakPassword(reason="guessable")


def _repeats(text: str) -> bool:
    """One short piece over and over: abcabcabc…"""
    return any(
        (text[:size] * (len(text) // size + 1))[: len(text)] == text
        for size in range(1, len(text) // 3 + 1)
    )


def _runs(text: str) -> bool:
    """Neighbours in the alphabet or among the digits, up or down, nearly throughout."""
    steps = [ord(b) - ord(a) for a, b in pairwise(text)]
    return sum(abs(step) <= 1 for step in steps) >= len(steps) * 0.8


def _little_besides(text: str, about: Iterable[str]) -> bool:
    words = {w for word in (*about, *_SERVICE_WORDS) for w in re.split(r"\W+", word.casefold())}
    for word in sorted((w for w in words if len(w) > 2), key=len, reverse=True):
        text = text.replace(word, "")
    return len(text) < 8


# ---- tries

TRIES_PER_LOGIN = 5
TRIES_PER_ADDRESS = 30
MOST_TRIES = 100
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(minutes=15)
TRIES_FORGOTTEN_AFTER = {"login": timedelta(days=30), "address": timedelta(hours=24)}
# Behind one address may sit a whole clinic: its failures wear off, one in this time.
ADDRESS_WEARS_OFF = timedelta(minutes=2)


def wait_for_login(failures: int) -> timedelta:
    """How long no further try counts: none, then 1, 2, 4, 8, 15 minutes; a day from the 100th.

    SP 800-63B-4, section 3.2.2, asks for at most 100 failures in a row on one account: a day's
    wait from there on leaves guessing hopeless without letting strangers shut people out for good.
    """
    return timedelta(days=1) if failures >= MOST_TRIES else _doubling(failures, TRIES_PER_LOGIN)


def wait_for_address(failures: int) -> timedelta:
    """The same for an address, which is never held up for longer than 15 minutes."""
    return _doubling(failures, TRIES_PER_ADDRESS)


def worn_off(failures: int, *, quiet: timedelta) -> int:
    """How many failures of an address are left after some time without another."""
    return max(0, failures - max(quiet, timedelta(0)) // ADDRESS_WEARS_OFF)


def _doubling(failures: int, allowed: int) -> timedelta:
    if failures < allowed:
        return timedelta(0)
    doubled: int = 1 << min(failures - allowed, 10)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


# ---- sessions

IDLE: Mapping[str, timedelta] = {"patient": timedelta(minutes=30), "staff": timedelta(minutes=15)}
SESSION_LASTS = timedelta(hours=12)
TOKEN_LASTS = timedelta(minutes=5)


def session_ends(*, kind: str, last_seen_at: datetime, ends_at: datetime) -> datetime:
    """When a session ends if nothing more is done."""
    return min(last_seen_at + IDLE[kind], ends_at)


# ---- the ledger

LEDGER_FIELDS = (
    "row_id", "at", "service", "method", "category", "action",
    "actor_kind", "account_id", "roles", "relationship", "patient_ids",
)  # fmt: skip


def month_of(at: datetime) -> date:
    """The partition, and so the chain, that a row belongs to: its month in UTC."""
    return at.astimezone(UTC).date().replace(day=1)


def first_hash(month: date) -> bytes:
    """What a month's chain starts from."""
    return hashlib.sha256(f"portico ledger {month.isoformat()}".encode()).digest()


def chained(previous: bytes, position: int, row: Mapping[str, Any]) -> bytes:
    """SHA-256 over the row before and this one in canonical form (sorted keys, no blanks)."""
    plain = {name: _plain(row[name]) for name in LEDGER_FIELDS} | {"position": position}
    body = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(previous + body.encode()).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return str(value) if isinstance(value, UUID) else value


def titled_name(title: str | None, first_name: str, last_name: str) -> str:
    """How a member of staff signs: "Dr. Amara Okafor", "Lena Park, NP", "Tom Alvarez"."""
    name = f"{first_name} {last_name}"
    if not title:
        return name
    return f"{title} {name}" if title.endswith(".") else f"{name}, {title}"
