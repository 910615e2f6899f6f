"""What no form of ours sends gets a clear refusal, and never an error of ours."""

from __future__ import annotations

import pytest

from gateway.sessions import csrf_token
from portico_contracts.identity import (
    AcceptInvitation,
    ChangeLanguage,
    EndSession,
    RefusedLogin,
    ShowAccount,
)
from portico_contracts.messaging import (
    ListConversations,
    MarkRead,
    Reply,
    ShowConversation,
    ShowDraft,
)
from portico_contracts.refusal import KeyReused
from portico_contracts.scheduling import BookingChoices, FreeTimes

from .canned import CONVERSATIONS, DRAFT, THREAD_ID, key, message, sent, thread

AT = f"/me/messages/{THREAD_ID}"
CHECK_UP = {
    "visit_type_id": key(1), "code": "yearly", "name_en": "Yearly check-up",
    "name_es": "Chequeo anual", "minutes": 40, "modes": ["in_person"], "online": True,
    "notice_hours": 24, "horizon_days": 60, "reason_needed": False,
}  # fmt: skip
PROVIDER = {"provider_id": key(2), "staff_account_id": None, "name": "Dr. Amara Okafor",
            "title": "Family doctor", "location_id": key(3),
            "visit_type_ids": [key(1)]}  # fmt: skip
LOCATION = {"location_id": key(3), "name": "Main Street clinic", "zone": "America/New_York",
            "address": "12 Main Street", "phone": "+15550100100"}  # fmt: skip


@pytest.fixture(autouse=True)
def house(services):
    services.answers |= {
        ListConversations: CONVERSATIONS,
        ShowConversation: thread(message(1, "Since when?", "staff"), unread=True),
        ShowDraft: DRAFT,
        MarkRead: {"done": True},
        Reply: lambda asked: sent(asked.body),
        BookingChoices: {
            "visit_types": [CHECK_UP], "providers": [PROVIDER], "locations": [LOCATION]
        },
        FreeTimes: lambda asked: {
            "days": [{"day": asked.from_day.isoformat(), "times": []}], "soonest": []
        },
    }  # fmt: skip


def test_a_forms_secret_in_other_letters_is_refused(maria, services):
    answer = maria.post(AT, data={"csrf": "é" * 40, "body": "x"})
    assert answer.status_code == 403
    assert "This form is too old." in answer.text
    assert services.asked == []


def test_a_device_that_is_none_is_refused(maria, services):
    assert maria.submit("/account/devices/end", session_id="x").status_code == 400
    assert services.requests(EndSession) == []


@pytest.mark.parametrize(
    "starts_at",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:00-12:00", "0001-01-01T00:00:00+00:00",
     "2026-12-01T09:30:00", "soon", ""],
)  # fmt: skip
def test_a_time_that_nobody_can_mean_is_refused(maria, starts_at):
    address = {"type": key(1), "slot": f"{key(2)}~{starts_at}"}
    assert maria.get("/me/visits/book/check", params=address).status_code == 400


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "x", "2100-12-31"])
def test_a_week_that_nobody_can_mean_shows_another(maria, day):
    address = {"type": key(1), "provider": "any", "from": day}
    assert maria.get("/me/visits/book/time", params=address).status_code == 200


def test_an_answer_that_is_asked_for_again_can_be_sent_under_the_same_key(maria, services):
    assert maria.submit(AT, body=" ").status_code == 422
    assert services.keys(MarkRead) == [None]
    maria.submit(AT, body="Since Friday")
    assert services.keys(Reply) == ["0192f00000key"]


def test_a_read_mark_that_fails_withholds_no_message(maria, services):
    del services.answers[MarkRead]
    assert "Since when?" in maria.get(AT).text


def test_a_key_that_was_used_for_something_else_is_told_without_harm(maria, services):
    services.answers[Reply] = KeyReused()
    assert maria.submit(AT, body="Since Friday").status_code == 422


def test_lines_of_a_form_end_as_they_are_counted(maria, services):
    maria.submit(AT, body="One\r\nTwo\r\n" + "x" * 9992)
    [asked] = services.requests(Reply)
    assert len(asked.body) == 10_000 and "\r" not in asked.body


def test_a_link_of_another_site_changes_no_language(maria, services):
    services.answers |= {ChangeLanguage: {"language": "es"}, ShowAccount: {}}
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    maria.get("/language?to=es&next=/me/", headers=elsewhere)
    assert services.requests(ChangeLanguage) == []


def test_a_login_that_cannot_be_had_is_asked_for_anew(app, sign_in, services):
    browser = sign_in("maria")
    browser.cookies.clear()
    visitor = "a-visitor-without-session"
    browser.cookies.set("portico-visitor", visitor)
    browser.cookies.set("portico-set-up", "claim-of-an-invitation")
    services.answers[AcceptInvitation] = RefusedLogin()
    form = {"csrf": csrf_token(visitor), "login": "dana@cedargrove.example", "password": "x" * 20}
    answer = browser.post("/set-up/password", data=form)
    assert answer.status_code == 422
    assert "Enter an email or mobile number that nobody else uses here" in answer.text
    assert 'id="login"' in answer.text and 'action="/set-up/contact"' in answer.text


def test_a_birth_date_that_is_none_is_told_beside_it(sign_in):
    browser = sign_in("maria")
    browser.cookies.clear()
    visitor = "a-visitor-without-session"
    browser.cookies.set("portico-visitor", visitor)
    answer = browser.post("/set-up", data={"csrf": csrf_token(visitor), "code": "K7Q2-M9XD"})
    assert answer.status_code == 422
    assert 'id="birth_date-e"' in answer.text and 'href="#birth_date"' in answer.text
