"""The SMTP server that takes every mail and sends none on."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from email.parser import BytesParser
from email.policy import compat32

from aiosmtpd.smtp import SMTP, Envelope, Session

from portico_ops.sandbox import sends
from portico_ops.sandbox.arrivals import Arrivals
from portico_ops.sandbox.mail import mailbox
from portico_ops.sandbox.troubles import Troubles

LARGEST_MAIL = 10 * 1024 * 1024  # bytes

# Addresses in these domains behave as a provider would on a bad day, so that failures show.
REFUSALS = {
    "bounce.example": "550 5.1.1 No such mailbox here",
    "busy.example": "451 4.3.2 Try again later",
}

# What a bad day says to every recipient, and what it does with what it got.
BAD_DAYS = {"450": "450 4.2.1 Not now", "550": "550 5.7.1 Not here"}
AFTER_DATA = ("421_after_data", "hang", "keep_and_hang", "drop", "late")


class MailSink:
    """What aiosmtpd calls as a mail comes in."""

    def __init__(
        self,
        *,
        database: sqlite3.Connection,
        arrivals: Arrivals,
        newest_kept: int,
        troubles: Troubles,
    ) -> None:
        self._database = database
        self._arrivals = arrivals
        self._newest_kept = newest_kept
        self._troubles = troubles

    def greets(self) -> bool:
        """Whether a new connection is welcome."""
        trouble = self._troubles.strike("mail", "421_at_connect")
        if trouble:
            self._note(None, "", trouble.name)
        return trouble is None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient, or refuse it as its domain or the day says."""
        del server, session
        refusal = REFUSALS.get(address.rpartition("@")[2].lower())
        if trouble := self._troubles.strike("mail", *BAD_DAYS):
            refusal = BAD_DAYS[trouble.name]
        if refusal:
            self._note(None, address, refusal[:3])
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail, then say so: an accepted mail is on the disk."""
        del server, session
        trouble = self._troubles.strike("mail", *AFTER_DATA)
        raw = bytes(envelope.original_content or b"")
        for address in envelope.rcpt_tos:
            self._note(_reference(raw), address, trouble.name if trouble else "kept")
        if trouble is None or trouble.keeps:
            self._keep(envelope, raw)
        if trouble and trouble.name in ("hang", "keep_and_hang", "late"):
            await asyncio.sleep(trouble.seconds)
        if trouble and trouble.name == "421_after_data":
            return "421 4.3.2 Going down"
        return "250 OK kept in the sandbox"

    def _keep(self, envelope: Envelope, raw: bytes) -> None:
        mailbox.keep_mail(
            self._database,
            sender=envelope.mail_from or "",
            recipients=envelope.rcpt_tos,
            raw=raw,
            newest_kept=self._newest_kept,
            now=datetime.now(UTC),
        )
        self._arrivals.ring()

    def _note(self, reference: str | None, recipient: str, outcome: str) -> None:
        sends.note(
            self._database,
            channel="mail",
            reference=reference,
            recipient=recipient.lower(),
            outcome=outcome,
        )


class Counter(SMTP):
    """Where mail is handed in: closed on some days."""

    async def _handle_client(self) -> None:
        if self.event_handler.greets():
            await super()._handle_client()
            return
        await self.push("421 4.3.2 Too busy, come again later")
        self.transport.close()


def _reference(raw: bytes) -> str | None:
    found = BytesParser(policy=compat32).parsebytes(raw, headersonly=True)["Message-ID"]
    return str(found)[:500] if found else None


async def start_smtp(sink: MailSink, *, host: str, port: int) -> asyncio.Server:
    """Listen for mail on the running loop."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: Counter(
            sink,
            hostname="sandbox",
            ident="Portico sandbox",
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            loop=loop,
        ),
        host=host,
        port=port,
    )
