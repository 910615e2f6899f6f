"""Who a resource is, so that taking it twice changes nothing.

Most resources carry no identifier; then (source, type, original id) tells who they are, else the
entry's fullUrl, else their content. Master data repeat in every bundle under new ids, so for
them the identifier comes first (NPI before all others).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .canonical import canonical_bytes
from .vocabulary import MASTER_TYPES, NPI

# An index entry of PostgreSQL ends at 2,704 bytes; UTF-8 takes up to 4 for a character.
LONGEST_KEY = 600


def identity_of(resource: dict[str, Any], *, full_url: str | None, digest: bytes) -> str:
    """The key of the resource within its source and type."""
    if resource["resourceType"] in MASTER_TYPES:
        known = sorted(identifiers_of(resource), key=lambda pair: pair[0] != NPI)
        if known:
            return f"identifier:{known[0][0]}|{known[0][1]}"
    original = resource.get("id")
    if isinstance(original, str) and original:
        return original
    return full_url or f"sha256:{digest.hex()}"


def told_apart_by(resource: dict[str, Any], canonical: bytes) -> bytes:
    """The bytes whose hash tells versions apart: for master data without the fleeting id."""
    if resource["resourceType"] not in MASTER_TYPES:
        return canonical
    return canonical_bytes({k: v for k, v in resource.items() if k not in ("id", "meta")})


def identifiers_of(resource: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Pairs of system and value of the resource's own identifiers."""
    found = resource.get("identifier")
    for identifier in found if isinstance(found, list) else [found]:
        if not isinstance(identifier, dict):
            continue
        system, value = identifier.get("system"), identifier.get("value")
        if isinstance(system, str) and isinstance(value, str) and system and value:
            yield system, value
