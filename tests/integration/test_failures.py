"""What failed, in the running portal: seen, tried again and dropped, by page and by command."""

from __future__ import annotations

import re
import subprocess
import sys
from uuid import UUID

import httpx
import pika
import psycopg
import pytest

from portico_contracts.identity import AccountActivated
from portico_contracts.records import LabResultReleased
from portico_contracts.wire import decode, encode
from portico_kit import dead_letters
from portico_kit.clock import now
from portico_kit.database import open_transaction
from portico_kit.ids import new_id
from portico_kit.inbox import Delivery
from portico_kit.testing.waiting import eventually

REACTION = "notifications.on_result_released"


def database(portal, service: str) -> str:
    """The administrator's address of a service's database."""
    port = 8432 + int(portal.environment["PORTICO_PORT_OFFSET"])
    password = (portal.folder / "secrets" / "postgres-password").read_text().strip()
    return f"postgresql://postgres:{password}@127.0.0.1:{port}/{service}"


@pytest.fixture
def rows(portal):
    """``rows("identity", "SELECT …", values)``."""

    def ask(service: str, query: str, *values):
        with psycopg.connect(database(portal, service)) as connection:
            return connection.execute(query, values).fetchall()

    return ask


@pytest.fixture
def ruth(portal):
    """The practice administrator, in a browser without JavaScript."""
    with httpx.Client(base_url=portal.url, timeout=30, follow_redirects=True) as client:
        given = {"login": "ruth@cedargrove.example", "password": portal.password}
        session = client.post("/api/v1/sessions", json=given).json()["session"]
        client.cookies.set("portico", session)
        client.headers["Authorization"] = f"Bearer {session}"
        yield client


@pytest.fixture
def patient_id(person) -> UUID:
    found = person("amara").get("/patients", q="Maria Reyes")["items"]
    return UUID(found[0]["patient_id"])


@pytest.fixture
def dead_letter(portal, patient_id):
    """``dead_letter()``: a release that never became a mail; its number and its result."""

    def make() -> tuple[int, UUID]:
        result_id = new_id()
        event = LabResultReleased(
            result_id=result_id, patient_id=patient_id, with_comment=False, released_at=now()
        )
        body = encode(event, event_id=new_id(), sequence=1, occurred_at=now())
        with open_transaction(database(portal, "notifications")) as tx:
            delivery = Delivery(REACTION, decode(body), body)
            dead_letters.failed(tx, delivery, "ValueError at reactions:1", delays=())
            return dead_letters.page(tx, limit=200)[-1]["id"], result_id

    return make


def submit(browser: httpx.Client, page: httpx.Response, path: str, **fields: str) -> httpx.Response:
    """Send the form of a page as a browser would, hidden fields and all."""
    form = page.text.split(f'action="{path}"')[1].split("</form>")[0]
    hidden = dict(re.findall(r'name="(csrf|idempotency_key)" value="([^"]+)"', form))
    return browser.post(path, data={**hidden, **fields})


def test_a_failure_tried_again_from_the_page_has_its_effect_once(ruth, rows, dead_letter):
    number, result_id = dead_letter()
    here = f"/staff/failed/notifications/{number}"
    assert here in ruth.get("/staff/failed").text
    page = ruth.get(here)
    assert "A test result was released" in page.text and "result_id" in page.text
    assert str(patient_id_of(rows, number)) not in page.text

    first = submit(ruth, page, f"{here}/replay")
    assert "We are trying it again." in first.text
    again = submit(ruth, page, f"{here}/replay")  # the same form, pressed twice
    assert again.status_code == 200
    assert ruth.post(f"/api/v1/failures/notifications/{number}/replay").status_code == 200

    sent = "SELECT count(*) FROM delivery WHERE parameters->>'subject_id' = %s AND kind = %s"
    told = (sent, str(result_id), "result_released")
    eventually(lambda: rows("notifications", *told)[0][0] > 0, what="the effect")
    channels = rows("notifications", *told)
    eventually(lambda: "Done after all" in ruth.get(here).text, what="the page to say so")
    assert rows("notifications", *told) == channels
    once = "SELECT count(*) FROM delivery WHERE parameters->>'subject_id' = %s GROUP BY channel"
    assert set(rows("notifications", once, str(result_id))) == {(1,)}


def patient_id_of(rows, number: int) -> str:
    [(body,)] = rows("notifications", "SELECT body FROM failed_delivery WHERE id = %s", number)
    return decode(bytes(body)).event.patient_id


def test_a_failure_is_dropped_with_a_reason_and_the_ledger_says_by_whom(ruth, rows, dead_letter):
    number, _ = dead_letter()
    entry = (
        "SELECT count(*) FROM ledger WHERE method = 'drop_failure' AND actor_kind = 'staff' "
        "AND category = 'operations' AND service = 'notifications'"
    )
    last = entry.replace("count(*)", "account_id") + " ORDER BY at DESC LIMIT 1"
    before = rows("identity", entry)[0][0]
    here = f"/staff/failed/notifications/{number}/drop"
    refused = submit(ruth, ruth.get(here), here, reason=" ")
    assert refused.status_code == 422
    dropped = submit(ruth, ruth.get(here), here, reason="We told her by phone.")
    assert "It was dropped." in dropped.text
    kept = "SELECT state, reason, acted_by FROM failed_delivery WHERE id = %s"
    [(state, reason, acted_by)] = rows("notifications", kept, number)
    assert (state, reason) == ("dropped", "We told her by phone.")
    eventually(lambda: rows("identity", entry)[0][0] == before + 1, what="one row in the ledger")
    assert rows("identity", last)[0][0] == acted_by
    seen_to = ruth.get("/api/v1/failures/notifications", params={"handled": "true"}).json()
    assert seen_to["items"][0]["failure_id"] == number


def test_the_command_does_the_same_without_a_person_signed_in(portal, rows, dead_letter):
    (number, _), (doomed, _) = dead_letter(), dead_letter()
    ledger = (
        "SELECT count(*) FROM ledger WHERE method = %s AND actor_kind = 'system' "
        "AND roles = '{operator}' AND service = 'notifications'"
    )
    before = {m: rows("identity", ledger, m)[0][0] for m in ("replay_failure", "drop_failure")}
    listed = portal.portico("dead-letters", "list", "--service", "notifications").stdout
    assert str(number) in listed and str(doomed) in listed
    shown = portal.portico("dead-letters", "show", "notifications", str(number)).stdout
    assert "patient_id, released_at, result_id, with_comment" in shown
    assert str(patient_id_of(rows, number)) not in shown

    portal.portico("dead-letters", "replay", "notifications", str(number))
    asked = ("dead-letters", "drop", "notifications", str(doomed), "--reason")
    assert portal.portico(*asked, " ", check=False).returncode == 1
    portal.portico(*asked, "Old")
    assert "dropped" in portal.portico(*asked, "Old", check=False).stderr
    states = "SELECT state, acted_by FROM failed_delivery WHERE id IN (%s, %s) ORDER BY id"
    seen_to = [("applied", None), ("dropped", None)]
    eventually(lambda: rows("notifications", states, number, doomed) == seen_to)
    for method, count in before.items():
        what = f"one row of {method}"
        eventually(lambda m=method, c=count: rows("identity", ledger, m)[0][0] == c + 1, what=what)
    handled = portal.portico("dead-letters", "list", "--handled").stdout
    assert "operator" in handled


def test_an_event_that_no_queue_wanted_is_sent_again_once_somebody_listens(
    portal, rows, patient_id
):
    nobody, event_id = "AccountActivated.v1", new_id()
    event = AccountActivated(account_id=new_id(), patient_id=patient_id)
    body = encode(event, event_id=event_id, sequence=1, occurred_at=now())
    with pika.BlockingConnection(pika.URLParameters(broker(portal))) as connection:
        channel = connection.channel()
        channel.queue_unbind("notifications.normal", "identity.events", nobody)
        channel.basic_publish("identity.events", nobody, body)
    listed = portal.portico("unroutable", "list").stdout
    assert nobody in listed and "notifications" in listed
    again = portal.portico("unroutable", "replay")
    assert "Sent again: 1. Without a listener: 0." in again.stdout
    heard = "SELECT 1 FROM inbox WHERE event_id = %s"
    eventually(lambda: rows("notifications", heard, event_id), what="the event heard")
    assert "There are no unroutable events." in portal.portico("unroutable", "list").stdout
    audited = "SELECT count(*) FROM audit_row WHERE method = 'replay_unroutable'"
    assert rows("identity", audited)[0][0] >= 1


def broker(portal) -> str:
    """The administrator's address of the broker, as the portal's own commands know it."""
    ask = "from portico_ops.lifecycle import installation_here as here; "
    told = [sys.executable, "-c", ask + "print(here().secrets()['amqp-admin-url'])"]
    return subprocess.run(
        told, env=portal.environment, check=True, capture_output=True, text=True
    ).stdout.strip()
