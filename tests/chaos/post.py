"""The post under attack: notifications' own sending, and two of every provider, real to the socket.

Each provider is a sandbox of its own, so that what both took can be told from what one took twice.
Time is passed in: four hours without a provider take seconds.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx

from notifications import commands, reactions
from notifications.adapters.providers import Providers
from notifications.adapters.smtp import SmtpMail
from notifications.adapters.twilio import TwilioTexts
from notifications.config import NotificationSettings
from portico_contracts.billing import WrongSignature
from portico_contracts.event import Envelope, promise_of
from portico_contracts.identity import ContactDetailsChanged
from portico_contracts.notifications import RecordTextStatus
from portico_contracts.records import LabResultReleased
from portico_kit import inbox
from portico_kit.database import Store
from portico_kit.ids import new_id
from portico_kit.testing.keys import MASTER_KEYS, TRANSIT_KEY
from portico_kit.testing.processes import free_port
from portico_kit.testing.waiting import eventually

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
SENDER = "Cedar Grove <no-reply@cedargrove.example>"
ACCOUNT, TOKEN, NUMBER = "ACchaos", "token", "+15550100100"
ANSWERS_WITHIN = 5.0  # seconds that a provider gets: it may be a busy machine
CHANNELS = ("mail", "text")


class Sink:
    """One mail server and one text provider, whose days can be made bad."""

    def __init__(self, folder: Path) -> None:
        self.web_port, self.smtp_port = free_port(), free_port()
        known = {
            "PORTICO_SANDBOX_PORT": str(self.web_port),
            "PORTICO_SANDBOX_SMTP_PORT": str(self.smtp_port),
            "PORTICO_SANDBOX_DIRECTORY": str(folder),
            "PORTICO_SMS_ACCOUNT": ACCOUNT,
            "PORTICO_SMS_TOKEN": TOKEN,
        }
        command = [sys.executable, "-m", "portico_ops.sandbox"]
        self._process = subprocess.Popen(command, env=os.environ | known)
        self.web = httpx.Client(base_url=f"http://127.0.0.1:{self.web_port}", trust_env=False)

    def wait_until_ready(self) -> None:
        """AssertionError where it does not start."""
        eventually(self._answers, within=90, what="the sink's start")

    def suffer(self, place: str, name: str, **more: Any) -> None:
        """Let something go wrong from now on."""
        reply = self.web.put(f"/api/troubles/{place}", json={"name": name, **more})
        assert reply.status_code == 200, reply.text

    def recover(self) -> None:
        """All is well again."""
        self.web.delete("/api/troubles")

    def sends(self) -> list[dict[str, Any]]:
        """Every attempt that it saw."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["id"] if found else 0
            page = self.web.get("/api/sends", params={"after": after}).json()["items"]
            if not page:
                return found
            found += page

    def tried(self) -> Counter[str]:
        """How often each delivery was handed in whole, by its id."""
        named = (send["reference"] for send in self.sends() if send["reference"])
        return Counter(name.strip("<>").partition("@")[0] for name in named)

    def kept(self) -> Counter[str]:
        """Which deliveries it keeps, by id: once however often they came."""
        keeps = ("kept", "keep_and_hang", "late")
        sends = [s for s in self.sends() if s["reference"] and s["outcome"] in keeps]
        return Counter({s["reference"].strip("<>").partition("@")[0]: 1 for s in sends})

    def end(self) -> None:
        """Stop it."""
        self.web.close()
        self._process.terminate()
        self._process.wait(timeout=15)

    def _answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return self.web.get("/live").status_code == 200
        return False


def settings(*, smtp_port: int, web_port: int, status_url: str = "") -> NotificationSettings:
    """A service's settings, with a first provider at these ports."""
    return NotificationSettings(
        database_url="", amqp_url="", token_public_key="", master_keys=MASTER_KEYS,
        transit_key=TRANSIT_KEY, public_url="https://portal.example",
        smtp_url=f"smtp://127.0.0.1:{smtp_port}", mail_from=SENDER,
        sms_url=f"http://127.0.0.1:{web_port}/2010-04-01", sms_account=ACCOUNT, sms_token=TOKEN,
        sms_from=NUMBER, sms_status_url=status_url,
    )  # fmt: skip


@dataclass
class Post:
    """Notifications' sending in one hand: a database, providers, and a clock that is pushed."""

    store: Store
    providers: dict[str, Providers]
    elapsed: float = 0.0
    people: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        store: Store,
        *ports: tuple[int, int],
        patience: float = ANSWERS_WITHIN,
        status_url: str = "",
    ) -> Post:
        """With a provider of each channel at each pair of ports (mail, texts)."""
        made = cls(store, {})
        mail = [
            SmtpMail(f"smtp://127.0.0.1:{smtp}", sender=SENDER, deadline=patience)
            for smtp, _web in ports
        ]
        texts = [
            TwilioTexts(
                f"http://127.0.0.1:{web}/2010-04-01", account=ACCOUNT, token=TOKEN,
                sender=NUMBER, status_url=status_url, deadline=patience,
            )
            for _smtp, web in ports
        ]  # fmt: skip
        made.providers["mail"] = Providers("mail", *mail, clock=lambda: made.elapsed)
        made.providers["text"] = Providers("text", *texts, clock=lambda: made.elapsed)
        return made

    @property
    def now(self) -> datetime:
        """The moment by the clock that is pushed."""
        return NOW + timedelta(seconds=self.elapsed)

    @property
    def config(self) -> Any:
        return self.store.config

    def transaction(self) -> Any:
        """As a store's, at this moment."""
        return self.store.transaction(now=self.now)

    def tell(self, count: int) -> None:
        """So many people are told of a result, each by mail and by text."""
        for _ in range(count):
            person = new_id()
            self._hear(
                ContactDetailsChanged(
                    person_id=person, person="patient", first_name="Maria", last_name="Reyes",
                    email=f"{person.hex}@cedargrove.example",
                    mobile=f"+1555{person.int % 10**7:07d}", language="en",
                    zone="America/New_York",
                ),
                reactions.contact_changed,
            )  # fmt: skip
            released = LabResultReleased(
                result_id=new_id(), patient_id=person, with_comment=False, released_at=self.now
            )
            self._hear(released, reactions.result_released)

    def go_on(self, *, seconds: float) -> None:
        """Push the clock, and send what is due then, as the loops and timers would."""
        self.elapsed += seconds
        for channel in CHANNELS:
            while commands.send_batch(self, providers=self.providers[channel]) > 1:
                pass
        with self.transaction() as tx:
            commands.release_stuck(tx)

    def ask(self, *, after: float) -> None:
        """Push the clock, and ask about texts of which nothing was heard."""
        self.elapsed += after
        commands.ask_about_texts(self, providers=self.providers["text"])

    def go_on_until_settled(self, *, step: float, within: float) -> float:
        """Seconds by the clock until nothing waits any more; AssertionError beyond ``within``."""
        began = self.elapsed
        while self.waiting():
            assert self.elapsed - began <= within, Counter(self.ends().values())
            self.go_on(seconds=step)
        return self.elapsed - began

    def rows(self, query: str) -> list[Any]:
        """What a query finds."""
        with self.store.engine.connect() as connection:
            return list(connection.exec_driver_sql(query))

    def waiting(self) -> int:
        """How many deliveries have not ended."""
        query = "SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending')"
        return int(self.rows(query)[0][0])

    def ends(self) -> dict[str, tuple[str, int | None]]:
        """Of each delivery by id: its state, and who was handed it last."""
        found = self.rows("SELECT id, state, provider FROM delivery")
        return {str(key): (state, provider) for key, state, provider in found}

    def _hear(self, event: Any, reaction: Any) -> None:
        promise = promise_of(type(event))
        envelope = Envelope(
            event_id=new_id(), name=promise.name, version=1, producer=promise.producer,
            aggregate_id=str(getattr(event, promise.aggregate)), sequence=1,
            occurred_at=self.now, event=event,
        )  # fmt: skip
        arrival = inbox.Delivery(f"notifications.{reaction.__name__}", envelope, b"{}")
        inbox.react(self.store, arrival, reaction, now=self.now)


class Webhook:
    """Where the text provider reports to: hands each report on as the gateway does."""

    def __init__(self) -> None:
        self.post: Post | None = None
        self.answers: list[int] = []
        webhook = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                signature = self.headers["X-Twilio-Signature"]
                status = webhook._hand_on(body, signature, self.path)
                webhook.answers.append(status)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Hook)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/webhooks/text"

    def __enter__(self) -> Webhook:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _hand_on(self, body: str, signature: str, path: str) -> int:
        url = self.url.removesuffix("/webhooks/text") + path
        request = RecordTextStatus(payload=body, signature=signature, url=url)
        assert self.post is not None
        try:
            with self.post.transaction() as tx:
                commands.record_text_status(tx, request)
        except WrongSignature:
            return 403
        return 200
