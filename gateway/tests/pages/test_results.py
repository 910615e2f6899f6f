"""Open lists of results: what was released between the page and its stream, and after."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

import pytest

from portico_contracts.records import LabResultReleased, ListLabResults

from .canned import AT, PATIENT_ID, RESULT, RESULT_ID, key

NEWS = "You have a new test result."
LIVE = "/me/health/results/live"


def released(n: int, at: str) -> dict:
    return {**RESULT, "result_id": key(n), "released_at": at, "is_new": True}


@pytest.fixture(autouse=True)
def results(services):
    fresh, old = released(301, "2026-11-23T14:00:30+00:00"), released(302, "2026-11-22T09:00:00Z")
    services.answers[ListLabResults] = {"items": [fresh, old], "next": None}


@pytest.mark.asyncio
async def test_what_was_released_between_page_and_stream_is_told(listen, services):
    async with listen(f"{LIVE}?{urlencode({'since': AT})}", "maria") as stream:
        frame = await stream.frame()
    assert frame.count(NEWS) == 1 and key(301) in frame
    [asked] = services.requests(ListLabResults)
    assert asked.show == "new"


@pytest.mark.asyncio
@pytest.mark.parametrize("since", ["", "yesterday", "2026-11-23T14:00:00", "9" * 400])
async def test_a_page_that_does_not_say_when_it_was_drawn_hears_what_comes(
    listen, app, services, since
):
    async with listen(f"{LIVE}?{urlencode({'since': since})}", "maria") as stream:
        assert NEWS not in await stream.frame()
        app.state.live.tell(
            LabResultReleased(
                result_id=UUID(RESULT_ID),
                patient_id=UUID(PATIENT_ID),
                with_comment=False,
                released_at=datetime.fromisoformat(AT),
            )
        )
        assert NEWS in await stream.frame()
    assert services.requests(ListLabResults) == []
