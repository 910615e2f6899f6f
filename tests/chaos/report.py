"""Turns a record into docs/reliability.md: `python -m tests.chaos.report RECORD.json REPORT.md`.

The same record gives the same page, line by line.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PLACES = {
    1: ("Kill storm", "SIGKILL to every service, the relay and the gateway while patients book"),
    2: ("Fail points", "processes end at every place where a crash could lose or double something"),
    3: ("Broker killed, broker away", "RabbitMQ killed under load, and gone for a long time"),
    4: ("Broker silent or full", "a black hole on the line; disk and memory alarms"),
    5: ("PostgreSQL stopped", "stopped hard, and away for a long time"),
    6: ("Repeated and shuffled", "every message three times, in any order"),
    7: ("Poison", "messages that cannot be read, raise, or end the process"),
    8: ("Slow consumer", "a long queue behind somebody slow, urgent work in front"),
    9: ("Providers on a bad day", "SMTP and SMS refuse, hang, drop, repeat and lie"),
    10: ("Leaving in good order", "SIGTERM to each process in turn under load"),
    11: ("Late callers, shared timers", "callers that are gone; three copies of one timer"),
    12: ("Clocks", "clocks that are wrong, set back, and change for summer time"),
    13: ("Soak", "half of peak load and a kill a minute, for a long time"),
    14: ("Cluster", "of three RabbitMQ nodes one is cut off, or stands still, and comes back"),
    15: ("Restored to a backup", "back to ten minutes ago, with broker, cards and mail ahead"),
}
HEAD = """# Reliability

What was done to Portico, how often, and what was lost. This page is written by the chaos suite
(`make chaos`, or `portico chaos --long`) out of what its runs measured; nothing on it is written
by hand. The short form of every point is part of `make test`; a point whose result here is of the
short form says so.

All services, the relay and the gateway ran against PostgreSQL, RabbitMQ, a mail server and an SMS
provider behind a proxy that can spoil each connection (`tests/chaos/proxy.py`). After each attack
an oracle (`tests/chaos/oracle.py`) joined what the load clients were told with every service's
tables, outboxes and inboxes, with the mail and the texts that arrived, and with the access ledger.
A point "holds" if it found no discrepancy at all and every limit below was kept. Points that need
no more than a queue and a database were attacked on a toy service of the same kit.
"""
NUMBER = re.compile(r"test_(\d\d)_(\w+)\.py")
NOT_RUN = "not run"
BUSY = 2.5  # processes that want to run, for each core: more than the suite itself has


@dataclass(frozen=True)
class Result:
    """One test of a point, as the record has it."""

    name: str
    facts: dict[str, Any]

    @property
    def title(self) -> str:
        """The test's sentence."""
        return self.name.partition("::")[2].removeprefix("test_").replace("_", " ")


def page(record: dict[str, Any]) -> str:
    """The whole report."""
    own = {name: facts for name, facts in record.items() if not facts.get("broker")}
    numbers = {*PLACES, *(int(found[1]) for name in own if (found := NUMBER.search(name)))}
    points = {number: list(_results(own, number)) for number in sorted(numbers)}
    lines = [HEAD, *_summary(points)]
    for number, results in points.items():
        lines += _point(number, results)
    for broker in sorted({facts.get("broker") or "" for facts in record.values()} - {""}):
        lines += _elsewhere(broker, {n: f for n, f in record.items() if f.get("broker") == broker})
    return "\n".join(lines).rstrip() + "\n"


def _results(record: dict[str, Any], number: int) -> Iterator[Result]:
    for name in sorted(record):
        found = NUMBER.search(name)
        if found and int(found[1]) == number:
            yield Result(name, record[name])


def _summary(points: dict[int, list[Result]]) -> Iterator[str]:
    yield f"Machine of this page: {machine()}."
    yield ""
    yield "| point | what was done | when | length | seed | holds |"
    yield "|---|---|---|---|---|---|"
    for number, results in points.items():
        title, done = _place(number, results)
        facts = [_when(results), _length(results), _seed(results), verdict(results)]
        yield f"| {number}. {title} | {done} | {' | '.join(facts)} |"
    yield ""


def _point(number: int, results: list[Result]) -> Iterator[str]:
    title, done = _place(number, results)
    yield f"## {number}. {title}"
    yield ""
    if not results:
        yield f"{done[0].upper()}{done[1:]}: {NOT_RUN}."
        yield ""
        return
    yield f"`{command(number, results)}`"
    yield ""
    for result in results:
        yield f"- {result.title}: {_outcome(result)}"
    yield ""
    yield from _figures([figure for result in results for figure in result.facts["figures"]])


def _elsewhere(broker: str, record: dict[str, Any]) -> Iterator[str]:
    """What was done once more, on another RabbitMQ than this machine's own."""
    yield f"## On RabbitMQ {broker}"
    yield ""
    yield "With `PORTICO_RABBITMQ_ROOT` (CONTRIBUTING.md), otherwise as above."
    yield ""
    for name in sorted(record):
        result = Result(name, record[name])
        title = result.title.partition(" on RabbitMQ ")[0]
        length, day = _length([result]), _when([result])
        yield f"- {_number(name)}: {title}: {_outcome(result)}; {length}, {day}"
    yield ""
    yield from _figures([figure for name in sorted(record) for figure in record[name]["figures"]])


def _outcome(result: Result) -> str:
    """How a test ended, after how long, and beside how much else."""
    facts = result.facts
    why = f" ({facts['why']})" if facts["why"] else ""
    load = facts["load"]
    busy = f", beside other work: {load:g} processes a core" if load > BUSY else ""
    return f"**{facts['outcome']}**{why}, {facts['seconds']:.0f} s{busy}"


def _number(name: str) -> str:
    found = NUMBER.search(name)
    return f"{int(found[1])}" if found else "aside"


def _place(number: int, results: list[Result]) -> tuple[str, str]:
    """A point's name and what was done; beyond the thirteen its file's name must do."""
    if number in PLACES:
        return PLACES[number]
    found = NUMBER.search(results[0].name)
    words = found[2].replace("_", " ") if found else ""
    return words.capitalize(), words


def _figures(figures: list[dict[str, Any]]) -> Iterator[str]:
    if not figures:
        return
    compared = any(each["baseline"] is not None for each in figures)
    yield f"| figure | value |{' stock nameko |' if compared else ''} wanted | holds |"
    yield f"|---|---|{'---|' if compared else ''}---|---|"
    for each in figures:
        stock = "" if each["baseline"] is None else f"{each['baseline']:,.10g}"
        cells = [each["name"], f"{each['value']:,.10g} {each['unit']}"]
        cells += [stock] if compared else []
        cells += [each["wanted"] or "", {True: "yes", False: "**no**", None: ""}[each["holds"]]]
        yield f"| {' | '.join(cells)} |"
    yield ""


def verdict(results: list[Result]) -> str:
    """What the point's tests come to."""
    outcomes = {result.facts["outcome"] for result in results}
    if not outcomes or outcomes == {"skipped"}:
        return NOT_RUN
    if not outcomes <= {"passed", "skipped"}:
        return "**no**"
    return "yes" if "skipped" not in outcomes else "yes, in part"


def command(number: int, results: list[Result]) -> str:
    """How to do it again."""
    long = " --long" if any(result.facts["long"] for result in results) else ""
    return f"portico chaos{long} --seed {_seed(results)} --only {number}"


def machine() -> str:
    """What it ran on, in a few words that name no place."""
    cores = len(re.findall(r"^processor", _read("/proc/cpuinfo"), re.M)) or "some"
    memory = re.search(r"MemTotal:\s+(\d+)", _read("/proc/meminfo"))
    gigabytes = f", {int(memory[1]) / 1e6:.0f} GB" if memory else ""
    return f"{cores} cores{gigabytes}, {platform.system()}, Python {platform.python_version()}"


def _when(results: list[Result]) -> str:
    return max((r.facts["at"][:10] for r in results), default="")


def _length(results: list[Result]) -> str:
    return "/".join(sorted({"long" if r.facts["long"] else "short" for r in results}))


def _seed(results: list[Result]) -> str:
    return "/".join(sorted({str(r.facts["seed"]) for r in results}))


def _read(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def main() -> None:
    """Read the record, write the page."""
    record, report = (Path(word) for word in sys.argv[1:])
    report.write_text(page(json.loads(record.read_text())))


if __name__ == "__main__":
    main()
