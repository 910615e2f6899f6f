"""What notifications promises: patients see what was sent; providers report how it went.

Mail and texts say that something happened, never what. Their one button leads to
``<public url>/go/<place>`` or ``/go/<place>/<id>``: ``PLACES`` says where that is in the portal.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict
from uuid import UUID

from .event import event
from .fields import Plain
from .rpc import between, request, text

Channel = Literal["mail", "text"]
DeliveryState = Literal["queued", "sending", "sent", "delivered", "failed", "suppressed", "expired"]

PLACES: dict[str, tuple[str, str]] = {
    # place: (path of the list, path of the one thing: its id goes in for {id})
    "home": ("/me/", "/me/"),
    "results": ("/me/health/results", "/me/health/results/{id}"),
    "visits": ("/me/visits", "/me/visits/{id}"),
    "messages": ("/me/messages", "/me/messages/{id}"),
    "requests": ("/me/medicines/requests", "/me/medicines/requests"),
    "bills": ("/me/bills", "/me/bills/{id}"),
    "sign-in": ("/sign-in", "/sign-in"),
}


class Notice(TypedDict):
    """One mail or text to the patient and how it went; ``reason`` where it did not arrive."""

    notice_id: UUID
    channel: Channel
    kind: str
    state: DeliveryState
    reason: str | None
    place: str
    subject_id: UUID | None
    created_at: datetime
    settled_at: datetime | None


class NoticePage(TypedDict):
    items: list[Notice]
    next: str | None


class TextStatusTaken(TypedDict):
    """``known`` is false for a text that is not ours."""

    known: bool


class MailStopped(TypedDict):
    """The language of the person, for the page that confirms."""

    language: str


@event("notifications", aggregate="notice_id", heard_by=("messaging",))
class NoticeReachedNobody:
    """A notice that a patient needs reached them on no way: somebody has to call.

    Announced once a notice. ``kind`` is the kind of notice, such as visit_cancelled. Heard by
    messaging, which puts it into the front desk's queue.
    """

    notice_id: Plain[UUID]
    patient_id: Plain[UUID]
    kind: Plain[str]


@request("notifications", reply=NoticePage, category="account")
class ListNotices:
    """What was sent to the patient, newest first. Allowed: the patient."""

    cursor: str | None = text(longest=200, default=None)
    limit: int = between(1, 100, default=20)


@request("notifications", reply=TextStatusTaken, action="write")
class RecordTextStatus:
    """The text provider tells how a text went; the signature is the credential.

    ``payload`` is the form body as received, ``signature`` the ``X-Twilio-Signature`` header,
    ``url`` the full address that was called, query included.
    """

    payload: str = text(longest=16_000)
    signature: str = text(longest=200)
    url: str = text(longest=2000)


@request("notifications", reply=MailStopped, action="write")
class StopMail:
    """Stop the mail that is not needed (``/go/stop/<token>``). Anonymous: the token is the proof.

    Refused with NotFound when the token is not ours.
    """

    token: str = text(longest=200, shortest=10)
