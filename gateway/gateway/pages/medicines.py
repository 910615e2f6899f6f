"""Medicines: what one takes, asking for more, and how far each request is."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from gateway.i18n import N_
from gateway.pages.drafts import keep_draft
from gateway.routing import patient
from gateway.web import Visitor
from portico_contracts.messaging import (
    ListRequests,
    Medicine,
    RefillUnderWay,
    RequestRefill,
    ShowDraft,
)
from portico_contracts.records import ListMedications, ShowMedication
from portico_contracts.refusal import BadRequest, Unavailable

MOST_AT_ONCE = 20  # what one request for refills may name


async def show_list(visitor: Visitor) -> Response:
    """Taking now, or past."""
    taking = "past" if visitor.query.get("taking") == "past" else "now"
    medicines, requests = await visitor.ask_all(
        ListMedications(taking=taking, cursor=visitor.query.get("cursor")), ListRequests(limit=20)
    )
    return visitor.render(
        "patient/medicines.html", medicines=medicines, requests=requests, taking=taking
    )


async def show(visitor: Visitor) -> Response:
    """One medicine."""
    found = await visitor.ask(ShowMedication(medication_id=visitor.path["medication_id"]))
    return visitor.render("patient/medicine.html", medicine=found)


async def ask_refill(visitor: Visitor) -> Response:
    """The list to tick."""
    chosen = [visitor.query["medicine"]] if visitor.query.get("medicine") else []
    return await _form(visitor, chosen)


async def send_refill(visitor: Visitor) -> Response:
    """One request for each ticked medicine."""
    medicines = await visitor.ask(ListMedications(taking="now"))
    chosen = list(dict.fromkeys(visitor.lists.get("medication", [])))
    names = {m["medication_id"]: m["name"] for m in medicines["items"]}
    pharmacy = visitor.form.get("pharmacy", "").strip()
    if any(c not in names for c in chosen):
        raise BadRequest("a medicine that is not on the list")
    _check(visitor, chosen, pharmacy)
    if visitor.errors:
        return await _form(visitor, chosen, status=422)
    asked = RequestRefill(
        medications=tuple(Medicine(medication_id=UUID(c), name=names[c][:200]) for c in chosen),
        pharmacy=pharmacy[:200],
        note=visitor.form.get("note", "").strip()[:2000],
    )
    try:
        await visitor.ask(asked)
    except RefillUnderWay:
        told = N_("You asked for one of these already. We are working on it.")
        visitor.wrong("medication", told)
        return await _form(visitor, chosen, status=409)
    return visitor.go(f"{visitor.base}/medicines/requests", done="refill-asked")


def _check(visitor: Visitor, chosen: list[str], pharmacy: str) -> None:
    if not chosen:
        visitor.wrong("medication", "Choose at least one medicine")
    if len(chosen) > MOST_AT_ONCE:
        visitor.wrong("medication", "Choose at most 20 medicines at a time")
    if not pharmacy:
        visitor.wrong("pharmacy", "Tell us which pharmacy you use")


async def requests(visitor: Visitor) -> Response:
    """What was asked for and how far it is."""
    [found] = await visitor.ask_all(ListRequests(cursor=visitor.query.get("cursor")))
    return visitor.render("patient/refill_requests.html", requests=found)


async def _form(visitor: Visitor, chosen: list[str], *, status: int = 200) -> Response:
    medicines, requests, draft = await visitor.ask_all(
        ListMedications(taking="now"), ListRequests(limit=50), ShowDraft(place="refill")
    )
    if medicines is None:
        raise Unavailable(seconds=5)
    under_way = [
        r["medication_id"]
        for r in (requests or {"items": []})["items"]
        if r["status"] in ("asked", "working")
    ]
    form = {
        "chosen": chosen,
        "pharmacy": visitor.form.get("pharmacy", ""),
        "note": visitor.form.get("note") or (draft["body"] if draft else ""),
    }
    return visitor.render(
        "patient/refill.html", status_code=status, medicines=medicines, open=under_way, form=form
    )


async def save_draft(visitor: Visitor) -> Response:
    """What was typed so far."""
    return await keep_draft(visitor, "refill")


ROUTES = [
    patient("/medicines", show_list, here="medicines"),
    patient("/medicines/refill", ask_refill, send_refill, here="medicines"),
    patient("/medicines/refill/draft", None, save_draft, here="medicines", by_itself=True),
    patient("/medicines/requests", requests, here="medicines"),
    patient("/medicines/{medication_id:uuid}", show, here="medicines"),
]
