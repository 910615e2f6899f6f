"""Mail over SMTP (RFC 5321): kept connections, TLS and sign-in by URL, deadlines.

``smtp://user:password@host:587?starttls=1``, ``smtps://host:465``, ``smtp://127.0.0.1:8025``.
"""

from __future__ import annotations

import smtplib
import ssl
from collections import deque
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any

import eventlet

from portico_kit.clock import now

from ..compose import Mail
from ..config import Server
from ..domain import BAD_ADDRESS, Outcome, again, failed, in_doubt, not_now, sent
from .pool import send_together

# RFC 5321, 4.2.1: 5yz is permanent; these concern us or the moment, not this mail.
TEMPORARY_5XX = {500, 501, 502, 503, 504, 530, 535, 538}
REFUSES_US = (smtplib.SMTPConnectError, smtplib.SMTPHeloError, smtplib.SMTPSenderRefused)
SMTP_LINES = compat32.clone(linesep="\r\n", max_line_length=None)


class BadAddress(Exception):
    """An address that would break out of its header line, or that SMTP cannot carry."""


class Client(smtplib.SMTP):
    """A connection that knows whether the server may have taken the mail under way.

    ``in_doubt`` from DATA on: a connection lost after that says nothing of the mail's fate.
    """

    in_doubt = False

    def data(self, msg: Any) -> Any:
        """Hand the content over."""
        self.in_doubt = True
        return super().data(msg)


class TlsClient(Client, smtplib.SMTP_SSL):
    """The same, in TLS from the first byte."""


class SmtpMail:
    """Hands mail to one server over a few kept connections."""

    def __init__(self, url: str, *, sender: str, at_once: int = 4, deadline: float = 10.0) -> None:
        self._server = Server.at(url)
        self._sender = sender
        self._at_once = at_once
        self._deadline = deadline
        self._idle: deque[Client] = deque()

    def send_all(self, letters: list[Mail]) -> list[Outcome]:
        """Hand over each mail; how each ended, in order."""
        return send_together(letters, self._send, at_once=self._at_once, deadline=self._deadline)

    def close(self) -> None:
        """Say goodbye on every kept connection."""
        while self._idle:
            _quit(self._idle.popleft())

    def _send(self, letter: Mail) -> Outcome:
        try:
            raw = as_message(letter, sender=self._sender)
            if not letter.address.isascii():
                raise BadAddress
        except BadAddress:
            return BAD_ADDRESS
        try:
            return self._by_kept_connection(letter, raw) or self._hand_over(
                letter, raw, self._connect()
            )
        except (OSError, smtplib.SMTPException) as problem:
            return outcome_of(problem)

    def _by_kept_connection(self, letter: Mail, raw: bytes) -> Outcome | None:
        """None where no connection is kept, or the server has ended it since its last mail."""
        if not self._idle:
            return None
        client = self._idle.popleft()
        try:
            outcome = self._hand_over(letter, raw, client)
        except smtplib.SMTPServerDisconnected:
            outcome = None
        if outcome is not None and (outcome.reason != "smtp_421" or client.in_doubt):
            return outcome
        # The others have waited longer still.
        while self._idle:
            self._idle.popleft().close()
        return None

    def _hand_over(self, letter: Mail, raw: bytes, client: Client) -> Outcome:
        client.in_doubt = False
        try:
            client.sendmail(parseaddr(self._sender)[1], [letter.address], raw)
        except smtplib.SMTPResponseException as problem:
            self._keep_if_alive(client)
            return outcome_of(problem)
        except smtplib.SMTPRecipientsRefused as problem:
            self._keep_if_alive(client)
            code = next(iter(problem.recipients.values()))[0]
            refused = outcome_of(smtplib.SMTPResponseException(code, b""))
            # A mailbox that is busy says nothing about the server; a server that leaves does.
            mailbox_only = refused.state == "queued" and code != 421
            return not_now(f"smtp_{code}") if mailbox_only else refused
        except (OSError, smtplib.SMTPException, eventlet.Timeout):
            client.close()
            if client.in_doubt:
                return in_doubt("smtp_no_answer")
            raise
        except BaseException:
            client.close()
            raise
        self._idle.append(client)
        return sent(message_id(letter, sender=self._sender))

    def _keep_if_alive(self, client: Client) -> None:
        if client.sock is not None:
            self._idle.append(client)

    def _connect(self) -> Client:
        server, ours = self._server, _domain_of(self._sender)
        # Our name is given: looking it up could cost a letter its whole deadline.
        known: dict[str, Any] = {"timeout": self._deadline, "local_hostname": ours}
        if server.tls:
            context = ssl.create_default_context()
            client: Client = TlsClient(server.host, server.port, context=context, **known)
        else:
            client = Client(server.host, server.port, **known)
        try:
            if server.starttls:
                client.starttls(context=ssl.create_default_context())
            if server.user:
                client.login(server.user, server.password)
        except BaseException:
            client.close()
            raise
        return client


def outcome_of(problem: Exception) -> Outcome:
    """What an error means for this mail: 5xx is final, all else is worth another attempt.

    A server that refuses us (the connection, our name, our address, our password) says nothing
    about this mail.
    """
    if isinstance(problem, smtplib.SMTPAuthenticationError):
        return again("smtp_sign_in")
    if isinstance(problem, REFUSES_US):
        return again(f"smtp_{problem.smtp_code}")
    if isinstance(problem, smtplib.SMTPResponseException):
        code = problem.smtp_code
        final = 500 <= code < 600 and code not in TEMPORARY_5XX
        return failed(f"smtp_{code}") if final else again(f"smtp_{code}")
    if isinstance(problem, smtplib.SMTPNotSupportedError | ssl.SSLError):
        return again("smtp_tls")
    return again("smtp_unreachable")


def as_message(letter: Mail, *, sender: str) -> bytes:
    """The mail on the wire: plain text always, HTML beside it, the calendar file behind.

    The Message-ID is the delivery's, the same at every attempt: receivers drop a second copy.
    Built with the older half of ``email``: a tenth of the time of ``EmailMessage``.
    """
    message: MIMEMultipart = MIMEMultipart("alternative")
    message.attach(MIMEText(letter.text, "plain", "utf-8"))
    message.attach(MIMEText(letter.html, "html", "utf-8"))
    if letter.calendar is not None:
        words, message = message, MIMEMultipart("mixed")
        message.attach(words)
        message.attach(_calendar_part(letter.calendar, letter.calendar_method))
    for name, value in _headers(letter, sender).items():
        if "\n" in value or "\r" in value:
            raise BadAddress
        message[name] = value
    return message.as_bytes(policy=SMTP_LINES)


def _headers(letter: Mail, sender: str) -> dict[str, str]:
    headers = {
        # With an accent in it the name alone is encoded, never the address.
        "From": formataddr(parseaddr(sender)),
        "To": letter.address,
        "Subject": letter.subject if letter.subject.isascii() else _encoded(letter.subject),
        "Date": format_datetime(now()),
        "Message-ID": message_id(letter, sender=sender),
        "Content-Language": letter.language,
        "Auto-Submitted": "auto-generated",
    }
    if letter.stop_link:
        # RFC 2369. Without RFC 8058's one-click promise: the page behind it asks for one press.
        headers["List-Unsubscribe"] = f"<{letter.stop_link}>"
    return headers


def message_id(letter: Mail, *, sender: str) -> str:
    """The Message-ID of a delivery."""
    return f"<{letter.reference}@{_domain_of(sender)}>"


def _domain_of(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"


def _encoded(subject: str) -> str:
    return Header(subject, "utf-8", maxlinelen=10_000).encode(linesep="")


def _calendar_part(calendar: bytes, method: str) -> MIMEText:
    part = MIMEText(calendar.decode(), "calendar", "utf-8")
    part.set_param("method", method)
    part.add_header("Content-Disposition", "attachment", filename="visit.ics")
    return part


def _quit(client: Any) -> None:
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        client.close()
