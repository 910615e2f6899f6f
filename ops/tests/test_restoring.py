"""Databases are exchanged all or, called again, the rest; what stood there before is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from portico_ops.backup.keys import check_keys, fingerprints
from portico_ops.backup.manifest import BackupUnusable, Manifest, open_private
from portico_ops.bootstrap.roles import Logins, connect_as_administrator
from portico_ops.restoring.databases import StillRunning, at, exchange, refuse_sessions
from portico_ops.restoring.report import note, noted

STAMP = "20261122081500"


@dataclass
class Server:
    """A server with one database of a name of its own, and hands to look and to rename."""

    url: str
    name: str
    logins: dict[str, Logins]

    def make(self, name: str, *, marked: str) -> None:
        with connect_as_administrator(self.url) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        with connect_as_administrator(at(self.url, name)) as connection:
            connection.execute(sql.SQL("CREATE TABLE {} ()").format(sql.Identifier(marked)))

    def mark_of(self, name: str) -> str:
        query = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        with connect_as_administrator(at(self.url, name)) as connection:
            found = connection.execute(query).fetchone()
        return str(found[0]) if found else ""

    def names(self) -> set[str]:
        query = "SELECT datname FROM pg_database WHERE datname LIKE %s"
        with connect_as_administrator(self.url) as connection:
            rows = connection.execute(query, (f"{self.name}%",)).fetchall()
        return {name.removeprefix(self.name) for (name,) in rows}

    def exchange(self) -> list[str]:
        return exchange(administrator_url=self.url, logins=self.logins, stamp=STAMP)


@pytest.fixture
def server(postgres_url: str) -> Iterator[Server]:
    name = f"r{uuid4().hex[:12]}"
    login = Logins(**dict.fromkeys(("owner", "service", "relay"), at(postgres_url, name)))
    made = Server(postgres_url, name, {"drill": login})
    yield made
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for suffix in made.names():
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name + suffix)))


def test_the_loaded_takes_the_place_and_the_former_is_kept(server: Server) -> None:
    server.make(server.name, marked="former")
    server.make(f"{server.name}_restoring_{STAMP}", marked="loaded")
    for _again in range(2):
        assert server.exchange() == [f"{server.name}_before_{STAMP}"]
        assert server.names() == {"", f"_before_{STAMP}"}
        assert server.mark_of(server.name) == "loaded"
        assert server.mark_of(f"{server.name}_before_{STAMP}") == "former"


def test_ended_between_two_steps_it_goes_on(server: Server) -> None:
    server.make(f"{server.name}_before_{STAMP}", marked="former")
    server.make(f"{server.name}_restoring_{STAMP}", marked="loaded")
    server.exchange()
    assert server.names() == {"", f"_before_{STAMP}"}
    assert server.mark_of(server.name) == "loaded"


def test_what_an_earlier_restore_kept_or_left_behind_goes(server: Server) -> None:
    server.make(server.name, marked="former")
    server.make(f"{server.name}_before_20250101000000", marked="older")
    server.make(f"{server.name}_restoring_20250101000000", marked="half")
    server.make(f"{server.name}_restoring_{STAMP}", marked="loaded")
    server.exchange()
    assert server.names() == {"", f"_before_{STAMP}"}


def test_nobody_may_be_connected_meanwhile(server: Server) -> None:
    server.make(server.name, marked="former")
    refuse_sessions(server.url, [server.name])
    with psycopg.connect(at(server.url, server.name)), pytest.raises(StillRunning):
        refuse_sessions(server.url, [server.name], within=0.3)


def test_half_a_line_of_one_who_was_killed_does_not_spoil_the_lines_after_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "drained.ndjson"
    path.write_text('{"queue": "a"}\n{"queue": "b", "ev')
    with open_private(path, "a") as file:
        file.write('{"queue": "b"}\n')
    assert path.read_text() == '{"queue": "a"}\n{"queue": "b"}\n'


def test_of_each_payment_the_last_that_was_done_about_it_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "payments.ndjson"
    assert noted(path) == []
    closed = {"payment_id": "1", "intent_id": "a", "outcome": "closed"}
    for_a_person = {"payment_id": "2", "intent_id": "b", "outcome": "for_a_person"}
    booked = {**for_a_person, "outcome": "booked"}
    note(path, [closed, for_a_person])
    note(path, [{**closed, "outcome": "over"}, booked])
    assert noted(path) == [closed, booked]


def test_what_was_done_about_payments_is_noted_before_the_processor_goes_away(
    tmp_path: Path,
) -> None:
    booked = {"payment_id": "1", "intent_id": "a", "outcome": "booked"}

    def facts() -> Iterator[dict[str, str]]:
        yield booked
        raise ConnectionError

    with pytest.raises(ConnectionError):
        note(tmp_path / "payments.ndjson", facts())
    assert noted(tmp_path / "payments.ndjson") == [booked]


def test_a_backup_made_with_other_keys_is_refused_and_one_that_was_rotated_is_not() -> None:
    old, new = "1:b2xk", "1:b2xk,2:bmV3"
    keys = {"master-keys": old, "transit-key": "t", "pepper": "p"}
    manifest = Manifest(
        taken_at=datetime.now(UTC), release="1", server=180000, keys=fingerprints(keys), parts={}
    )
    check_keys(manifest, keys)
    check_keys(manifest, keys | {"master-keys": new})
    with pytest.raises(BackupUnusable, match="master-keys"):
        check_keys(manifest, keys | {"master-keys": "1:b3RoZXI="})
