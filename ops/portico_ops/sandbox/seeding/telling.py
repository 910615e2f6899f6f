"""One conversation, replayed move by move through messaging's own commands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from messaging import commands
from portico_contracts import messaging as contract
from portico_kit.access import Actor
from portico_ops.sandbox.practice.chance import chance_for
from portico_ops.sandbox.practice.model import Conversation, Message
from portico_ops.sandbox.seeding.cast import Cast
from portico_ops.sandbox.seeding.hands import Hands
from portico_ops.sandbox.seeding.ids import ids_of, seed_id

# Whoever waits for an answer about a symptom has just written, but for two, who wait too long.
LATE = ("-mareo", "-sleep")
BEFORE_ANSWER = timedelta(minutes=3)  # staff take an item, then write
AFTER_ARRIVAL = timedelta(minutes=4)  # patients open what has come
TO_WRAP_UP = timedelta(minutes=12)  # staff finish where the patient has had the last word


class Telling:
    """A conversation with the moments at which each of its messages was written."""

    def __init__(self, cast: Cast, conversation: Conversation) -> None:
        self.cast = cast
        self.conversation = conversation
        self.messages = _moved_up(conversation, now=cast.now, seed=cast.practice.seed)
        self.patient = cast.patient(conversation.patient_key)

    @property
    def request_id(self) -> UUID:
        """The item that staff work on."""
        return self._id(1)

    def tell(self, at_work: Hands) -> None:
        """Every message, every taking and reading; then finish, where all is done."""
        self._start(at_work, self.messages[0])
        taken = False
        for message in self.messages[1:]:
            if message.sender == "patient":
                self._reply(at_work, message)
            else:
                if not taken:
                    self._take(at_work, message.author_key, message.sent_at - BEFORE_ANSWER)
                self._answer(at_work, message, finish=self._ends_with(message))
                taken = True
        if self.conversation.state == "done" and self.messages[-1].sender == "patient":
            self._wrap_up(at_work)

    def _start(self, at_work: Hands, first: Message) -> None:
        wanted = contract.StartConversation(
            topic=self.conversation.topic, subject=self.conversation.subject, body=first.body
        )
        tx = at_work.of(self.patient, at=first.sent_at)
        make_id = ids_of(self.conversation.key, at=self.conversation.messages[0].sent_at)
        commands.start_conversation(tx, wanted, now=first.sent_at, make_id=make_id)

    def _reply(self, at_work: Hands, message: Message) -> None:
        wanted = contract.Reply(conversation_id=self._id(3), body=message.body)
        tx = at_work.of(self.patient, at=message.sent_at)
        commands.reply(tx, wanted, now=message.sent_at, make_id=self._ids_at(message))

    def _take(self, at_work: Hands, who: str, at: datetime) -> None:
        taking = contract.TakeItem(item_id=self.request_id)
        commands.take_item(at_work.of(self._staff(who), at=at), taking, now=at)

    def _answer(self, at_work: Hands, message: Message, *, finish: bool) -> None:
        at = message.sent_at
        wanted = contract.ReplyToItem(item_id=self.request_id, body=message.body, finish=finish)
        tx = at_work.of(self._staff(message.author_key), at=at)
        commands.reply_to_item(tx, wanted, now=at, make_id=self._ids_at(message))
        if message.read:
            opened = at + AFTER_ARRIVAL
            reading = contract.MarkRead(conversation_id=self._id(3))
            commands.mark_read(at_work.of(self.patient, at=opened), reading, now=opened)

    def _wrap_up(self, at_work: Hands) -> None:
        assert self.conversation.taken_by is not None, "somebody has to finish it"
        at = self.messages[-1].sent_at + TO_WRAP_UP
        self._take(at_work, self.conversation.taken_by, at - BEFORE_ANSWER)
        wanted = contract.CompleteItem(item_id=self.request_id, outcome="answered")
        tx = at_work.of(self._staff(self.conversation.taken_by), at=at)
        commands.complete_item(tx, wanted, now=at)

    def _ends_with(self, message: Message) -> bool:
        return self.conversation.state == "done" and message is self.messages[-1]

    def _staff(self, key: str) -> Actor:
        return self.cast.staff(key)

    def _id(self, number: int) -> UUID:
        """Of a new conversation: 1 its item, 2 its first message, 3 itself."""
        first = self.conversation.messages[0].sent_at
        return seed_id(self.conversation.key, number, at=first)

    def _ids_at(self, message: Message) -> Callable[[], UUID]:
        return ids_of(self.conversation.key, "message", at=message.sent_at)


def _moved_up(conversation: Conversation, *, now: datetime, seed: int) -> tuple[Message, ...]:
    """The messages; a symptom's unanswered ones, due within hours, as if written just now."""
    waits = conversation.state in ("new", "taken") and conversation.topic == "symptom"
    if not waits or conversation.key.endswith(LATE):
        return conversation.messages
    minutes = chance_for(seed, conversation.key, "just now").randint(15, 150)
    last = conversation.messages[-1]
    return (
        *conversation.messages[:-1],
        replace(last, sent_at=now - timedelta(minutes=minutes)),
    )
