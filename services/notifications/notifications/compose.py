"""From a delivery row and a contact to the finished mail or text: pure, no wire, no database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment

from . import wording
from .calendar import CANCELLED, CONFIRMED, calendar_file
from .domain import KINDS, report_query, stop_token
from .words import common_of, layout, words_of


@dataclass(frozen=True, kw_only=True)
class House:
    """Who sends: what stands in every mail."""

    practice: str
    phone: str
    public_url: str
    stop_secret: str


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail ready to go. ``reference`` becomes its Message-ID: the same at every attempt."""

    reference: str
    address: str
    language: str
    subject: str
    text: str
    html: str
    calendar: bytes | None = None
    calendar_method: str = "PUBLISH"
    stop_link: str | None = None


@dataclass(frozen=True, kw_only=True)
class Text:
    """A text ready to go. ``reference`` is the provider's idempotency token.

    ``report`` goes into the address that the provider reports to: which text it is about.
    """

    reference: str
    number: str
    body: str
    report: str = ""


def mail(
    row: dict[str, Any], contact: dict[str, Any], *, house: House, secrets: dict[str, str],
    now: datetime,
) -> Mail:  # fmt: skip
    """The mail of a delivery; ``secrets`` holds what was unsealed for it (code, link token)."""
    values = _values(row, contact, house=house, secrets=secrets, now=now)
    words = words_of(row["kind"], contact["language"])
    page = _page(row, words, values, contact, house)
    visit = row["kind"] in ("visit_booked", "visit_cancelled")
    cancelled = row["kind"] == "visit_cancelled"
    return Mail(
        reference=str(row["id"]),
        address=contact["email"],
        language=contact["language"],
        subject=page["subject"],
        text=_plain(page),
        html=_layout().render(page),
        calendar=_calendar(row, values, cancelled=cancelled, now=now) if visit else None,
        calendar_method="CANCEL" if cancelled else "PUBLISH",
        stop_link=page["stop_link"],
    )


def text(
    row: dict[str, Any], contact: dict[str, Any], *, house: House, secrets: dict[str, str],
    now: datetime,
) -> Text:  # fmt: skip
    """The text message of a delivery."""
    values = _values(row, contact, house=house, secrets=secrets, now=now)
    body = _say(words_of(row["kind"], contact["language"])["text"], values)
    return Text(
        reference=str(row["id"]),
        number=contact["mobile"],
        body=body,
        report=report_query(row["id"], created_at=row["created_at"], provider=row["provider"]),
    )


def _say(sentence: str, values: dict[str, str]) -> str:
    # A Spanish time ends in a full stop of its own.
    return sentence.format_map(values).replace("..", ".")


def _values(
    row: dict[str, Any], contact: dict[str, Any], *, house: House, secrets: dict[str, str],
    now: datetime,
) -> dict[str, str]:  # fmt: skip
    common = common_of(contact["language"])
    plain = {"practice": house.practice, "phone": house.phone, **secrets}
    plain["link"] = _link(row, house, secrets)
    facts = _Facts(row["parameters"], contact, common, now)
    for name, say in _SAYINGS.items():
        if name in row["parameters"]:
            plain |= say(facts)
    plain["title"] = _say(common["visit"], plain)
    return plain


@dataclass(frozen=True, slots=True)
class _Facts:
    parameters: dict[str, Any]
    contact: dict[str, Any]
    common: dict[str, str]
    now: datetime

    def day(self, name: str, zone: str | None = None) -> str:
        moment = datetime.fromisoformat(self.parameters[name])
        language = self.contact["language"]
        if len(self.parameters[name]) == len("2026-01-01"):
            return wording.day_words(moment.date(), language=language, today=self.now.date())
        zone = zone or self.contact["zone"]
        return wording.day_of(moment, zone=zone, language=language, now=self.now)

    def time(self, name: str, zone: str | None = None) -> str:
        return wording.time_of(
            datetime.fromisoformat(self.parameters[name]),
            zone=zone or self.contact["zone"],
            language=self.contact["language"],
            reader_zone=self.contact["zone"],
        )


def _visit(facts: _Facts) -> dict[str, str]:
    visit = facts.parameters
    places = {
        "video": (facts.common["video"], facts.common["video_short"]),
        "phone": (facts.common["phone_visit"], facts.common["phone_short"]),
    }
    here = f"{visit['location_name']}, {visit['location_address']}".rstrip(", ")
    place, short = places.get(visit["mode"], (here, visit["location_name"]))
    day, time = facts.day("starts_at", visit["zone"]), facts.time("starts_at", visit["zone"])
    return {"day": day, "time": time, "place": place, "short_place": short}


def _payment(facts: _Facts) -> dict[str, str]:
    paid, language = facts.parameters, facts.contact["language"]
    amount = wording.amount_of(paid["amount_cents"], currency=paid["currency"], language=language)
    last = paid.get("card_last_four")
    line = facts.common["card_line"].format(last_four=last) if last else ""
    return {"amount": amount, "paid_day": facts.day("paid_at"), "card_line": line}


_SAYINGS: dict[str, Callable[[_Facts], dict[str, str]]] = {
    "starts_at": _visit,
    "amount_cents": _payment,
    "expires_at": lambda facts: {"expires_day": facts.day("expires_at")},
    "until": lambda facts: {"until": f"{facts.time('until')}"},
    "due_at": lambda facts: {"due_day": facts.day("due_at")},
    "due_on": lambda facts: {"due_day": facts.day("due_on")},
}


def _link(row: dict[str, Any], house: House, secrets: dict[str, str]) -> str:
    base = house.public_url.rstrip("/")
    if row["kind"] == "invitation":
        return f"{base}/set-up?code={quote(secrets['link_token'], safe='')}"
    if row["kind"] == "recovery":
        return f"{base}/recover/link/{quote(secrets['link_token'], safe='')}"
    if row["kind"] == "staff_invitation":
        return f"{base}/join/{quote(secrets['link_token'], safe='')}"
    place, subject = KINDS[row["kind"]].place, row["parameters"].get("subject_id")
    return f"{base}/go/{place}/{subject}" if subject else f"{base}/go/{place}"


def _page(
    row: dict[str, Any],
    words: dict[str, Any],
    values: dict[str, str],
    contact: dict[str, Any],
    house: House,
) -> dict[str, Any]:
    common = common_of(contact["language"])
    said = {n: _say(common[n], values) for n in ("call", "emergency", "link_help", "no_reply")}
    why = common["why_staff" if row["recipient_kind"] == "staff" else "why"]
    paragraphs = [_say(paragraph, values) for paragraph in words["body"]]
    return {
        **said,
        "why": _say(why, values),
        "stop": common["stop"],
        "stop_link": _stop_link(row, house),
        "language": contact["language"],
        "practice": house.practice,
        "subject": _say(words["subject"], values),
        "body": [paragraph for paragraph in paragraphs if paragraph],
        "button": words["button"],
        "link": values["link"],
    }


def _stop_link(row: dict[str, Any], house: House) -> str | None:
    if KINDS[row["kind"]].needed:
        return None
    token = stop_token(person=str(row["recipient_id"]), secret=house.stop_secret)
    return f"{house.public_url.rstrip('/')}/go/stop/{token}"


def _plain(page: dict[str, Any]) -> str:
    foot = [f"{page['emergency']} {page['call']}", f"{page['why']} {page['no_reply']}"]
    if page["stop_link"]:
        foot.append(f"{page['stop']}: {page['stop_link']}")
    button = f"{page['button']}:\n{page['link']}"
    return "\n\n".join([*page["body"], button, "-- ", *foot, page["practice"]]) + "\n"


def _calendar(
    row: dict[str, Any], values: dict[str, str], *, cancelled: bool, now: datetime
) -> bytes:
    return calendar_file(
        row["parameters"],
        title=values["title"],
        place=values["place"],
        link=values["link"],
        status=CANCELLED if cancelled else CONFIRMED,
        now=now,
    )


@cache
def _layout() -> Any:
    return Environment(autoescape=True).from_string(layout())
