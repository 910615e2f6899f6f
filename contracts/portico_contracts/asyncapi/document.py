"""The AsyncAPI 3.0 document: a channel per exchange, a message per event version and request."""

from __future__ import annotations

import inspect
from typing import Any

from ..event import Promise
from ..golden.forms import event_schema, orders, promises, reply_schema, request_schema
from ..rpc import Order

RPC = "nameko-rpc"
REPLIES = "amq.rabbitmq.reply-to"
LIVE = "gateway"
Node = dict[str, Any]

DESCRIPTION = """\
Every service has one exchange for what it announces. Events are persistent, published with
confirms out of an outbox, delivered at least once, in order per aggregate. Requests are transient
messages on one exchange, answered at the caller's direct reply-to; their names and replies stand
in the operations. Written by `python -m portico_contracts.asyncapi`: change the contracts, not
this file."""

HEADERS: Node = {
    "type": "object",
    "properties": {
        "portico-token": {
            "type": "string",
            "description": "access token of whoever acts, signed by identity; absent: anonymous",
        },
        "portico-deadline": {
            "type": "string",
            "description": "when the caller stops waiting, in milliseconds since 1970",
        },
        "portico-key": {
            "type": "string",
            "maxLength": 200,
            "description": "idempotency key: a write with the same key is done once",
        },
        "portico-reference": {
            "type": "string",
            "maxLength": 64,
            "description": "finds the request in the logs",
        },
    },
}

ERROR: Node = {
    "type": "object",
    "title": "Error",
    "description": "A refusal (exc_type is its name) or a failure, in nameko's shape.",
    "properties": {
        "exc_type": {"type": "string"},
        "exc_path": {"type": "string"},
        "exc_args": {"type": "array"},
        "value": {"type": "string"},
        "facts": {"type": "object", "description": "what helps the caller to go on"},
    },
    "required": ["exc_type", "exc_path", "exc_args", "value", "facts"],
}


def document(*, version: str) -> Node:
    """The whole document, as plain values."""
    schemas: dict[str, Node] = {"portico.Error": ERROR}
    messages = {p.routing_key: _event(p, schemas) for p in promises()}
    for order in orders():
        messages |= _request_and_reply(order, schemas)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Portico",
            "version": version,
            "description": DESCRIPTION,
            "license": {
                "name": "Apache-2.0",
                "url": "https://www.apache.org/licenses/LICENSE-2.0",
            },
        },
        "defaultContentType": "application/json",
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": messages,
            "schemas": dict(sorted(schemas.items())),
            "messageTraits": {"call": {"headers": HEADERS}},
        },
    }


def what(cls: Any) -> str:
    """The docstring of a contract in Markdown; empty for the one that dataclass writes."""
    text = (inspect.getdoc(cls) or "").replace("``", "`")
    return "" if text.startswith(f"{cls.__name__}(") else text


def _channels() -> Node:
    found = {
        producer: _exchange(
            f"{producer}.events",
            f"What {producer} announces.",
            [p.routing_key for p in promises() if p.producer == producer],
        )
        for producer in dict.fromkeys(p.producer for p in promises())
    }
    keys = [_key(order) for order in orders()]
    requests = _exchange(RPC, "Requests; the routing key is `<service>.<method>`.", keys)
    requests["messages"] = {k: _message(f"{k}.request") for k in keys}
    replies = {
        "address": REPLIES,
        "description": "The caller's direct reply-to, named by the request's reply_to property.",
        "messages": {k: _message(f"{k}.reply") for k in keys},
    }
    return {f"{name}.events": c for name, c in found.items()} | {RPC: requests, "replies": replies}


def _exchange(name: str, description: str, keys: list[str]) -> Node:
    exchange = {"name": name, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"}
    return {
        "address": "{routing_key}",
        "description": description,
        "parameters": {"routing_key": {"enum": keys}},
        "messages": {key: _message(key) for key in keys},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _operations() -> Node:
    found: Node = {}
    for promise in promises():
        found[f"{promise.producer}.announces.{promise.routing_key}"] = _announces(promise)
        for listener in promise.heard_by:
            found[f"{listener}.hears.{promise.routing_key}"] = _hears(promise, listener)
    for order in orders():
        found[f"{order.service}.answers.{order.method}"] = _answers(order)
    return found


def _announces(promise: Promise) -> Node:
    amqp = {"deliveryMode": 2, "mandatory": True, "bindingVersion": "0.3.0"}
    return _operation("send", promise.exchange, promise.routing_key) | {"bindings": {"amqp": amqp}}


def _hears(promise: Promise, listener: str) -> Node:
    live = listener == LIVE
    return _operation("receive", promise.exchange, promise.routing_key) | {
        "bindings": {"amqp": {"ack": not live, "bindingVersion": "0.3.0"}},
        "x-queue": "an exclusive queue of each copy" if live else f"{listener}.{promise.lane}",
    }


def _answers(order: Order) -> Node:
    reply = _operation("receive", "replies", _key(order))
    return _operation("receive", RPC, _key(order)) | {
        "summary": what(order.request).split("\n")[0],
        "reply": {
            "address": {"location": "$message.header#/reply_to"},
            "channel": reply["channel"],
            "messages": reply["messages"],
        },
        "x-action": order.action,
        "x-category": order.category,
    }


def _operation(action: str, channel: str, message: str) -> Node:
    there = f"#/channels/{channel}"
    messages = [{"$ref": f"{there}/messages/{message}"}]
    return {"action": action, "channel": {"$ref": there}, "messages": messages}


def _event(promise: Promise, schemas: dict[str, Node]) -> Node:
    return {
        "name": promise.name,
        "title": f"{promise.name}, version {promise.version}",
        "summary": what(promise.event).split("\n")[0],
        "description": what(promise.event),
        "payload": _apart(event_schema(promise), f"{promise.producer}.v{promise.version}", schemas),
        "x-aggregate": promise.aggregate,
        "x-lane": promise.lane,
    }


def _request_and_reply(order: Order, schemas: dict[str, Node]) -> dict[str, Node]:
    asked = _apart(request_schema(order), order.service, schemas)
    answered = _apart(reply_schema(order), order.service, schemas)
    error = {"anyOf": [{"$ref": "#/components/schemas/portico.Error"}, {"type": "null"}]}
    either = {"anyOf": [answered, {"type": "null"}]}
    request = {
        "name": order.request.__name__,
        "description": what(order.request),
        "traits": [{"$ref": "#/components/messageTraits/call"}],
        "payload": _object({"args": {"type": "array", "maxItems": 0}, "kwargs": asked}),
    }
    payload = _object({"result": either, "error": error})
    reply = {"name": f"{order.request.__name__}Reply", "payload": payload}
    return {f"{_key(order)}.request": request, f"{_key(order)}.reply": reply}


def _object(properties: Node) -> Node:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _apart(schema: Any, owner: str, schemas: dict[str, Node]) -> Any:
    """The schema with its named objects moved into ``schemas``, each of them once."""
    if isinstance(schema, list):
        return [_apart(one, owner, schemas) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _apart(value, owner, schemas) for name, value in schema.items()}
    if schema.get("type") != "object" or "title" not in schema:
        return made
    name = f"{owner}.{schema['title']}"
    if schemas.setdefault(name, made) != made:
        raise ValueError(f"two different forms are named {name}")
    return {"$ref": f"#/components/schemas/{name}"}


def _message(name: str) -> Node:
    return {"$ref": f"#/components/messages/{name}"}


def _key(order: Order) -> str:
    return f"{order.service}.{order.method}"
