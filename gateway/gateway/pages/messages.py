"""Messages: the patient's conversations with the care team, new ones, and the open page that
shows an answer by itself."""

from __future__ import annotations

import re
from typing import Any, get_args
from uuid import UUID

from starlette.responses import Response

from gateway.i18n import N_
from gateway.live import Live
from gateway.pages.drafts import LONGEST_SUBJECT, keep_draft
from gateway.routing import patient
from gateway.templating import render
from gateway.web import Visitor
from portico_contracts import records, scheduling
from portico_contracts.messaging import (
    LONGEST_BODY,
    ListConversations,
    MarkRead,
    MessageSent,
    Reply,
    ShowConversation,
    ShowDraft,
    StartConversation,
    Topic,
)
from portico_contracts.refusal import Refusal, SignInNeeded

TOPICS = frozenset(get_args(Topic))
ABOUT = re.compile(
    r"(result|visit|medicine|bill|form):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)
NO_WORDS = N_("Write something first.")
TOO_LONG = N_("This is too long. Please shorten it to 10,000 characters.")


async def show_list(visitor: Visitor) -> Response:
    """Open conversations, or finished ones."""
    box = "done" if visitor.query.get("box") == "done" else "open"
    [found] = await visitor.ask_all(ListConversations(box=box, cursor=visitor.query.get("cursor")))
    return visitor.render("patient/messages.html", messages=found, box=box)


# --- one conversation -------------------------------------------------------------------------


async def show(visitor: Visitor) -> Response:
    """A conversation; opening it marks what the care team wrote as read."""
    return await _thread(visitor)


async def reply(visitor: Visitor) -> Response:
    """Write on. Answers the new message alone to htmx, so that the page stays as it is."""
    body, at = visitor.form.get("body", "").strip(), _address(visitor)
    wrong = _wrong_words(body)
    if wrong:
        return await _not_sent(visitor, wrong, status=422)
    try:
        sent = await visitor.ask(Reply(conversation_id=_id(visitor), body=body))
    except SignInNeeded:
        raise
    except Refusal as refusal:
        if not visitor.is_fragment:
            raise
        told = N_("We could not send this. Your words are still here.")
        return await _not_sent(visitor, told, status=refusal.status)
    if visitor.is_fragment:
        thread = {"messages": [sent["message"]]}
        return visitor.render("patient/thread.html", block="bubbles", thread=thread, live=True)
    return visitor.go(f"{at}#latest")


async def keep_reply(visitor: Visitor) -> Response:
    """Keep what is typed so far."""
    return await keep_draft(visitor, f"conversation:{_id(visitor)}")


async def live(visitor: Visitor) -> Response:
    """New messages of this conversation, as they are sent."""
    conversation_id, seen = _id(visitor), Seen(visitor.query.get("after", ""))
    streams: Live = visitor.request.app.state.live

    async def news() -> str | None:
        found = await visitor.ask(ShowConversation(conversation_id=conversation_id))
        messages = seen.new_of(found["messages"])
        if not messages:
            return None
        if any(message["sender"] == "staff" for message in messages):
            # The stream rests while the page is hidden: what is drawn is before the reader's eyes.
            await _mark_read(visitor, messages)
        thread = {"messages": messages}
        return render(
            "patient/thread.html", page=visitor.page(), block="bubbles", thread=thread, live=True
        )

    def wanted(event: Any) -> bool:
        return isinstance(event, MessageSent) and event.conversation_id == conversation_id

    async def draw(_event: MessageSent) -> str | None:
        return await news()

    return await streams.stream(visitor, wanted=wanted, draw=draw, first=news)


class Seen:
    """How far an open page has come in a thread: the id of its newest message."""

    def __init__(self, last: str) -> None:
        self.last = last

    def new_of(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The messages that the page lacks; from now on it has them."""
        ids = [message["message_id"] for message in messages]
        found = messages[ids.index(self.last) + 1 :] if self.last in ids else messages
        if found:
            self.last = ids[-1]
        return found


# --- a new conversation -----------------------------------------------------------------------


async def ask_new(visitor: Visitor) -> Response:
    """The form, with the draft that was kept, or with what the link here says it is about."""
    about, topic = _about(visitor.query.get("about")), visitor.query.get("topic", "")
    draft = await visitor.ask(ShowDraft(place=_place_of_new(about)))
    title = await _title_of(visitor, about)
    message = {
        "topic": draft["topic"] or _topic_of(about) or (topic if topic in TOPICS else ""),
        "subject": draft["subject"] or (title or "")[:LONGEST_SUBJECT],
        "body": draft["body"],
        "about": about,
        "about_title": title,
    }
    return visitor.render("patient/message_new.html", message=message)


async def start(visitor: Visitor) -> Response:
    """Send the first message, and go on to its conversation."""
    form = {name: visitor.form.get(name, "").strip() for name in ("topic", "subject", "body")}
    about = _about(visitor.form.get("about"))
    _check_new(visitor, **form)
    if visitor.errors:
        message = {**form, "about": about, "about_title": await _title_of(visitor, about)}
        return visitor.render("patient/message_new.html", status_code=422, message=message)
    started = await visitor.ask(StartConversation(**form, about=about))
    return visitor.go(f"{visitor.base}/messages/{started['conversation_id']}", done="sent")


async def keep_new(visitor: Visitor) -> Response:
    """Keep what is typed so far."""
    return await keep_draft(visitor, _place_of_new(_about(visitor.query.get("about"))))


# --- parts ------------------------------------------------------------------------------------


def _id(visitor: Visitor) -> UUID:
    return visitor.path["conversation_id"]


def _address(visitor: Visitor) -> str:
    return f"{visitor.base}/messages/{_id(visitor)}"


async def _thread(visitor: Visitor, *, typed: str | None = None, status: int = 200) -> Response:
    asked = ShowConversation(conversation_id=_id(visitor), cursor=visitor.query.get("cursor"))
    found = await visitor.ask(asked)
    if found["unread"] and not visitor.query.get("cursor"):
        await _mark_read(visitor, found["messages"])
    others, draft = await visitor.ask_all(
        ListConversations(limit=10), ShowDraft(place=f"conversation:{_id(visitor)}")
    )
    words = typed if typed is not None else draft["body"] if draft else ""
    return visitor.render(
        "patient/thread.html", status_code=status, thread=found, others=others, draft=words
    )


async def _mark_read(visitor: Visitor, messages: list[dict[str, Any]]) -> None:
    last = UUID(messages[-1]["message_id"])
    # Not being able to say so is no reason to withhold the message.
    await visitor.ask_beside(MarkRead(conversation_id=_id(visitor), message_id=last))


async def _not_sent(visitor: Visitor, why: str, *, status: int) -> Response:
    if visitor.is_fragment:
        told = visitor.told(why)
        return visitor.render("patient/_not_sent.html", status_code=status, told=told)
    visitor.wrong("body", why)
    return await _thread(visitor, typed=visitor.form.get("body", ""), status=status)


def _wrong_words(body: str) -> str | None:
    if not body:
        return NO_WORDS
    return TOO_LONG if len(body) > LONGEST_BODY else None


def _check_new(visitor: Visitor, *, topic: str, subject: str, body: str) -> None:
    wrong = {
        "topic": None if topic in TOPICS else N_("Choose what it is about"),
        "subject": None if subject else N_("Write a few words as the subject"),
        "body": _wrong_words(body),
    }
    if len(subject) > LONGEST_SUBJECT:
        wrong["subject"] = N_("Please shorten the subject to 200 characters")
    for name, sentence in wrong.items():
        if sentence:
            visitor.wrong(name, sentence)


def _about(given: str | None) -> str | None:
    return given if given and ABOUT.fullmatch(given) else None


def _topic_of(about: str | None) -> str:
    return about.partition(":")[0] if about else ""


def _place_of_new(about: str | None) -> str:
    return f"new:{about}" if about else "new"


async def _title_of(visitor: Visitor, about: str | None) -> str | None:
    """What the thing is called on its own page. Raises NotFound for another person's."""
    kind, _, key = (about or "").partition(":")
    if kind == "result":
        asked = records.ShowLabResult(result_id=UUID(key), language=visitor.lang)
        [found] = await visitor.ask_all(asked)
        return found and (found["plain_name"] or found["name"])
    if kind == "medicine":
        [found] = await visitor.ask_all(records.ShowMedication(medication_id=UUID(key)))
        return found and found["name"]
    if kind == "visit":
        [found] = await visitor.ask_all(scheduling.ShowVisit(appointment_id=UUID(key)))
        return found and found[f"visit_name_{visitor.lang}"]
    return None


ROUTES = [
    patient("/messages", show_list, here="messages"),
    patient("/messages/new", ask_new, start, here="messages"),
    patient("/messages/new/draft", post=keep_new, here="messages", by_itself=True),
    patient("/messages/{conversation_id:uuid}", show, reply, here="messages"),
    patient("/messages/{conversation_id:uuid}/draft", post=keep_reply, by_itself=True),
    patient("/messages/{conversation_id:uuid}/live", live, here="messages", by_itself=True),
]
