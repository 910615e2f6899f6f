"""The patient's messages: reading, writing, and an open page that hears the answer."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import UTC, datetime
from uuid import UUID

import pytest

from gateway.live import Live
from portico_contracts.identity import SessionsEnded
from portico_contracts.messaging import (
    ListConversations,
    MarkRead,
    MessageSent,
    Reply,
    SaveDraft,
    ShowConversation,
    ShowDraft,
    StartConversation,
)
from portico_contracts.records import ShowLabResult
from portico_contracts.refusal import NotFound
from portico_contracts.wire import encode

from .canned import (
    CONVERSATIONS,
    DRAFT,
    ITEM_ID,
    PATIENT_ID,
    RESULT_ID,
    RESULT_SHOWN,
    STARTED,
    THREAD_ID,
    message,
    sent,
    thread,
)
from .conftest import ACCOUNTS

AT = f"/me/messages/{THREAD_ID}"


@pytest.fixture(autouse=True)
def messaging(services):
    services.answers |= {
        ListConversations: CONVERSATIONS,
        ShowConversation: thread(message(1, "A red rash"), message(2, "Since when?", "staff")),
        ShowDraft: DRAFT,
        SaveDraft: DRAFT,
        MarkRead: {"done": True},
        Reply: lambda asked: sent(asked.body),
        StartConversation: STARTED,
        ShowLabResult: RESULT_SHOWN,
    }


def test_the_list_shows_conversations_and_whose_they_are(maria):
    page = maria.get("/me/messages")
    assert page.status_code == 200
    assert "Rash on my arm" in page.text and "Dana Whitfield" in page.text


def test_a_list_that_cannot_be_loaded_is_said_and_the_page_stands(maria, services):
    del services.answers[ListConversations]
    page = maria.get("/me/messages")
    assert "We cannot show your messages right now." in page.text
    # Whoever is no person is told too: nothing of it is to be had now.
    assert (page.status_code, page.headers["Retry-After"]) == (503, "5")


def test_opening_an_unread_conversation_marks_it_as_read(maria, services):
    unread = thread(message(1, "A red rash"), message(2, "Since when?", "staff"), unread=True)
    services.answers[ShowConversation] = unread
    assert "Since when?" in maria.get(AT).text
    [marked] = services.requests(MarkRead)
    assert str(marked.message_id) == message(2, "")["message_id"]


def test_a_read_conversation_is_not_marked_again(maria, services):
    maria.get(AT)
    assert services.requests(MarkRead) == []


def test_what_was_typed_before_stands_in_the_box(maria, services):
    services.answers[ShowDraft] = {**DRAFT, "body": "Since Friday, I th"}
    assert "Since Friday, I th" in maria.get(AT).text


def test_without_script_a_reply_goes_back_to_the_newest_message(maria, services):
    answer = maria.submit(AT, body="Since Friday")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{AT}#latest")
    assert services.keys(Reply) == ["0192f00000key"]


def test_htmx_gets_only_the_new_bubble(maria):
    answer = maria.submit(AT, htmx=True, body="Since <b>Friday</b>")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Since &lt;b&gt;Friday&lt;/b&gt;" in answer.text


def test_an_empty_reply_is_asked_for_again(maria, services):
    answer = maria.submit(AT, body="  ")
    assert answer.status_code == 422
    assert "Write something first." in answer.text and "<html" in answer.text
    assert services.requests(Reply) == []


def test_a_reply_that_could_not_be_sent_says_so_in_the_thread(maria, services):
    del services.answers[Reply]
    answer = maria.submit(AT, htmx=True, body="Since Friday")
    assert answer.status_code == 503
    assert "<html" not in answer.text and "Your words are still here." in answer.text


def test_another_patients_conversation_is_not_found(maria, services):
    services.answers[ShowConversation] = NotFound()
    assert maria.get(AT).status_code == 404
    assert maria.get(f"{AT}/live").status_code == 404


@pytest.mark.parametrize("path", [AT, f"{AT}/draft", "/me/messages/new", "/me/messages/new/draft"])
def test_a_form_without_its_secret_is_refused(maria, services, path):
    assert maria.post(path, data={"body": "x", "topic": "other"}).status_code == 403
    assert services.asked == []


@pytest.mark.parametrize("path", ["/me/messages", "/me/messages/new", AT, f"{AT}/live"])
def test_staff_find_no_patient_pages(dana, path):
    assert dana.get(path).status_code == 404


def test_strangers_sign_in_first_and_come_back(app, maria):
    maria.cookies.clear()
    answer = maria.get(AT)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=%2Fme%2Fmessages%2F")


def test_drafts_are_kept_by_place(maria, services):
    assert maria.submit(f"{AT}/draft", body="Since Fr").status_code == 204
    about = f"result:{RESULT_ID}"
    assert maria.submit(f"/me/messages/new/draft?about={about}", body="My A1C").status_code == 204
    places = [asked.place for asked in services.requests(SaveDraft)]
    assert places == [f"conversation:{THREAD_ID}", f"new:{about}"]


def test_the_new_message_form_stands_alone(maria):
    page = maria.get("/me/messages/new")
    assert page.status_code == 200
    assert 'name="csrf"' in page.text and 'name="idempotency_key"' in page.text
    assert "Messages are not for emergencies." in page.text


def test_a_question_about_a_result_begins_with_the_result(maria):
    page = maria.get(f"/me/messages/new?about=result:{RESULT_ID}")
    assert "This message is about" in page.text
    assert 'value="A1C"' in page.text
    assert '<option value="result" selected>' in page.text


def test_a_question_about_another_patients_result_is_not_found(maria, services):
    services.answers[ShowLabResult] = NotFound()
    assert maria.get(f"/me/messages/new?about=result:{RESULT_ID}").status_code == 404


def test_a_reference_that_is_none_is_left_out(maria, services):
    assert maria.get("/me/messages/new?about=result:1%27%3B--").status_code == 200
    assert [asked.place for asked in services.requests(ShowDraft)] == ["new"]


def test_starting_a_conversation_opens_it(maria, services):
    form = {"topic": "symptom", "subject": "Rash on my arm", "body": "Since Friday"}
    answer = maria.submit("/me/messages/new", **form)
    assert answer.headers["location"] == f"{AT}?done=sent"
    [asked] = services.requests(StartConversation)
    assert (asked.topic, asked.subject, asked.about) == ("symptom", "Rash on my arm", None)


def test_a_form_with_gaps_says_each_and_keeps_what_was_typed(maria, services):
    answer = maria.submit("/me/messages/new", topic="nonsense", subject="", body="Since Friday")
    assert answer.status_code == 422
    assert "Choose what it is about" in answer.text
    assert "Write a few words as the subject" in answer.text
    assert "Since Friday" in answer.text
    assert services.requests(StartConversation) == []


def _sent_event() -> MessageSent:
    return MessageSent(
        message_id=UUID(message(3, "")["message_id"]),
        conversation_id=UUID(THREAD_ID),
        request_id=UUID(ITEM_ID),
        patient_id=UUID(PATIENT_ID),
        queue="messages",
        sender="staff",
        sent_at=datetime(2026, 11, 23, 14, 5, tzinfo=UTC),
    )


@pytest.mark.asyncio
async def test_an_open_page_hears_the_answer_and_the_team_that_it_was_read(listen, app, services):
    last = message(2, "")["message_id"]
    async with listen(f"{AT}/live?after={last}", "maria") as stream:
        assert stream.status == 200
        assert "data:" not in await stream.frame()
        answered = [message(1, "A red rash"), message(2, "Since when?", "staff")]
        answered.append(message(3, "Please come today.", "staff"))
        services.answers[ShowConversation] = thread(*answered)
        app.state.live.tell(_sent_event())
        frame = await stream.frame()
    assert "Please come today." in frame and "Since when?" not in frame
    assert all(line.startswith("data: ") for line in frame.splitlines() if line)
    assert len(services.requests(MarkRead)) == 1


@pytest.mark.asyncio
async def test_what_came_between_page_and_stream_is_not_missed(listen):
    first = message(1, "")["message_id"]
    async with listen(f"{AT}/live?after={first}", "maria") as stream:
        assert "Since when?" in await stream.frame()


@pytest.mark.asyncio
async def test_a_stream_ends_with_its_session_and_cannot_begin_again(listen, app, services):
    async with listen(f"{AT}/live", "maria") as stream:
        await stream.frame()
        services.signed_out.add("maria-secret-of-a-session")
        me = UUID(ACCOUNTS["maria"])
        ended = SessionsEnded(account_id=me, session_ids=(me,))
        now = datetime.now(UTC)
        app.state.live.heard(encode(ended, event_id=me, sequence=1, occurred_at=now))
        assert await stream.frame() == ""
    async with listen(f"{AT}/live", "maria") as stream:
        assert stream.status == 401


@pytest.mark.asyncio
async def test_a_service_that_is_away_for_a_moment_ends_no_stream(listen, app, services):
    app.state.live = Live(beat=0.02)
    async with listen(f"{AT}/live?after={message(2, '')['message_id']}", "maria") as stream:
        await stream.frame()
        kept = services.answers.pop(ShowConversation)
        app.state.live.tell(_sent_event())
        assert "data:" not in await _until(stream, ":")
        news = [*kept["messages"], message(3, "Please come today.", "staff")]
        services.answers[ShowConversation] = thread(*news)
        assert "Since when?" not in await _until(stream, "Please come today.")


async def _until(stream, words: str) -> str:
    """The first piece that holds these words; what was owed comes with one of the next beats."""
    for _ in range(100):
        frame = await stream.frame()
        if words in frame:
            return frame
    raise AssertionError(f"never heard: {words}")


@pytest.mark.asyncio
async def test_when_events_come_again_a_page_is_drawn_what_it_missed(listen, app, services):
    at = f"{AT}/live?after={message(2, '')['message_id']}"
    async with listen(at, "maria") as stream:
        await stream.frame()
        missed = message(3, "Please come today.", "staff")
        kept = services.answers[ShowConversation]["messages"]
        services.answers[ShowConversation] = thread(*kept, missed)
        app.state.live.begin_anew()
        assert await stream.frame() == ""
    async with listen(at, "maria") as stream:
        assert "Please come today." in await stream.frame()


@pytest.mark.asyncio
async def test_a_browser_keeps_connections_for_what_the_person_asks(listen):
    async with AsyncExitStack() as streams:
        for _ in range(4):
            opened = await streams.enter_async_context(listen(f"{AT}/live", "maria"))
            assert opened.status == 200
        one_more = await streams.enter_async_context(listen(f"{AT}/live", "maria"))
        assert one_more.status == 429


def test_a_draft_keeps_subject_and_topic_as_well(maria, services):
    form = {"body": "Since Fr", "subject": "Rash on my arm", "topic": "symptom"}
    assert maria.submit("/me/messages/new/draft", **form).status_code == 204
    [kept] = services.requests(SaveDraft)
    assert (kept.subject, kept.topic) == ("Rash on my arm", "symptom")


@pytest.mark.parametrize(("asked", "chosen"), [("bill", True), ("nonsense", False)])
def test_a_link_can_say_what_a_message_is_about(maria, asked, chosen):
    page = maria.get(f"/me/messages/new?topic={asked}").text
    assert ('<option value="bill" selected>' in page) is chosen
