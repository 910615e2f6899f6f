"""What senders call their mail and texts: a reference that comes again is honoured, and counted.

That is what good receivers do with a Message-ID or an idempotency token: a sender that does not
know whether it was heard may say the same thing again, and it is still one mail.
"""

from __future__ import annotations

import sqlite3
from typing import Literal

Channel = Literal["mail", "text"]


def known(database: sqlite3.Connection, *, channel: Channel, name: str | None) -> int | None:
    """The number of what was kept under this name before; counts that it came once more."""
    if not name:
        return None
    with database:
        row = database.execute(
            "update reference set times = times + 1 where channel = ? and name = ? "
            "returning number",
            (channel, name),
        ).fetchone()
    return int(row[0]) if row else None


def keep(
    database: sqlite3.Connection,
    *,
    channel: Channel,
    name: str | None,
    number: int,
    newest_kept: int,
) -> None:
    """Note the name of what was kept just now, in the transaction that is open."""
    if not name:
        return
    database.execute(
        "insert or replace into reference (channel, name, number) values (?, ?, ?)",
        (channel, name, number),
    )
    database.execute(
        "delete from reference where channel = ? and number <= ?", (channel, number - newest_kept)
    )
