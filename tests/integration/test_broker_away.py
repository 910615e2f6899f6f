"""The broker is killed: patients still read and write, and what they wrote arrives later."""

from __future__ import annotations

import os
import signal

from portico_kit.testing.waiting import eventually


def broker_pid(portal) -> int:
    return int((portal.folder / "rabbitmq" / "node.pid").read_text().split()[0])


def test_patients_read_and_write_without_the_broker_and_nothing_is_lost(portal, person):
    maria, dana = person("maria"), person("dana")
    maria.get("/results")
    doomed = broker_pid(portal)
    os.kill(doomed, signal.SIGKILL)

    assert maria.get("/results")["items"]
    asked = maria.post(
        "/conversations", topic="other", subject="While it was away", body="Hello there."
    )
    assert asked.status_code == 201, asked.text
    item = asked.json()["request_id"]
    assert dana.post(f"/queue-items/{item}/take").status_code == 200
    seen = portal.newest("mail", "maria@cedargrove.example")
    answered = dana.post(f"/queue-items/{item}/reply", body="We heard you.", finish=True)
    assert answered.status_code == 200, answered.text

    eventually(lambda: portal.portico("status", check=False).returncode == 0, within=90)
    assert broker_pid(portal) != doomed
    assert portal.mail("maria@cedargrove.example", after=seen, wait=60)
