"""What failed: the practice administrator reads it, tries it again, or drops it with a reason."""

from __future__ import annotations

import pytest

from portico_contracts.failures import (
    SERVICES,
    AlreadyDropped,
    DropFailure,
    ListFailures,
    NotFailed,
    ReplayFailure,
    ShowFailure,
    asked_of,
)
from portico_contracts.identity import StaffCards
from portico_contracts.messaging import QueueCounts
from portico_contracts.refusal import NotFound

from .canned import AT, COUNTS, TOM, failure, failure_shown
from .conftest import ACCOUNTS

HERE = "/staff/failed/notifications/7"
LIST, SHOW, REPLAY, DROP = (
    asked_of("notifications", order)
    for order in (ListFailures, ShowFailure, ReplayFailure, DropFailure)
)


@pytest.fixture(autouse=True)
def all_services(services):
    nothing = {"items": [], "next": None}
    services.answers |= {asked_of(name, ListFailures): nothing for name in SERVICES}
    services.answers |= {
        QueueCounts: COUNTS,
        LIST: {"items": [failure()], "next": None},
        SHOW: failure_shown(),
        REPLAY: {"failure": failure(state="waiting"), "tried": [7]},
        DROP: failure(state="dropped"),
        StaffCards: {"items": [{"staff_id": TOM["id"], "first_name": "Tom", "last_name": "Alvarez",
                                "title": "", "roles": ["practice_administrator"]}]},
    }  # fmt: skip


def _dropped(n):
    return failure(n, state="dropped", reason="Old", acted_at=AT)


def test_the_list_says_what_happened_and_why_it_failed(ruth):
    page = ruth.get("/staff/failed")
    assert page.status_code == 200
    assert "A visit was booked" in page.text
    assert "Tried 5 times" in page.text and "ValueError at notifications/reactions.py" in page.text
    assert f'href="{HERE}"' in page.text


def test_every_service_is_asked_and_one_that_is_away_is_said(ruth, services):
    del services.answers[asked_of("billing", ListFailures)]
    page = ruth.get("/staff/failed").text
    assert "We cannot show this part right now." in page and "A visit was booked" in page
    for name in SERVICES:
        [asked] = services.requests(asked_of(name, ListFailures))
        assert (asked.handled, asked.cursor) == (False, None)


def test_one_service_is_shown_a_page_at_a_time(ruth, services):
    services.answers[LIST] = {"items": [_dropped(n) for n in range(38, 8, -1)], "next": 9}
    page = ruth.get("/staff/failed?service=notifications&show=handled&cursor=39").text
    assert "cursor=9" in page
    [asked] = services.requests(LIST)
    assert (asked.handled, asked.cursor) == (True, 39)
    assert services.requests(asked_of("billing", ListFailures)) == []


def test_more_of_one_service_than_is_shown_leads_to_that_service(ruth, services):
    services.answers[LIST] = {"items": [failure()], "next": 7}
    assert "?show=open&amp;service=notifications" in ruth.get("/staff/failed").text


def test_an_empty_list_is_said_in_plain_words(ruth, services):
    services.answers[LIST] = {"items": [], "next": None}
    assert "Nothing failed" in ruth.get("/staff/failed").text
    assert "Nothing here yet" in ruth.get("/staff/failed?show=handled").text


@pytest.mark.parametrize("query", ["service=secrets", "cursor=x&service=notifications", "show=%00"])
def test_an_address_that_nobody_gave_out_shows_the_whole_list(ruth, query):
    assert ruth.get(f"/staff/failed?{query}").status_code == 200


def test_one_is_shown_with_the_names_of_its_fields_and_no_value(ruth):
    page = ruth.get(HERE).text
    assert "patient_id, starts_at" in page
    assert f'action="{HERE}/replay"' in page and f'href="{HERE}/drop"' in page
    assert page.count('name="csrf"') >= 2


def test_those_before_it_are_said(ruth, services):
    services.answers[SHOW] = {**failure_shown(), "earlier": [3, 4]}
    assert "2 before it, about the same thing, failed too." in ruth.get(HERE).text


def test_one_that_is_not_there_is_not_found(ruth, services):
    services.answers[SHOW] = NotFound()
    assert ruth.get(HERE).status_code == 404
    assert ruth.get("/staff/failed/secrets/7").status_code == 404


def test_trying_again_leads_back_to_it_and_carries_the_forms_key(ruth, services):
    answer = ruth.submit(f"{HERE}/replay")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HERE}?done=tried-again")
    assert services.keys(REPLAY) == ["0192f00000key"]
    services.answers[SHOW] = failure_shown(state="waiting", acted_by=TOM["id"], acted_at=AT)
    page = ruth.get(f"{HERE}?done=tried-again").text
    assert "We are trying it again." in page and "Tom Alvarez" in page
    assert f'action="{HERE}/replay"' not in page


def test_dropping_is_asked_about_first_and_needs_a_reason(ruth, services):
    asked = ruth.get(f"{HERE}/drop").text
    assert "Drop this?" in asked and 'name="reason"' in asked and "Keep it" in asked
    for reason in ("  ", "x" * 501):
        assert ruth.submit(f"{HERE}/drop", reason=reason).status_code == 422
    assert services.requests(DROP) == []
    answer = ruth.submit(f"{HERE}/drop", reason=" We told her by phone. ")
    assert answer.headers["location"] == "/staff/failed?done=dropped"
    assert [request.reason for request in services.requests(DROP)] == ["We told her by phone."]


def test_what_a_colleague_did_first_is_said(ruth, services):
    services.answers |= {REPLAY: AlreadyDropped(), DROP: NotFailed(state="applied")}
    again = ruth.submit(f"{HERE}/replay")
    assert (again.status_code, "This was dropped already." in again.text) == (409, True)
    drop = ruth.submit(f"{HERE}/drop", reason="Not needed")
    assert (drop.status_code, "Somebody saw to this already." in drop.text) == (409, True)


def test_what_the_operator_did_is_said(ruth, services):
    services.answers[SHOW] = failure_shown(state="dropped", reason="Old", acted_at=AT)
    assert "The operator, by the command line" in ruth.get(HERE).text


def test_only_the_practice_administrator_is_offered_the_page_and_let_in(ruth, dana, amara, maria):
    assert 'href="/staff/failed"' in ruth.get("/staff/failed").text
    for someone in (dana, amara):
        assert "/staff/failed" not in someone.get("/staff").text
        assert someone.get("/staff/failed").status_code == 403
        assert someone.submit(f"{HERE}/replay").status_code == 403
    assert maria.get("/staff/failed").status_code == 404


def test_a_form_without_its_secret_changes_nothing(ruth, services):
    assert ruth.post(f"{HERE}/drop", data={"reason": "x"}).status_code == 403
    assert services.requests(DROP) == []
    assert ACCOUNTS["ruth"]


def test_an_event_without_words_of_its_own_is_called_by_its_name(ruth, services):
    services.answers[SHOW] = failure_shown(event_name="SomethingNewHappened")
    assert "<h1>Something new happened</h1>" in ruth.get(HERE).text
