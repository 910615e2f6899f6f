"""Mail over SMTP (RFC 5321): kept connections, TLS and sign-in by URL, deadlines.

``smtp://user:password@host:587?starttls=1``, ``smtps://host:465``, ``smtp://127.0.0.1:8025``.
"""

from __future__ import annotations

import smtplib
import ssl
from collections import deque
from dataclasses import dataclass
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from portico_kit.clock import now

from ..compose import Mail
from ..domain import Outcome, again, failed, sent
from .pool import send_together

# RFC 5321, 4.2.1: 5yz is permanent; these concern us or the moment, not this mail.
TEMPORARY_5XX = {500, 501, 502, 503, 504, 530, 535, 538}
SMTP_LINES = compat32.clone(linesep="\r\n", max_line_length=None)


class BadAddress(Exception):
    """An address that would break out of its header line, or that SMTP cannot carry."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where to hand mail over, read from a URL."""

    host: str
    port: int
    user: str | None
    password: str
    tls: bool
    starttls: bool

    @classmethod
    def at(cls, url: str) -> Server:
        """Read ``smtp[s]://…``; ValueError for any other scheme."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("an SMTP address begins with smtp:// or smtps://")
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=parts.port or (465 if tls else 25),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password or ""),
            tls=tls,
            starttls=parse_qs(parts.query).get("starttls", ["0"])[0] in ("1", "true", "yes"),
        )


class SmtpMail:
    """Hands mail to one server over a few kept connections."""

    def __init__(self, url: str, *, sender: str, at_once: int = 4, deadline: float = 10.0) -> None:
        self._server = Server.at(url)
        self._sender = sender
        self._at_once = at_once
        self._deadline = deadline
        self._idle: deque[smtplib.SMTP] = deque()

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
            return failed("bad_address")
        if self._idle:
            try:
                return self._hand_over(letter, raw, self._idle.popleft())
            except smtplib.SMTPServerDisconnected:
                # A kept connection that the server closed meanwhile says nothing about this mail.
                self.close()
            except (OSError, smtplib.SMTPException) as problem:
                return outcome_of(problem)
        try:
            return self._hand_over(letter, raw, self._connect())
        except (OSError, smtplib.SMTPException) as problem:
            return outcome_of(problem)

    def _hand_over(self, letter: Mail, raw: bytes, client: smtplib.SMTP) -> Outcome:
        try:
            client.sendmail(parseaddr(self._sender)[1], [letter.address], raw)
        except smtplib.SMTPResponseException as problem:
            self._keep_if_alive(client)
            return outcome_of(problem)
        except smtplib.SMTPRecipientsRefused as problem:
            self._keep_if_alive(client)
            code = next(iter(problem.recipients.values()))[0]
            return outcome_of(smtplib.SMTPResponseException(code, b""))
        except BaseException:
            client.close()
            raise
        self._idle.append(client)
        return sent(message_id(letter, sender=self._sender))

    def _keep_if_alive(self, client: smtplib.SMTP) -> None:
        if client.sock is not None:
            self._idle.append(client)

    def _connect(self) -> smtplib.SMTP:
        server, patience = self._server, self._deadline
        if server.tls:
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=patience, context=ssl.create_default_context()
            )
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=patience)
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
    """What an error means for this mail: 5xx is final, all else is worth another attempt."""
    if isinstance(problem, smtplib.SMTPAuthenticationError):
        return again("smtp_sign_in")
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
        "From": sender,
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
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{letter.reference}@{domain}>"


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
