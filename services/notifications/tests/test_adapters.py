"""Over real sockets: the sandbox's mail server and text provider, and some that misbehave."""

from __future__ import annotations

import email
import smtplib
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from typing import Any

import eventlet
import httpx
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from notifications.adapters import pool
from notifications.adapters.smtp import SmtpMail
from notifications.adapters.smtp import outcome_of as smtp_outcome
from notifications.adapters.twilio import TwilioTexts, outcome_of
from notifications.compose import Mail, Text
from notifications.domain import BAD_ADDRESS, NOT_REACHED, Outcome, in_doubt
from notifications.domain import sent as sent_by
from portico_kit.ids import new_id
from portico_kit.settings import SettingsMissing
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
    assert mailer.send_all([letter(address)]) == [BAD_ADDRESS]


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
        options.setdefault("handler", Counting())
        made = Controller(hostname="127.0.0.1", port=port or free_port(), **options)
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


class Moody(Counting):
    """A mail server that answers mail number n as ``moods`` says; without a mood it is well."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = 0
        self.moods: dict[int, str] = {}

    async def handle_MAIL(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        del session, options
        self.begun += 1
        mood = self.moods.get(self.begun, "")
        if mood[:3].isdigit():
            return mood
        envelope.mail_from = address
        if mood == "hang up early":
            server.transport.abort()
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        said = await super().handle_DATA(server, session, envelope)
        if self.moods.get(self.begun) == "accept and hang up":
            server.transport.abort()
        return said


@pytest.fixture
def moody(smtp_server: Any) -> Iterator[tuple[SmtpMail, Moody]]:
    """A mailer with one kept connection, and the server behind it."""
    server = smtp_server(handler=Moody())
    mailer = SmtpMail(f"smtp://127.0.0.1:{server.port}", sender=SENDER, at_once=1)
    assert mailer.send_all([letter()])[0].state == "sent"
    yield mailer, server.handler
    mailer.close()


@pytest.mark.parametrize("mood", ["421 idle for too long", "hang up early"])
def test_a_kept_connection_that_ends_before_the_content_is_opened_again(
    moody: Any, mood: str
) -> None:
    mailer, server = moody
    server.moods[2] = mood
    assert mailer.send_all([letter()])[0].state == "sent"
    assert len(server.mail) == 2


def test_mail_that_a_server_may_have_taken_is_not_handed_over_again_at_once(moody: Any) -> None:
    mailer, server = moody
    server.moods[2] = "accept and hang up"
    assert mailer.send_all([letter()])[0] == in_doubt("smtp_no_answer")
    assert len(server.mail) == 2


@pytest.mark.parametrize("answer", ["421 busy", "451 later", "550 not from you", "554 no"])
def test_a_server_that_refuses_us_says_nothing_about_the_mail(moody: Any, answer: str) -> None:
    mailer, server = moody
    server.moods[2] = server.moods[3] = answer
    assert mailer.send_all([letter()])[0] == Outcome("queued", f"smtp_{answer[:3]}")


def test_a_server_that_takes_no_connection_from_us_says_nothing_about_the_mail() -> None:
    refused = smtplib.SMTPConnectError(554, b"no mail from there")
    assert smtp_outcome(refused) == Outcome("queued", "smtp_554")


def test_a_name_with_an_accent_leaves_the_address_as_it_is(smtp_server: Any) -> None:
    server = smtp_server()
    mailer = SmtpMail(
        f"smtp://127.0.0.1:{server.port}", sender="Clínica Cedar <no-reply@cedar.example>"
    )
    mailer.send_all([letter()])
    (address,) = server.handler.mail[0]["From"].addresses
    assert (address.display_name, address.addr_spec) == ("Clínica Cedar", "no-reply@cedar.example")
    mailer.close()


def test_a_slow_provider_gets_what_can_be_begun_in_time_and_the_rest_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "BEGIN_WITHIN", timedelta(seconds=0.05))
    begun: list[int] = []

    def slow(number: int) -> Outcome:
        begun.append(number)
        eventlet.sleep(0.2)
        return sent_by("x")

    ended = pool.send_together(range(6), slow, at_once=2, deadline=1)
    assert begun == [0, 1]
    assert ended == [sent_by("x")] * 2 + [NOT_REACHED] * 4


def test_an_error_that_nobody_foresaw_says_nothing_of_the_letters_fate() -> None:
    def lost_its_line(number: int) -> Outcome:
        if number == 1:
            raise RuntimeError("the hub says that somebody else reads here")
        return sent_by(None)

    ended = pool.send_together(range(3), lost_its_line, at_once=3, deadline=1)
    assert ended == [sent_by(None), in_doubt("unexpected"), sent_by(None)]


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


@pytest.mark.parametrize(
    "wrong",
    [
        {"smtp_url": "http://mail.example"},
        {"smtp_url": "smtp://"},
        {"smtp_url": "mail.example:25"},
        {"smtp_url": "smtp://portal:secret@mail.example:port"},
        {"mail_from": "Cedar Grove"},
    ],
)
def test_a_wrong_setting_is_told_at_start_without_its_value(
    make_settings: Any, wrong: dict[str, str]
) -> None:
    with pytest.raises(SettingsMissing, match=next(iter(wrong)).upper()) as told:
        make_settings(**wrong)
    assert "secret" not in str(told.value)


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


@pytest.mark.parametrize("answer", ["<html>", "{}", '{"sid": null}', "[]"])
def test_an_answer_that_names_no_text_has_taken_none(answer: str) -> None:
    assert outcome_of(httpx.Response(200, text=answer)) == Outcome("queued", "provider_200")


@pytest.mark.parametrize("code", [21212, 21603, 21606, 21611])
def test_what_is_wrong_with_our_own_number_is_no_fault_of_the_text(code: int) -> None:
    assert outcome_of(httpx.Response(400, json={"code": code})).state == "queued"
