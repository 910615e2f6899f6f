"""The rules of telling people: which kinds there are, how they go out, and when we give up."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import parse_qs
from uuid import UUID

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
# A letter that its process did not survive is sent alone, and so often at most.
MOST_LEASES_LOST = 5
# How long a letter that a provider may have taken waits for that provider before another gets it:
# once late is better than twice, and twice is better than never.
DOUBT_LASTS = timedelta(hours=1)
DOUBT_ATTEMPTS = 3  # from there on the wait between two attempts in doubt grows no more
LONGEST_WAIT_ASKED = timedelta(hours=1)
# A text of which the provider reported nothing: when we ask, how often, and until when.
REPORT_WITHIN = timedelta(hours=4)
ASK_EVERY = timedelta(hours=2)
UNCONFIRMED_AFTER = timedelta(hours=24)
CLOCKS_DIFFER = timedelta(minutes=1)  # at most, between the copies of a service that are well
Recipient = Literal["patient", "staff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of notice: its channels, its urgency, how long it is worth sending.

    ``place`` is where its button leads (a key of ``contracts.notifications.PLACES``).
    Mail of a kind that is not ``needed`` can be stopped by the person with one tap. Where one that
    ``must_reach`` reaches nobody, the front desk is told to call.
    """

    channels: tuple[Channel, ...]
    place: str
    lifetime: timedelta = timedelta(days=2)
    priority: int = NORMAL
    needed: bool = True
    must_reach: bool = False


MAIL: tuple[Channel, ...] = ("mail",)
MAIL_AND_TEXT: tuple[Channel, ...] = ("mail", "text")

KINDS: dict[str, Kind] = {
    "invitation": Kind(
        channels=MAIL_AND_TEXT,
        place="set-up",
        lifetime=timedelta(days=14),
        priority=URGENT,
        must_reach=True,
    ),
    "staff_invitation": Kind(
        channels=MAIL_AND_TEXT, place="sign-in", lifetime=timedelta(days=7), priority=URGENT
    ),
    "welcome": Kind(channels=MAIL, place="home", needed=False),
    "account_locked": Kind(
        channels=MAIL_AND_TEXT, place="sign-in", lifetime=timedelta(hours=12), priority=URGENT
    ),
    "sign_in_changed": Kind(channels=MAIL, place="sign-in", priority=URGENT),
    "sign_in_code": Kind(
        channels=("text",), place="sign-in", lifetime=timedelta(minutes=10), priority=URGENT
    ),
    "recovery": Kind(
        channels=MAIL_AND_TEXT, place="sign-in", lifetime=timedelta(minutes=30), priority=URGENT
    ),
    "password_reset": Kind(channels=MAIL_AND_TEXT, place="sign-in", priority=URGENT),
    "access_reset": Kind(channels=MAIL_AND_TEXT, place="sign-in", priority=URGENT),
    "visit_booked": Kind(channels=MAIL_AND_TEXT, place="visits"),
    "visit_cancelled": Kind(channels=MAIL_AND_TEXT, place="visits", must_reach=True),
    "visit_reminder": Kind(channels=MAIL_AND_TEXT, place="visits", lifetime=timedelta(days=7)),
    "result_released": Kind(channels=MAIL_AND_TEXT, place="results", must_reach=True),
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
    calls this delivery, ``wait`` how long it asked us to leave it in peace. ``doubt``: the provider
    may have taken it over, and did not say. ``of_letter``: it says nothing about the provider.
    """

    state: DeliveryState
    reason: str | None = None
    reference: str | None = None
    doubt: bool = False
    of_letter: bool = False
    wait: timedelta | None = None


def sent(reference: str | None) -> Outcome:
    """The provider has taken it over."""
    return Outcome("sent", None, reference)


def again(reason: str, *, wait: timedelta | None = None) -> Outcome:
    """It did not work now, and may work later."""
    return Outcome("queued", reason, wait=wait)


def not_now(reason: str) -> Outcome:
    """This letter was not taken now, by a provider that is well."""
    return Outcome("queued", reason, of_letter=True)


def in_doubt(reason: str) -> Outcome:
    """The provider got all of it and never said whether it took it."""
    return Outcome("queued", reason, doubt=True)


# Its batch ran out of time before its turn came: nothing was tried, so no attempt is counted.
NOT_REACHED = Outcome("queued", "not_reached", of_letter=True)
# Who may have it already does not answer at present, and nobody else gets it: no attempt either.
HELD = Outcome("queued", "held", of_letter=True)
HELD_FOR = timedelta(seconds=30)
# Refused by ourselves, before any provider heard of it.
BAD_ADDRESS = Outcome("failed", "bad_address", of_letter=True)
ASKED_TO_WAIT = "asked_to_wait"


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
    due_at = now + _wait_after(outcome, attempts=attempts, chance=chance)
    if outcome.state == "queued" and due_at >= expires_at:
        return replace(outcome, state="expired"), now
    if outcome.wait:
        return replace(outcome, reason=ASKED_TO_WAIT), due_at
    return outcome, due_at


def _wait_after(outcome: Outcome, *, attempts: int, chance: float) -> timedelta:
    if outcome == HELD:
        return HELD_FOR * (1 + JITTER * chance)
    if outcome.state == "sent":
        return REPORT_WITHIN
    # Within the hour of doubt there must be time to ask the same provider again.
    counted = min(attempts, DOUBT_ATTEMPTS) if outcome.doubt else attempts
    delay = retry_delay(attempts=counted, chance=chance)
    asked = min(outcome.wait or timedelta(), LONGEST_WAIT_ASKED)
    return max(delay, asked * (1 + JITTER * chance))


def is_in_doubt(row: Mapping[str, Any], *, now: datetime) -> bool:
    """Whether a provider may have a delivery already, and nobody else is to get it yet."""
    since: datetime | None = row["doubt_since"]
    return since is not None and now < since + DOUBT_LASTS


def ways_for(row: Mapping[str, Any], *, count: int, now: datetime) -> tuple[int, ...]:
    """Which of ``count`` providers may be given a delivery, the preferred one first.

    ``before`` is who was tried last: who may have it is asked again with the same reference (it
    drops a second copy), who did not take it comes last this time.
    """
    last: int | None = row["before"]
    everyone = tuple(range(1, count + 1))
    if last is None or last > count:
        return everyone
    if is_in_doubt(row, now=now):
        return (last,)
    return (*(number for number in everyone if number != last), last)


# How a text went, in the provider's words. A status never goes back: only from these states.
# What is queued or under way again may have been taken at an earlier attempt that got no answer.
UNDER_WAY: tuple[DeliveryState, ...] = ("queued", "sending")
TEXT_STATUS: dict[str, tuple[DeliveryState, tuple[DeliveryState, ...]]] = {
    **dict.fromkeys(("accepted", "queued", "sending", "sent"), ("sent", UNDER_WAY)),
    **dict.fromkeys(("delivered", "read"), ("delivered", (*UNDER_WAY, "sent", "expired"))),
    **dict.fromkeys(("undelivered", "failed", "canceled"), ("failed", (*UNDER_WAY, "sent"))),
}
UNCONFIRMED = "unconfirmed"  # the reason of a text that stays ``sent``: nobody can say more
OPTED_OUT = 21610
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text_signature(*, url: str, fields: Iterable[tuple[str, str]], secret: str) -> str:
    """The signature that Twilio puts on a webhook: HMAC-SHA1 over the url and sorted fields.

    Source: Twilio, "Validating requests are coming from Twilio".
    """
    signed = url + "".join(name + value for name, value in sorted(fields))
    digest = hmac.new(secret.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def report_query(delivery_id: UUID, *, created_at: datetime, provider: int | None) -> str:
    """What a provider's report about a text carries back: which one, of when, and whose report.

    The moment (microseconds since 1970) names the month's partition to look in.
    """
    moment = (created_at - EPOCH) // timedelta(microseconds=1)
    return f"delivery={delivery_id}&at={moment}&by={provider or 1}"


@dataclass(frozen=True, slots=True)
class Reported:
    """Which text a report is about. ``created_at`` is None in reports of earlier releases."""

    delivery_id: UUID | None
    created_at: datetime | None
    provider: int


def reported_by(query: str) -> Reported:
    """What ``report_query`` put there; a text that is not ours has no id."""
    found = {name: values[0] for name, values in parse_qs(query).items()}
    try:
        moment = int(found["at"]) if "at" in found else None
        created_at = None if moment is None else EPOCH + timedelta(microseconds=moment)
        return Reported(UUID(found["delivery"]), created_at, int(found.get("by", "1")))
    except (KeyError, ValueError, OverflowError):
        return Reported(None, None, 1)


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
