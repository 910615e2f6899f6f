"""Sample pages: every template with the plain dicts of the contracts that it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import front_doors as doors
import front_people as people
import front_record as record
import front_recovery as recovery
import front_work as work
from markupsafe import Markup

from gateway.qr import qr_code
from gateway.templating import page_context, render

NOW = datetime(2026, 11, 23, 14, 20, tzinfo=UTC)
PRACTICE = {
    "name": "Cedar Grove Family Health",
    "short_name": "Cedar Grove",
    "line": "Family Health",
    "zone": "America/New_York",
    "phones": {"main": "+15550100100", "nurse": "+15550100142"},
}
MARIA = {"first_name": "Maria", "name": "Maria Reyes", "initials": "MR", "relation": None}
ELENA = {"first_name": "Elena", "name": "Elena Reyes", "initials": "ER", "relation": "mother"}
PEOPLE = [{"who": "me", **MARIA}, {"who": "for-k7q2m", **ELENA}]
SESSION = {"seconds_left": 1800, "ends_at": "2026-11-23T14:50:00+00:00"}


def door(lang: str, **more: Any) -> dict[str, Any]:
    """The page of someone who is not signed in."""
    known = {"csrf": "c5rf", "idempotency_key": "0192-a1", "path": "/", **more}
    return page_context(practice=PRACTICE, now=NOW, lang=lang, **known)


def patient(lang: str, *, proxy: bool = False, **more: Any) -> dict[str, Any]:
    """The page of a patient, or of a daughter who looks after her mother."""
    known = {
        "who": "for-k7q2m" if proxy else "me",
        "person": ELENA if proxy else MARIA,
        "people": PEOPLE,
        "counts": {"messages": 2, "bills": 1},
        "session": SESSION,
        "here": "home",
        **more,
    }
    return door(lang, **known)


def staff(lang: str, **more: Any) -> dict[str, Any]:
    """The page of a nurse."""
    return door(lang, **{"here": "messages", "staff": work.STAFF, "session": SESSION, **more})


RENDERED: dict[tuple[str, str], str] = {}


@dataclass(frozen=True, slots=True)
class Sample:
    """One state of one page."""

    name: str
    template: str
    page: Callable[..., dict[str, Any]]
    context: dict[str, Any] = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)

    def html(self, lang: str = "en") -> str:
        """The page, rendered once a test run."""
        key = (self.name, lang)
        if key not in RENDERED:
            page = self.page(lang, **self.known)
            RENDERED[key] = render(self.template, page=page, **self.context)
        return RENDERED[key]


def _record_page(name: str, key: str, empty: bool = True, **more: Any) -> Iterator[Sample]:
    template = f"patient/{name}.html"
    known = {"here": "health"}
    yield Sample(name, template, patient, {key: getattr(record, key.upper()), **more}, known)
    if empty:
        nothing = {key: {"items": [], "next": None}, **more}
        yield Sample(f"{name}-empty", template, patient, nothing, known)
        yield Sample(f"{name}-failed", template, patient, {key: None, **more}, known)


def _patients() -> Iterator[Sample]:
    yield Sample("home", "patient/home.html", patient, {"home": record.HOME})
    yield Sample("home-empty", "patient/home.html", patient, {"home": record.EMPTY_HOME})
    failed = {"visits": None, "records": None, "messages": None, "bills": None}
    yield Sample("home-failed", "patient/home.html", patient, {"home": failed})
    proxy = {"proxy": True, "flash": {"title": "Your visit is booked.", "text": "We sent a text."}}
    yield Sample("home-proxy", "patient/home.html", patient, {"home": record.HOME}, proxy)
    yield Sample("health", "patient/health.html", patient, {"health": {"new_results": 2}})
    yield from _record_page("results", "results", q="", show="all")
    for key in ("a1c", "critical", "unexplained", "words", "single"):
        shown = {"result": record.RESULTS_SHOWN[key], "span": "3y"}
        yield Sample(f"result-{key}", "patient/result.html", patient, shown, {"here": "health"})
    requests = {"requests": work.REFILLS}
    yield from _record_page("medicines", "medicines", taking="now", **requests)
    yield from _record_page("medicine", "medicine", empty=False)
    refill = {"medicines": record.MEDICINES, "open": ["m2"]}
    form = {"form": {"chosen": ["m1"], "pharmacy": "Main Street Pharmacy", "note": ""}}
    yield Sample("refill", "patient/refill.html", patient, refill | form)
    yield Sample("refill-requests", "patient/refill_requests.html", patient, requests)
    yield from _record_page("vaccines", "vaccines")
    yield from _record_page("conditions", "conditions", show="now")
    yield from _record_page("allergies", "allergies")
    yield from _record_page("procedures", "procedures")
    yield from _record_page("care_plan", "plans")
    yield from _record_page("notes", "notes", kind="all")
    yield from _record_page("note", "note", empty=False)
    yield from _record_page("documents", "documents")


def _messages() -> Iterator[Sample]:
    here = {"here": "messages"}
    listed = {"messages": work.CONVERSATIONS, "box": "open"}
    yield Sample("messages", "patient/messages.html", patient, listed, here)
    nothing = {"messages": {"items": [], "next": None}, "box": "open"}
    yield Sample("messages-empty", "patient/messages.html", patient, nothing, here)
    thread = {"thread": work.THREAD, "others": work.CONVERSATIONS, "draft": ""}
    yield Sample("thread", "patient/thread.html", patient, thread, here)
    new = {"topic": "", "subject": "", "body": "", "about": None, "about_title": None}
    yield Sample("message-new", "patient/message_new.html", patient, {"message": new}, here)
    wrong = {"errors": [{"field": "topic", "text": "Tell us what it is about"},
                        {"field": "body", "text": "Write your message"}]}  # fmt: skip
    about = {**new, "about": "result:r1", "about_title": "A1C: average blood sugar"}
    context, known = {"message": about}, here | wrong
    yield Sample("message-new-wrong", "patient/message_new.html", patient, context, known)


def _visits() -> Iterator[Sample]:
    here = {"here": "visits"}
    steps = {
        "book-reason": ("book_reason", {"choices": work.CHOICES, "type": "t1"}),
        "book-with": ("book_with", work.WITH),
        "book-time": ("book_time", work.TIME),
        "book-time-taken": ("book_time", work.TAKEN),
        "book-time-none": ("book_time", work.NO_TIMES),
        "book-check": ("book_check", work.CHECK),
    }
    for name, (template, booking) in steps.items():
        yield Sample(name, f"patient/{template}.html", patient, {"booking": booking}, here)
    context = {"booking": work.CHECK}
    proxy = here | {"proxy": True}
    yield Sample("book-check-proxy", "patient/book_check.html", patient, context, proxy)
    listed = {"visits": {"items": [work.VISIT], "next": "abc"}, "when": "coming"}
    yield Sample("visits", "patient/visits.html", patient, listed, here)
    for when in ("coming", "past"):
        nothing = {"visits": {"items": [], "next": None}, "when": when}
        yield Sample(f"visits-{when}-empty", "patient/visits.html", patient, nothing, here)
    yield Sample("visit", "patient/visit.html", patient, {"visit": work.VISIT}, here)
    off = {**work.VISIT, "state": "cancelled", "cancelled_by": "staff", "can_cancel": False}
    yield Sample("visit-cancelled", "patient/visit.html", patient, {"visit": off}, here)
    cancel = {"visit": work.VISIT, "reason": ""}
    yield Sample("visit-cancel", "patient/visit_cancel.html", patient, cancel, here)


def _money_and_account() -> Iterator[Sample]:
    here = {"here": "bills"}
    bills = {"bills": work.BILLS, "owed": work.OWED}
    yield Sample("bills", "patient/bills.html", patient, bills, here)
    nothing = {"bills": {"items": [], "next": None}, "owed": None}
    yield Sample("bills-empty", "patient/bills.html", patient, nothing, here)
    yield Sample("bill", "patient/bill.html", patient, {"bill": work.BILL}, here)
    pay = {"bill": work.BILL, "form": {"amount": ""}}
    yield Sample("pay", "patient/pay.html", patient, pay, here)
    for state in ("succeeded", "failed", "pending"):
        payment = {"payment": {**work.PAYMENT, "state": state}}
        yield Sample(f"receipt-{state}", "patient/receipt.html", patient, payment, here)
    yield Sample("menu", "patient/menu.html", patient, {}, {"here": "menu"})
    found = {"q": "refill", "found": [{"href": "/me/medicines", "title": "Medicines", "text": "…"}]}
    yield Sample("search", "patient/search.html", patient, found, {"here": "menu"})
    own = {"here": "account"}
    yield Sample("account", "patient/account.html", patient, {"account": work.ACCOUNT}, own)
    yield Sample("activity", "patient/activity.html", patient, {"ledger": work.LEDGER}, own)
    yield Sample("devices", "patient/devices.html", patient, {"sessions": work.SESSIONS}, own)
    yield Sample("language", "patient/language.html", patient, {}, own)
    for name, (template, shown) in doors.SIGNING_IN.items():
        yield Sample(name, template, patient, {"root": "/account/sign-in", **shown}, own)


def _doors() -> Iterator[Sample]:
    form = {"form": {"login": "maria@cedargrove.example", "next": "/me/"}}
    wrong = {"errors": [{"field": "password", "text": "That did not match. Try again."}]}
    code = {"form": {"code": "K7Q2-M9XD", "month": "3", "day": "4", "year": "1968"}}
    proof = {"errors": [{"field": "birth_date", "text": "We could not find that code and date."}]}
    yield Sample("sign-in", "door/sign_in.html", door, form)
    yield Sample("sign-in-password", "door/sign_in_password.html", door, form)
    for name, (template, shown) in doors.SECOND_STEP.items():
        yield Sample(name, template, door, shown, doors.KNOWN.get(name, {}))
    yield Sample("sign-in-wrong", "door/sign_in_password.html", door, form, wrong)
    yield Sample("set-up", "door/set_up.html", door, code)
    yield Sample("set-up-wrong", "door/set_up.html", door, code, proof)
    contact = {"invitation": work.INVITATION, "form": {"login": ""}}
    yield Sample("set-up-contact", "door/set_up_contact.html", door, contact)
    taken = {"errors": [{"field": "login", "text": "Enter another email"}]}
    other = {"invitation": None, "form": {"login": "tom@cedargrove.example"}}
    yield Sample("set-up-login-taken", "door/set_up_contact.html", door, other, taken)
    yield Sample("set-up-password", "door/set_up_password.html", door, form)
    yield Sample("set-up-done", "door/set_up_done.html", door, {"first_name": "Maria"})
    for why in ("chosen", "time", "ended"):
        yield Sample(f"signed-out-{why}", "door/signed_out.html", door, {"why": why})
    for stopped in (False, True):
        stop = {"token": "t", "stopped": stopped}
        yield Sample(f"stop-mail-{stopped}", "door/stop_mail.html", door, stop)
    for name in ("help", "privacy", "accessibility", "offline"):
        yield Sample(name, f"door/{name}.html", door)
    for status in (400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503):
        told = {"status": status, "reference": "E-7K2Q", "seconds": 90, "back": "/me/"}
        yield Sample(f"error-{status}", "door/error.html", door, {**told, "message": None})


def _staff() -> Iterator[Sample]:
    day = {"mine": work.ITEMS, "cards": work.CARDS, "day": work.DAY, "has_day": True}
    yield Sample("staff-day", "staff/my_day.html", staff, day, {"here": "day"})
    visits = {"day": day["day"], "on": "2026-11-23", "before": "2026-11-22", "after": "2026-11-24",
              "today": "2026-11-23", "providers": [], "provider": ""}  # fmt: skip
    yield Sample("staff-visits", "staff/day.html", staff, visits, {"here": "visits_today"})
    one_day = {"day": work.DAY, "on": "2026-11-23", "before": "2026-11-22", "after": "2026-11-24",
               "today": "2026-11-23", "providers": work.PROVIDERS, "provider": ""}  # fmt: skip
    yield Sample("staff-visits", "staff/day.html", staff, one_day, {"here": "visits_today"})
    listed = {"queue": work.QUEUE, "cards": work.CARDS, "item": None}
    yield Sample("staff-queue", "staff/queue.html", staff, listed)
    nothing = {**work.QUEUE, "list": {"items": [], "next": None}}
    yield Sample("staff-queue-empty", "staff/queue.html", staff, {**listed, "queue": nothing})
    for name, item in {"message": work.ITEM, "refill": work.REFILL_ITEM}.items():
        opened = {**listed, "item": item, "patient": record.PATIENT, "staff_list": work.TEAM}
        more = {"draft": "", "reason": "", "item_live": "/staff/q/messages/i3/live"}
        yield Sample(f"staff-item-{name}", "staff/item.html", staff, opened | more)
    for name, (template, shown) in doors.OF_STAFF.items():
        yield Sample(name, template, staff, shown, {"here": "account"})
    own = {"here": "patients"}
    found = {"q": "reyes", "found": {"items": [record.PATIENT], "next": None}}
    yield Sample("staff-patients", "staff/patients.html", staff, found, own)
    one = {
        "patient": record.PATIENT, "enrolment": work.ENROLMENT, "conversations": work.CONVERSATIONS,
        "visits": {"items": [work.VISIT], "next": None}, "results": record.RESULTS,
        "may_invite": True, "may_help": True, "hidden": [],
    }  # fmt: skip
    yield Sample("staff-patient", "staff/patient.html", staff, one, own)
    form = {"email": "maria@cedargrove.example", "mobile": "", "language": "en"}
    ask = {"patient": record.PATIENT, "issued": None, "link": "", "form": form}
    yield Sample("staff-invite", "staff/invite.html", staff, ask, own)
    link = "https://portal.cedargrove.example/set-up"
    issued = {**ask, "issued": work.ISSUED, "link": link, "qr": qr_code(link)}
    yield Sample("staff-invited", "staff/invite.html", staff, issued, own)
    waiting = {"waiting": record.WAITING}
    yield Sample("staff-results", "staff/results.html", staff, waiting, {"here": "release"})
    release = {"result": {**record.RESULTS_SHOWN["a1c"], "released_at": None, "comments": []},
               "patient": record.PATIENT, "comment_text": ""}  # fmt: skip
    yield Sample("staff-release", "staff/release.html", staff, release, {"here": "release"})


def _recoveries() -> Iterator[Sample]:
    for name, (template, shown) in recovery.AT_THE_DOOR.items():
        yield Sample(name, template, door, shown, recovery.KNOWN.get(name, {}))
    own = {"here": "patients"}
    for name, (template, shown) in recovery.OF_STAFF.items():
        yield Sample(name, template, staff, shown, own)
    template, shown = recovery.OF_STAFF["staff-help"]
    page = door("es")
    sheet = Markup(render("staff/_recovery_sheet.html", page=page, **recovery.SHEET))
    yield Sample("staff-help-sheet", template, staff, {**shown, "sheet": sheet}, own)
    ruth = {"here": "people", "staff": {**work.STAFF, "roles": ["practice_administrator"]}}
    listed = {"items": recovery.PEOPLE, "next": "c"}
    yield Sample("staff-people", "staff/people.html", staff, {"found": listed}, ruth)
    yield Sample("staff-people-failed", "staff/people.html", staff, {"found": None}, ruth)
    for name, (template, shown) in people.OF_STAFF.items():
        wrong = people.WRONG if name.endswith("-wrong") else {}
        yield Sample(name, template, staff, shown, {**ruth, **wrong})
    for name, (template, shown) in people.AT_THE_DOOR.items():
        yield Sample(name, template, door, shown)


def _failures() -> Iterator[Sample]:
    own = {"here": "failed", "staff": {**work.STAFF, "roles": ["practice_administrator"]}}
    shown = {"services": work.SERVICES, "service": "", "handled": False}
    titled = [{**item, "title": "A visit was booked"} for item in (work.FAILURE, work.UNREADABLE)]
    groups = [{"service": item["service"], "list": {"items": [item], "next": 7}} for item in titled]
    groups.append({"service": "records", "list": None})
    page, one = "staff/failures.html", "staff/failure.html"
    yield Sample("staff-failures", page, staff, {**shown, "groups": groups}, own)
    seen_to = [
        {
            "service": "notifications",
            "list": {"items": [{**work.DROPPED, "title": "A visit was booked"}], "next": None},
        }
    ]
    handled = {**shown, "handled": True, "service": "notifications"}
    yield Sample("staff-failures-handled", page, staff, {**handled, "groups": seen_to}, own)
    yield Sample("staff-failures-empty", page, staff, {**shown, "groups": []}, own)
    yield Sample("staff-failures-none-handled", page, staff, {**handled, "groups": []}, own)
    more = {"title": "A visit was booked", "address": "/staff/failed/billing/7", "reason": ""}
    states = {"dead": work.FAILURE, "unreadable": work.UNREADABLE, "waiting": work.TRIED,
              "dropped": work.DROPPED}  # fmt: skip
    for name, failure in states.items():
        by = "Ruth Lindqvist" if failure["acted_by"] else ""
        told = {**more, "by": by, "shown": work.failure_shown(failure, earlier=2)}
        yield Sample(f"staff-failure-{name}", one, staff, told, own)
    drop = {**more, "by": "", "shown": work.failure_shown(work.FAILURE)}
    wrong = {"errors": [{"field": "reason", "text": "Write why it need not be done"}]}
    yield Sample("staff-failure-drop", "staff/failure_drop.html", staff, drop, own)
    yield Sample("staff-failure-drop-wrong", "staff/failure_drop.html", staff, drop, own | wrong)


SAMPLES = {
    sample.name: sample
    for group in (
        _patients,
        _messages,
        _visits,
        _money_and_account,
        _doors,
        _staff,
        _recoveries,
        _failures,
    )
    for sample in group()
}
