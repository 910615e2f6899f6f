"""Logins, addresses and names of people."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from portico_contracts.identity import NowhereToSend, RefusedLogin

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


def titled_name(title: str | None, first_name: str, last_name: str) -> str:
    """How a member of staff signs: "Dr. Amara Okafor", "Lena Park, NP", "Tom Alvarez"."""
    name = f"{first_name} {last_name}"
    if not title:
        return name
    return f"{title} {name}" if title.endswith(".") else f"{name}, {title}"
