"""Errors of the API and of webhooks: problem+json (RFC 9457), with a code and a reference."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from portico_contracts.refusal import Refusal, ServiceFailed
from portico_kit.ids import new_id
from portico_kit.logs import log, where


async def answered(work: Callable[[str], Awaitable[Response]], *, route: str) -> Response:
    """What ``work`` answers under a fresh reference; a problem for whatever it raises."""
    reference = new_id().hex[-12:]
    try:
        return await work(reference)
    except Refusal as refusal:
        return problem(refusal, reference=reference)
    except ClientDisconnect:
        return Response(status_code=400)  # nobody is there to read it
    except Exception as failure:
        facts = {"reference": reference, "route": route}
        log.error("api.failed", error=type(failure).__name__, where=where(failure), **facts)
        return problem(ServiceFailed(reference=reference), reference=reference)


def problem(refusal: Refusal, *, reference: str) -> Response:
    """The answer to a refused request."""
    facts = {k: v for k, v in refusal.facts.items() if k not in ("reference", "method")}
    body: dict[str, Any] = {
        **facts,
        "type": f"about:blank#{refusal.code}",
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "code": refusal.code,
        "detail": str(refusal),
        "reference": refusal.facts.get("reference", reference),
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
