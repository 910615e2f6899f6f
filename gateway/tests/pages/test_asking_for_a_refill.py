"""Asking for refills: the list to tick, what is wrong with it, and the words kept meanwhile."""

from __future__ import annotations

import pytest

from gateway.i18n import translate
from portico_contracts.messaging import ListRequests, RequestRefill, ShowDraft
from portico_contracts.records import ListMedications

from .canned import AT, DRAFT, key

FORM = "/me/medicines/refill"


def medicine(n: int) -> dict[str, object]:
    return {
        "medication_id": key(n), "name": f"Medicine {n}", "code": None, "status": "active",
        "taking": "now", "dose": None, "reason": None, "prescriber": None, "prescribed_at": AT,
        "ended_at": None, "days_left": None, "refills_left": None, "source": "Cedar Grove",
    }  # fmt: skip


@pytest.fixture(autouse=True)
def house(services):
    services.answers |= {
        ListMedications: {"items": [medicine(n) for n in range(1, 23)], "next": None},
        ListRequests: {"items": [], "next": None},
        ShowDraft: {**DRAFT, "place": "refill", "body": "I leave on Fr"},
        RequestRefill: {"items": []},
    }


def test_the_words_typed_so_far_stand_in_the_form_and_are_kept_on(maria):
    page = maria.get(FORM).text
    assert "I leave on Fr" in page
    assert f'data-draft="{FORM}/draft"' in page


def test_more_than_can_be_asked_for_at_once_is_said(maria, services):
    ticked = {"medication": [key(n) for n in range(1, 23)], "pharmacy": "Main Street"}
    answer = maria.submit(FORM, **ticked)
    assert answer.status_code == 422
    assert "Choose at most 20 medicines at a time" in answer.text
    assert services.requests(RequestRefill) == []


def test_nothing_ticked_and_no_pharmacy_are_said(maria):
    answer = maria.submit(FORM, pharmacy="")
    assert answer.status_code == 422
    assert "Choose at least one medicine" in answer.text
    assert "Tell us which pharmacy you use" in answer.text


@pytest.mark.parametrize(
    "told",
    ["Choose at least one medicine", "Enter an amount from $0.01 up to what you owe",
     "We cannot take cards right now. Nothing was charged. Please try again soon."],
)  # fmt: skip
def test_what_is_wrong_with_a_form_is_said_in_spanish_too(told):
    assert translate("es", told) != told


def test_a_medicine_ticked_twice_is_asked_for_once(maria, services):
    answer = maria.submit(FORM, medication=[key(1), key(1)], pharmacy="Main Street")
    assert answer.headers["location"] == "/me/medicines/requests?done=refill-asked"
    [asked] = services.requests(RequestRefill)
    assert [str(m.medication_id) for m in asked.medications] == [key(1)]
