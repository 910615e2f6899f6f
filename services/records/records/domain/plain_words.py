"""What a laboratory test is called in plain words, and which tests a search for words means.

The names stand in the contracts; what a test tells is the gateway's catalogue. A test without a
plain name keeps the laboratory's own.
"""

from __future__ import annotations

import re
from functools import lru_cache

from portico_contracts.records import Language
from portico_contracts.records.names_of_tests import BY_CODE

_LAB_ENDING = re.compile(r"\s*(?:\[[^\]]*\]\s*(?:in|of)\s+.*|\bby Automated count)$", re.IGNORECASE)


@lru_cache(maxsize=4096)
def plain_name(*, code: str | None, name: str, language: Language) -> str:
    """The test in plain words; the laboratory's name without its technical ending otherwise."""
    named = BY_CODE.get(code or "")
    if named is not None:
        return named.called(language)
    return _LAB_ENDING.sub("", name).strip() or name


def codes_named(words: str) -> list[str]:
    """Codes whose plain name holds these words, so that a search finds them."""
    wanted = words.casefold()
    names = ((code, f"{named.en}\n{named.es}".casefold()) for code, named in BY_CODE.items())
    return [code for code, name in names if wanted in name]
