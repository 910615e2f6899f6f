"""Promises that several services keep together."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest

from portico_kit.testing.waiting import eventually
from portico_ops.credentials import with_login
from portico_ops.processes import SERVICES

CANARY = "zanzibarite"


def a_free_slot(someone, *, code="follow_up", provider=0, number=-1):
    """A time that is free now, as the body of a booking."""
    choices = someone.get("/booking/choices")
    kind = next(t for t in choices["visit_types"] if t["code"] == code)
    seen_by = [p for p in choices["providers"] if kind["visit_type_id"] in p["visit_type_ids"]]
    free = someone.get(
        "/booking/times",
        visit_type_id=kind["visit_type_id"],
        provider_id=seen_by[provider]["provider_id"],
        from_day=datetime.now(UTC).date().isoformat(),
        days=31,
    )
    times = [t for day in free["days"] for t in day["times"]]
    return {
        "visit_type_id": kind["visit_type_id"],
        "provider_id": seen_by[provider]["provider_id"],
        "starts_at": times[number]["starts_at"],
        "mode": "phone",
    }


def test_a_key_makes_a_second_booking_the_first_ones_answer(person):
    elena, key = person("elena"), uuid4().hex
    slot = a_free_slot(elena)
    first = elena.post("/visits", key=key, **slot)
    assert first.status_code == 201, first.text
    again = elena.post("/visits", key=key, **slot)
    assert again.json() == first.json()
    other = elena.post("/visits", key=key, **{**slot, "mode": "video"})
    assert (other.status_code, other.json()["code"]) == (422, "KeyReused")
    cancelled = elena.post(f"/visits/{first.json()['appointment_id']}/cancel", reason="a test")
    assert cancelled.status_code == 200, cancelled.text


def test_of_many_who_want_one_time_one_gets_it_and_nobody_an_error(portal, person):
    elena, maria = person("elena"), person("maria")
    slot = a_free_slot(elena, provider=1)
    rivals = [elena, maria] * 15

    with ThreadPoolExecutor(10) as crowd:
        answers = list(crowd.map(lambda who: who.post("/visits", **slot), rivals))

    counted = Counter(a.status_code for a in answers)
    assert counted[201] == 1, counted
    assert set(counted) == {201, 409}, counted
    codes = {a.json()["code"] for a in answers if a.status_code == 409}
    won = next((who, a) for who, a in zip(rivals, answers, strict=True) if a.status_code == 201)
    won[0].post(f"/visits/{won[1].json()['appointment_id']}/cancel", reason="a test")
    assert codes <= {"SlotTaken", "VisitsOverlap"}, codes


def test_what_staff_looked_at_stands_in_the_patients_own_ledger(person):
    amara, maria = person("amara"), person("maria")
    patient = amara.get("/patients", q="Maria Reyes")["items"][0]
    amara.get("/results", patient_id=patient["patient_id"])

    def seen():
        entries = maria.get("/account/activity", limit=100)["items"]
        return [
            e
            for e in entries
            if e["who"]["kind"] == "staff"
            and "Okafor" in e["who"]["name"]
            and e["category"] == "results"
        ]

    assert eventually(seen, what="the entry in Maria's ledger")


def test_words_of_a_message_are_nowhere_but_in_the_message(portal, person):
    maria = person("maria")
    asked = maria.post(
        "/conversations", topic="symptom", subject=f"About {CANARY}", body=f"My {CANARY} hurts."
    )
    assert asked.status_code == 201, asked.text
    item = asked.json()["request_id"]
    dana = person("dana")
    assert dana.post(f"/queue-items/{item}/take").status_code == 200
    answered = dana.post(f"/queue-items/{item}/reply", body=f"Rest your {CANARY}.", finish=True)
    assert answered.status_code == 200, answered.text
    portal.mail("maria@cedargrove.example")

    conversation = maria.get(f"/conversations/{asked.json()['conversation_id']}")
    assert CANARY in conversation["messages"][-1]["body"]
    assert CANARY not in portal.logs()
    for service in SERVICES:
        assert words_at_rest(portal.database_url(service)) == [], service


def words_at_rest(url):
    """The tables in which the canary lies open."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        return [
            table
            for (table,) in tables
            if connection.execute(
                f"SELECT 1 FROM {table} AS row WHERE row::text LIKE %s LIMIT 1", [f"%{CANARY}%"]
            ).fetchone()
        ]


def test_services_cannot_read_one_anothers_databases(portal):
    password = (portal.folder / "secrets" / "messaging-service-password").read_text().strip()
    own, others = (
        with_login(portal.database_url(name), user="messaging", password=password)
        for name in ("messaging", "records")
    )
    psycopg.connect(own).close()
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(others)


def test_a_service_can_be_run_twice_and_once_again(portal, person):
    try:
        grown = portal.portico("up", "--scale", "records=2")
        assert grown.returncode == 0, grown.stdout + grown.stderr
        eventually(lambda: portal.portico("status", check=False).returncode == 0, within=60)
        assert portal.portico("status").stdout.count("records") == 2
        for _ in range(10):
            person("maria").get("/results")
    finally:
        portal.portico("up", "--scale", "records=1")
    assert portal.portico("status", check=False).stdout.count("records") == 1
