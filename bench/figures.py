"""Figures: each stands beside a baseline of the same run, and beside what is wanted of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measurement. `baseline` was measured in the same run; `holds` is None where nothing
    is wanted of it.
    """

    name: str
    value: float
    unit: str
    baseline: float | None
    ratio: float | None
    wanted: str | None
    holds: bool | None


def figure(
    name: str,
    value: float,
    unit: str,
    *,
    baseline: float | None = None,
    wanted: str | None = None,
    holds: Callable[[float], bool] | None = None,
) -> Figure:
    """A figure with its ratio to the baseline; `holds` judges the value."""
    return Figure(
        name=name,
        value=round(value, 2),
        unit=unit,
        baseline=None if baseline is None else round(baseline, 2),
        ratio=round(value / baseline, 3) if baseline else None,
        wanted=wanted,
        holds=holds(value) if holds else None,
    )


def middle(values: Sequence[float]) -> float:
    """The median."""
    return float(median(values))


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` of all values do not exceed."""
    if len(values) < 2:
        return float(values[0])
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def write(figures: Sequence[Figure], path: Path) -> None:
    """The figures as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(".half")
    half.write_text(json.dumps([asdict(each) for each in figures], indent=1) + "\n")
    half.rename(path)


def show(figures: Sequence[Figure], console: Console) -> None:
    """The table that people read."""
    table = Table(box=None)
    table.add_column("figure", no_wrap=True)
    for title in ("value", "baseline", "ratio"):
        table.add_column(title, justify="right")
    table.add_column("wanted")
    table.add_column("holds")
    for each in figures:
        table.add_row(*_row(each), style=None if each.wanted else "dim")
    console.print(table)


def _row(each: Figure) -> tuple[str, ...]:
    return (
        each.name,
        f"{each.value:,.10g} {each.unit}",
        "" if each.baseline is None else f"{each.baseline:,.10g}",
        "" if each.ratio is None else f"{each.ratio:.3g}",
        each.wanted or "",
        {True: "yes", False: "[bold red]NO[/]", None: ""}[each.holds],
    )
