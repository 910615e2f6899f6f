"""How codes and secrets are kept: as hashes only."""

from __future__ import annotations

import hashlib
import hmac


def keyed(pepper: str, what: str, value: str) -> bytes:
    """HMAC-SHA-256 of a low-entropy value, told apart by what it is."""
    return hmac.digest(pepper.encode(), f"{what}\0{value}".encode(), "sha256")


def digest(secret: str) -> bytes:
    """SHA-256 of a secret that has 256 random bits: needs neither salt nor slowness."""
    return hashlib.sha256(secret.encode()).digest()
