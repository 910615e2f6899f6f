"""Keeping mail and reading it back."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser, BytesParser
from typing import Any

from portico_ops.sandbox import references
from portico_ops.sandbox.database import keep_newest

LARGEST_NUMBER = 2**63 - 1  # SQLite's


def keep_mail(
    database: sqlite3.Connection,
    *,
    sender: str,
    recipients: Sequence[str],
    raw: bytes,
    newest_kept: int,
    now: datetime,
) -> int:
    """Store one mail as it came, and drop those beyond the newest `newest_kept`; its number.

    One whose Message-ID is known already is the same mail once more: the first one's number.
    """
    # No more of it than is asked for here: this is done with every mail, and reading takes long.
    head = BytesHeaderParser(policy=policy.compat32).parsebytes(raw)
    subject, name = _first(head, "subject")[:500], _first(head, "message-id")[:500]
    number = references.known(database, channel="mail", name=name)
    if number is not None and _find(database, number) is not None:
        return number
    with database:
        number = database.execute(
            "insert into mail (received_at, sender, subject, raw) values (?, ?, ?, ?)",
            (now.isoformat(), sender, subject, raw),
        ).lastrowid
        assert number is not None
        database.executemany(
            "insert or ignore into mail_recipient (mail_id, address) values (?, ?)",
            [(number, address.lower()) for address in recipients],
        )
        references.keep(database, channel="mail", name=name, number=number, newest_kept=newest_kept)
        keep_newest(database, table="mail", count=newest_kept)
    return number


def list_mail(
    database: sqlite3.Connection,
    *,
    to: str | None = None,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[dict[str, Any]]:
    """Mail newest first, as summaries; `to` is an address, `before` and `after` are numbers."""
    rows = database.execute(
        """select id, received_at, sender, subject,
                  (select group_concat(address, ', ') from mail_recipient where mail_id = mail.id)
                  as recipients
           from mail
           where (:before is null or id < :before) and (:after is null or id > :after)
             and (:to is null or id in (select mail_id from mail_recipient where address = :to))
           order by id desc limit :limit""",
        {"to": to.lower() if to else None, "before": before, "after": after, "limit": limit},
    )
    return [dict(row) for row in rows]


def read_mail(database: sqlite3.Connection, *, number: int) -> dict[str, Any] | None:
    """One mail with its text, HTML, headers and attachments' names; None when there is none."""
    row = _find(database, number)
    if row is None:
        return None
    recipients = database.execute(
        "select address from mail_recipient where mail_id = ? order by address", (number,)
    )
    message = _parse(row["raw"])
    return {
        "id": row["id"],
        "received_at": row["received_at"],
        "sender": row["sender"],
        "recipients": [address for (address,) in recipients],
        "subject": row["subject"],
        "headers": _headers(message),
        **_parts(message, row["raw"]),
    }


def read_raw(database: sqlite3.Connection, *, number: int) -> bytes | None:
    """The mail as it came over the wire."""
    row = _find(database, number)
    return row["raw"] if row else None


def read_attachment(
    database: sqlite3.Connection, *, number: int, position: int
) -> tuple[dict[str, Any], bytes] | None:
    """One attachment's description and bytes; None when there is none at that place."""
    mail = read_mail(database, number=number)
    raw = read_raw(database, number=number)
    if mail is None or raw is None or not 0 <= position < len(mail["attachments"]):
        return None
    return mail["attachments"][position], _content(_attachments(_parse(raw))[position])


def clear_mail(database: sqlite3.Connection, *, to: str | None = None) -> int:
    """Delete all mail, or that to one address; how many went."""
    with database:
        return database.execute(
            """delete from mail where :to is null
               or id in (select mail_id from mail_recipient where address = :to)""",
            {"to": to.lower() if to else None},
        ).rowcount


def _find(database: sqlite3.Connection, number: int) -> sqlite3.Row | None:
    if number > LARGEST_NUMBER:
        return None
    row: sqlite3.Row | None = database.execute(
        "select * from mail where id = ?", (number,)
    ).fetchone()
    return row


def _parse(raw: bytes) -> EmailMessage:
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    return message


def _headers(message: Message) -> list[list[str]]:
    return [[name, _read(name, value)] for name, value in message.raw_items()]


def _first(message: Message, wanted: str) -> str:
    found = (item for item in message.raw_items() if item[0].lower() == wanted)
    return next((_read(name, value) for name, value in found), "")


def _read(name: str, value: str) -> str:
    """A header decoded, or as it stands where it is broken beyond reading."""
    try:
        return _writable(str(policy.default.header_fetch_parse(name, value)))
    except Exception:  # the library raises many kinds on hostile headers
        return _writable(str(value))


def _writable(text: str) -> str:
    """Without the halves of characters that some character sets let through: no page takes them."""
    return text.encode("utf-8", "replace").decode()


def _parts(message: EmailMessage, raw: bytes) -> dict[str, Any]:
    """Text, HTML and attachments; a mail too broken to take apart is shown whole, as text."""
    try:
        return {
            "text": _body(message, "plain"),
            "html": _body(message, "html"),
            "attachments": [_describe(n, part) for n, part in enumerate(_attachments(message))],
        }
    except Exception:  # as above
        return {"text": raw.decode("latin-1"), "html": None, "attachments": []}


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return None
    try:
        charset = part.get_content_charset() or "utf-8"
        return _writable(_content(part).decode(charset, errors="replace"))
    except LookupError:  # a character set that nobody knows
        return _content(part).decode("latin-1")


def _attachments(message: EmailMessage) -> list[EmailMessage]:
    bodies = {id(message.get_body(preferencelist=(kind,))) for kind in ("plain", "html")}
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return [part for part in leaves if id(part) not in bodies]


def _describe(position: int, part: EmailMessage) -> dict[str, Any]:
    return {
        "position": position,
        "name": _writable(part.get_filename() or f"part-{position + 1}"),
        "type": part.get_content_type(),
        "size": len(_content(part)),
    }


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
