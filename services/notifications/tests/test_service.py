"""The service as it runs: an event at the broker becomes mail and text at the providers."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pika
import pytest

from portico_contracts.event import promise_of
from portico_contracts.identity import ContactDetailsChanged
from portico_contracts.notifications import ListNotices, RecordTextStatus
from portico_contracts.records import LabResultReleased
from portico_contracts.wire import encode
from portico_kit.clock import now
from portico_kit.ids import new_id
from portico_kit.testing.caller import Caller
from portico_kit.testing.people import a_patient
from portico_kit.testing.processes import ServiceProcess, free_port
from portico_kit.testing.waiting import eventually


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Where the text provider reports to: keeps each report as the gateway would hand it on."""
    heard: list[dict[str, str]] = []
    port = free_port()

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            signature = self.headers["X-Twilio-Signature"]
            url = f"http://127.0.0.1:{port}{self.path}"
            heard.append({"payload": body, "signature": signature, "url": url})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{port}/webhooks/text", heard
    server.shutdown()


@pytest.fixture
def service(
    service_database: Callable[[str], str],
    declared_broker: str,
    sandbox: Any,
    webhook: Any,
    output: Path,
) -> Iterator[ServiceProcess]:
    process = ServiceProcess.service(
        "notifications.service:Notifications",
        database_url=service_database("notifications"),
        amqp_url=declared_broker,
        output=output,
        PORTICO_SMTP_URL=sandbox.smtp,
        PORTICO_MAIL_FROM="Cedar Grove <no-reply@cedargrove.example>",
        PORTICO_SMS_URL=f"{sandbox.web}/2010-04-01",
        PORTICO_SMS_ACCOUNT="ACtest",
        PORTICO_SMS_TOKEN="token",
        PORTICO_SMS_FROM="+15550100100",
        PORTICO_SMS_STATUS_URL=webhook[0],
    )
    yield process.start()
    process.stop()


@pytest.fixture
def publish(declared_broker: str) -> Iterator[Callable[[Any], None]]:
    with pika.BlockingConnection(pika.URLParameters(declared_broker)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()

        def send(event: Any) -> None:
            promise = promise_of(type(event))
            body = encode(event, event_id=new_id(), sequence=1, occurred_at=now())
            channel.basic_publish(promise.exchange, promise.routing_key, body, mandatory=True)

        yield send


def test_a_released_result_becomes_mail_and_text_and_the_patient_sees_both(
    service: ServiceProcess, publish: Any, sandbox: Any, webhook: Any, declared_broker: str
) -> None:
    patient, address, number = new_id(), f"{new_id().hex}@cedargrove.example", "+15550100177"
    publish(
        ContactDetailsChanged(
            person_id=patient,
            person="patient",
            first_name="Canary-Vorname",
            last_name="Canary-Nachname",
            email=address,
            mobile=number,
            language="en",
            zone="America/New_York",
        )
    )
    caller = Caller(declared_broker)
    publish(
        LabResultReleased(
            result_id=new_id(), patient_id=patient, with_comment=True, released_at=now()
        )
    )
    (mail,) = eventually(lambda: sandbox.mail_to(address), what="the mail")
    (text,) = eventually(lambda: sandbox.texts_to(number), what="the text")
    assert mail["subject"].startswith("You have a new test result at")
    assert "you have a new test result" in text["body"]
    assert "Canary" not in str(mail) + str(text) + service.output.read_text()

    # The provider reports; the gateway hands each report on; the status follows.
    reports = eventually(lambda: len(webhook[1]) >= 2 and webhook[1], what="the reports")
    for report in reports:
        assert caller.call(RecordTextStatus(**report)) == {"known": True}
    page = caller.call(ListNotices(), actor=a_patient(patient))
    assert {(n["channel"], n["state"]) for n in page["items"]} == {
        ("mail", "sent"), ("text", "delivered"),
    }  # fmt: skip
    caller.close()
