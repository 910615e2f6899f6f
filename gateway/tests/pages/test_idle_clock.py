"""The idle clock: what a person does keeps the session, what an open page does by itself never."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.app import routes
from gateway.sessions import REMEMBERED, Sessions
from portico_contracts.identity import ExtendSession
from portico_contracts.messaging import (
    ListConversations,
    MarkRead,
    SaveDraft,
    ShowConversation,
    ShowDraft,
)

from .canned import CONVERSATIONS, DRAFT, ITEM_ID, THREAD_ID, message, thread

AT = f"/me/messages/{THREAD_ID}"


@pytest.fixture(autouse=True)
def messaging(services):
    services.answers |= {
        ListConversations: CONVERSATIONS,
        ShowConversation: thread(message(1, "A red rash")),
        ShowDraft: DRAFT,
        SaveDraft: DRAFT,
        MarkRead: {"done": True},
    }


@pytest.mark.parametrize(
    "path", [f"{AT}/draft", "/me/messages/new/draft", "/me/medicines/refill/draft"]
)
def test_a_patients_draft_is_not_the_patients_doing(maria, services, path):
    assert maria.submit(path, body="Since Fr").status_code == 204
    assert [asked.active for asked in services.opened] == [False]


def test_a_draft_of_staff_is_not_their_doing(dana, services):
    assert dana.submit(f"/staff/q/messages/{ITEM_ID}/draft", body="Stop").status_code == 204
    assert [asked.active for asked in services.opened] == [False]


@pytest.mark.asyncio
async def test_a_stream_is_not_the_readers_doing(listen, services):
    async with listen(f"{AT}/live", "maria") as stream:
        await stream.frame()
    assert [asked.active for asked in services.opened] == [False]


def test_every_stream_and_every_draft_says_that_a_page_asks_by_itself():
    paths = {r.path for r in routes() if r.path.endswith(("/live", "/draft")) and r.path != "/live"}
    assert len(paths) == 9
    assert paths == {r.path for r in routes() if getattr(r, "by_itself", False)}


def test_what_the_person_does_next_still_counts(maria, services):
    maria.submit(f"{AT}/draft", body="Since Fr")
    maria.get("/me/messages")
    maria.get("/me/messages")
    assert [asked.active for asked in services.opened] == [False, True]


@pytest.mark.asyncio
async def test_a_stream_that_renews_its_token_takes_no_click_away(services):
    sessions = Sessions(services)
    secret = "maria-secret-of-a-session"
    clicked = await sessions.open(secret, who="me", reference="r")
    late = clicked.known_until - REMEMBERED - 1
    _remember(sessions, clicked, known_until=late, counted_until=late)
    await sessions.open(secret, who="me", reference="r", active=False)
    await sessions.open(secret, who="me", reference="r", active=False)
    await sessions.open(secret, who="me", reference="r")
    assert [asked.active for asked in services.opened] == [True, False, True]


def _remember(sessions, session, **changed):
    sessions._known[(session.secret, "me")] = replace(session, **changed)


def test_staying_signed_in_says_for_how_long(maria, services):
    now = datetime.now(UTC)
    services.answers[ExtendSession] = {
        "idle_ends_at": (now + timedelta(minutes=30)).isoformat(),
        "ends_at": (now + timedelta(minutes=10)).isoformat(),
    }
    answer = maria.submit("/session/extend")
    assert answer.status_code == 200
    assert 590 < int(answer.text) <= 600
