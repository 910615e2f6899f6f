"""`portico staff add`, as an operator runs it on an empty portal."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine, text

from portico_kit.sealing import TransitBox
from portico_kit.testing import keys

RUTH = (
    "--role", "practice_administrator", "--first-name", "Ruth", "--last-name", "Lindqvist",
    "--email", "Ruth@cedargrove.example",
)  # fmt: skip


@pytest.fixture
def database(service_database: Callable[[str], str]) -> str:
    return service_database("identity")


def add(url: str, *words: str) -> subprocess.CompletedProcess[str]:
    portico = str(Path(sys.executable).with_name("portico"))
    return subprocess.run(
        [portico, "staff", "add", *words],
        capture_output=True,
        text=True,
        timeout=120,
        env={"PORTICO_IDENTITY_DATABASE_URL": url, "PORTICO_TRANSIT_KEY": keys.TRANSIT_KEY,
             "PORTICO_DIRECTORY": "/nowhere"},
    )  # fmt: skip


def rows(url: str, query: str) -> list[Any]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        found = list(connection.execute(text(query)))
    engine.dispose()
    return found


def test_the_first_administrator_gets_a_link_and_the_operator_is_on_record(database: str) -> None:
    done = add(database, *RUTH)
    assert done.returncode == 0, done.stderr
    assert "Ruth Lindqvist has an account" in done.stdout and "by mail" in done.stdout
    [(staff_id, roles)] = rows(database, "SELECT account_id, roles FROM staff")
    assert roles == ["practice_administrator"]
    [(event,)] = rows(database, "SELECT data::jsonb FROM outbox WHERE name = 'StaffInvited'")
    token = TransitBox(keys.TRANSIT_KEY).unseal(
        event["sealed_link_token"], about=UUID(event["staff_id"])
    )
    assert len(token) > 30 and token not in done.stdout
    [(actor, about, method)] = rows(database, "SELECT actor, patient_ids, method FROM audit_row")
    assert (actor["kind"], actor["roles"], method) == ("system", ["operator"], "add_staff")
    assert about == [staff_id]


def test_a_login_that_is_taken_is_refused_and_leaves_nothing(database: str) -> None:
    add(database, *RUTH)
    again = add(database, *RUTH)
    assert again.returncode == 1 and "signs in with this --email already" in again.stderr
    assert len(rows(database, "SELECT 1 FROM account")) == 1
    assert len(rows(database, "SELECT 1 FROM audit_row")) == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*RUTH[:6],), "Give --email or --mobile"),
        ((*RUTH[:6], "--mobile", "12"), "--mobile is none"),
        ((*RUTH, "--role", "king"), "--role is one of"),
        ((*RUTH, "--language", "fr"), "--language is one of"),
    ],
)
def test_what_cannot_be_is_refused_plainly(
    database: str, words: tuple[str, ...], said: str
) -> None:
    done = add(database, *words)
    assert done.returncode != 0 and said in done.stderr and "Traceback" not in done.stderr
    assert rows(database, "SELECT 1 FROM account") == []
