"""Authenticator apps: time-based one-time codes (RFC 6238), six digits every 30 seconds."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

import pyotp


def new_key() -> str:
    """A fresh key of 160 random bits in base32, as RFC 4226 advises."""
    return pyotp.random_base32()


def address(key: str, *, account: str, practice: str) -> str:
    """The ``otpauth://`` address that a QR code carries to the app."""
    return pyotp.TOTP(key).provisioning_uri(name=account, issuer_name=practice)


def matching_step(key: str, code: str, *, steps: Iterable[int]) -> int | None:
    """The latest of the steps whose code this is; every one is compared, in constant time."""
    totp = pyotp.TOTP(key)
    right = [s for s in steps if hmac.compare_digest(totp.generate_otp(s).encode(), code.encode())]
    return max(right, default=None)
