"""Everything that the pages of a result show, from records' plain dicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from gateway import charts, formats, number_lines
from gateway.i18n import N_, translate
from gateway.plain_words.catalogue import Part, Test, find
from gateway.plain_words.describe import (
    Range,
    Verdict,
    describe,
    flag_of,
    number_of,
    range_of,
    range_text,
)  # fmt: skip

SPANS = {"1y": 366, "3y": 3 * 366, "all": None}
RESULT_WORDS = {
    "negative": N_("Negative"),
    "positive": N_("Positive"),
    "not detected": N_("Not found"),
    "detected": N_("Found"),
    "normal": N_("Normal"),
    "trace": N_("A trace"),
}
UNSPOKEN_UNITS = frozenset({"", "1", "{ratio}", "{nominal}", "{inr}", "[ph]"})


def row(result: Mapping[str, Any], *, lang: str) -> dict[str, Any]:
    """A line of a list: name, value with unit, tag in words, and a small picture."""
    test = find(result["code"])
    verdict = describe(result, None, lang)
    value, usual = number_of(result["value"]), range_of(result, test)
    small = Markup("")
    if value is not None and verdict.flag:
        small = number_lines.mini(
            value, low=_floor(usual), high=usual.high, out=verdict.flag not in ("N", "NEG")
        )
    return {
        "name": name_of(result, test, lang=lang),
        "value": f"{shown(result, lang=lang)} {unit_of(result)}".strip(),
        "tag": verdict.tag,
        "tone": verdict.tone,
        "mini": small,
    }


def _floor(usual: Range) -> float | None:
    """A range from 0 has no lower end worth drawing."""
    return usual.low if usual.low else None


def name_of(result: Mapping[str, Any], test: Test | None, *, lang: str) -> str:
    """The plain name; for a test that we do not explain, the one that came with it."""
    return test.words[lang].name if test else result["plain_name"] or result["name"]


def shown(result: Mapping[str, Any], *, lang: str) -> str:
    """The value for reading; the commonest words in the reader's language, others as written."""
    text = str(result["shown"] or result["value"] or "–")
    told = RESULT_WORDS.get(text.strip().lower())
    return translate(lang, told) if told else formats.shown(text, lang=lang)


def unit_of(result: Mapping[str, Any]) -> str:
    """The unit for reading; codes for "no unit" are left out."""
    unit = (result["unit"] or "").strip()
    if unit.lower() in UNSPOKEN_UNITS or unit.startswith("{"):
        return ""
    return unit.replace("{1.73_m2}", "1.73 m²").replace("[IU]", "IU").replace("10*", "10^")


def view(
    result: Mapping[str, Any], *, span: str, lang: str, zone: str, now: datetime
) -> dict[str, Any]:
    """A result's page: verdict, number line, trend, table, and what the test tells."""
    test = find(result["code"])
    usual = range_of(result, test)
    verdict = describe(result, _previous(result), lang)
    history = _within(result["history"], span=span, now=now)
    told = test.words[lang] if test else None
    return {
        "name": name_of(result, test, lang=lang),
        "value": shown(result, lang=lang),
        "unit": unit_of(result),
        "tag": verdict.tag,
        "tone": verdict.tone,
        "arrow": verdict.arrow,
        "call_now": verdict.call_now,
        "sentences": verdict.sentences,
        "nline": _number_line(result, test=test, usual=usual, verdict=verdict, lang=lang),
        "chart": _trend(result, history, test=test, usual=usual, lang=lang, zone=zone),
        "has_band": bool(test) and (usual.low is not None or usual.high is not None),
        "table": [_table_line(result, point, lang=lang) for point in history[::-1]],
        "tells": told.tells if told else "",
        "moves": told.moves if told else "",
        "steps": told.steps if told else (),
        "sources": test.sources if test else (),
        "range_text": range_text(result, usual, lang),
    }


def _previous(result: Mapping[str, Any]) -> Mapping[str, Any] | None:
    earlier = [p for p in result["history"] if p["collected_at"] < result["collected_at"]]
    return earlier[-1] if earlier else None


def _within(
    history: Sequence[Mapping[str, Any]], *, span: str, now: datetime
) -> list[Mapping[str, Any]]:
    days = SPANS.get(span)
    if days is None:
        return list(history)
    first = now - timedelta(days=days)
    return [p for p in history if formats.as_time(p["collected_at"], zone="UTC") >= first]


def _as_result(result: Mapping[str, Any], point: Mapping[str, Any]) -> dict[str, Any]:
    """A point of the history as a result of its own, with this test's code, unit and range."""
    return {**result, "value": point["value"], "shown": point["shown"], "flag": point["flag"]}


def _table_line(
    result: Mapping[str, Any], point: Mapping[str, Any], *, lang: str
) -> dict[str, str]:
    one = _as_result(result, point)
    verdict = describe(one, None, lang)
    value = f"{shown(one, lang=lang)} {unit_of(one)}".strip()
    return {"date": point["collected_at"], "value": value, "tag": verdict.tag}


def _is_out(result: Mapping[str, Any], point: Mapping[str, Any], *, test: Test | None) -> bool:
    one = _as_result(result, point)
    usual, value = range_of(one, test), number_of(point["value"])
    return flag_of(one, test=test, value=value, usual=usual) not in (None, "N", "NEG")


def _number_line(
    result: Mapping[str, Any], *, test: Test | None, usual: Range, verdict: Verdict, lang: str
) -> Markup:
    value = number_of(result["value"])
    if value is None or test is None or not verdict.flag:
        return Markup("")
    ours = test.parts and test.fits(result["unit"] or "") and usual.ours
    segments = _standard(test.parts, lang) if ours else _from_range(usual, lang)
    if len(segments) < 2:
        return Markup("")
    text = shown(result, lang=lang)
    parts = "; ".join(f"{s.label}: {s.edge}" for s in segments)
    title = translate(lang, N_("Number line. %(parts)s. You are at %(value)s."), parts=parts,
                      value=text)  # fmt: skip
    you = translate(lang, N_("You"))
    return number_lines.number_line(value, shown=text, segments=segments, you=you, title=title)


def _standard(parts: Sequence[Part], lang: str) -> list[number_lines.Segment]:
    segments, start = [], None
    for part in parts:
        edge = _edge(start, part.below, lang)
        segments.append(number_lines.Segment(part.below, part.labels[lang], edge, part.kind))
        start = part.below
    return segments


def _from_range(usual: Range, lang: str) -> list[number_lines.Segment]:
    """Low, usual and high around a range; a range from 0 has no low part."""
    low, high = _floor(usual), usual.high
    segments = []
    if low is not None:
        segments.append(
            number_lines.Segment(low, translate(lang, N_("Low")), _edge(None, low, lang), 2)
        )
    if low is not None or high is not None:
        edge = _closed(low, high, lang)
        segments.append(number_lines.Segment(high, translate(lang, N_("Usual")), edge, 1))
    if high is not None:
        edge = translate(lang, N_("above %(low)s"), low=formats.number(high, lang=lang))
        segments.append(number_lines.Segment(None, translate(lang, N_("High")), edge, 2))
    return segments


def _closed(low: float | None, high: float | None, lang: str) -> str:
    if low is not None and high is not None:
        return f"{formats.number(low, lang=lang)} – {formats.number(high, lang=lang)}"
    return _edge(low, high, lang)


def _edge(low: float | None, below: float | None, lang: str) -> str:
    """below 5.7; 5.7 – 6.4; 6.5+"""
    if low is None and below is not None:
        return translate(lang, N_("below %(high)s"), high=formats.number(below, lang=lang))
    if low is not None and below is None:
        return f"{formats.number(low, lang=lang)}+"
    if low is None or below is None:
        return ""
    step = 1 if float(low).is_integer() and float(below).is_integer() else 0.1
    return f"{formats.number(low, lang=lang)} – {formats.number(round(below - step, 4), lang=lang)}"


def _trend(
    result: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    *,
    test: Test | None,
    usual: Range,
    lang: str,
    zone: str,
) -> Markup:
    points = [
        charts.Point(
            day=formats.as_date(point["collected_at"], zone=zone),
            value=value,
            shown=formats.shown(point["shown"], lang=lang),
            out=_is_out(result, point, test=test),
        )
        for point in history
        if (value := number_of(point["value"])) is not None
    ]
    if len(points) < 2:
        return Markup("")
    months = [formats.pattern("month", p.day, lang=lang, zone=zone) for p in points]
    name = name_of(result, test, lang=lang)
    range_ = range_text(result, usual, lang)
    band = translate(lang, N_("Usual range (%(range)s)"), range=range_) if range_ else ""
    title = translate(lang, N_("%(name)s, %(first)s to %(last)s"), name=name, first=months[0],
                      last=months[-1])  # fmt: skip
    desc = _told(points, months, range_=range_, lang=lang)
    drawn = {"low": _floor(usual), "high": usual.high} if test else {"low": None, "high": None}
    return charts.trend(points, **drawn, band_label=band, title=title, desc=desc, months=months)


def _told(points: Sequence[charts.Point], months: Sequence[str], *, range_: str, lang: str) -> str:
    """The trend in a sentence: where it began, its highest and lowest, and where it is now."""
    top = max(range(len(points)), key=lambda n: points[n].value)
    bottom = min(range(len(points)), key=lambda n: points[n].value)
    text = translate(
        lang,
        N_(
            "From %(start)s in %(first)s to %(end)s in %(last)s."
            " Highest: %(high)s in %(high_month)s. Lowest: %(low)s in %(low_month)s."
        ),
        start=points[0].shown,
        first=months[0],
        end=points[-1].shown,
        last=months[-1],
        high=points[top].shown,
        high_month=months[top],
        low=points[bottom].shown,
        low_month=months[bottom],
    )
    if not range_:
        return text
    usual = translate(lang, N_("The usual range is %(range)s."), range=range_)
    return f"{text} {usual}"
