"""Errors of the API: problem+json (RFC 9457), with a code to test for and a reference."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from portico_contracts.refusal import Refusal


def problem(refusal: Refusal, *, reference: str) -> Response:
    """The answer to a refused request."""
    facts = {k: v for k, v in refusal.facts.items() if k not in ("reference", "method")}
    body: dict[str, Any] = {
        "type": f"about:blank#{refusal.code}",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "code": refusal.code,
        "detail": str(refusal),
        "reference": refusal.facts.get("reference", reference),
        **facts,
    }
    headers = {}
    if refusal.status in (429, 503):
        headers["Retry-After"] = str(refusal.facts.get("seconds", 5))
    if refusal.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="portico"'
    return Response(
        orjson.dumps(body, default=str),
        status_code=refusal.status,
        media_type="application/problem+json",
        headers=headers,
    )
