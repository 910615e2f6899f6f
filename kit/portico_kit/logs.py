"""Logs: JSON lines of dotted facts with ids. A key that is not on the list is not written."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, TextIO

import orjson
import structlog

# Ids, codes of kind, counts and times. Never names, bodies, addresses or exception texts.
ALLOWED = frozenset(
    "event level timestamp service process reference method status code error where seconds "
    "count event_id event_name subscription attempts due_at queue exchange port url_path route "
    "account_id patient_id staff_id session_id appointment_id conversation_id message_id item_id "
    "result_id statement_id payment_id invitation_id delivery_id channel kind state reason source "
    "run_id lane timer provider signal exit_status copy entry bytes table version name oldest "
    "milliseconds attempt host".split()
)
log: structlog.stdlib.BoundLogger = structlog.get_logger()


def configure(service: str, *, level: int = logging.INFO, file: TextIO | None = None) -> None:
    """Set up JSON lines on standard output, or in a file, for our logs and the libraries' alike."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file or sys.stdout),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = _LibraryLogs()
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


def where(problem: BaseException) -> str:
    """File and line of the innermost frame: tells a developer where, never what was in it."""
    frames = traceback.extract_tb(problem.__traceback__)
    if not frames:
        return "?"
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"


class _LibraryLogs(logging.Handler):
    """Libraries write free text (SQL, addresses): keep only who spoke, where, and how badly."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None
        place = f"{Path(record.pathname).name}:{record.lineno}"
        log.warning("library.said", name=record.name, where=place, error=error)


def _only_allowed(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    return {k: v for k, v in event.items() if k in ALLOWED}


def _dump(event: Any, **_kwargs: Any) -> str:
    return orjson.dumps(event, default=str).decode()
