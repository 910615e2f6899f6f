"""One item of a queue: read it, take it, answer it, hand it on, decide a refill."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, get_args, get_type_hints
from uuid import UUID

from starlette.responses import RedirectResponse, Response

from gateway.given import needed_id
from gateway.i18n import N_
from gateway.live import Live
from gateway.pages.drafts import keep_draft
from gateway.pages.messages import NO_WORDS, TOO_LONG, Seen
from gateway.routing import staff
from gateway.templating import render
from gateway.web import Visitor
from portico_contracts.identity import ListStaff
from portico_contracts.messaging import (
    LONGEST_BODY,
    AddNote,
    AlreadyDone,
    AlreadyTaken,
    AssignItem,
    CompleteItem,
    DecideRefill,
    ListQueue,
    NotFinished,
    NotTaken,
    RefillReasonNeeded,
    ReleaseItem,
    ReopenItem,
    ReplyToItem,
    RouteItem,
    SaveDraft,
    ShowDraft,
    ShowItem,
    TakeItem,
    WrongQueue,
)
from portico_contracts.records import ShowPatient
from portico_contracts.refusal import BadRequest, Refusal

from .queues import NEWS, QUEUES, queue_view, shown_of
from .shell import cards_of, needed, with_menu

DECISIONS = frozenset(get_args(get_type_hints(DecideRefill)["decision"]))
LONGEST_REASON = 1000
Step = Callable[[Visitor], Awaitable[Response]]


async def show(visitor: Visitor) -> Response:
    """The item, beside its queue on a wide screen."""
    return await _page(visitor)


async def live(visitor: Visitor) -> Response:
    """What happens to the open item: new messages, and who has it now."""
    item_id, seen = _id(visitor), Seen(visitor.query.get("after", ""))

    async def news(*, whatever: bool = True) -> str | None:
        item = await visitor.ask(ShowItem(item_id=item_id))
        thread = item["conversation"]
        messages = seen.new_of(thread["messages"]) if thread else []
        if not messages and not whatever:
            return None
        told = {"item": item, "messages": messages}
        return render("staff/item.html", page=visitor.page(), block="news", **told)

    def wanted(event: Any) -> bool:
        return isinstance(event, NEWS) and event.request_id == item_id

    async def draw(_event: Any) -> str | None:
        return await news()

    streams: Live = visitor.request.app.state.live
    first = partial(news, whatever=False)
    return await streams.stream(visitor, wanted=wanted, draw=draw, first=first)


def step(work: Step) -> Step:
    """A post that changes the item. What a colleague did first is said on the item's page, and
    what was typed is kept."""

    async def handler(visitor: Visitor) -> Response:
        try:
            return await work(visitor)
        except (AlreadyTaken, AlreadyDone, NotTaken, NotFinished, WrongQueue) as refusal:
            await _keep_typed(visitor)
            visitor.conflict = _what_happened(refusal, visitor)
            return await _page(visitor, status=refusal.status)

    return handler


@step
async def take(visitor: Visitor) -> Response:
    """Work on it from now on."""
    item = await visitor.ask(TakeItem(item_id=_id(visitor)))
    return visitor.go(_address(item))


@step
async def release(visitor: Visitor) -> Response:
    """Give it back to the queue."""
    item = await visitor.ask(ReleaseItem(item_id=_id(visitor)))
    return visitor.go(f"/staff/q/{item['queue']}", done="put-back")


@step
async def assign(visitor: Visitor) -> Response:
    """Hand it to a colleague."""
    colleague = needed_id(visitor.form.get("staff_id"))
    item = await visitor.ask(AssignItem(item_id=_id(visitor), staff_id=colleague))
    return visitor.go(_address(item), done="given")


@step
async def route(visitor: Visitor) -> Response:
    """Move it to another team; the reader goes on in their own queue."""
    target = visitor.form.get("queue", "")
    if target not in QUEUES:
        raise BadRequest("no such queue")
    await visitor.ask(RouteItem(item_id=_id(visitor), queue=target))
    return visitor.go(f"/staff/q/{shown_of(visitor).code}", done="moved")


@step
async def reply(visitor: Visitor) -> Response:
    """Answer the patient, or leave a note for colleagues."""
    body = visitor.form.get("body", "").strip()
    if not body or len(body) > LONGEST_BODY:
        visitor.wrong("body", TOO_LONG if body else NO_WORDS)
        return await _page(visitor, status=422)
    if visitor.form.get("kind") == "note":
        item = await visitor.ask(AddNote(item_id=_id(visitor), body=body))
        # A note leaves the draft in its place; it has been written down now.
        await visitor.ask_beside(SaveDraft(place=_place(visitor)))
        return visitor.go(_address(item), done="noted")
    finish = visitor.form.get("then") == "done"
    item = await visitor.ask(ReplyToItem(item_id=_id(visitor), body=body, finish=finish))
    return await _next(visitor, item) if finish else visitor.go(_address(item), done="answered")


@step
async def done(visitor: Visitor) -> Response:
    """Finish it without another message."""
    item = await visitor.ask(CompleteItem(item_id=_id(visitor)))
    return await _next(visitor, item)


@step
async def reopen(visitor: Visitor) -> Response:
    """Open a finished item again."""
    item = await visitor.ask(ReopenItem(item_id=_id(visitor)))
    return visitor.go(_address(item), done="reopened")


@step
async def decide(visitor: Visitor) -> Response:
    """Say what becomes of a refill."""
    decision = visitor.form.get("decision", "")
    reason = visitor.form.get("reason", "").strip()
    if decision not in DECISIONS or len(reason) > LONGEST_REASON:
        raise BadRequest("no such decision")
    asked = DecideRefill(item_id=_id(visitor), decision=decision, reason=reason)
    try:
        item = await visitor.ask(asked)
    except RefillReasonNeeded:
        visitor.wrong("reason", "Write the reason: the patient reads it")
        return await _page(visitor, status=422)
    return visitor.go(_address(item), done="decided")


async def keep(visitor: Visitor) -> Response:
    """Keep what is typed so far."""
    return await keep_draft(visitor, _place(visitor))


# --- parts ------------------------------------------------------------------------------------


async def _page(visitor: Visitor, *, status: int = 200) -> Response:
    shown = shown_of(visitor)
    asked = ShowItem(item_id=_id(visitor), cursor=visitor.query.get("cursor"))
    shown.cursor = None  # this page's cursor is the thread's
    item, found, colleagues, draft = await with_menu(
        visitor, asked, shown.asked(), ListStaff(), ShowDraft(place=_place(visitor))
    )
    if needed(item)["queue"] != shown.code and visitor.request.method == "GET":
        # It was moved to another team meanwhile.
        return RedirectResponse(_address(item), status_code=303)
    cards, [patient] = await asyncio.gather(
        cards_of(visitor, needed(found)["items"]),
        visitor.ask_all(ShowPatient(patient_id=UUID(item["patient"]["id"]))),
    )
    return visitor.render(
        "staff/item.html",
        status_code=status,
        queue=queue_view(visitor, shown, found, beside=item["item_id"]),
        cards=cards,
        item=item,
        patient=patient,
        staff_list=colleagues["items"] if colleagues else [],
        draft=visitor.form.get("body") or (draft["body"] if draft else ""),
        reason=visitor.form.get("reason", ""),
        item_live=_stream_of(item),
    )


async def _next(visitor: Visitor, finished: dict[str, Any]) -> Response:
    """After one is finished, the next that is due and that nobody else has."""
    queue, me = finished["queue"], visitor.session and visitor.session.account_id
    [found] = await visitor.ask_all(ListQueue(queue=queue, limit=20))
    free = [
        item
        for item in (found["items"] if found else [])
        if item["taken_by"] is None or item["taken_by"]["id"] == me
    ]
    if not free:
        return visitor.go(f"/staff/q/{queue}", done="finished")
    return visitor.go(_address(free[0]), done="next")


async def _keep_typed(visitor: Visitor) -> None:
    body = visitor.form.get("body", "").strip()
    if body:
        await visitor.ask_beside(SaveDraft(place=_place(visitor), body=body[:LONGEST_BODY]))


def _what_happened(refusal: Refusal, visitor: Visitor) -> str:
    typed = visitor.form.get("body", "").strip()
    kept = " " + visitor.told("Your words are kept.") if typed else ""
    if isinstance(refusal, AlreadyTaken):
        name = refusal.facts.get("by_name") or visitor.told("Someone")
        return visitor.told("%(name)s took this already.", name=name) + kept
    words = {
        AlreadyDone: N_("This is finished already. Open it again if there is more to do."),
        NotTaken: N_("Nobody has this any more."),
        NotFinished: N_("This is open already."),
    }
    return visitor.told(words.get(type(refusal), N_("That cannot be done with this."))) + kept


def _stream_of(item: dict[str, Any]) -> str:
    thread = item["conversation"]
    last = thread["messages"][-1]["message_id"] if thread and thread["messages"] else ""
    return f"{_address(item)}/live?after={last}"


def _address(item: dict[str, Any]) -> str:
    return f"/staff/q/{item['queue']}/{item['item_id']}"


def _id(visitor: Visitor) -> UUID:
    return visitor.path["item_id"]


def _place(visitor: Visitor) -> str:
    return f"item:{_id(visitor)}"


AT = "/q/{queue}/{item_id:uuid}"
ROUTES = [
    staff(AT, show),
    staff(AT + "/live", live, by_itself=True),
    staff(AT + "/take", post=take),
    staff(AT + "/release", post=release),
    staff(AT + "/assign", post=assign),
    staff(AT + "/route", post=route),
    staff(AT + "/reply", post=reply),
    staff(AT + "/done", post=done),
    staff(AT + "/reopen", post=reopen),
    staff(AT + "/decide", post=decide),
    staff(AT + "/draft", post=keep, by_itself=True),
]
