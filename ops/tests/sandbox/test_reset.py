"""What `portico sandbox reset` refuses, and what it remembers."""

from __future__ import annotations

from pathlib import Path

import pytest

from portico_ops.home import Home
from portico_ops.installation import Installation
from portico_ops.sandbox.reset import NotASandbox, copies_in, reset
from portico_ops.supervisor.plan import Child, Plan, write_plan


def child(name: str) -> Child:
    return Child(name=name, command=(), environment={}, port=0)


def test_an_installation_without_the_sandbox_keeps_its_data(tmp_path: Path) -> None:
    write_plan(tmp_path / "run", Plan(children=(), sandbox=False))
    here = Installation(home=Home(tmp_path), offset=0, sandbox=True, given={})
    with pytest.raises(NotASandbox):
        reset(here, say=print)


def test_nothing_is_dropped_on_a_server_that_was_never_seeded(tmp_path: Path) -> None:
    given = {"PORTICO_POSTGRES_URL": "postgresql://admin:a@db.example/postgres"}
    here = Installation(home=Home(tmp_path), offset=0, sandbox=True, given=given)
    with pytest.raises(NotASandbox):
        reset(here, say=print)


def test_nothing_is_dropped_on_a_server_other_than_the_one_that_was_seeded(tmp_path: Path) -> None:
    given = {"PORTICO_POSTGRES_URL": "postgresql://admin:a@db.invalid/postgres"}
    Installation(home=Home(tmp_path), offset=0, sandbox=True, given={}).note_seeded()
    here = Installation(home=Home(tmp_path), offset=0, sandbox=True, given=given)
    with pytest.raises(NotASandbox):
        reset(here, say=print)
    here.note_seeded()
    assert here.is_seeded


def test_as_many_copies_as_before_are_started_again() -> None:
    plan = Plan(children=tuple(map(child, ("gateway", "records", "records-2", "records-3"))))
    assert copies_in(plan) == {"records": 3}
