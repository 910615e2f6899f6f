"""Where one number stands: the number line of a result, and the small line beside a row.

Same rules as the trend in ``charts``: no JavaScript, no inline style, a title in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup, escape

PIN = 88


def percent(value: float) -> str:
    return f"{value:.1f}%"


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a number line, up to ``below`` (None for the last)."""

    below: float | None
    label: str
    edge: str
    kind: int = 1
    """1 usual, 2 a little outside, 3 far outside."""


def number_line(
    value: float, *, shown: str, segments: Sequence[Segment], you: str, title: str, uid: str = "nl"
) -> Markup:
    """Where a value stands among named parts; every part has the same width, so labels fit."""
    y, tall = 40, 18
    here, place = _on_line(value, segments)
    parts = [
        f'<svg class="nline" role="img" aria-labelledby="{uid}-t">'
        f'<title id="{uid}-t">{escape(title)}</title>'
    ]
    share = 100 / len(segments)
    for n, segment in enumerate(segments):
        on = " lab--on" if n == here else ""
        parts.append(
            f'<svg x="{percent(share * n)}" width="{percent(share)}" y="{y}" height="60"'
            f' overflow="visible"><rect class="seg{segment.kind}" x="1.5" width="98%"'
            f' height="{tall}" rx="5"/>'
            f'<text class="lab{on}" x="2" y="{tall + 20}">{escape(segment.label)}</text>'
            f'<text class="edge" x="2" y="{tall + 36}">{escape(segment.edge)}</text></svg>'
        )
    parts.append(_pin(place, f"{you} {shown}", bottom=y + tall + 4))
    return Markup("".join(parts) + "</svg>")


def _on_line(value: float, segments: Sequence[Segment]) -> tuple[int, float]:
    """The part that a value falls in, and its place in percent."""
    cuts = [segment.below for segment in segments[:-1] if segment.below is not None]
    here = sum(1 for cut in cuts if value >= cut)
    size = _typical(cuts)
    start = cuts[here - 1] if here else cuts[0] - size
    end = cuts[here] if here < len(cuts) else cuts[-1] + size
    inside = min(max((value - start) / (end - start), 0.06), 0.94)
    return here, 100 * (here + inside) / len(segments)


def _typical(cuts: Sequence[float]) -> float:
    """How wide an open end is taken to be: as its neighbour, or a share of a single cut."""
    widths = [b - a for a, b in pairwise(cuts)]
    return (max(widths) if widths else abs(cuts[0]) * 0.5) or 1.0


def _pin(place: float, text: str, *, bottom: int) -> str:
    x = percent(place)
    wide = max(PIN, 16 + 9 * len(text))
    left = (
        -wide * min(max((place - 0) / 30, 0), 0.5)
        if place <= 50
        else -wide + wide * min((100 - place) / 30, 0.5)
    )
    return (
        f'<line class="pin-l" x1="{x}" x2="{x}" y1="26" y2="{bottom}"/>'
        f'<svg x="{x}" overflow="visible"><rect class="pin" x="{left:.0f}" y="0" width="{wide}"'
        f' height="28" rx="14"/><text class="pin-t" text-anchor="middle" x="{left + wide / 2:.0f}"'
        f' y="19">{escape(text)}</text></svg>'
    )


def mini(value: float, *, low: float | None, high: float | None, out: bool) -> Markup:
    """A small line beside a row: the usual range and where the value stands in it."""
    if low is None and high is None:
        return Markup("")
    start, end = _mini_ends(low, high)
    size = end - start

    def across(number: float) -> float:
        return 100 * (min(max(number, start), end) - start) / size

    first = across(low) if low is not None else 0.0
    last = across(high) if high is not None else 100.0
    place = min(max(across(value), 6), 94)
    return Markup(
        f'<svg class="mini" aria-hidden="true"><rect class="t" y="4" width="100%" height="6"'
        f' rx="3"/><rect class="r" x="{percent(first)}" width="{percent(last - first)}" y="4"'
        f' height="6"/><circle class="d{" d--out" if out else ""}" cx="{percent(place)}" cy="7"'
        f' r="6"/></svg>'
    )


def _mini_ends(low: float | None, high: float | None) -> tuple[float, float]:
    if low is not None and high is not None and high > low:
        room = (high - low) * 0.6
        return low - room, high + room
    edge = high if high is not None else low
    size = abs(edge or 0) or 1
    return (edge or 0) - size, (edge or 0) + size * 0.7
