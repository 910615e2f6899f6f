"""Every pair of colours of the design has the contrast that WCAG asks for, light and dark."""

from __future__ import annotations

import re

import pytest

from gateway.assets import STATIC

TEXT = [
    ("ink", "canvas"), ("ink", "surface"), ("ink", "sunken"), ("ink", "brand-tint"),
    ("ink", "brand-tint-2"), ("ink", "info-bg"), ("ink", "warn-bg"), ("ink", "bad-bg"),
    ("ink", "ok-bg"), ("ink-2", "surface"), ("ink-2", "canvas"), ("ink-2", "sunken"),
    ("ink-2", "brand-tint"), ("ink-2", "warn-bg"), ("ink-3", "surface"), ("ink-3", "canvas"),
    ("ink-3", "sunken"), ("brand", "surface"), ("brand", "canvas"), ("brand", "brand-tint"),
    ("brand", "brand-tint-2"), ("on-brand", "brand"), ("on-deep", "deep"), ("on-deep-2", "deep"),
    ("on-accent", "accent"), ("ok", "ok-bg"), ("warn", "warn-bg"), ("bad", "bad-bg"),
    ("info", "info-bg"), ("proxy", "proxy-bg"), ("ok", "surface"), ("warn", "surface"),
    ("bad", "surface"), ("bad", "canvas"), ("info", "canvas"), ("ok", "chart-band"),
    ("canvas", "ink"),
]  # fmt: skip
EDGES = [("line-strong", "surface"), ("line-strong", "canvas"), ("warn-mark", "surface"),
         ("warn-mark", "canvas"), ("chart-line", "surface"), ("accent", "deep")]  # fmt: skip
SHEET = (STATIC / "css/tokens.css").read_text()
LIGHT, DARK = SHEET.split("@media (prefers-color-scheme: dark)")


def tokens(scheme: str) -> dict[str, str]:
    found = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", LIGHT))
    return found | (
        dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6})", DARK)) if scheme == "dark" else {}
    )


def light_of(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((light_of(one), light_of(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), TEXT)
def test_text_can_be_read_on_its_ground(front, back, scheme):
    known = tokens(scheme)
    assert contrast(known[front], known[back]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "back"), EDGES)
def test_edges_and_marks_can_be_seen_on_their_ground(front, back, scheme):
    known = tokens(scheme)
    assert contrast(known[front], known[back]) >= 3
