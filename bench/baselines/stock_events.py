"""A visit booked and heard of by stock nameko: commit, then dispatch; handle, then commit.

What lies between is what a crash loses. Here it only serves to say how fast it is.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from nameko import config
from nameko.events import EventDispatcher, event_handler
from nameko.extensions import DependencyProvider
from nameko.web.handlers import http
from sqlalchemy import create_engine, text

BOOK = text("INSERT INTO stock_visit (id) VALUES (:id)")
HEAR = text("INSERT INTO stock_delivery (visit_id) VALUES (CAST(:id AS uuid))")


class Database(DependencyProvider):
    """An engine for the life of the process."""

    def setup(self) -> None:
        self.engine = create_engine(config["DATABASE_URL"])

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """The engine."""
        return self.engine


class StockBooker:
    """Books, and says so."""

    name = "stock_booker"
    database = Database()
    dispatch = EventDispatcher()

    @http("POST", "/visits")
    def book(self, _request: Any) -> tuple[int, str]:
        """One row, committed, then one event."""
        visit_id = uuid.uuid4()
        with self.database.begin() as connection:
            connection.execute(BOOK, {"id": visit_id})
        self.dispatch("visit_booked", {"id": str(visit_id)})
        return 201, json.dumps({"appointment_id": str(visit_id)})


class StockListener:
    """Hears of it, in another process."""

    name = "stock_listener"
    database = Database()

    @event_handler("stock_booker", "visit_booked")
    def heard(self, payload: dict[str, str]) -> None:
        """One row."""
        with self.database.begin() as connection:
            connection.execute(HEAR, payload)
