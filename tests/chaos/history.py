"""A made-up history: everything that the services tell one another, about a few things each."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from portico_contracts.catalogue import promises
from portico_contracts.event import Promise
from portico_contracts.golden import sample_message

GATEWAY = "gateway"  # keeps nothing of what it hears
BEGAN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PEOPLE = 6
LONGEST_STORY = 5  # events about one thing
# Names that mean the same person: what identity tells of a patient is told of a person.
SAME = {"person_id": "patient_id"}
FORMS = {
    "zone": ("America/New_York", "America/Denver", "Pacific/Honolulu"),
    "language": ("en", "es"),
    "email": ("one@cedargrove.example", "two@cedargrove.example", None),
    "mobile": ("+15550100001", "+15550100002", None),
    "first_name": ("Maria", "Mary", "Mariana"),
    "person": ("patient",),
    "currency": ("usd",),
    "card_last_four": ("4242", "4444"),
}


@dataclass(frozen=True)
class Told:
    """One event as it travels, and who is to hear of it."""

    promise: Promise
    event_id: str
    body: bytes

    @property
    def heard_by(self) -> set[str]:
        """The services that keep something of it."""
        return set(self.promise.heard_by) - {GATEWAY}


def history(chance: random.Random, *, things: int) -> list[Told]:
    """Stories about ``things`` of each kind, told in their order, one after the other."""
    kinds: dict[tuple[str, str], list[Promise]] = defaultdict(list)
    for promise in promises():
        if set(promise.heard_by) - {GATEWAY}:
            kinds[promise.producer, SAME.get(promise.aggregate, promise.aggregate)].append(promise)
    people = [_id(chance) for _ in range(PEOPLE)]
    writer = _Writer(chance, people)
    told = [t for known in kinds.values() for t in writer.stories(known, things=things)]
    missing = {p.name for known in kinds.values() for p in known} - {t.promise.name for t in told}
    assert not missing, f"nothing is told of {missing}"
    return told


def shuffled(chance: random.Random, told: Sequence[Told], *, times: int) -> list[Told]:
    """Each of them so many times, in no order at all."""
    dealt = [t for t in told for _ in range(times)]
    chance.shuffle(dealt)
    return dealt


class _Writer:
    def __init__(self, chance: random.Random, people: list[UUID]) -> None:
        self._chance, self._people = chance, people
        self._at = BEGAN

    def stories(self, known: list[Promise], *, things: int) -> Iterator[Told]:
        about_people = known[0].aggregate in ("patient_id", *SAME)
        subjects = self._people if about_people else [_id(self._chance) for _ in range(things)]
        for subject in subjects:
            owner = subject if about_people else self._chance.choice(self._people)
            # Each kind of event at least once, so that every reaction is tried.
            story = [*known, *self._chance.choices(known, k=LONGEST_STORY)]
            self._chance.shuffle(story)
            for sequence, promise in enumerate(story[:LONGEST_STORY], start=1):
                yield self._tell(promise, subject, owner, sequence)

    def _tell(self, promise: Promise, subject: UUID, owner: UUID, sequence: int) -> Told:
        self._at += timedelta(seconds=self._chance.randint(1, 600))
        message, event_id = sample_message(promise), str(_id(self._chance))
        hints = get_type_hints(promise.event)
        for field in fields(promise.event):
            value = self._value(hints[field.name], field.name, message["data"][field.name])
            message["data"][field.name] = str(owner) if field.name == "patient_id" else value
        message["data"][promise.aggregate] = str(subject)
        head = {"event_id": event_id, "aggregate_id": str(subject), "sequence": sequence}
        message |= head | {"occurred_at": self._at.isoformat()}
        return Told(promise, event_id, json.dumps(message).encode())

    def _value(self, hint: Any, name: str, known: Any) -> Any:
        if name in FORMS:
            return self._chance.choice(FORMS[name])
        kind = _bare(hint)
        if get_origin(kind) is Literal:
            return self._chance.choice(get_args(kind))
        if kind is UUID:
            return str(_id(self._chance))
        if kind is datetime:
            # Far enough ahead that nothing runs out while it is being heard.
            return (self._at + timedelta(days=self._chance.randint(400, 800))).isoformat()
        if kind is date:
            return (self._at + timedelta(days=self._chance.randint(400, 800))).date().isoformat()
        if kind is bool:
            return self._chance.random() < 0.5
        return self._chance.randint(1, 90) if kind is int else known


def _bare(hint: Any) -> Any:
    """The type itself: without the field's kind, and without None."""
    if get_origin(hint) in (Union, UnionType):
        return next(inner for inner in get_args(hint) if inner is not type(None))
    return hint


def _id(chance: random.Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
