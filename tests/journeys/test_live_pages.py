"""Open pages that hear of news by themselves, on a line that is not always there."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from portico_kit.ids import new_id


def test_a_page_whose_stream_could_not_begin_asks_again_and_misses_nothing(
    portal, signed_in, person
):
    nurse, refused = signed_in("dana@cedargrove.example", "desk"), []

    def refuse_once(route: Route) -> None:
        if refused:
            return route.fallback()
        refused.append(route.request.url)
        return route.fulfill(status=503, headers={"HX-Reswap": "none"})

    nurse.route("**/live?*", refuse_once)
    nurse.goto("/staff/q/messages")
    said = {
        "topic": "symptom",
        "subject": f"Peppermint in both eyes {new_id().hex}",
        "body": "It stings.",
    }
    assert person("elena").post("/conversations", **said).status_code == 201
    expect(nurse.locator("#tickets .ticket", has_text=said["subject"])).to_be_visible()
    assert refused
