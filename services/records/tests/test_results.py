"""Results as patients read them and clinicians release them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from portico_contracts.records import (
    AlreadyReleased,
    CommentOnLabResult,
    ListLabResults,
    ListResultsToRelease,
    NotYetFinal,
    NotYetReleased,
    ReleaseLabResult,
    ShowLabResult,
    UnknownCursor,
)
from portico_contracts.refusal import BadRequest, NotFound
from portico_kit.ids import new_id
from portico_kit.testing.people import a_clinician, a_patient
from records.commands.results import (
    comment_on_lab_result,
    note_first_view,
    release_lab_result,
)
from records.queries import list_lab_results, list_results_to_release, show_lab_result

from .conftest import NOW, Office, glucose, patient


def _days_ago(days: int) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def _many(count: int) -> list[dict[str, object]]:
    return [glucose(70 + n, id=f"o-{n}", effectiveDateTime=_days_ago(n)) for n in range(count)]


def _the_result(office: Office) -> UUID:
    result_id: UUID = office.one("SELECT id FROM lab_result")
    return result_id


def test_the_newest_result_stands_first_with_everything_a_line_needs(office: Office) -> None:
    office.take_bundle(patient(), *_many(3))
    made = office.ask(list_lab_results, ListLabResults())

    line = made["items"][0]
    assert [row["value"] for row in made["items"]] == ["70", "71", "72"]
    assert (line["plain_name"], line["unit"], line["range_text"], line["flag"]) == (
        "Blood sugar (glucose)", "mg/dL", "70 to 99", "normal",
    )  # fmt: skip
    assert (line["source"], line["has_comment"], line["range_high"]) == (
        "Lakeside lab",
        False,
        "99",
    )


def test_the_list_speaks_spanish(office: Office) -> None:
    office.take_bundle(patient(), glucose())
    made = office.ask(list_lab_results, ListLabResults(language="es"))
    assert made["items"][0]["plain_name"] == "Azúcar en la sangre (glucosa)"


def test_pages_follow_one_another_without_gap_or_repetition(office: Office) -> None:
    same_moment = [glucose(n, id=f"s-{n}") for n in range(5)]
    office.take_bundle(patient(), *_many(8), *same_moment)
    seen, cursor = [], None
    while True:
        made = office.ask(list_lab_results, ListLabResults(limit=4, cursor=cursor))
        seen += [row["result_id"] for row in made["items"]]
        cursor = made["next"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 13


@pytest.mark.parametrize("cursor", ["nonsense", "%%%", "e30", "MjAyMHxhYmM", "ñ"])
def test_a_cursor_that_no_list_gave_out_is_refused(office: Office, cursor: str) -> None:
    office.take_bundle(patient())
    with pytest.raises(UnknownCursor):
        office.ask(list_lab_results, ListLabResults(cursor=cursor))


@pytest.mark.parametrize("q", ["gluc", "blood SUGAR", "azúcar", "mass/volume"])
def test_search_finds_the_labs_name_and_the_plain_one(office: Office, q: str) -> None:
    potassium = {"coding": [{"system": "http://loinc.org", "code": "2823-3"}], "text": "K"}
    office.take_bundle(patient(), glucose(), glucose(4, id="k", code=potassium))
    made = office.ask(list_lab_results, ListLabResults(q=q))
    assert [row["code"] for row in made["items"]] == ["2345-7"]


def test_a_percent_sign_in_a_search_is_a_percent_sign(office: Office) -> None:
    office.take_bundle(patient(), glucose())
    assert office.ask(list_lab_results, ListLabResults(q="%"))["items"] == []


def test_another_patients_results_are_not_there(office: Office) -> None:
    office.take_bundle(patient(), glucose())
    stranger = a_patient()
    assert office.ask(list_lab_results, ListLabResults(), actor=stranger)["items"] == []
    with pytest.raises(NotFound):
        office.ask(show_lab_result, ShowLabResult(result_id=_the_result(office)), actor=stranger)


def test_only_what_was_released_lately_counts_as_new(office: Office) -> None:
    old = glucose(id="old", effectiveDateTime=_days_ago(400), issued=_days_ago(400))
    office.take_bundle(patient(), glucose(), old)
    assert [r["is_new"] for r in office.ask(list_lab_results, ListLabResults())["items"]] == [
        True, False,
    ]  # fmt: skip
    assert len(office.ask(list_lab_results, ListLabResults(show="new"))["items"]) == 1


def test_one_result_comes_with_its_trend_neighbours_and_words(office: Office) -> None:
    sodium = {"coding": [{"system": "http://loinc.org", "code": "2951-2", "display": "Sodium"}]}
    panel = {
        "resourceType": "DiagnosticReport", "id": "r", "status": "final",
        "code": {"text": "Metabolic panel"}, "subject": {"reference": "urn:uuid:p-1"},
        "result": [{"reference": "urn:uuid:o-0"}, {"reference": "urn:uuid:na"}],
    }  # fmt: skip
    in_mmol = glucose(5, id="mmol", valueQuantity={"value": 5, "unit": "mmol/L"})
    office.take_bundle(patient(), *_many(3), glucose(140, id="na", code=sodium), panel, in_mmol)
    newest = office.one("SELECT id FROM lab_result WHERE value = '70'")

    shown = office.ask(show_lab_result, ShowLabResult(result_id=newest))

    assert [point["value"] for point in shown["history"]] == ["72", "71", "70"]
    assert [row["plain_name"] for row in shown["together"]] == ["Sodium: a salt in the blood"]
    assert (shown["panel"], shown["comments"]) == ("Metabolic panel", [])


def test_the_first_opening_is_remembered_and_later_ones_change_nothing(office: Office) -> None:
    office.take_bundle(patient(), glucose())
    result_id, reader = _the_result(office), a_patient(office.the_patient())
    for later in (timedelta(0), timedelta(hours=5)):
        with office.store.transaction(actor=reader, patient_id=reader.patient_id) as tx:
            note_first_view(tx, result_id=result_id, now=NOW + later)
    assert office.one("SELECT first_viewed_at FROM lab_result") == NOW


def test_staff_who_look_do_not_count_as_the_patients_first_opening(office: Office) -> None:
    office.take_bundle(patient(), glucose())
    office.ask_as_clinician(
        lambda tx, request, now: note_first_view(tx, result_id=request, now=now),
        _the_result(office),
    )
    assert office.one("SELECT first_viewed_at FROM lab_result") is None


# --- release --------------------------------------------------------------------------------


def test_a_held_result_waits_for_its_clinician_and_the_patient_sees_nothing(
    office: Office,
) -> None:
    office.take_bundle(patient(), glucose(), release="held")
    assert office.ask(list_lab_results, ListLabResults())["items"] == []
    with pytest.raises(NotFound):
        office.ask(show_lab_result, ShowLabResult(result_id=_the_result(office)))

    waiting = office.ask_as_clinician(list_results_to_release, ListResultsToRelease(), now=None)
    (line,) = waiting["items"]
    assert (line["patient_name"], line["shown"], line["flag"]) == ("Maria Reyes", "98", "normal")


def test_releasing_with_a_comment_shows_both_and_announces_it_once(office: Office) -> None:
    office.take_bundle(patient(), glucose(), release="held")
    request = ReleaseLabResult(
        result_id=_the_result(office), comment="All good. See you in spring."
    )
    doctor = replace(a_clinician(), name="Dr. Okafor")
    office.ask(release_lab_result, request, actor=doctor)

    shown = office.ask(show_lab_result, ShowLabResult(result_id=request.result_id))
    (comment,) = shown["comments"]
    assert (comment["body"], comment["author"]) == ("All good. See you in spring.", "Dr. Okafor")
    assert shown["released_at"] == NOW and shown["has_comment"]
    ((name, data),) = office.rows("SELECT name, data FROM outbox")
    assert name == "LabResultReleased" and '"with_comment":true' in data
    assert "spring" not in data


def test_a_comment_is_sealed_where_it_lies(office: Office) -> None:
    office.take_bundle(patient(), glucose(), release="held")
    words = ReleaseLabResult(result_id=_the_result(office), comment="canary-4711")
    office.ask_as_clinician(release_lab_result, words)
    assert b"canary-4711" not in bytes(office.one("SELECT body_sealed FROM lab_comment"))


def test_a_released_result_cannot_be_released_again(office: Office) -> None:
    office.take_bundle(patient(), glucose(), release="held")
    request = ReleaseLabResult(result_id=_the_result(office))
    office.ask_as_clinician(release_lab_result, request)
    with pytest.raises(AlreadyReleased):
        office.ask_as_clinician(release_lab_result, request)
    assert office.one("SELECT count(*) FROM outbox") == 1


def test_a_preliminary_result_cannot_be_released(office: Office) -> None:
    office.take_bundle(patient(), glucose(status="preliminary"))
    with pytest.raises(NotYetFinal):
        office.ask_as_clinician(release_lab_result, ReleaseLabResult(result_id=_the_result(office)))


def test_a_preliminary_result_is_released_when_its_source_makes_it_final(office: Office) -> None:
    office.take_bundle(patient(), glucose(status="preliminary"))
    assert office.ask(list_lab_results, ListLabResults())["items"] == []
    office.take_bundle(patient(), glucose())
    assert len(office.ask(list_lab_results, ListLabResults())["items"]) == 1


def test_a_correction_keeps_release_opening_and_comments(office: Office) -> None:
    office.take_bundle(patient(), glucose(), release="held")
    result_id = _the_result(office)
    office.ask_as_clinician(release_lab_result, ReleaseLabResult(result_id=result_id, comment="Hi"))
    office.take_bundle(patient(), glucose(101, status="corrected"))

    shown = office.ask(show_lab_result, ShowLabResult(result_id=result_id))
    assert (shown["value"], shown["released_at"], len(shown["comments"])) == ("101", NOW, 1)


def test_a_comment_on_a_released_result_is_announced(office: Office) -> None:
    office.take_bundle(patient(), glucose())
    request = CommentOnLabResult(result_id=_the_result(office), comment="Fine.")
    office.ask_as_clinician(comment_on_lab_result, request)
    assert office.one("SELECT name FROM outbox") == "ResultCommented"


def test_a_comment_of_blanks_alone_is_refused(office: Office) -> None:
    office.take_bundle(patient(), glucose())
    with pytest.raises(BadRequest):
        office.ask_as_clinician(
            comment_on_lab_result, CommentOnLabResult(result_id=_the_result(office), comment=" \n")
        )
    assert office.rows("SELECT 1 FROM outbox") == []


def test_a_comment_needs_a_released_result(office: Office) -> None:
    office.take_bundle(patient(), glucose(), release="held")
    with pytest.raises(NotYetReleased):
        office.ask_as_clinician(
            comment_on_lab_result, CommentOnLabResult(result_id=_the_result(office), comment="x")
        )


def test_a_result_of_another_patient_than_named_is_not_there(office: Office) -> None:
    office.take_bundle(patient(), glucose(), release="held")
    with pytest.raises(NotFound):
        office.ask_as_clinician(
            release_lab_result,
            ReleaseLabResult(result_id=_the_result(office), patient_id=new_id()),
        )


def test_taking_history_announces_nothing(office: Office) -> None:
    office.take_bundle(patient(), *_many(30))
    assert office.rows("SELECT 1 FROM outbox") == []


def test_a_withdrawn_result_disappears(office: Office) -> None:
    office.take_bundle(patient(), glucose())
    office.take_bundle(patient(), glucose(status="entered-in-error"))
    assert office.ask(list_lab_results, ListLabResults())["items"] == []
