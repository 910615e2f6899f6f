"""How one result compares: its tag, its tone, and sentences a worried reader can use.

Order of trust: the lab's own flag, then the lab's printed range, then the standard parts or the
adult range of an explained test. Without an explained test we show the value and the printed
range and add no adjective, except for what the lab itself calls very high or very low.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from markupsafe import Markup, escape

from gateway import formats
from gateway.i18n import N_, translations
from gateway.plain_words.catalogue import Test, find

FLAGS = {
    "normal": "N", "high": "H", "low": "L", "very_high": "HH", "very_low": "LL",
    "abnormal": "A", "positive": "POS", "negative": "NEG",
    "N": "N", "H": "H", "L": "L", "HH": "HH", "LL": "LL", "A": "A", "AA": "A", "POS": "POS",
    "NEG": "NEG",
}  # fmt: skip
LARGEST = 1e15  # beyond it there is no measurement, and no picture could be drawn
TAGS = {
    "N": N_("In the usual range"), "H": N_("A little high"), "L": N_("A little low"),
    "H+": N_("High"), "L+": N_("Low"), "HH": N_("Very high"), "LL": N_("Very low"),
    "A": N_("Different from usual"), "POS": N_("Found"), "NEG": N_("Not found"),
}  # fmt: skip
TONES = {"N": "ok", "H": "warn", "L": "warn", "H+": "warn", "L+": "warn", "HH": "bad",
         "LL": "bad", "A": "warn", "POS": "warn", "NEG": ""}  # fmt: skip
SAYS = {
    "N": N_("Your result is <strong>in the usual range</strong>."),
    "H": N_("Your result is <strong>a little above</strong> the usual range."),
    "L": N_("Your result is <strong>a little below</strong> the usual range."),
    "H+": N_("Your result is <strong>above</strong> the usual range."),
    "L+": N_("Your result is <strong>below</strong> the usual range."),
    "HH": N_("Your result is <strong>much higher</strong> than usual."),
    "LL": N_("Your result is <strong>much lower</strong> than usual."),
    "A": N_("Your result is <strong>different from usual</strong>."),
    "POS": N_("The test <strong>found</strong> what it looked for."),
    "NEG": N_("The test <strong>did not find</strong> what it looked for."),
}


@dataclass(frozen=True, slots=True)
class Range:
    """The usual range: its ends, and whether it is the lab's own or ours."""

    low: float | None
    high: float | None
    ours: bool = False

    def holds(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A flag that we stand by, and what the page says with it."""

    flag: str
    tag: str
    tone: str
    arrow: str
    call_now: bool
    sentences: tuple[Markup, ...]


def describe(
    observation: Mapping[str, Any], previous: Mapping[str, Any] | None, lang: str
) -> Verdict:
    """Compare a result with what is usual and with the one before.

    ``observation`` and ``previous`` have the keys of records' LabResult (value and range as
    decimal text).
    """
    test = find(observation["code"])
    value, usual = number_of(observation["value"]), range_of(observation, test)
    flag = flag_of(observation, test=test, value=value, usual=usual)
    if flag is None:
        return _plainly(observation, usual=usual, lang=lang)
    sentences = [_sentence(SAYS[flag], lang)]
    if value is not None and previous is not None:
        sentences += compared(value, number_of(previous["value"]), previous["shown"], lang)
    sentences += _how_urgent(flag, lang)
    return Verdict(
        flag=flag,
        tag=_text(TAGS[flag], lang),
        tone=TONES[flag],
        arrow="up" if flag[0] == "H" else "down" if flag[0] == "L" else "",
        call_now=flag in ("HH", "LL"),
        sentences=tuple(sentences),
    )


def _plainly(observation: Mapping[str, Any], *, usual: Range, lang: str) -> Verdict:
    """No rule and no flag: the range as the lab printed it, and no adjective."""
    printed = range_text(observation, usual, lang)
    sentences: tuple[Markup, ...] = ()
    if printed:
        said = _text(N_("The lab’s usual range is %(range)s."), lang)
        sentences = (Markup(said) % {"range": escape(printed)},)
    return Verdict("", "", "", "", False, sentences)


def number_of(text: str | None) -> float | None:
    """Decimal text as a number; None for words, for more or less than, and for what is absurd."""
    try:
        number = float(Decimal((text or "").strip()))
    except InvalidOperation:
        return None
    return number if abs(number) < LARGEST else None


def range_of(observation: Mapping[str, Any], test: Test | None) -> Range:
    """The lab's range; else, for an explained test in our unit, the adult range."""
    low = number_of(observation["range_low"])
    high = number_of(observation["range_high"])
    if low is not None or high is not None:
        return Range(low, high)
    if test is None or not test.fits(observation["unit"] or ""):
        return Range(None, None)
    if test.usual:
        return Range(*test.usual, ours=True)
    return _range_of_parts(test)


def _range_of_parts(test: Test) -> Range:
    low, start = None, None
    for part in test.parts:
        if part.kind == 1:
            low = start if low is None else low
            high = part.below
            nexts = test.parts[test.parts.index(part) + 1 :]
            if not nexts or nexts[0].kind != 1:
                return Range(low, high, ours=True)
        start = part.below
    return Range(None, None)


def flag_of(
    observation: Mapping[str, Any], *, test: Test | None, value: float | None, usual: Range
) -> str | None:
    """The flag to show: a critical value first, then the lab's flag, then the ranges."""
    given = FLAGS.get(observation["flag"] or "")
    if test is None:
        return given if given in ("HH", "LL") else None
    if value is None:
        return given or _from_words(str(observation["value"] or ""))
    critical = _critical(test, observation["unit"] or "", value)
    if critical or given in ("HH", "LL"):
        return critical or given
    reckoned = _reckon(value, test=test, unit=observation["unit"] or "", usual=usual)
    if given in ("H", "L") and reckoned == f"{given}+":
        return reckoned
    return given or reckoned


def _from_words(text: str) -> str | None:
    """Found or not, where the lab only wrote it out."""
    if re.search(r"\b(negative|not detected|absent|none seen)\b", text, re.IGNORECASE):
        return "NEG"
    if re.search(r"\b(positive|detected)\b", text, re.IGNORECASE):
        return "POS"
    return None


def _critical(test: Test, unit: str, value: float) -> str | None:
    if test.critical is None or not test.fits(unit):
        return None
    low, high = test.critical
    return "LL" if value < low else "HH" if value >= high else None


def _reckon(value: float, *, test: Test, unit: str, usual: Range) -> str | None:
    part = test.part_of(value) if test.fits(unit) else None
    if usual.low is None and usual.high is None:
        return None
    if usual.holds(value) and (part is None or part.kind == 1 or not usual.ours):
        return "N"
    if part is not None and part.kind == 1 and usual.ours:
        return "N"
    side = "L" if usual.low is not None and value < usual.low else "H"
    return side + ("+" if _far(value, usual=usual, part_kind=part.kind if part else 0) else "")


def _far(value: float, *, usual: Range, part_kind: int) -> bool:
    """Far enough outside that "a little" would mislead."""
    if part_kind:
        return part_kind == 3
    if usual.high is not None and value > usual.high:
        return value > usual.high * 1.5
    return usual.low is not None and value < usual.low * 0.7


def compared(value: float, before: float | None, shown: str, lang: str) -> list[Markup]:
    """One sentence about the result before this one."""
    if before is None:
        return []
    if abs(value - before) <= abs(before) * 0.005:
        words = N_("It is <strong>the same as last time</strong> (%(before)s).")
    elif value > before:
        words = N_("It is <strong>higher than last time</strong> (%(before)s).")
    else:
        words = N_("It is <strong>lower than last time</strong> (%(before)s).")
    return [Markup(_text(words, lang)) % {"before": escape(formats.shown(shown, lang=lang))}]


def _how_urgent(flag: str, lang: str) -> list[Markup]:
    if flag in ("H", "L", "A"):
        return [_sentence(N_("This is not an emergency."), lang)]
    if flag in ("H+", "L+", "POS"):
        return [_sentence(N_("Ask your care team what this means for you."), lang)]
    return []


def range_text(observation: Mapping[str, Any], usual: Range, lang: str) -> str:
    """The usual range in words: as the lab printed it, or below 5.7, 70 to 99, 40 or more."""
    printed = observation.get("range_text")
    if printed:
        return str(printed)
    low, high = usual.low, usual.high
    unit = observation["unit"] or ""
    values = {
        "low": formats.number(low, lang=lang) if low is not None else "",
        "high": formats.number(high, lang=lang) if high is not None else "",
    }
    if low is not None and high is not None and low > 0:
        text = _text(N_("%(low)s to %(high)s"), lang) % values
    elif high is not None:
        text = _text(N_("below %(high)s"), lang) % values
    elif low is not None:
        text = _text(N_("%(low)s or more"), lang) % values
    else:
        return ""
    return f"{text} {unit}".strip()


def _text(message: str, lang: str) -> str:
    return translations(lang).gettext(message)


def _sentence(message: str, lang: str) -> Markup:
    return Markup(_text(message, lang))
