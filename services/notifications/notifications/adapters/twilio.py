"""Text messages over Twilio's Messages API, or anything that speaks its shape.

Source: Twilio, "Messages resource"; error codes: "Error and warning dictionary".
"""

from __future__ import annotations

from typing import Any

import httpx

from ..compose import Text
from ..domain import OPTED_OUT, Outcome, again, failed, sent, suppressed
from .pool import send_together

# 4xx that are about us or the moment rather than about this text.
TEMPORARY_4XX = {401, 403, 404, 407, 408, 409, 425, 429}
# The same by Twilio's code: our number is missing, wrong, no sender of texts, or its line is full.
REFUSES_US = {21212, 21603, 21606, 21611}


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
        self._address = f"{url.rstrip('/')}/Accounts/{account}/Messages.json"
        self._sender = sender
        self._status_url = status_url
        self._at_once = at_once
        self._deadline = deadline
        self._client = httpx.Client(
            auth=(account, token),
            timeout=deadline,
            trust_env=False,
            limits=httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once),
        )

    def send_all(self, letters: list[Text]) -> list[Outcome]:
        """Hand over each text; how each ended, in order."""
        return send_together(letters, self._send, at_once=self._at_once, deadline=self._deadline)

    def close(self) -> None:
        """Close the kept connections."""
        self._client.close()

    def _send(self, letter: Text) -> Outcome:
        form = {
            "To": letter.number,
            "From": self._sender,
            "Body": letter.body,
            "StatusCallback": f"{self._status_url}?delivery={letter.reference}",
        }
        try:
            reply = self._client.post(
                self._address,
                data=form,
                headers={"I-Twilio-Idempotency-Token": letter.reference},
            )
        except httpx.HTTPError:
            return again("provider_unreachable")
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
    about_us = reply.status_code in TEMPORARY_4XX or code in REFUSES_US
    final = 400 <= reply.status_code < 500 and not about_us
    return failed(reason) if final else again(reason)


def _json(reply: httpx.Response) -> dict[str, Any]:
    try:
        body = reply.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
