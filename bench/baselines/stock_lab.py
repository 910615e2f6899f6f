"""The lab list as stock nameko would serve it: HTTP entrypoint, RPC, SQLAlchemy, and no more.

It reads the very rows that records reads, by the same statement, and asks nobody who the caller
is: no session, no authorisation, no audit row. Run by `nameko run`, as its documentation says.
"""

from __future__ import annotations

import json
from typing import Any

from nameko import config
from nameko.extensions import DependencyProvider
from nameko.rpc import ServiceRpc, rpc
from nameko.web.handlers import http
from sqlalchemy import create_engine, text

LIST = text(
    "SELECT l.id AS result_id, l.name, l.code, l.value, l.shown, l.unit, "
    "l.range_low::text AS range_low, l.range_high::text AS range_high, l.range_text, l.flag, "
    "l.status, l.at AS collected_at, l.released_at, l.panel_id, l.panel, s.name AS source, "
    "l.performer, (l.first_viewed_at IS NULL AND l.released_at > now() - interval '30 days') "
    "AS is_new, l.has_comment "
    "FROM lab_result l JOIN source s ON s.id = l.source_id "
    "WHERE l.patient_id = CAST(:patient_id AS uuid) AND l.released_at IS NOT NULL "
    "AND l.status NOT IN ('entered-in-error', 'cancelled') "
    "ORDER BY l.at DESC, l.id DESC LIMIT :most"
)


class Database(DependencyProvider):
    """An engine for the life of the process."""

    def setup(self) -> None:
        self.engine = create_engine(config["DATABASE_URL"], pool_size=20)

    def get_dependency(self, _worker_ctx: Any) -> Any:
        """The engine."""
        return self.engine


class StockLab:
    """Reads the rows."""

    name = "stock_lab"
    database = Database()

    @rpc
    def list_lab_results(self, patient_id: str, limit: int) -> dict[str, Any]:
        """A page of results, newest first."""
        with self.database.connect() as connection:
            rows = connection.execute(LIST, {"patient_id": patient_id, "most": limit + 1})
            found = [dict(row) for row in rows.mappings()]
        return {"items": found[:limit], "next": None}


class StockLabWeb:
    """Answers over HTTP with what the service says."""

    name = "stock_lab_web"
    lab = ServiceRpc("stock_lab")

    @http("GET", "/results/<string:patient_id>")
    def results(self, _request: Any, patient_id: str) -> tuple[int, dict[str, str], str]:
        """The list as JSON."""
        reply = self.lab.list_lab_results(patient_id, 20)
        return 200, {"Content-Type": "application/json"}, json.dumps(reply, default=str)
