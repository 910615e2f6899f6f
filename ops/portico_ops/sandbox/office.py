"""What every part of the sandbox shares while it runs."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from starlette.requests import Request

from portico_ops.sandbox.arrivals import Arrivals
from portico_ops.sandbox.settings import Settings
from portico_ops.sandbox.troubles import Troubles


@dataclass(frozen=True, kw_only=True)
class Office:
    """The open database, the settings, what goes wrong just now, and the two bells: mail has come,
    a callback is planned.
    """

    settings: Settings
    database: sqlite3.Connection
    arrivals: Arrivals
    callbacks_planned: Arrivals
    troubles: Troubles = field(default_factory=Troubles)


def office_of(request: Request) -> Office:
    """The office that serves this request."""
    office: Office = request.app.state.office
    return office
