"""The SMTP server that takes every mail and sends none on."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime

from aiosmtpd.smtp import SMTP, Envelope, Session

from portico_ops.sandbox.arrivals import Arrivals
from portico_ops.sandbox.mail import mailbox

LARGEST_MAIL = 10 * 1024 * 1024  # bytes

# Addresses in these domains behave as a provider would on a bad day, so that failures show.
REFUSALS = {
    "bounce.example": "550 5.1.1 No such mailbox here",
    "busy.example": "451 4.3.2 Try again later",
}


class MailSink:
    """What aiosmtpd calls as a mail comes in."""

    def __init__(
        self, *, database: sqlite3.Connection, arrivals: Arrivals, newest_kept: int
    ) -> None:
        self._database = database
        self._arrivals = arrivals
        self._newest_kept = newest_kept

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the recipient, or refuse it as its domain says."""
        del server, session
        refusal = REFUSALS.get(address.rpartition("@")[2].lower())
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the mail, then say so: an accepted mail is on the disk."""
        del server, session
        mailbox.keep_mail(
            self._database,
            sender=envelope.mail_from or "",
            recipients=envelope.rcpt_tos,
            raw=bytes(envelope.original_content or b""),
            newest_kept=self._newest_kept,
            now=datetime.now(UTC),
        )
        self._arrivals.ring()
        return "250 OK kept in the sandbox"


async def start_smtp(sink: MailSink, *, host: str, port: int) -> asyncio.Server:
    """Listen for mail on the running loop."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(
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
