"""The staff's queues: lists, items, work on them, and a list that grows by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from portico_contracts.identity import ListStaff
from portico_contracts.messaging import (
    AddNote,
    AlreadyDone,
    AlreadyTaken,
    AssignItem,
    CompleteItem,
    DecideRefill,
    ListQueue,
    MessageSent,
    QueueCounts,
    RefillReasonNeeded,
    ReleaseItem,
    ReopenItem,
    ReplyToItem,
    RequestCompleted,
    RequestSubmitted,
    RouteItem,
    SaveDraft,
    ShowDraft,
    ShowItem,
    TakeItem,
)
from portico_contracts.records import ListResultsToRelease, PatientCards, ShowPatient
from portico_contracts.refusal import NotAllowed, NotFound
from portico_contracts.scheduling import BookingChoices, DayList

from .canned import (
    AT,
    CARDS,
    COUNTS,
    DANA,
    DRAFT,
    ITEM_ID,
    PATIENT,
    PATIENT_ID,
    STAFF,
    THREAD_ID,
    TOM,
    WAITING,
    item,
    key,
    listed,
    message,
    refill_item,
    review_item,
    row,
)

OPEN = f"/staff/q/messages/{ITEM_ID}"
WORK = ("take", "release", "assign", "route", "reply", "done", "reopen", "decide", "draft")


@pytest.fixture(autouse=True)
def house(services):
    services.answers |= {
        QueueCounts: COUNTS,
        ListQueue: listed(row(), row(201, title="Which dose?", taken_by=TOM, state="taken")),
        ShowItem: item(message(1, "A red rash")),
        PatientCards: CARDS,
        ShowPatient: PATIENT,
        ListStaff: STAFF,
        ShowDraft: DRAFT,
        SaveDraft: DRAFT,
        DayList: {"day": "2026-11-23", "items": []},
        BookingChoices: {"visit_types": [], "providers": [], "locations": []},
        ListResultsToRelease: WAITING,
    }
    changed = item(message(1, "A red rash"), taken_by=DANA, state="taken")
    for work in (TakeItem, ReleaseItem, AssignItem, RouteItem, ReplyToItem, AddNote):
        services.answers[work] = changed
    for work in (CompleteItem, ReopenItem):
        services.answers[work] = changed


@pytest.mark.parametrize("path", ["/staff", "/staff/mine", "/staff/q/messages", OPEN, "/staff/day"])
def test_every_staff_page_has_the_menu_with_its_counts(dana, path):
    page = dana.get(path)
    assert page.status_code == 200
    assert 'id="rail-queues"' in page.text and "1 late" in page.text
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/staff", "/staff/q/messages", OPEN, f"{OPEN}/live", "/staff/day", "/staff/patients"]
)
def test_patients_find_no_staff_pages(maria, path):
    assert maria.get(path).status_code == 404


@pytest.mark.parametrize("work", WORK)
def test_work_without_the_forms_secret_is_refused(dana, services, work):
    answer = dana.post(f"{OPEN}/{work}", data={"body": "x"})
    assert answer.status_code == 403
    assert services.asked == []


def test_a_queue_shows_what_is_due_and_what_can_be_taken(dana):
    page = dana.get("/staff/q/messages").text
    assert "Maria Reyes" in page and "Español" in page
    assert f'action="{OPEN}/take"' in page
    assert f'action="/staff/q/messages/{key(201)}/take"' not in page


def test_a_queue_that_does_not_exist_is_not_found(dana):
    assert dana.get("/staff/q/secrets").status_code == 404


def test_a_queue_of_another_team_is_refused(dana, services):
    services.answers[ListQueue] = NotAllowed()
    assert dana.get("/staff/q/billing").status_code == 403


def test_the_queue_stands_without_the_patients_cards(dana, services):
    del services.answers[PatientCards]
    assert "Maria Reyes" in dana.get("/staff/q/messages").text


def test_an_item_shows_who_it_is_about_and_what_was_said(dana):
    page = dana.get(OPEN).text
    assert "A red rash" in page and "Allergy: Penicillin" in page
    assert "She called too." in page
    assert page.count('name="csrf"') >= 5


def test_an_item_that_moved_is_followed(dana, services):
    services.answers[ShowItem] = item(queue="results")
    answer = dana.get(OPEN)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/staff/q/results/{ITEM_ID}"


def test_an_item_that_is_not_there_is_not_found(dana, services):
    services.answers[ShowItem] = NotFound()
    assert dana.get(OPEN).status_code == 404
    assert dana.get(f"{OPEN}/live").status_code == 404


def test_taking_opens_the_item(dana, services):
    answer = dana.submit(f"{OPEN}/take")
    assert (answer.status_code, answer.headers["location"]) == (303, OPEN)
    assert services.keys(TakeItem) == ["0192f00000key"]


def test_who_comes_second_is_told_who_took_it(dana, services):
    services.answers[TakeItem] = AlreadyTaken(by=TOM["id"], by_name="Tom Alvarez")
    answer = dana.submit(f"{OPEN}/take")
    assert answer.status_code == 409
    assert "Tom Alvarez took this already." in answer.text
    assert "A red rash" in answer.text


def test_an_answer_that_came_too_late_is_kept_as_a_draft(dana, services):
    services.answers[ReplyToItem] = AlreadyTaken(by=TOM["id"], by_name="Tom Alvarez")
    answer = dana.submit(f"{OPEN}/reply", kind="reply", body="Please stop the cream.", then="stay")
    assert answer.status_code == 409
    assert "Your words are kept." in answer.text
    assert "Please stop the cream.</textarea>" in answer.text
    [kept] = services.requests(SaveDraft)
    assert (kept.place, kept.body) == (f"item:{ITEM_ID}", "Please stop the cream.")
    assert services.keys(SaveDraft) == [None]


def test_an_answer_to_what_is_finished_is_kept_as_a_draft(dana, services):
    services.answers[ReplyToItem] = AlreadyDone()
    services.answers[ShowItem] = item(message(1, "A red rash"), state="done", due_at=None)
    answer = dana.submit(f"{OPEN}/reply", kind="reply", body="Stop the cream.", then="stay")
    assert answer.status_code == 409
    assert "This is finished already." in answer.text
    assert [kept.body for kept in services.requests(SaveDraft)] == ["Stop the cream."]


def test_an_answer_stays_on_the_item_or_goes_to_the_next(dana, services):
    stay = dana.submit(f"{OPEN}/reply", kind="reply", body="Stop the cream.", then="stay")
    assert stay.headers["location"] == f"{OPEN}?done=answered"
    services.answers[ListQueue] = listed(
        row(201, taken_by=TOM, state="taken"), row(202, taken_by=DANA, state="taken")
    )
    go_on = dana.submit(f"{OPEN}/reply", kind="reply", body="Stop the cream.", then="done")
    assert [asked.finish for asked in services.requests(ReplyToItem)] == [False, True]
    assert go_on.headers["location"] == f"/staff/q/messages/{key(202)}?done=next"


def test_after_the_last_one_the_queue_is_shown(dana, services):
    services.answers[ListQueue] = listed()
    answer = dana.submit(f"{OPEN}/done")
    assert answer.headers["location"] == "/staff/q/messages?done=finished"


def test_the_next_one_is_never_a_colleagues(dana, services):
    services.answers[ListQueue] = listed(row(201, taken_by=TOM, state="taken"), row(203))
    answer = dana.submit(f"{OPEN}/done")
    assert answer.headers["location"] == f"/staff/q/messages/{key(203)}?done=next"


def test_an_empty_answer_is_asked_for_again(dana, services):
    answer = dana.submit(f"{OPEN}/reply", kind="reply", body=" ", then="stay")
    assert answer.status_code == 422
    assert services.requests(ReplyToItem) == []


def test_a_note_goes_to_colleagues_only(dana, services):
    answer = dana.submit(f"{OPEN}/reply", kind="note", body="She called too.")
    assert answer.headers["location"] == f"{OPEN}?done=noted"
    assert services.requests(ReplyToItem) == []
    assert [asked.body for asked in services.requests(AddNote)] == ["She called too."]


def test_handing_over_moving_and_putting_back(dana, services):
    assert dana.submit(f"{OPEN}/assign", staff_id=TOM["id"]).status_code == 303
    assert dana.submit(f"{OPEN}/route", queue="results").status_code == 303
    assert dana.submit(f"{OPEN}/release").status_code == 303
    assert dana.submit(f"{OPEN}/reopen").status_code == 303
    [assigned], [routed] = services.requests(AssignItem), services.requests(RouteItem)
    assert (str(assigned.staff_id), routed.queue) == (TOM["id"], "results")


@pytest.mark.parametrize(
    ("work", "form"),
    [("assign", {"staff_id": "nobody"}), ("route", {"queue": "x"}), ("decide", {"decision": "x"})],
)
def test_words_that_no_form_sends_are_refused(dana, work, form):
    assert dana.submit(f"{OPEN}/{work}", **form).status_code == 400


def test_a_refill_is_decided_with_a_reason_where_one_is_needed(dana, services):
    at = f"/staff/q/refills/{ITEM_ID}"
    services.answers[ShowItem] = refill_item()
    assert "Lisinopril 10 mg" in dana.get(at).text
    services.answers[DecideRefill] = RefillReasonNeeded()
    without = dana.submit(f"{at}/decide", decision="deny")
    assert without.status_code == 422
    assert "Write the reason" in without.text
    services.answers[DecideRefill] = refill_item(state="done", due_at=None)
    answer = dana.submit(f"{at}/decide", decision="approve")
    assert answer.headers["location"] == f"{at}?done=decided"


def test_a_review_says_what_it_is_and_what_to_do_and_can_be_finished(dana, services):
    services.answers[ShowItem] = review_item()
    services.answers[ListQueue] = listed(row(kind="review", title="payment_overpaid"))
    path = f"/staff/q/billing/{ITEM_ID}"
    page = dana.get(path).text
    assert "A payment is not what was asked for" in page
    assert "More was paid than was owed" in page
    assert "Compare both" in page and f"payment:{key(900)}" in page
    assert f"{ITEM_ID}/done" in page and f"{ITEM_ID}/route" not in page
    services.answers[ShowItem] = review_item(state="done", due_at=None)
    assert f"{ITEM_ID}/reopen" in dana.get(path).text


def test_a_clinician_sees_how_many_results_wait(amara, dana):
    assert "results to release" in amara.get("/staff").text
    assert "/staff/results" not in dana.get("/staff").text


def test_my_day_says_what_is_missing_and_stands(dana, services):
    del services.answers[DayList]
    page = dana.get("/staff")
    assert page.status_code == 200
    assert "We cannot show the visits right now." in page.text


def test_the_phones_menu_leads_only_into_the_staffs_pages(dana):
    assert dana.get("/staff/go?to=/staff/q/refills").headers["location"] == "/staff/q/refills"
    assert dana.get("/staff/go?to=//evil.example").headers["location"] == "/staff"
    assert dana.get("/staff/go?to=/me/").headers["location"] == "/staff"


def _asked(n: int, queue: str = "messages") -> RequestSubmitted:
    return RequestSubmitted(
        request_id=UUID(key(n)),
        patient_id=UUID(PATIENT_ID),
        queue=queue,
        kind="message",
        due_at=datetime.fromisoformat(AT),
    )


async def _open_queue(listen, dana):
    page = dana.get("/staff/q/messages").text
    address = page.split('hx-sse:connect="')[1].split('"')[0].replace("&amp;", "&")
    return listen(address, "dana")


@pytest.mark.asyncio
async def test_a_new_item_appears_in_the_open_queue_with_new_counts(listen, app, services, dana):
    async with await _open_queue(listen, dana) as stream:
        assert "data:" not in await stream.frame()
        services.answers[ListQueue] = listed(row(), row(202, title="Fever since Sunday"))
        app.state.live.tell(_asked(202))
        frame = await stream.frame()
    assert "Fever since Sunday" in frame and "Rash on my arm" not in frame
    assert 'hx-target="#rail-queues"' in frame
    assert f'action="/staff/q/messages/{key(202)}/take"' in frame


@pytest.mark.asyncio
async def test_an_item_of_another_queue_changes_only_the_counts(listen, app, dana):
    async with await _open_queue(listen, dana) as stream:
        await stream.frame()
        app.state.live.tell(_asked(302, "billing"))  # not a queue that Dana works in
        app.state.live.tell(_asked(303, "refills"))
        frame = await stream.frame()
    assert 'class="ticket' not in frame and "/staff/q/refills" in frame


@pytest.mark.asyncio
async def test_a_finished_item_stays_in_its_place_and_says_so(listen, app, services, dana):
    async with await _open_queue(listen, dana) as stream:
        await stream.frame()
        services.answers[ListQueue] = listed()
        services.answers[ShowItem] = item(state="done", due_at=None)
        app.state.live.tell(
            RequestCompleted(
                request_id=UUID(ITEM_ID),
                patient_id=UUID(PATIENT_ID),
                queue="messages",
                kind="message",
                outcome="handled",
            )
        )
        frame = await stream.frame()
    assert f'id="t-{ITEM_ID}"' in frame and "Done" in frame


@pytest.mark.asyncio
async def test_a_list_that_changed_before_its_stream_opened_is_drawn_anew(listen, services, dana):
    opening = await _open_queue(listen, dana)
    services.answers[ListQueue] = listed(row(204, title="Just came in"))
    async with opening as stream:
        assert "Just came in" in await stream.frame()


@pytest.mark.asyncio
async def test_an_open_item_hears_the_patients_next_words(listen, app, services, dana):
    last = message(1, "")["message_id"]
    async with listen(f"{OPEN}/live?after={last}", "dana") as stream:
        await stream.frame()
        services.answers[ShowItem] = item(message(1, "A red rash"), message(2, "It spreads."))
        app.state.live.tell(
            MessageSent(
                message_id=UUID(message(2, "")["message_id"]),
                conversation_id=UUID(THREAD_ID),
                request_id=UUID(ITEM_ID),
                patient_id=UUID(PATIENT_ID),
                queue="messages",
                sender="patient",
                sent_at=datetime.now(UTC),
            )
        )
        frame = await stream.frame()
    assert "It spreads." in frame and "A red rash" not in frame
