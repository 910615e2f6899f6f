"""Pages from templates: one Jinja environment a language, filters for ISO strings, fragments.

``render("patient/home.html", page=…, home=…)`` gives the page; with ``block="…"`` only that part,
for htmx and live updates. Every template says at its top which plain dicts it expects.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from jinja2_fragments import render_block
from markupsafe import Markup, escape

from gateway import assets, browsers, formats, plain_words, words
from gateway.i18n import LANGUAGE_NAMES, N_, SOURCE, translate, translations

TEMPLATES = Path(__file__).parent / "templates"
EVERY_PAGE: dict[str, Any] = {
    "lang": SOURCE,
    "path": "/",
    "here": "",
    "who": "me",
    "person": None,
    "people": [],
    "counts": {},
    "csrf": "",
    "idempotency_key": "",
    "session": None,
    "theme": None,
    "flash": None,
    "errors": [],
    "conflict": None,
    "staff": None,
}


def page_context(*, practice: dict[str, Any], now: datetime, **known: Any) -> dict[str, Any]:
    """The ``page`` dict that every template expects, with its defaults filled in.

    practice: name, short_name, line, zone, phones {main, nurse}.
    person: first_name, name, initials, relation (None for oneself).
    people: the records this account may open: who, name, initials, relation.
    counts: {"messages": 2} for the badges. session: seconds_left, ends_at (ISO).
    errors: [{"field": "phone", "text": "…"}] after a refused form. flash: {"title", "text"}.
    conflict: what someone else did meanwhile, and that what was typed is kept.
    staff: as templates/_staff.html says.
    Raises TypeError for a key that no template knows.
    """
    unknown = known.keys() - EVERY_PAGE.keys()
    if unknown:
        raise TypeError(f"unknown page keys: {', '.join(sorted(unknown))}")
    return {**EVERY_PAGE, **known, "practice": practice, "now": now.astimezone(UTC).isoformat()}


def render(template: str, *, page: dict[str, Any], block: str | None = None, **context: Any) -> str:
    """A whole page, or one named block of it, in the reader's language."""
    environment = environment_for(page["lang"])
    if block is None:
        return environment.get_template(template).render(page=page, **context)
    return str(render_block(environment, template, block, page=page, **context))


@cache
def environment_for(language: str) -> Environment:
    """The environment of one language; templates are compiled once a process."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        cache_size=-1,
        auto_reload=False,
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.policies["ext.i18n.trimmed"] = True
    static = assets.load()
    environment.globals |= {"asset": static.url, "i": icon, "language_names": LANGUAGE_NAMES}
    environment.filters |= FILTERS
    return environment


def icon(name: str, kind: str = "") -> Markup:
    """One icon of the sprite, hidden from screen readers: words stand beside it."""
    sprite = assets.load().url("icons.svg")
    return Markup('<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>').format(
        f" {kind}" if kind else "", sprite, name
    )


class Reader:
    """What the filters know about who reads: language, zone and the time of the page."""

    def __init__(self, context: Context) -> None:
        page = context["page"]
        self.lang: str = page["lang"]
        self.zone: str = page["practice"]["zone"]
        self.now = datetime.fromisoformat(page["now"])
        self.today = formats.as_date(self.now, zone=self.zone)


def _dated(name: str) -> Callable[..., str]:
    @pass_context
    def written(context: Context, value: str, zone: str | None = None) -> str:
        reader = Reader(context)
        where = zone or reader.zone
        return formats.dated(name, value, lang=reader.lang, zone=where, today=reader.today)

    return written


def _pattern(name: str) -> Callable[..., str]:
    @pass_context
    def written(context: Context, value: str, zone: str | None = None) -> str:
        reader = Reader(context)
        return formats.pattern(name, value, lang=reader.lang, zone=zone or reader.zone)

    return written


@pass_context
def _time(context: Context, value: str, zone: str | None = None) -> str:
    reader = Reader(context)
    return formats.clock(
        value, lang=reader.lang, zone=zone or reader.zone, home_zone=reader.zone if zone else None
    )


@pass_context
def _when(context: Context, value: str) -> str:
    reader = Reader(context)
    return formats.when(value, lang=reader.lang, zone=reader.zone, now=reader.now)


@pass_context
def _ago(context: Context, value: str) -> str:
    reader = Reader(context)
    return formats.ago(value, lang=reader.lang, now=reader.now)


@pass_context
def _until(context: Context, value: str, zone: str | None = None) -> str:
    reader = Reader(context)
    return formats.until(value, lang=reader.lang, zone=zone or reader.zone, now=reader.now)


@pass_context
def _time_left(context: Context, value: str) -> dict[str, str]:
    reader = Reader(context)
    return formats.time_left(value, lang=reader.lang, zone=reader.zone, now=reader.now)


@pass_context
def _part_of_day(context: Context, value: str) -> str:
    return formats.part_of_day(datetime.fromisoformat(value), zone=Reader(context).zone)


@pass_context
def _age(context: Context, born: str) -> int:
    return formats.age(born, today=Reader(context).today)


@pass_context
def _money(context: Context, cents: int, currency: str = "USD") -> str:
    return formats.money(cents, currency, lang=Reader(context).lang)


@pass_context
def _say(context: Context, code: str, kind: str, **values: object) -> str:
    return words.say(code, kind, lang=Reader(context).lang, **values)


@pass_context
def _result_row(context: Context, result: dict[str, Any]) -> dict[str, Any]:
    return plain_words.row(result, lang=Reader(context).lang)


@pass_context
def _result_view(context: Context, result: dict[str, Any], span: str) -> dict[str, Any]:
    reader = Reader(context)
    return plain_words.view(result, span=span, lang=reader.lang, zone=reader.zone, now=reader.now)


@pass_context
def _groups_by_day(context: Context, items: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Neighbours of one calendar day, in the order given."""
    zone = Reader(context).zone
    days = groupby(items, key=lambda item: formats.as_date(item[key], zone=zone))
    return [{"day": day.isoformat(), "items": list(group)} for day, group in days]


def _groups_by_part(
    slots: list[dict[str, Any]], zone: str, by_day: object = False
) -> list[dict[str, Any]]:
    """Free times by morning, afternoon and evening; or by day."""

    def part(slot: dict[str, Any]) -> str:
        if by_day:
            return formats.as_date(slot["starts_at"], zone=zone).isoformat()
        return formats.part_of_day(datetime.fromisoformat(slot["starts_at"]), zone=zone)

    return [{"key": key, "items": list(group)} for key, group in groupby(slots, key=part)]


def _phone(value: str) -> Markup:
    return Markup('<a class="num nowrap" href="tel:{}">{}</a>').format(
        formats.phone_address(value), formats.phone_text(value)
    )


@pass_context
def _device(context: Context, user_agent: str) -> str:
    known = browsers.browser_and_system(user_agent)
    lang = Reader(context).lang
    if known is None:
        return user_agent or translate(lang, N_("A device"))
    browser, system = known
    return translate(lang, N_("%(browser)s on %(system)s"), browser=browser, system=system)


def _login(value: str) -> str:
    """What somebody signs in with: an address as it is, a number as people write it."""
    return value if "@" in value else formats.phone_text(value)


def _paragraphs(text: str) -> Markup:
    """Text that a person wrote, as paragraphs; nothing in it becomes markup."""
    parts = [part for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
    lines = [Markup("<br>").join(escape(line) for line in part.split("\n")) for part in parts]
    return Markup("").join(Markup("<p>{}</p>").format(line) for line in lines)


def initials_of(name: str) -> str:
    """The letters of a name in its round badge; titles do not count."""
    parts = [part for part in name.replace(".", " ").split() if part.lower() not in ("dr", "dra")]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


FILTERS: dict[str, Callable[..., Any]] = {
    "day": _dated("day"),
    "short": _dated("short"),
    "full": _pattern("full"),
    "day_short": _pattern("day_short"),
    "weekday_short": _pattern("weekday_short"),
    "month_short": _pattern("month_short"),
    "day_number": _pattern("day_number"),
    "time": _time,
    "when": _when,
    "ago": _ago,
    "until": _until,
    "time_left": _time_left,
    "part_of_day": _part_of_day,
    "age": _age,
    "money": _money,
    "say": _say,
    "tone": words.tone,
    "icon_for": words.icon_for,
    "result_row": _result_row,
    "result_view": _result_view,
    "groups_by_day": _groups_by_day,
    "groups_by_part": _groups_by_part,
    "phone": _phone,
    "phone_text": formats.phone_text,
    "login_text": _login,
    "device": _device,
    "paragraphs": _paragraphs,
    "initials": initials_of,
    "first_upper": formats.first_upper,
    "size": formats.size,
}
