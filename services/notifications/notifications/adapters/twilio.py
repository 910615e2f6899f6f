"""Text messages over Twilio's Messages API, or anything that speaks its shape.

Source: Twilio, "Messages resource"; error codes: "Error and warning dictionary".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

import eventlet
import httpx

from portico_kit.clock import now

from ..compose import Text
from ..domain import OPTED_OUT, Outcome, again, failed, in_doubt, sent, suppressed
from .pool import send_together

# 4xx that are about us or the moment rather than about this text.
TEMPORARY_4XX = {401, 403, 404, 407, 408, 409, 425, 429}
# The same by Twilio's code: our number is missing, wrong, no sender of texts, or its line is full.
REFUSES_US = {21212, 21603, 21606, 21611}
# Nothing of the text has left this machine.
NOT_BEGUN = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# A doorman lost the provider half-way: it may have the text.
LOST_BEHIND = {502, 504}
UNKNOWN_THERE = "unknown"


@dataclass(frozen=True, slots=True)
class Report:
    """What a provider says of a text: its word for the state, and its code where that failed."""

    status: str
    code: str = ""


class TwilioTexts:
    """Hands texts to the provider over kept connections."""

    def __init__(
        self,
        url: str,
        *,
        account: str,
        token: str,
        sender: str,
        status_url: str,
        at_once: int = 8,
        deadline: float = 10.0,
    ) -> None:
        self._messages = f"{url.rstrip('/')}/Accounts/{account}/Messages"
        self._sender = sender
        self._status_url = status_url
        self._at_once = at_once
        self._deadline = deadline
        self._client = httpx.Client(
            auth=(account, token),
            # Shorter to connect: what never left us is then known not to have arrived.
            timeout=httpx.Timeout(deadline, connect=deadline / 2),
            trust_env=False,
            limits=httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once),
        )

    def send_all(self, letters: list[Text]) -> list[Outcome]:
        """Hand over each text; how each ended, in order."""
        return send_together(letters, self._send, at_once=self._at_once, deadline=self._deadline)

    def close(self) -> None:
        """Close the kept connections."""
        self._client.close()

    def status_of(self, reference: str) -> Report | None:
        """What became of a text that was taken; None where that cannot be told now."""
        try:
            reply = self._client.get(f"{self._messages}/{quote(reference, safe='')}.json")
        except httpx.HTTPError:
            return None
        body = _json(reply)
        if reply.status_code == 404 and body:
            return Report(UNKNOWN_THERE)
        if reply.status_code != 200 or not isinstance(body.get("status"), str):
            return None
        return Report(body["status"], str(body.get("error_code") or ""))

    def _send(self, letter: Text) -> Outcome:
        form = {
            "To": letter.number,
            "From": self._sender,
            "Body": letter.body,
            "StatusCallback": f"{self._status_url}?{letter.report}",
        }
        try:
            reply = self._client.post(
                f"{self._messages}.json",
                data=form,
                headers={"I-Twilio-Idempotency-Token": letter.reference},
            )
        except NOT_BEGUN:
            return again("provider_unreachable")
        except (httpx.HTTPError, eventlet.Timeout):
            return in_doubt("provider_no_answer")
        return outcome_of(reply)


def outcome_of(reply: httpx.Response) -> Outcome:
    """What an answer means: taken (it names the text), never (4xx about this text), or later."""
    body = _json(reply)
    if reply.status_code in (200, 201) and body.get("sid"):
        return sent(str(body["sid"])[:64])
    code = body.get("code")
    if code == OPTED_OUT:
        return suppressed("opted_out")
    reason = f"provider_{code}" if isinstance(code, int) else f"provider_{reply.status_code}"
    if reply.status_code in LOST_BEHIND:
        return in_doubt(reason)
    about_us = reply.status_code in TEMPORARY_4XX or code in REFUSES_US
    final = 400 <= reply.status_code < 500 and not about_us
    return failed(reason) if final else again(reason, wait=_wait_asked(reply))


def _wait_asked(reply: httpx.Response) -> timedelta | None:
    """How long a ``Retry-After`` asks us to wait: seconds or a date (RFC 9110, 10.2.3)."""
    said = reply.headers.get("retry-after", "")
    if said.isascii() and said.isdecimal() and len(said) < 10:
        return timedelta(seconds=int(said))
    try:
        until: datetime = parsedate_to_datetime(said)
        return max(until - now(), timedelta())
    except (ValueError, TypeError):
        return None


def _json(reply: httpx.Response) -> dict[str, Any]:
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
