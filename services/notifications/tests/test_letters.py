"""Finished letters: the right words, place, time and link, and nothing of what happened."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from notifications import compose
from notifications.domain import KINDS, NotOurToken, person_of

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
HOUSE = compose.House(
    practice="Cedar Grove Family Health",
    phone="(555) 010-0100",
    public_url="https://portal.example",
    stop_secret="secret",
)
VISIT = {
    "subject_id": "0190aaaa-0000-7000-8000-000000000001",
    "starts_at": "2026-12-01T14:30:00+00:00",
    "ends_at": "2026-12-01T14:50:00+00:00",
    "zone": "America/New_York",
    "mode": "in_person",
    "location_name": "Main Street clinic",
    "location_address": "12 Main Street",
    "revision": 0,
}


def row(kind: str, **parameters: Any) -> dict[str, Any]:
    return {
        "id": "0190bbbb", "created_at": NOW, "provider": 1, "kind": kind,
        "parameters": parameters, "recipient_kind": "patient",
        "recipient_id": "0190cccc",
    }  # fmt: skip


def someone(**changed: Any) -> dict[str, Any]:
    known = {
        "email": "maria@cedargrove.example", "mobile": "+15550100111", "language": "en",
        "zone": "America/New_York",
    }  # fmt: skip
    return {**known, **changed}


def mail(row: dict[str, Any], **changed: Any) -> compose.Mail:
    return compose.mail(row, someone(**changed), house=HOUSE, secrets={}, now=NOW)


def text(row: dict[str, Any], **changed: Any) -> str:
    return compose.text(row, someone(**changed), house=HOUSE, secrets={}, now=NOW).body


def test_mail_about_a_result_says_that_there_is_one_and_leads_to_it() -> None:
    letter = mail(row("result_released", subject_id="42"))

    assert letter.subject == "You have a new test result at Cedar Grove Family Health"
    for said in (letter.text, letter.html):
        assert "Sign in to see it." in said
        assert "https://portal.example/go/results/42" in said
        assert "(555) 010-0100" in said
        assert "call 911" in said


def test_html_mail_has_one_button() -> None:
    assert mail(row("message_received", subject_id="42")).html.count("<a ") == 1


def test_a_visit_is_told_in_the_time_of_its_place() -> None:
    assert "Tuesday, December 1 at 9:30 AM." in mail(row("visit_booked", **VISIT)).text
    assert text(row("visit_booked", **VISIT)) == (
        "Cedar Grove Family Health: your visit is on Tuesday, December 1 at 9:30 AM, "
        "Main Street clinic. To change it: https://portal.example/go/visits/" + VISIT["subject_id"]
    )


def test_the_zone_is_named_for_someone_who_lives_in_another() -> None:
    assert "9:30 AM (EST)" in text(row("visit_booked", **VISIT), zone="America/Chicago")


def test_a_spanish_speaker_reads_spanish() -> None:
    letter = mail(row("visit_booked", **VISIT), language="es")

    assert letter.subject == "Su cita en Cedar Grove Family Health está hecha"
    assert "Su cita es el martes 1 de diciembre, 9:30 a.m.\n" in letter.text
    assert 'lang="es"' in letter.html


@pytest.mark.parametrize(("mode", "place"), [("video", "Video visit."), ("phone", "By phone.")])
def test_a_visit_from_home_names_no_address(mode: str, place: str) -> None:
    letter = mail(row("visit_booked", **{**VISIT, "mode": mode}))
    assert place in letter.text
    assert "Main Street" not in letter.text


def test_the_calendar_file_is_the_visit_in_its_own_zone() -> None:
    letter = mail(row("visit_booked", **VISIT))
    assert letter.calendar is not None
    (entry,) = Calendar.from_ical(letter.calendar).walk("VEVENT")

    assert str(entry["UID"]) == f"{VISIT['subject_id']}@portico"
    assert entry["DTSTART"].params["TZID"] == "America/New_York"
    assert entry["DTSTART"].dt == datetime(2026, 12, 1, 14, 30, tzinfo=UTC)
    assert entry["DTEND"].dt - entry["DTSTART"].dt == timedelta(minutes=20)
    assert str(entry["SUMMARY"]) == "Visit at Cedar Grove Family Health"


def test_a_cancelled_visit_leaves_the_calendar_again() -> None:
    letter = mail(row("visit_cancelled", **{**VISIT, "revision": 1}))
    assert letter.calendar is not None
    book = Calendar.from_ical(letter.calendar)
    (entry,) = book.walk("VEVENT")

    assert (str(book["METHOD"]), letter.calendar_method) == ("CANCEL", "CANCEL")
    assert str(entry["UID"]) == f"{VISIT['subject_id']}@portico"
    assert (entry["SEQUENCE"], str(entry["STATUS"])) == (1, "CANCELLED")


def test_a_receipt_tells_amount_day_and_last_four_digits() -> None:
    paid = {
        "subject_id": "42", "amount_cents": 123456, "currency": "usd", "card_last_four": "4242",
        "paid_at": "2026-11-03T15:00:00+00:00",
    }  # fmt: skip
    letter = mail(row("payment_succeeded", **paid))

    assert "We got your payment of $1,234.56 on Tuesday, November 3." in letter.text
    assert "Card that ends in 4242." in letter.text


def test_a_receipt_without_a_known_card_leaves_no_gap() -> None:
    paid = {"amount_cents": 500, "currency": "usd", "card_last_four": None,
            "paid_at": "2026-11-03T15:00:00+00:00"}  # fmt: skip
    assert "\n\n\n" not in mail(row("payment_succeeded", **paid)).text


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_code_by_text_says_how_long_it_is_good_and_leads_nowhere(language: str) -> None:
    told = row("sign_in_code", until="2026-11-03T15:10:00+00:00")
    secrets = {"code": "042137"}
    body = compose.text(
        told, someone(language=language), house=HOUSE, secrets=secrets, now=NOW
    ).body

    assert "042137" in body and "10:10" in body
    assert "http" not in body


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_link_to_get_back_in_leads_there_and_says_how_long_it_is_good(language: str) -> None:
    told = row("recovery", until="2026-11-03T15:30:00+00:00")
    letter = compose.mail(
        told, someone(language=language), house=HOUSE, secrets={"link_token": "a/t"}, now=NOW
    )

    assert "https://portal.example/recover/link/a%2Ft\n" in letter.text and "10:30" in letter.text
    assert letter.html.count("<a ") == 1


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_new_colleagues_link_leads_to_their_password_and_says_until_when(language: str) -> None:
    told = row("staff_invitation", expires_at="2026-11-10T15:30:00+00:00")
    known = someone(language=language)
    secrets = {"link_token": "a/t"}
    letter = compose.mail(told, known, house=HOUSE, secrets=secrets, now=NOW)
    texted = compose.text(told, known, house=HOUSE, secrets=secrets, now=NOW).body

    for shown in (letter.text, texted):
        assert "https://portal.example/join/a%2Ft" in shown and "10" in shown
    assert letter.html.count("<a ") == 1 and letter.stop_link is None


def test_only_mail_that_is_not_needed_can_be_stopped() -> None:
    for kind, rule in KINDS.items():
        # these carry secrets
        if kind in ("invitation", "staff_invitation", "sign_in_code", "recovery"):
            continue
        facts = {
            **VISIT, "amount_cents": 1, "currency": "usd", "paid_at": VISIT["starts_at"],
            "until": VISIT["starts_at"], "due_at": VISIT["starts_at"], "due_on": "2026-12-01",
        }  # fmt: skip
        assert (mail(row(kind, **facts)).stop_link is None) == rule.needed, kind


def test_a_stop_link_proves_whom_it_is_about() -> None:
    link = mail(row("welcome")).stop_link
    assert link is not None
    token = link.rpartition("/")[2]

    assert person_of(token, secret="secret") == "0190cccc"
    for forged in (token[:-1] + "x", "0190dddd" + token[8:], "nonsense", "ümlaut.x"):
        with pytest.raises(NotOurToken):
            person_of(forged, secret="secret")


def test_what_a_place_is_called_cannot_become_markup() -> None:
    letter = mail(row("visit_booked", **{**VISIT, "location_name": "<script>x</script>"}))
    assert "<script>" not in letter.html
