"""Over real sockets: the sandbox's mail server and text provider, and some that misbehave."""

from __future__ import annotations

import email
import socket
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import default
from typing import Any

import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from notifications.adapters.smtp import Server, SmtpMail
from notifications.adapters.twilio import TwilioTexts, outcome_of
from notifications.compose import Mail, Text
from notifications.domain import Outcome
from portico_kit.ids import new_id
from portico_kit.testing.processes import free_port

SENDER = "Cedar Grove <no-reply@cedargrove.example>"


def letter(address: str = "maria@cedargrove.example", **changed: Any) -> Mail:
    known = {
        "reference": str(new_id()), "language": "es", "subject": "Su cita está hecha",
        "text": "Su cita es mañana.\n", "html": "<p>Su cita es mañana.</p>",
    }  # fmt: skip
    return Mail(address=address, **{**known, **changed})


@pytest.fixture
def mailer(sandbox: Any) -> Iterator[SmtpMail]:
    made = SmtpMail(sandbox.smtp, sender=SENDER)
    yield made
    made.close()


def test_mail_arrives_with_plain_text_html_and_calendar_file(mailer: Any, sandbox: Any) -> None:
    sent = letter(calendar=b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", stop_link="https://p.example/s")
    (outcome,) = mailer.send_all([sent])

    assert outcome == Outcome("sent", None, f"<{sent.reference}@cedargrove.example>")
    arrived = sandbox.mail_to(sent.address)[0]
    headers = dict(arrived["headers"])
    assert arrived["subject"] == "Su cita está hecha"
    assert arrived["text"].strip() == "Su cita es mañana."
    assert "<p>Su cita es mañana.</p>" in arrived["html"]
    assert headers["Message-ID"] == outcome.reference
    assert headers["List-Unsubscribe"] == "<https://p.example/s>"
    assert arrived["attachments"][0]["name"] == "visit.ics"
    assert sandbox.attachment(arrived).startswith(b"BEGIN:VCALENDAR")


def test_a_second_attempt_carries_the_same_message_id(mailer: Any, sandbox: Any) -> None:
    twice = letter("twice@cedargrove.example")
    mailer.send_all([twice, twice])

    ids = {dict(m["headers"])["Message-ID"] for m in sandbox.mail_to(twice.address)}
    assert len(ids) == 1


def test_an_unknown_mailbox_fails_for_good_and_a_busy_one_does_not(mailer: Any) -> None:
    letters = [letter("x@bounce.example"), letter("x@busy.example"), letter("ok@here.example")]
    ended = [(o.state, o.reason) for o in mailer.send_all(letters)]

    assert ended == [("failed", "smtp_550"), ("queued", "smtp_451"), ("sent", None)]


def test_nobody_listening_means_later() -> None:
    mailer = SmtpMail(f"smtp://127.0.0.1:{free_port()}", sender=SENDER, deadline=2)
    assert [(o.state, o.reason) for o in mailer.send_all([letter()])] == [
        ("queued", "smtp_unreachable")
    ]


@pytest.mark.parametrize(
    "address", ["x@y.example\r\nBcc: all@y.example", "x@y.example\nX: 1", "ü@y.example"]
)
def test_an_address_that_cannot_be_one_fails_for_good(mailer: Any, address: str) -> None:
    assert mailer.send_all([letter(address)]) == [Outcome("failed", "bad_address")]


class Counting:
    """A mail server's inner side: counts connections and mail."""

    def __init__(self) -> None:
        self.peers: set[Any] = set()
        self.mail: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.peers.add(session.peer)
        self.mail.append(email.message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return "250 OK"


@pytest.fixture
def smtp_server() -> Iterator[Callable[..., Controller]]:
    started: list[Controller] = []

    def start(port: int | None = None, **options: Any) -> Controller:
        made = Controller(Counting(), hostname="127.0.0.1", port=port or free_port(), **options)
        made.start()
        started.append(made)
        return made

    yield start
    for made in started:
        if not made.loop.is_closed():
            made.stop()


def test_one_connection_is_kept_for_many_mails(smtp_server: Any) -> None:
    server = smtp_server()
    mailer = SmtpMail(f"smtp://127.0.0.1:{server.port}", sender=SENDER, at_once=1)
    mailer.send_all([letter() for _ in range(5)])
    mailer.send_all([letter() for _ in range(5)])

    assert len(server.handler.mail) == 10
    assert len(server.handler.peers) == 1
    mailer.close()


def test_a_kept_connection_that_the_server_closed_is_opened_again(smtp_server: Any) -> None:
    first = smtp_server()
    mailer = SmtpMail(f"smtp://127.0.0.1:{first.port}", sender=SENDER)
    mailer.send_all([letter()])
    first.stop()
    second = smtp_server(first.port)

    assert mailer.send_all([letter()])[0].state == "sent"
    assert len(second.handler.mail) == 1
    mailer.close()


def test_sign_in_by_url(smtp_server: Any) -> None:
    def check(_server: Any, _session: Any, _envelope: Any, _kind: Any, given: Any) -> AuthResult:
        known = (given.login, given.password) == (b"us er", b"p@ss")
        return AuthResult(success=known, handled=known)

    server = smtp_server(authenticator=check, auth_require_tls=False, auth_required=True)
    good = SmtpMail(f"smtp://us%20er:p%40ss@127.0.0.1:{server.port}", sender=SENDER)
    bad = SmtpMail(f"smtp://us%20er:wrong@127.0.0.1:{server.port}", sender=SENDER)

    assert good.send_all([letter()])[0].state == "sent"
    # Our own wrong password is no fault of the mail: it is kept for later.
    assert bad.send_all([letter()])[0] == Outcome("queued", "smtp_sign_in")
    good.close()


def test_a_server_without_starttls_gets_no_mail_when_we_ask_for_it(smtp_server: Any) -> None:
    server = smtp_server()
    mailer = SmtpMail(f"smtp://127.0.0.1:{server.port}?starttls=1", sender=SENDER)

    assert mailer.send_all([letter()])[0] == Outcome("queued", "smtp_tls")
    assert server.handler.mail == []


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example:25"])
def test_an_address_that_is_not_smtp_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="smtp"):
        Server.at(url)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        kept: list[socket.socket] = []
        ended = threading.Event()

        def accept() -> None:
            while not ended.is_set():
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        ended.set()
        for connection in kept:
            connection.close()


def test_a_provider_that_never_answers_costs_no_more_than_the_deadline(silent_port: int) -> None:
    mailer = SmtpMail(f"smtp://127.0.0.1:{silent_port}", sender=SENDER, deadline=0.3)
    texts = TwilioTexts(
        f"http://127.0.0.1:{silent_port}", account="AC", token="t", sender="+1", status_url="",
        deadline=0.3,
    )  # fmt: skip

    assert mailer.send_all([letter()])[0].state == "queued"
    assert texts.send_all([Text(reference="1", number="+1555", body="x")])[0].state == "queued"
    texts.close()


@pytest.fixture
def texts(sandbox: Any) -> Iterator[TwilioTexts]:
    made = TwilioTexts(
        f"{sandbox.web}/2010-04-01", account="ACtest", token="token", sender="+15550100100",
        status_url="",
    )  # fmt: skip
    yield made
    made.close()


def a_text(number: str) -> Text:
    return Text(reference=str(new_id()), number=number, body="You have a new message.")


def test_a_text_arrives_once_however_often_it_is_handed_over(texts: Any, sandbox: Any) -> None:
    one = a_text("+15550100111")
    first, second = texts.send_all([one, one])

    assert first.state == second.state == "sent"
    assert first.reference == second.reference
    assert [t["body"] for t in sandbox.texts_to(one.number)] == [one.body]


@pytest.mark.parametrize(
    ("number", "ended"),
    [
        ("+15005550001", Outcome("failed", "provider_21211")),
        ("+15005550004", Outcome("suppressed", "opted_out")),
        ("+15005550009", Outcome("failed", "provider_21614")),
    ],
)
def test_what_the_provider_refuses_for_good_is_final(
    texts: Any, number: str, ended: Outcome
) -> None:
    assert texts.send_all([a_text(number)]) == [ended]


def test_our_own_wrong_password_is_no_fault_of_the_text(sandbox: Any) -> None:
    texts = TwilioTexts(
        f"{sandbox.web}/2010-04-01", account="ACtest", token="wrong", sender="+1", status_url=""
    )
    assert texts.send_all([a_text("+15550100111")])[0].state == "queued"
    texts.close()


@pytest.mark.parametrize(
    ("status", "state"), [(429, "queued"), (500, "queued"), (503, "queued"), (400, "failed")]
)
def test_answers_that_are_not_json_are_understood_by_their_status(status: int, state: str) -> None:
    assert outcome_of(httpx.Response(status, text="<html>")).state == state
