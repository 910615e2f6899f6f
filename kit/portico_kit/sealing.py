"""Sealing: AES-256-GCM, a data key per patient, a versioned master key.

A data key is made for each patient, wrapped by the newest master key and kept in the service's
own ``data_key`` table. Rotating the master key rewraps data keys and touches no sealed row.
Source: NIST SP 800-38D (GCM, 96-bit nonces), SP 800-57 (key hierarchy).
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, text

NONCE = 12
MOST_KEYS = 5000
Keys = dict[UUID, bytes]
VERSION = b"\x01"


class SealBroken(Exception):
    """The ciphertext was changed, cut, or sealed for somebody else."""


def seal(key: bytes, plain: bytes, *, bound_to: bytes) -> bytes:
    """Encrypt ``plain``; it opens only with the same key and the same ``bound_to``."""
    nonce = os.urandom(NONCE)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal(key: bytes, sealed: bytes, *, bound_to: bytes) -> bytes:
    """Decrypt what ``seal`` made. Raises SealBroken."""
    try:
        return AESGCM(key).decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], bound_to)
    except (InvalidTag, ValueError) as problem:
        raise SealBroken from problem


class Sealer:
    """Seals text for patients with keys kept in the database of one service."""

    def __init__(self, master_keys: str) -> None:
        """``master_keys`` is ``version:base64,version:base64``; the highest version wraps."""
        self.masters: Mapping[int, bytes] = _parse(master_keys)
        self.newest = max(self.masters)
        self._open: dict[UUID, bytes] = {}

    def seal(self, connection: Connection, patient_id: UUID, plain: str, *, keys: Keys) -> bytes:
        """Ciphertext of a text about one patient; ``keys`` are those of this transaction."""
        key = self._key(connection, patient_id, keys)
        return seal(key, plain.encode(), bound_to=patient_id.bytes)

    def unseal(self, connection: Connection, patient_id: UUID, sealed: bytes, *, keys: Keys) -> str:
        """The text again. Raises SealBroken."""
        key = self._key(connection, patient_id, keys)
        return unseal(key, bytes(sealed), bound_to=patient_id.bytes).decode()

    def remember(self, keys: Keys) -> None:
        """Keep the keys of a committed transaction. Never those of one rolled back: their rows
        do not exist, and what another transaction sealed with them could never be opened."""
        if len(self._open) > MOST_KEYS:
            self._open.clear()
        self._open.update(keys)

    def seal_bytes(self, plain: bytes, *, bound_to: bytes) -> bytes:
        """Seal directly under the newest master key (no patient concerned)."""
        head = self.newest.to_bytes(2, "big")
        return head + seal(self.masters[self.newest], plain, bound_to=bound_to)

    def unseal_bytes(self, sealed: bytes, *, bound_to: bytes) -> bytes:
        """Open what ``seal_bytes`` made. Raises SealBroken."""
        version = int.from_bytes(sealed[:2], "big")
        if version not in self.masters:
            raise SealBroken("no such master key")
        return unseal(self.masters[version], sealed[2:], bound_to=bound_to)

    def _key(self, connection: Connection, patient_id: UUID, keys: Keys) -> bytes:
        known = self._open.get(patient_id) or keys.get(patient_id)
        if known is None:
            known = keys[patient_id] = self._load(connection, patient_id)
        return known

    def _load(self, connection: Connection, patient_id: UUID) -> bytes:
        fresh = self.seal_bytes(os.urandom(32), bound_to=patient_id.bytes)
        row = connection.execute(_GET_OR_MAKE, {"patient_id": patient_id, "wrapped": fresh}).one()
        return self.unseal_bytes(bytes(row.wrapped), bound_to=patient_id.bytes)


# Two transactions that make a key at once agree on the first: the second one's no-op update
# waits for it and returns the stored row.
_GET_OR_MAKE = text(
    "INSERT INTO data_key (patient_id, wrapped) VALUES (:patient_id, :wrapped) "
    "ON CONFLICT (patient_id) DO UPDATE SET patient_id = EXCLUDED.patient_id RETURNING wrapped"
)


class TransitBox:
    """Seals the one secret field of an event so that only its subscriber can read it."""

    def __init__(self, key: str) -> None:
        """``key`` is 32 bytes in base64, known to the two services concerned."""
        self._key = base64.b64decode(key)

    def seal(self, plain: str, *, about: UUID) -> str:
        """Ciphertext (base64) bound to the aggregate it is about."""
        return base64.b64encode(seal(self._key, plain.encode(), bound_to=about.bytes)).decode()

    def unseal(self, sealed: str, *, about: UUID) -> str:
        """The secret again. Raises SealBroken."""
        return unseal(self._key, base64.b64decode(sealed), bound_to=about.bytes).decode()


def _parse(master_keys: str) -> dict[int, bytes]:
    pairs = (part.split(":", 1) for part in master_keys.split(",") if part)
    return {int(version): base64.b64decode(key) for version, key in pairs}
