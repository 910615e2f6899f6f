"""Team queues: the list, due first, which grows by itself while it is open."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, get_args
from urllib.parse import urlencode
from uuid import UUID

from markupsafe import Markup
from starlette.responses import Response

from gateway.live import Live
from gateway.routing import staff
from gateway.templating import render
from gateway.web import Visitor
from portico_contracts.messaging import (
    ListQueue,
    MessageSent,
    Queue,
    QueueCounts,
    RequestAssigned,
    RequestCompleted,
    RequestReopened,
    RequestRouted,
    RequestSubmitted,
    ShowItem,
)
from portico_contracts.refusal import NotAllowed, NotFound

from .shell import cards_of, needed, with_menu

QUEUES = frozenset(get_args(Queue))
MINE = "mine"
SHOWS = ("all", "take", "mine", "waiting", "done")
LONGEST_LIST = 100
NEWS = (
    RequestSubmitted,
    RequestAssigned,
    RequestRouted,
    RequestCompleted,
    RequestReopened,
    MessageSent,
)


class Shown:
    """Which list a page has open: a team queue or one's own work, and which of it."""

    def __init__(self, visitor: Visitor, code: str) -> None:
        wanted = visitor.query.get("show", "")
        self.code = code
        self.show = MINE if code == MINE else wanted if wanted in SHOWS else "all"
        self.cursor = visitor.query.get("cursor")

    def asked(self, **more: Any) -> ListQueue:
        """The request for this list."""
        queue = None if self.code == MINE else self.code
        return ListQueue(queue=queue, show=self.show, cursor=self.cursor, **more)

    def live(self, items: list[dict[str, Any]], *, beside: str = "") -> str:
        """The address of the list's stream, which tells it what the page has."""
        base = "/staff/mine" if self.code == MINE else f"/staff/q/{self.code}"
        known = {"show": self.show, "has": marks_of(items)}
        if self.cursor:
            known["cursor"] = self.cursor
        if beside:
            known["beside"] = beside
        return f"{base}/live?{urlencode(known)}"


async def show(visitor: Visitor) -> Response:
    """A queue, with nothing open beside it."""
    shown = shown_of(visitor)
    [found] = await with_menu(visitor, shown.asked())
    cards = await cards_of(visitor, needed(found)["items"])
    queue = queue_view(visitor, shown, found)
    return visitor.render("staff/queue.html", queue=queue, cards=cards, item=None)


async def live(visitor: Visitor) -> Response:
    """New and changed items of the list, and the counts of the menu."""
    shown = shown_of(visitor)
    news = News(visitor, shown, has=visitor.query.get("has", ""))
    counts = await visitor.ask(QueueCounts())
    queues = {count["queue"] for count in counts["queues"]}

    def wanted(event: Any) -> bool:
        if not isinstance(event, NEWS):
            return False
        return event.queue in queues or getattr(event, "from_queue", None) in queues

    async def draw(event: Any) -> str | None:
        return await news.after(event.request_id)

    streams: Live = visitor.request.app.state.live
    return await streams.stream(visitor, wanted=wanted, draw=draw, first=news.at_first)


class News:
    """What an open list has on its page, and the drawing of what it lacks."""

    def __init__(self, visitor: Visitor, shown: Shown, *, has: str) -> None:
        self.visitor, self.shown, self.has = visitor, shown, has
        self.ids: set[str] = set()

    async def at_first(self) -> str | None:
        """The list anew, if it has changed between the page and its stream."""
        found = await self.visitor.ask(self.shown.asked())
        self.ids = {item["item_id"] for item in found["items"]}
        if marks_of(found["items"]) == self.has:
            return None
        return await self._drawn(found["items"])

    async def after(self, item_id: UUID) -> str:
        """The counts, and the ticket of an item that belongs on this page or stands on it."""
        item = await self._item(str(item_id))
        if item is None:
            return await self._drawn([])
        self.ids.add(item["item_id"])
        return await self._drawn([item])

    async def _item(self, item_id: str) -> dict[str, Any] | None:
        listed = await self.visitor.ask(self.shown.asked(limit=LONGEST_LIST))
        found = [item for item in listed["items"] if item["item_id"] == item_id]
        if found or item_id not in self.ids:
            return found[0] if found else None
        return await self._left(item_id)

    async def _left(self, item_id: str) -> dict[str, Any] | None:
        """An item that no longer belongs here stays, saying what became of it: nothing that is
        being read moves."""
        try:
            item: dict[str, Any] = await self.visitor.ask(ShowItem(item_id=UUID(item_id)))
        except (NotAllowed, NotFound):
            return None
        return item

    async def _drawn(self, items: list[dict[str, Any]]) -> str:
        visitor = self.visitor
        visitor.work["counts"] = await visitor.ask(QueueCounts())
        visitor.here = self.shown.code
        queue = {"code": self.shown.code, "show": self.shown.show, "list": {"items": items}}
        beside = {"item_id": visitor.query.get("beside", "")}
        told = {"queue": queue, "cards": await cards_of(visitor, items), "item": beside}
        page = visitor.page()
        tickets = render("staff/queue.html", page=page, block="tickets", **told) if items else ""
        rail = render("_staff.html", page=page, block="rail_queues")
        return render(
            "staff/_queue_news.html", page=page, tickets=Markup(tickets), rail=Markup(rail)
        )


def shown_of(visitor: Visitor) -> Shown:
    """The list that the address names. Raises NotFound for one that there is not."""
    code = visitor.path.get("queue", MINE)
    if code not in QUEUES | {MINE}:
        raise NotFound
    visitor.here = code
    return Shown(visitor, code)


def queue_view(
    visitor: Visitor, shown: Shown, found: dict[str, Any], *, beside: str = ""
) -> dict[str, Any]:
    """What the template wants of a list; ``beside`` is the item that is open next to it."""
    counts = visitor.work["counts"]
    of = [c for c in counts["queues"] if c["queue"] == shown.code] if counts else []
    return {
        "code": shown.code,
        "show": shown.show,
        "list": found,
        "counts": of[0] if of else None,
        "live": shown.live(found["items"], beside=beside),
    }


def marks_of(items: list[dict[str, Any]]) -> str:
    """A short mark of how a list stands, to be compared."""
    standing = [(i["item_id"], i["state"], (i["taken_by"] or {}).get("id")) for i in items]
    return sha256(repr(standing).encode()).hexdigest()[:16]


ROUTES = [
    staff("/mine", show, here=MINE),
    staff("/mine/live", live, here=MINE, by_itself=True),
    staff("/q/{queue}", show),
    staff("/q/{queue}/live", live, by_itself=True),
]
