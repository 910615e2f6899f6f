"""The sandbox's one small SQLite file: a restart loses nothing, and old mail and texts go."""

from __future__ import annotations

import sqlite3
from pathlib import Path

SCHEMA = """
create table if not exists mail (
    id integer primary key autoincrement,
    received_at text not null,
    sender text not null,
    subject text not null,
    raw blob not null
);
create table if not exists mail_recipient (
    mail_id integer not null references mail on delete cascade,
    address text not null,
    primary key (address, mail_id)
) without rowid;
create index if not exists mail_recipient_mail on mail_recipient (mail_id);
create table if not exists text_message (
    id integer primary key autoincrement,
    sid text not null unique,
    received_at text not null,
    account text not null,
    sender text not null,
    recipient text not null,
    body text not null,
    status text not null,
    error_code integer,
    token text unique
);
create index if not exists text_message_recipient on text_message (recipient, id);
create table if not exists reference (
    channel text not null,
    name text not null,
    number integer not null,
    times integer not null default 1,
    primary key (channel, name)
) without rowid;
create index if not exists reference_number on reference (channel, number);
create table if not exists intent (
    id text primary key,
    created integer not null,
    body text not null,
    return_url text
);
create table if not exists refund (
    id text primary key,
    intent_id text not null references intent,
    amount integer not null,
    body text not null
);
create table if not exists card_reply (
    key text primary key,
    fingerprint text not null,
    status integer not null,
    body text not null
);
create table if not exists callback (
    id text primary key,
    kind text not null,
    about text not null,
    name text not null,
    url text not null,
    body text not null,
    attempts integer not null default 0,
    next_at real,
    state text not null default 'waiting',
    last_answer text
);
create index if not exists callback_due on callback (next_at) where state = 'waiting';
create index if not exists callback_about on callback (about);
"""


def open_database(path: Path) -> sqlite3.Connection:
    """The database at `path`, made if absent. One connection serves the one event loop."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    # A killed process loses nothing so; only a power cut could, and that is fine for a sandbox.
    connection.executescript(
        "pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;"
    )
    connection.executescript(SCHEMA)
    return connection


def keep_newest(connection: sqlite3.Connection, *, table: str, count: int) -> None:
    """Drop all but the `count` newest rows of a table that numbers its rows."""
    connection.execute(
        f"delete from {table} where id <= (select max(id) from {table}) - ?",  # noqa: S608
        (count,),
    )
