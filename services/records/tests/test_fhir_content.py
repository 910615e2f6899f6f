"""Quirks of real FHIR files: what stands in resources (numbered as in the corpus)."""

from __future__ import annotations

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from portico_contracts.records import ShowDocument, ShowVisitNote
from records.adapters.fhir import Entry, contents_of, read_entries, with_contents, without_contents
from records.adapters.fhir.attachments import attachments_of, text_of_html
from records.adapters.fhir.datatypes import Unreadable, instant
from records.queries import show_document, show_visit_note

from .conftest import Office, corpus, glucose, patient

SYNTHEA_2019 = ("fhir", "synthea-2019-r4")
SYNTHEA_2020 = ("fhir", "synthea-2020-r4")
BULK = ("fhir", "synthea-bulk-2023")
TIETAI = ("fhir", "tietai-uscore")
US_CORE = ("fhir", "us-core-6.1.0-examples")


# 8 --------------------------------------------------------------------------------------------


def test_notes_are_readable_and_sealed_and_nowhere_else(office: Office) -> None:
    office.take(_one_of(TIETAI, "Franchesca"))
    note_id = office.rows("SELECT id FROM visit_note ORDER BY at LIMIT 1")[0].id
    shown = office.ask(show_visit_note, ShowVisitNote(note_id=note_id), now=None)

    assert "# Chief Complaint" in shown["text"]
    assert office.one(
        "SELECT count(*) FROM resource WHERE body::text LIKE '%\"data\":%'"
    ) == 0  # fmt: skip
    assert b"Chief Complaint" not in bytes(office.rows("SELECT text_sealed FROM visit_note")[0][0])


def test_superseded_notes_are_still_listed(office: Office) -> None:
    office.take(corpus(*BULK))
    assert office.one("SELECT count(*) FROM visit_note WHERE status = 'superseded'") > 100


def test_html_notes_lose_their_markup_and_scripts() -> None:
    markup = (
        "<html><head><title>x</title><style>p{}</style></head><body><p>Take <b>two</b> &amp; rest"
        "</p><script>alert(1)</script><ul><li>one</li><li>two</li></ul></body></html>"
    )
    assert text_of_html(markup) == "Take two & rest\n\none\n\ntwo"


@pytest.mark.parametrize(
    ("content_type", "data", "text"),
    [
        (
            "text/plain; charset=iso-8859-1",
            "Dolor de cabez\xe1".encode("latin-1"),
            "Dolor de cabezá",
        ),
        ("text/plain; charset=no-such", b"plain", "plain"),
        ("application/pdf", b"%PDF-1.7", None),
        ("image/jpeg", b"\xff\xd8", None),
    ],
)
def test_attachments_of_every_kind_are_read_for_what_they_are(
    content_type: str, data: bytes, text: str | None
) -> None:
    document = {
        "resourceType": "DocumentReference",
        "content": [{"attachment": {"contentType": content_type,
                                    "data": base64.b64encode(data).decode()}}],
    }  # fmt: skip
    (found,) = attachments_of(document)
    assert found.text() == text
    assert found.content == data
    emptied = without_contents(document)
    assert "data" not in emptied["content"][0]["attachment"]
    assert with_contents(emptied, contents_of(document)) == document


def test_an_attachment_that_is_an_address_is_kept_as_one(office: Office) -> None:
    document = {
        "resourceType": "DocumentReference", "id": "d-1", "status": "current",
        "subject": {"reference": "urn:uuid:p-1"}, "type": {"text": "Discharge letter"},
        "content": [{"attachment": {"contentType": "application/pdf", "url": "Binary/9"}}],
    }  # fmt: skip
    office.take_bundle(patient(), document)
    assert office.one("SELECT url FROM document") == "Binary/9"
    request = ShowDocument(document_id=office.one("SELECT id FROM document"))
    assert office.ask(show_document, request, now=None)["content"] is None


def test_every_attachment_is_kept_sealed_also_those_without_a_page(office: Office) -> None:
    def attached(text: str) -> dict[str, object]:
        data = base64.b64encode(text.encode()).decode()
        return {"attachment": {"contentType": "text/plain", "data": data}}

    document = {
        "resourceType": "DocumentReference", "id": "d-1", "status": "current",
        "subject": {"reference": "urn:uuid:p-1"},
        "content": [attached("first words"), attached("second words")],
    }  # fmt: skip
    binary = {"resourceType": "Binary", "id": "b-1", "contentType": "image/png", "data": "iVBO"}
    office.take_bundle(patient(), document, binary)

    assert office.one("SELECT count(*) FROM attachment") == 3
    with office.store.transaction() as tx:
        sealed = office.rows("SELECT sealed_for, content_sealed FROM attachment")
        opened = {tx.unseal(row.sealed_for, row.content_sealed) for row in sealed}
    assert {"iVBO", base64.b64encode(b"second words").decode()} <= opened
    assert office.rows("SELECT 1 FROM resource WHERE body::text LIKE '%iVBO%'") == []


def test_a_note_that_waited_for_its_patient_is_readable_then(office: Office) -> None:
    document = {
        "resourceType": "DocumentReference", "id": "d-1", "status": "current",
        "subject": {"reference": "Patient/p-1"}, "type": {"text": "Summary"},
        "content": [{"attachment": {"contentType": "text/plain",
                                    "data": base64.b64encode(b"canary-waits").decode()}}],
    }  # fmt: skip
    office.take(office.file(json.dumps(document), name="DocumentReference.ndjson"))
    assert office.one("SELECT count(*) FROM resource WHERE body::text LIKE '%data%'") == 0
    office.take(office.file(json.dumps(patient()), name="Patient.ndjson"))

    request = ShowVisitNote(note_id=office.one("SELECT id FROM visit_note"))
    assert office.ask(show_visit_note, request, now=None)["text"] == "canary-waits"


# 9 --------------------------------------------------------------------------------------------


def test_ids_longer_than_64_characters_are_kept_whole(office: Office) -> None:
    long_id = "e" * 200
    office.take_bundle(patient(), glucose(id=long_id))
    assert office.one(
        "SELECT source_resource_id FROM resource WHERE type = 'Observation'"
    ) == long_id  # fmt: skip


def test_an_id_beyond_all_bounds_is_kept_aside(office: Office) -> None:
    report = office.take_bundle(patient(), glucose(id="e" * 5000))
    assert report.sum_of("kept") == {("Observation", "an id of 5000 characters"): 1}


# 10 -------------------------------------------------------------------------------------------


def test_invalid_content_of_one_resource_does_not_stop_the_others(office: Office) -> None:
    goal = {"resourceType": "Goal", "id": "g-1", "lifecycleStatus": "active",
            "subject": {"reference": "urn:uuid:p-1"}}  # fmt: skip
    report = office.take_bundle(patient(), goal, glucose())
    assert report.sum_of("kept") == {("Goal", "invalid: no description"): 1}
    assert office.one("SELECT count(*) FROM lab_result") == 1


# 11 -------------------------------------------------------------------------------------------


def test_display_only_references_and_text_only_codes_are_enough(office: Office) -> None:
    spoken = glucose(
        code={"text": "Blood sugar"}, performer=[{"display": "Lakeside Lab"}],
        valueQuantity={"value": 5, "unit": "mmol/L"},
    )  # fmt: skip
    office.take_bundle(patient(), spoken)
    assert office.one("SELECT name, code, performer, unit FROM lab_result") == (
        "Blood sugar", None, "Lakeside Lab", "mmol/L",
    )  # fmt: skip


def test_observations_without_any_value_make_no_row_but_stay_on_record(office: Office) -> None:
    empty = {k: v for k, v in glucose().items() if k != "valueQuantity"}
    office.take_bundle(patient(), empty)
    assert office.rows("SELECT 1 FROM lab_result") == []
    assert office.one("SELECT count(*) FROM resource WHERE type = 'Observation'") == 1


def test_a_result_that_says_why_it_has_no_value_is_shown(office: Office) -> None:
    absent = {k: v for k, v in glucose().items() if k != "valueQuantity"}
    absent["dataAbsentReason"] = {"coding": [{"code": "error"}]}
    office.take_bundle(patient(), absent)
    assert office.one("SELECT value, flag FROM lab_result") == (None, "unknown")


def test_a_missing_name_of_a_us_core_example_is_no_obstacle(office: Office) -> None:
    report = office.take(corpus(*US_CORE))
    assert not report.with_outcome("refused")
    assert not report.sum_of("kept")


# 12 -------------------------------------------------------------------------------------------


def test_decimals_of_real_files_keep_every_digit(office: Office) -> None:
    path = _one_of(SYNTHEA_2019, "Adán_Portillo")
    read = {e.key: e for e in read_entries(path) if e.type == "Observation"}
    office.take(path)
    rows = office.rows(
        "SELECT source_resource_id AS key, body #>> '{valueQuantity,value}' AS value "
        "FROM resource WHERE body #> '{valueQuantity,value}' IS NOT NULL"
    )
    assert len(rows) > 50
    assert max(len(row.value) for row in rows) > 17
    for row in rows:
        assert row.value == _digits(read[row.key])


# 13 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2019-12-15T19:41:23+00:00", datetime(2019, 12, 15, 19, 41, 23, tzinfo=UTC)),
        ("2019-12-15T19:41:23.993+00:00", datetime(2019, 12, 15, 19, 41, 23, 993000, tzinfo=UTC)),
        ("1949-07-24T00:42:37-04:00", datetime(1949, 7, 24, 4, 42, 37, tzinfo=UTC)),
        ("2020-01-01T10:00:00+11:00", datetime(2019, 12, 31, 23, 0, tzinfo=UTC)),
        ("2020-01-01T10:00:00Z", datetime(2020, 1, 1, 10, 0, tzinfo=UTC)),
        ("2020-01-01T10:00:00", datetime(2020, 1, 1, 10, 0, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2020-05", datetime(2020, 5, 1, tzinfo=UTC)),
        ("1921", datetime(1921, 1, 1, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_times_of_every_form_are_read(written: str, moment: datetime) -> None:
    assert instant(written, "date") == moment


@pytest.mark.parametrize("written", ["yesterday", "2020-13-01", "0000-00-00", "99999-01-01"])
def test_a_time_that_is_none_is_named(written: str) -> None:
    with pytest.raises(Unreadable, match="issued is no date"):
        instant(written, "issued")


# 14 -------------------------------------------------------------------------------------------


def test_names_keep_their_letters_marks_and_digits(office: Office) -> None:
    office.take(_one_of(SYNTHEA_2019, "Agustín"), _one_of(SYNTHEA_2020, "Carroll471"))
    names = {row.name for row in office.rows("SELECT name FROM patient")}
    assert any(name.startswith("Agustín") for name in names)
    assert any("Carroll471" in name and "O'Hara248" in name for name in names)


def test_the_name_in_use_comes_before_the_maiden_name(office: Office) -> None:
    names = [{"use": "maiden", "family": "Heidenreich", "given": ["Louisa"]},
             {"use": "official", "family": "Wiza", "given": ["Louisa"]}]  # fmt: skip
    office.take_bundle(patient(name=names, deceasedDateTime="1999-05-05", birthDate="1904-02-29"))
    row = office.one("SELECT name, birth_date, deceased FROM patient")
    assert tuple(row) == ("Louisa Wiza", date(1904, 2, 29), True)


# 15, 16 ---------------------------------------------------------------------------------------


def test_what_is_sensitive_is_taken_like_everything_else(office: Office) -> None:
    office.take(_one_of(TIETAI, "Garfield_Rowe"))
    names = {row.name for row in office.rows("SELECT DISTINCT name FROM condition")}
    assert any("abuse" in name.lower() for name in names)


def test_a_bulk_set_that_overlaps_an_earlier_one_adds_only_what_is_new(office: Office) -> None:
    folder = corpus(*BULK)
    lines = _unzipped(folder / "Condition.000.ndjson.gz").splitlines()
    office.take(folder / "Patient.000.ndjson.gz")
    office.take(office.file(b"\n".join(lines[:40]), name="Condition.10.ndjson"))
    report = office.take(folder / "Condition.000.ndjson.gz")
    assert (report.sum_of("unchanged").total(), report.sum_of("added").total()) == (
        40, len(lines) - 40,
    )  # fmt: skip


def _one_of(folder: tuple[str, str], beginning: str):  # type: ignore[no-untyped-def]
    return next(p for p in sorted(corpus(*folder).iterdir()) if p.name.startswith(beginning))


def _unzipped(path):  # type: ignore[no-untyped-def]
    import gzip

    return gzip.decompress(path.read_bytes())


def _digits(entry: Entry) -> str:
    value = entry.resource["valueQuantity"]["value"]
    assert isinstance(value, int | Decimal)
    return str(value)
