"""The OpenAPI 3.1 document of the API, made from the table of operations and the contracts."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, is_typeddict

import orjson
from apispec import APISpec
from starlette.requests import Request
from starlette.responses import Response

from gateway.api.operations import FILLED_HERE, Operation
from gateway.api.table import OPERATIONS
from portico_contracts.schema import json_schema_of

TYPED = re.compile(r":\w+}")  # {failure_id:int}, as the router reads it
IDEMPOTENCY_KEY = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string"}}
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "reference"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "What to test for, such as SlotTaken."},
        "detail": {"type": "string"},
        "reference": {"type": "string", "description": "Finds this answer in the logs."},
    },
}


def document() -> dict[str, Any]:
    """The whole document."""
    spec = APISpec(
        title="Portico",
        version="1",
        openapi_version="3.1.0",
        info={"description": "A patient's record and the practice's work, one request at a time."},
    )
    spec.components.security_scheme("session", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", PROBLEM)
    for operation in OPERATIONS:
        path = "/api/v1" + TYPED.sub("}", operation.path)
        spec.path(path, operations={operation.method.lower(): _describe(operation)})
    return dict(spec.to_dict())


async def serve(_request: Request) -> Response:
    """``GET /api/v1/openapi.json``."""
    return Response(
        _written(), media_type="application/json", headers={"Cache-Control": "public, max-age=300"}
    )


@cache
def _written() -> bytes:
    """The document's bytes, made once a process: strangers may ask for it."""
    return orjson.dumps(document())


def _describe(operation: Operation) -> dict[str, Any]:
    order, words = operation.order, (operation.request.__doc__ or "").strip()
    in_path = re.findall(r"{(\w+)", operation.path)
    schema = json_schema_of(operation.request)
    names = [f.name for f in fields(operation.request)]
    asked = [n for n in names if n not in in_path and n not in FILLED_HERE]
    found: dict[str, Any] = {
        "operationId": f"{order.service}_{order.method}",
        "tags": [order.service],
        "summary": words.split("\n")[0],
        "description": words,
        "security": [] if operation.open else [{"session": []}],
        "parameters": [_parameter(n, "path", schema, required=True) for n in in_path],
        "responses": _responses(operation),
    }
    if operation.method == "GET":
        required = schema["required"]
        found["parameters"] += [_parameter(n, "query", schema, n in required) for n in asked]
        return found
    if order.action == "write" and not operation.open:
        found["parameters"].append(IDEMPOTENCY_KEY)
    found["requestBody"] = {"content": {"application/json": {"schema": _body(schema, asked)}}}
    return found


def _body(schema: dict[str, Any], asked: list[str]) -> dict[str, Any]:
    body = {k: v for k, v in schema.items() if k != "title"}
    body["properties"] = {n: schema["properties"][n] for n in asked}
    body["required"] = [n for n in schema["required"] if n in asked]
    return body


def _parameter(name: str, place: str, schema: dict[str, Any], required: bool) -> dict[str, Any]:
    return {"name": name, "in": place, "required": required, "schema": schema["properties"][name]}


def _responses(operation: Operation) -> dict[str, Any]:
    reply = operation.order.reply
    known = is_typeddict(reply) or is_dataclass(reply)
    good = {"schema": json_schema_of(reply) if known else {}}
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        str(operation.status): {"description": "Done.", "content": {"application/json": good}},
        "default": {
            "description": "Refused.",
            "content": {"application/problem+json": problem},
        },
    }
