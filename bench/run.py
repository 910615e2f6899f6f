"""All measurements in their order, and the file of their results."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from rich.console import Console

from bench import (
    booking,
    event_flow,
    importing,
    lab_list,
    memory,
    relay,
)
from bench.figures import Figure, show, write
from bench.filling import Diary, Patient, import_records, open_practice, sign_in
from bench.house import House, running_house
from bench.settling import settle
from portico_kit.ids import new_id

RESULTS = Path(__file__).parent / "results" / "latest.json"
RACERS = 500
IDLE_BOOKERS = 20
# One diary a client, one for the race, one for single bookings.
PROVIDERS = booking.CLIENTS + 2


@dataclass(frozen=True, kw_only=True)
class Lengths:
    """How long each measurement takes; `rounds` of it give a median."""

    rounds: int = 3
    lab_seconds: float = 5.0
    relay_rows: int = 20_000
    idle_bookings: int = 24
    booking_seconds: float = 10.0
    racers: int = RACERS
    imports: int = 3
    still_seconds: float = 5.0


QUICK = Lengths(
    rounds=1, lab_seconds=1.5, relay_rows=3_000, idle_bookings=5, booking_seconds=2.0,
    racers=60, imports=1, still_seconds=1.0,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A filled house: what is measured on."""

    house: House
    reader: Patient
    racers: list[Patient]
    idlers: list[Patient]
    diary: Diary


Measurement = Callable[[Ground, Lengths], list[Figure]]

# Idle memory first, while nothing has been asked yet but what filling needed.
MEASUREMENTS: dict[str, Measurement] = {
    "idle_memory": lambda g, n: memory.measure(g.house, still_seconds=n.still_seconds),
    "lab_list_read": lambda g, n: lab_list.measure(
        g.house, g.reader, seconds=n.lab_seconds, rounds=n.rounds
    ),
    "commit_to_effect": lambda g, n: event_flow.measure(
        g.house, g.idlers, g.diary, provider=-1, bookings=n.idle_bookings, rounds=n.rounds
    ),
    "slot_race": lambda g, n: booking.race(g.house, g.racers[: n.racers], g.diary, provider=-2),
    "booking_commits": lambda g, n: booking.measure(
        g.house, g.racers, g.diary, seconds=n.booking_seconds
    ),
    "relay_events": lambda g, n: relay.measure(g.house, rows=n.relay_rows, rounds=n.rounds),
    "fhir_import": lambda g, n: importing.measure(g.house, rounds=n.imports),
}


def measure(*, only: Collection[str], quick: bool, console: Console) -> bool:
    """Bring a house up, fill it, measure what is asked for, print, and keep a whole run's file.

    False where something could not be measured.
    """
    lengths, found, failed = QUICK if quick else Lengths(), list[Figure](), list[str]()
    began = time.monotonic()

    def say(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - began:4.0f} s  {text}[/]", highlight=False)

    with running_house(say=say) as house:
        say("the house is up")
        ground = _fill(house)
        say("filled")
        for name in only or MEASUREMENTS:
            if figures := _try(name, ground, lengths, console):
                found += figures
                say(f"{name} measured")
            else:
                failed.append(name)
    show(found, console)
    if failed:
        console.print(f"[bold red]Not measured: {', '.join(failed)}[/]")
    elif not quick and not only:
        write(found, RESULTS)
        console.print(f"Written to {RESULTS}")
    return not failed


def _try(name: str, ground: Ground, lengths: Lengths, console: Console) -> list[Figure]:
    """The figures of one measurement; none, and its error in print, where it went wrong."""
    try:
        settle(ground.house)
        return MEASUREMENTS[name](ground, lengths)
    except Exception:  # the others are still worth having
        console.print_exception()
        return []


def _fill(house: House) -> Ground:
    reader_id: UUID = import_records(house)
    people = sign_in(house, [reader_id, *(new_id() for _ in range(RACERS + IDLE_BOOKERS))])
    return Ground(
        house=house,
        reader=people[0],
        racers=people[1 : RACERS + 1],
        idlers=people[RACERS + 1 :],
        diary=open_practice(house, providers=PROVIDERS),
    )
