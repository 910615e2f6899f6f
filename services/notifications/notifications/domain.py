"""The rules of telling people: which kinds there are, how they go out, and when we give up."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from portico_contracts.notifications import Channel, DeliveryState
from portico_contracts.refusal import NotFound

URGENT, NORMAL, BULK = 0, 1, 2
RETRY_DELAYS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=10),
    timedelta(hours=1),
)
JITTER = 0.2
# Within a batch no letter is begun later than this: with a send's own deadline on top, a batch
# ends well before its lease does, and before a stopping process is cut off.
BEGIN_WITHIN = timedelta(seconds=5)
LEASE_BEYOND_SENDING = timedelta(seconds=15)
MOST_TIDIED_AT_ONCE = 5000
CLOCKS_DIFFER = timedelta(minutes=1)  # at most, between the copies of a service that are well
Recipient = Literal["patient", "staff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of notice: its channels, its urgency, how long it is worth sending.

    ``place`` is where its button leads (a key of ``contracts.notifications.PLACES``).
    Mail of a kind that is not ``needed`` can be stopped by the person with one tap.
    """

    channels: tuple[Channel, ...]
    place: str
    lifetime: timedelta = timedelta(days=2)
    priority: int = NORMAL
    needed: bool = True


MAIL: tuple[Channel, ...] = ("mail",)
MAIL_AND_TEXT: tuple[Channel, ...] = ("mail", "text")

KINDS: dict[str, Kind] = {
    "invitation": Kind(
        channels=MAIL_AND_TEXT, place="set-up", lifetime=timedelta(days=14), priority=URGENT
    ),
    "welcome": Kind(channels=MAIL, place="home", needed=False),
    "account_locked": Kind(
        channels=MAIL_AND_TEXT, place="sign-in", lifetime=timedelta(hours=12), priority=URGENT
    ),
    "visit_booked": Kind(channels=MAIL_AND_TEXT, place="visits"),
    "visit_cancelled": Kind(channels=MAIL_AND_TEXT, place="visits"),
    "visit_reminder": Kind(channels=MAIL_AND_TEXT, place="visits", lifetime=timedelta(days=7)),
    "result_released": Kind(channels=MAIL_AND_TEXT, place="results"),
    "result_commented": Kind(channels=MAIL_AND_TEXT, place="results"),
    "message_received": Kind(channels=MAIL_AND_TEXT, place="messages"),
    "request_received": Kind(channels=MAIL, place="requests", needed=False),
    "request_updated": Kind(channels=MAIL_AND_TEXT, place="requests"),
    "statement_issued": Kind(channels=MAIL, place="bills", lifetime=timedelta(days=7)),
    "payment_succeeded": Kind(channels=MAIL, place="bills", lifetime=timedelta(days=7)),
    "payment_failed": Kind(channels=MAIL, place="bills"),
}


class NotOurToken(NotFound):
    """This link to stop mail is not one of ours."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended. ``state`` "queued" asks for another attempt later.

    ``reason`` is a short code (never free text from outside), ``reference`` what the provider
    calls this delivery.
    """

    state: DeliveryState
    reason: str | None = None
    reference: str | None = None


def sent(reference: str | None) -> Outcome:
    """The provider has taken it over."""
    return Outcome("sent", None, reference)


def again(reason: str) -> Outcome:
    """It did not work now, and may work later."""
    return Outcome("queued", reason)


# Its batch ran out of time before its turn came: nothing was tried, so no attempt is counted.
NOT_REACHED = Outcome("queued", "not_reached")


def failed(reason: str) -> Outcome:
    """It will not work, however often we try."""
    return Outcome("failed", reason)


def suppressed(reason: str) -> Outcome:
    """We chose not to send it."""
    return Outcome("suppressed", reason)


def lease_time(*, deadline: float) -> timedelta:
    """How long a batch is ours: longer than it can take, ``deadline`` seconds a letter at most."""
    return BEGIN_WITHIN + timedelta(seconds=deadline) + LEASE_BEYOND_SENDING


def waits_for_contact(*, attempts: int) -> bool:
    """Whether contact details may still come: for as long as their own event is tried again."""
    return attempts <= len(RETRY_DELAYS)


def retry_delay(*, attempts: int, chance: float) -> timedelta:
    """How long to wait after attempt number ``attempts`` (from 1).

    ``chance`` (0 to 1) spreads it by up to 20 %, so that a provider that comes back does not
    get everything in the same second.
    """
    step = RETRY_DELAYS[min(max(attempts, 1), len(RETRY_DELAYS)) - 1]
    return step * (1 + JITTER * chance)


def settle(
    outcome: Outcome, *, attempts: int, expires_at: datetime, now: datetime, chance: float
) -> tuple[Outcome, datetime]:
    """The outcome to record and when to try again: past its time, a retry becomes expired."""
    if outcome == NOT_REACHED:
        return outcome, now
    due_at = now + retry_delay(attempts=attempts, chance=chance)
    if outcome.state == "queued" and due_at >= expires_at:
        return Outcome("expired", outcome.reason), now
    return outcome, due_at


# How a text went, in the provider's words. A status never goes back: only from these states.
TEXT_STATUS: dict[str, tuple[DeliveryState, tuple[DeliveryState, ...]]] = {
    "delivered": ("delivered", ("queued", "sending", "sent")),
    "read": ("delivered", ("queued", "sending", "sent")),
    "undelivered": ("failed", ("sending", "sent")),
    "failed": ("failed", ("sending", "sent")),
}
OPTED_OUT = 21610


def text_signature(*, url: str, fields: Iterable[tuple[str, str]], secret: str) -> str:
    """The signature that Twilio puts on a webhook: HMAC-SHA1 over the url and sorted fields.

    Source: Twilio, "Validating requests are coming from Twilio".
    """
    signed = url + "".join(name + value for name, value in sorted(fields))
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def stop_token(*, person: str, secret: str) -> str:
    """The proof in a "stop this mail" link: the person's id and a MAC over it."""
    digest = hmac.new(secret.encode(), f"stop-mail:{person}".encode(), hashlib.sha256).digest()
    return f"{person}.{base64.urlsafe_b64encode(digest[:18]).decode()}"


def person_of(token: str, *, secret: str) -> str:
    """Whom a stop token is about; NotOurToken when we did not make it."""
    person = token.partition(".")[0]
    if not hmac.compare_digest(stop_token(person=person, secret=secret).encode(), token.encode()):
        raise NotOurToken
    return person
