"""Bad days of a provider, switched on and off while it runs: for tests, and to see for oneself.

A trouble strikes every mail, text or report from now on, or the next few of them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

# What can go wrong, where. `hang` gets everything and never answers; `keep_and_hang` keeps it, too;
# `drop` says yes and keeps nothing; `late` keeps it and answers after `seconds`.
KNOWN: dict[str, frozenset[str]] = {
    "mail": frozenset("421_at_connect 421_after_data 450 550 hang keep_and_hang drop late".split()),
    "texts": frozenset("429 500 503 hang keep_and_hang drop late".split()),
    "reports": frozenset("doubled backwards forged late none".split()),
}
LONGEST = 24 * 3600.0  # seconds


class UnknownTrouble(Exception):
    """There is no such trouble there; the message says which there are."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """One bad day: `times` strikes are left (None: until it is ended), `seconds` as it needs."""

    name: str
    times: int | None = None
    seconds: float = LONGEST

    @property
    def keeps(self) -> bool:
        """Whether what comes is kept all the same."""
        return self.name in ("keep_and_hang", "late")


@dataclass
class Troubles:
    """What is wrong at present with `mail`, `texts` and the `reports` about texts."""

    _now: dict[str, Trouble] = field(default_factory=dict)

    def begin(self, place: str, wanted: dict[str, Any]) -> None:
        """Let something go wrong there. Raises UnknownTrouble."""
        if wanted.get("name") not in KNOWN.get(place, ()):
            known = ", ".join(sorted(KNOWN.get(place, KNOWN)))
            raise UnknownTrouble(f"Known: {known}.")
        times, seconds = wanted.get("times"), wanted.get("seconds", LONGEST)
        if not (times is None or (isinstance(times, int) and times > 0)):
            raise UnknownTrouble("`times` is a whole number from 1 on, or null.")
        if not (isinstance(seconds, int | float) and 0 <= seconds <= LONGEST):
            raise UnknownTrouble(f"`seconds` is a number up to {LONGEST:.0f}.")
        self._now[place] = Trouble(name=wanted["name"], times=times, seconds=seconds)

    def end(self) -> None:
        """All is well again."""
        self._now.clear()

    def strike(self, place: str, *names: str) -> Trouble | None:
        """What goes wrong there now, of these kinds (or any); it has struck once more."""
        trouble = self._now.get(place)
        if trouble is None or (names and trouble.name not in names):
            return None
        if trouble.times == 1:
            del self._now[place]
        elif trouble.times is not None:
            self._now[place] = replace(trouble, times=trouble.times - 1)
        return trouble

    def told(self) -> dict[str, Any]:
        """As JSON: what is wrong where, and what can be."""
        return {
            "now": {place: asdict(trouble) for place, trouble in self._now.items()},
            "known": {place: sorted(names) for place, names in KNOWN.items()},
        }
