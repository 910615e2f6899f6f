"""Keys for one test run: made afresh, so none is ever committed."""

from __future__ import annotations

import base64
import os

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_PRIVATE = Ed25519PrivateKey.generate()
TOKEN_PRIVATE_KEY = _PRIVATE.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
TOKEN_PUBLIC_KEY = (
    _PRIVATE.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)
MASTER_KEYS = f"1:{base64.b64encode(os.urandom(32)).decode()}"
TRANSIT_KEY = base64.b64encode(os.urandom(32)).decode()


def environment() -> dict[str, str]:
    """The keys as a process reads them."""
    return {
        "PORTICO_TOKEN_PUBLIC_KEY": TOKEN_PUBLIC_KEY,
        "PORTICO_TOKEN_PRIVATE_KEY": TOKEN_PRIVATE_KEY,
        "PORTICO_MASTER_KEYS": MASTER_KEYS,
        "PORTICO_TRANSIT_KEY": TRANSIT_KEY,
    }
