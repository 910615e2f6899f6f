"""An installation that goes back to a backup: its people, what they do, and what was sent them."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pika

from bench.filling import Diary, Patient, free_times, open_practice, sign_in
from bench.house import House, deserted, free_installation, running_house
from bench.settling import settle
from portico_contracts.billing import NewLine
from portico_kit.ids import new_id
from portico_kit.testing.waiting import eventually
from portico_ops.backup.manifest import Manifest
from portico_ops.bootstrap.roles import database_of, logins_from
from portico_ops.home import CHECKOUT, Home
from portico_ops.installation import Installation
from portico_ops.lifecycle import bring_up, take_down, wait_until_ready
from portico_ops.processes import SERVICES
from portico_ops.restoring.databases import exchange, load, refuse_sessions
from portico_ops.supervisor.plan import read_states

HOMES = CHECKOUT / ".portico" / "drill"  # a folder a run
OWED = 5000  # cents


@dataclass
class Drill:
    """The installation, its people, and hands to act with."""

    house: House
    diary: Diary
    people: list[Patient]
    times: Iterator[datetime]

    def post(self, who: int, path: str, body: Any) -> dict[str, Any]:
        """What somebody is answered who asks for something; it must succeed."""
        headers = {
            "Authorization": f"Bearer {self.people[who].session}",
            "Idempotency-Key": new_id().hex,
        }
        url = f"http://127.0.0.1:{self.house.port}/api/v1{path}"
        answer = httpx.post(url, json=body, headers=headers, timeout=30)
        assert answer.is_success, answer.text
        return dict(answer.json())

    def book(self, who: int) -> str:
        wish = self.diary.wish(0, next(self.times))
        return str(self.post(who, "/visits", wish)["appointment_id"])

    def issue(self, who: int) -> UUID:
        """A statement, as the billing office issues it."""
        from billing import commands

        line = NewLine(service_on=date(2026, 1, 5), code="99213", description="Visit",
                       charge_cents=OWED)  # fmt: skip
        statement_id, store = new_id(), self.house.store("billing")
        with store.transaction() as tx:
            commands.write_statement(
                tx, statement_id=statement_id, patient_id=self.people[who].patient_id,
                lines=[line], due_on=date(2030, 1, 1), now=datetime.now(UTC), zone="UTC",
            )  # fmt: skip
        store.engine.dispose()
        return statement_id

    def begin_payment(self, who: int, statement_id: UUID) -> str:
        back = f"{self.house.installation.public_url}/me/bills/done/{{payment_id}}"
        body = {"amount_cents": OWED, "return_url": back}
        found = self.post(who, f"/statements/{statement_id}/payments", body)
        return str(found["payment_id"])

    def pay(self, payment_id: str) -> None:
        """What the patient does at the processor's page."""
        query = "SELECT intent_id FROM payment WHERE id = %s"
        ((intent_id,),) = self.house.rows(query, (payment_id,), database="billing")
        url = f"{self.house.installation.sandbox_url}/v1/payment_intents/{intent_id}/confirm"
        given = {"payment_method": "pm_card_visa"}
        key = {"Authorization": f"Bearer {self.house.secrets['card-secret']}"}
        assert httpx.post(url, data=given, headers=key, timeout=30).json()["status"] == "succeeded"

    def booked(self, payment_id: str) -> bool:
        query = "SELECT state FROM payment WHERE id = %s"
        return self.house.rows(query, (payment_id,), database="billing") == [("succeeded",)]

    def state_of(self, visit: str) -> str | None:
        query = "SELECT state FROM appointment WHERE appointment_id = %s"
        found = self.house.rows(query, (visit,), database="scheduling")
        return str(found[0][0]) if found else None

    def everything(self, query: str, *, suffix: str = "") -> set[str]:
        """What a query finds in all services' databases together."""
        found: set[str] = set()
        for service in SERVICES:
            found |= {row[0] for row in self.house.rows(query, database=service + suffix)}
        return found

    def freeze(self, process: str, *, roles: str) -> None:
        """Stop a process where it is, between two transactions: one that it held open would keep
        every relay of the server waiting."""
        eventually(lambda: self._is_frozen(process, roles), within=30, what=f"{process} stopped")

    def _is_frozen(self, process: str, roles: str) -> bool:
        self.signal(process, signal.SIGSTOP)
        query = "SELECT 1 FROM pg_stat_activity WHERE usename LIKE %s AND backend_xid IS NOT NULL"
        if not self.house.rows(query, (roles,), database="postgres"):
            return True
        self.signal(process, signal.SIGCONT)
        return False

    def signal(self, process: str, how: signal.Signals) -> None:
        """Send a process a signal."""
        pid = read_states(self.house.home.run)[process].pid
        assert pid is not None
        os.kill(pid, how)

    @property
    def sinks(self) -> Path:
        return self.house.home.sandbox / "sandbox.sqlite"

    def sent(self) -> dict[tuple[str, str], int]:
        """What the mail server and the text provider were handed, and how often each."""
        with closing(sqlite3.connect(f"file:{self.sinks}?mode=ro", uri=True)) as database:
            rows = database.execute("SELECT channel, name, times FROM reference")
            return {(channel, name): times for channel, name, times in rows}

    def start(self) -> None:
        bring_up(self.house.installation, scale={}, say=print)
        wait_until_ready(self.house.home, seconds=180)


@contextmanager
def running_drill() -> Iterator[Drill]:
    """Bring it up with three patients and one provider; end it afterwards."""
    _sweep()
    home = Home(HOMES / str(os.getpid()))
    with running_house(say=print, home=home) as house:
        people = sign_in(house, [new_id() for _ in range(3)], mobiles=["+15550100177"])
        diary = open_practice(house, providers=1)
        settle(house)
        yield Drill(house, diary, people, iter(free_times(30)))


RESTORE = """
import sys
from pathlib import Path
from portico_ops.home import Home
from portico_ops.installation import Installation
from portico_ops.restoring import whole

home = Home(Path(sys.argv[1]))
installation = Installation(home=home, offset=int(sys.argv[2]), sandbox=True, given={})
say = lambda line: print(line, flush=True)
whole.restore(installation, Path(sys.argv[3]), with_secrets=False, say=say)
"""


def restore_until(house: House, folder: Path, word: str) -> None:
    """A restore that is killed as soon as it has said something."""
    arguments = [str(house.home.folder), str(house.installation.offset), str(folder)]
    with subprocess.Popen(
        [sys.executable, "-c", RESTORE, *arguments],
        stdout=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = next((line for line in process.stdout if word in line), None)
        process.kill()
    assert said is not None, f"the restore ended before it said {word!r}"


def set_back(house: House, folder: Path, manifest: Manifest) -> None:
    """All six databases as they were, and nothing else: what a server's own archive does."""
    logins, url = logins_from(house.secrets), house.secrets["postgres-admin-url"]
    refuse_sessions(url, [database_of(login.owner) for login in logins.values()])
    stamp = "20260101000000"
    load(folder, manifest, administrator_url=url, logins=logins, stamp=stamp, say=print)
    exchange(administrator_url=url, logins=logins, stamp=stamp)


@contextmanager
def another_machine() -> Iterator[Installation]:
    """An installation that was never started; whatever starts there is ended."""
    home = Home(HOMES / f"{os.getpid()}" / "elsewhere")
    try:
        yield free_installation(home)
    finally:
        take_down(home, say=print)


def _sweep() -> None:
    """End and remove what earlier runs have left behind."""
    for home in deserted(HOMES):
        take_down(home, say=lambda _text: None)


def leave_in_queue(house: House, service: str, aggregate_id: str) -> None:
    """An event that its reader had not taken when everything ended."""
    query = (
        "SELECT jsonb_build_object('event_id', event_id, 'name', name, 'version', version, "
        "'producer', %s::text, 'aggregate_id', aggregate_id, 'sequence', sequence, "
        "'occurred_at', occurred_at, 'data', data::jsonb)::text, name, version "
        "FROM outbox WHERE aggregate_id = %s ORDER BY seq LIMIT 1"
    )
    ((body, name, version),) = house.rows(query, (service, aggregate_id), database=service)
    with pika.BlockingConnection(pika.URLParameters(house.amqp_url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        durable = pika.BasicProperties(delivery_mode=2)
        channel.basic_publish(f"{service}.events", f"{name}.v{version}", body.encode(), durable)
