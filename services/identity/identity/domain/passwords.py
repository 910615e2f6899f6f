"""Which passwords may be used."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from itertools import pairwise

from portico_contracts.identity import WeakPassword

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
