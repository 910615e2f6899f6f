"""What every staff page has around it: the menu's counts, asked beside the page's own requests."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from gateway.web import Visitor
from portico_contracts.messaging import QueueCounts
from portico_contracts.records import PatientCards
from portico_contracts.refusal import NotAllowed, Unavailable

ADMINISTRATOR = ("practice_administrator",)
MOST_CARDS = 100
Cards = dict[str, dict[str, Any]]


async def with_menu(visitor: Visitor, *requests: Any) -> list[Any]:
    """Replies to the page's requests, None for a part that is away; fills the menu's counts."""
    counts, *replies = await visitor.ask_all(QueueCounts(), *requests)
    visitor.work["counts"] = counts
    return replies


def needed(reply: Any) -> Any:
    """A reply that the page is nothing without. Raises Unavailable where it is missing."""
    if reply is None:
        raise Unavailable(seconds=5)
    return reply


async def permitted(visitor: Visitor, requests: Mapping[str, Any]) -> dict[str, Any]:
    """Replies by name; None for a part that is away. What the reader's role may not see is left
    out, so that the page does not offer it."""

    async def one(name: str, request: Any) -> dict[str, Any]:
        try:
            [reply] = await visitor.ask_all(request)
        except NotAllowed:
            return {}
        return {name: reply}

    asked = (one(name, request) for name, request in requests.items())
    return {name: reply for found in await asyncio.gather(*asked) for name, reply in found.items()}


async def cards_of(visitor: Visitor, items: list[dict[str, Any]] | None) -> Cards:
    """Patient cards for the rows of a list, by patient id; rows can be read without them."""
    ids = tuple(dict.fromkeys(UUID(item["patient"]["id"]) for item in items or []))[:MOST_CARDS]
    if not ids:
        return {}
    [found] = await visitor.ask_all(PatientCards(ids=ids))
    return {card["patient_id"]: card for card in found["items"]} if found else {}
