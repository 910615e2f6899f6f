"""Taking files: whole or not at all, twice without a change, nothing dropped, nothing rounded."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from portico_kit.ids import new_id
from portico_kit.testing.waiting import eventually
from records.adapters.fhir import BrokenFile, NothingToRead, file_hash
from records.commands.importing import take_file
from records.store import imports
from records.store.imports import Source

from .conftest import Office, glucose, patient

WAITS = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


def test_a_bundle_taken_twice_changes_nothing(office: Office) -> None:
    bundle = office.bundle(patient(), glucose())
    office.take(bundle)
    before = office.fingerprint()

    report = office.take(bundle)

    assert [f.outcome for f in report.files] == ["skipped"]
    assert office.fingerprint() == before


def test_the_same_content_in_another_file_changes_nothing(office: Office) -> None:
    office.take_bundle(patient(), glucose())
    before = office.fingerprint()

    report = office.take(office.bundle(glucose(), patient()))

    assert report.sum_of("unchanged").total() == 2
    assert office.fingerprint() == before


def test_changed_content_becomes_a_new_version_with_the_same_id(office: Office) -> None:
    office.take_bundle(patient(), glucose(98))
    office.take_bundle(patient(), glucose(105, status="corrected"))

    versions = office.rows(
        "SELECT id, version, current, status FROM resource WHERE type = 'Observation' ORDER BY 2"
    )
    assert [(v.version, v.current, v.status) for v in versions] == [
        (1, False, "final"), (2, True, "corrected"),
    ]  # fmt: skip
    assert versions[0].id == versions[1].id == office.one("SELECT id FROM lab_result")
    assert office.one("SELECT value FROM lab_result") == "105"


def test_a_result_that_loses_its_value_leaves_the_list(office: Office) -> None:
    office.take_bundle(patient(), glucose())
    emptied = {k: v for k, v in glucose().items() if k != "valueQuantity"}
    office.take_bundle(patient(), emptied)
    assert office.rows("SELECT id FROM lab_result") == []


@pytest.mark.parametrize("digits", ["173.454841387674524910", "98.0", "1E-7", "12345678901234567"])
def test_decimals_keep_every_digit(office: Office, digits: str) -> None:
    text = office.bundle(patient(), glucose(4242)).read_text().replace("4242", digits)
    office.take(office.file(text))

    kept = office.one(
        "SELECT (body #> '{valueQuantity,value}')::numeric = CAST(:digits AS numeric) "
        "FROM resource WHERE type = 'Observation'", digits=digits,
    )  # fmt: skip
    assert kept
    assert float(office.one("SELECT value FROM lab_result")) == float(digits)
    assert office.one("SELECT value_number = CAST(:d AS numeric) FROM lab_result", d=digits)


def test_a_truncated_bundle_leaves_nothing_and_the_rest_go_on(office: Office) -> None:
    whole = office.bundle(patient(), *[glucose(id=f"o-{n}") for n in range(50)])
    cut = office.file(whole.read_text()[:-4000], name="cut.json")
    sound = office.bundle(patient(), glucose())
    before = office.fingerprint()

    report = office.take(cut)
    (refused,) = report.with_outcome("refused")
    assert refused.entry is not None and refused.entry > 10
    assert refused.reason and refused.reason.startswith("not JSON")
    assert {k: v for k, v in office.fingerprint().items() if k != "source"} == {
        k: v for k, v in before.items() if k != "source"
    }

    report = office.take(cut, sound)
    assert len(report.with_outcome("refused")) == 1
    assert len(report.with_outcome("taken")) == 1


def test_a_broken_line_refuses_its_whole_ndjson_file_and_names_the_line(office: Office) -> None:
    lines = [json.dumps(patient(id=f"p-{n}")) for n in range(1200)]
    lines[1100] = '{"resourceType": "Patient", '
    report = office.take(office.file("\n".join(lines), name="Patient.ndjson"))

    (refused,) = report.with_outcome("refused")
    assert refused.entry == 1101
    assert office.rows("SELECT 1 FROM patient") == []


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.json"),
        (b"[1, 2, 3]", "list.json"),
        (b'"text"', "text.json"),
        (b"\xff\xfe\x00nonsense", "binary.json"),
        (b"\x1f\x8b\x08cut short", "broken.json"),
        (b"[" * 200_000, "deep.json"),
        (b'{"resourceType": "Patient", "a": NaN}', "nan.json"),
        (b'{"resourceType": "Bundle", "entry": [' + b"[" * 100_000, "deepbundle.json"),
        (b'{"resourceType": "Patient", "a": 1e9999999999999999999}', "boundless.json"),
        (b'{"a": 1e9999999999999999999}', "boundless.ndjson"),
        (b'{"resourceType": "Bundle", "entry": [1e9999999999999999999]}', "boundlessbundle.json"),
        (b'{"resourceType": "Patient", "id": "' + b"x" * (65 << 20) + b'"}', "endless.ndjson.gz"),
    ],
)
def test_hostile_files_get_one_clear_line(office: Office, content: bytes, name: str) -> None:
    report = office.take(office.file(content, name=name))
    (refused,) = report.with_outcome("refused")
    assert refused.reason and "\n" not in refused.reason and len(refused.reason) < 200
    assert office.rows("SELECT 1 FROM resource") == []


def test_a_gzip_file_that_is_cut_short_is_refused(office: Office) -> None:
    path = office.file(json.dumps(patient()) + " " * 100_000, name="patient.json.gz")
    path.write_bytes(path.read_bytes()[:-20])
    (refused,) = office.take(path).with_outcome("refused")
    assert refused.reason and refused.reason.startswith("unreadable")


def test_a_byte_order_mark_is_no_obstacle(office: Office) -> None:
    office.take(office.file(b"\xef\xbb\xbf" + json.dumps(patient()).encode()))
    assert office.one("SELECT name FROM patient") == "Maria Reyes"


def test_what_is_not_understood_is_kept_and_reported(office: Office) -> None:
    unknown = {"resourceType": "Spaceship", "id": "x"}
    nul = glucose(id="nul", note=[{"text": "a\x00b"}])
    huge = glucose(id="huge", valueQuantity={"value": 10**400})
    nameless = {"resourceType": "Patient", "id": "nobody", "birthDate": "1990-01-01"}
    undated = glucose(id="undated", effectiveDateTime="last Tuesday")
    report = office.take_bundle(patient(), unknown, nul, huge, nameless, undated, glucose())

    assert dict(report.sum_of("kept")) == {
        ("Spaceship", "resourceType is not of FHIR R4"): 1,
        ("Observation", "contains a NUL character"): 1,
        ("Observation", "a whole number out of all bounds"): 1,
        ("Patient", "a patient without a name"): 1,
        ("Observation", "effectiveDateTime is no date"): 1,
    }
    assert report.sum_of("added").total() == 2
    assert office.one("SELECT count(*) FROM kept_resource") == 5
    spaceship = office.one("SELECT body FROM kept_resource WHERE type = 'Spaceship'")
    assert json.loads(bytes(spaceship)) == unknown


@pytest.mark.parametrize("kind", ["\ud800", "a\x00b", "x" * 70_000, "Maria Reyes", ""])
def test_a_type_that_is_no_word_is_kept_and_never_quoted(office: Office, kind: str) -> None:
    report = office.take_bundle({"resourceType": kind}, patient(), glucose())
    assert report.sum_of("kept") == {("?", "resourceType is not of FHIR R4"): 1}
    assert report.sum_of("added").total() == 2


@pytest.mark.parametrize("address", ["urn:uuid:\ud800", "urn:uuid:\x00", 5])
def test_an_address_that_cannot_be_kept_is_no_obstacle(office: Office, address: object) -> None:
    nameless = {k: v for k, v in glucose().items() if k != "id"}
    entries = [{"fullUrl": "urn:uuid:p-1", "resource": patient()},
               {"fullUrl": address, "resource": nameless}]  # fmt: skip
    report = office.take(office.file(json.dumps({"resourceType": "Bundle", "entry": entries})))
    assert report.sum_of("added").total() == 2


def test_a_group_of_more_members_than_a_statement_has_parameters_is_taken(office: Office) -> None:
    members = [{"resourceType": "Medication", "id": f"m-{n}", "code": {"text": "x"}}
               for n in range(33_000)]  # fmt: skip
    office.take(office.file("\n".join(map(json.dumps, members)), name="Medication.ndjson"))
    group = {
        "resourceType": "Group", "id": "g", "type": "medication", "actual": True,
        "member": [{"entity": {"reference": f"Medication/m-{n}"}} for n in range(33_000)],
    }  # fmt: skip
    report = office.take(office.file(json.dumps(group), name="Group.ndjson"))
    assert [f.outcome for f in report.files] == ["taken"]


def test_nothing_can_hang_on_a_patient_who_was_kept_aside(office: Office) -> None:
    nameless = {"resourceType": "Patient", "id": "p-1"}
    report = office.take_bundle(nameless, glucose())
    assert report.waiting == 1
    assert office.rows("SELECT 1 FROM lab_result") == []


def test_two_people_with_one_id_are_not_poured_into_one_record(office: Office) -> None:
    office.take_bundle(patient(), glucose())
    somebody_else = patient(name=[{"family": "Chen", "given": ["Wei"]}], birthDate="1990-05-05")

    (refused,) = office.take_bundle(somebody_else).with_outcome("refused")
    assert refused.reason and "somebody else" in refused.reason

    report = office.take_bundle(somebody_else, source="Another clinic")
    assert report.sum_of("added").total() == 1


def test_of_two_imports_of_one_file_at_once_the_second_skips_it(office: Office) -> None:
    office.take_bundle(patient())
    source = Source(*office.one("SELECT id, name, release FROM source"))
    bundle = office.bundle(patient(), glucose())
    with ThreadPoolExecutor(1) as other:
        with office.store.transaction() as first:
            imports.lock_source(first, source.id)
            second = other.submit(office.take, bundle)
            eventually(lambda: office.rows(WAITS), what="the second import's wait")
            report = take_file(first, bundle, source=source)
            imports.note_file(
                first, run_id=new_id(), source_id=source.id, content_hash=file_hash(bundle),
                outcome="taken", totals=report.totals(),
            )  # fmt: skip
        assert [f.outcome for f in second.result().files] == ["skipped"]


def test_two_sources_keep_their_resources_apart(office: Office) -> None:
    office.take_bundle(patient(), glucose(98))
    office.take_bundle(patient(), glucose(120), source="Riverside hospital")
    assert office.one("SELECT count(*) FROM lab_result") == 2


def test_an_import_that_stopped_goes_on_with_the_files_left(office: Office) -> None:
    first, second = office.bundle(patient(), glucose()), office.bundle(patient(id="p-2"))
    office.take(first)
    report = office.take(office.folder)
    assert [(f.path.name, f.outcome) for f in report.files] == [
        (first.name, "skipped"), (second.name, "taken"),
    ]  # fmt: skip


def test_a_path_with_nothing_to_read_says_so(office: Office) -> None:
    with pytest.raises(NothingToRead):
        office.take(office.folder / "nowhere")


def test_a_file_is_taken_in_the_callers_transaction_only(office: Office) -> None:
    bundle = office.bundle(patient(), glucose())
    with pytest.raises(RuntimeError), office.store.transaction() as tx:
        take_file(tx, bundle, source=imports.ensure_source(tx, name="Lakeside lab"))
        raise RuntimeError
    assert office.rows("SELECT 1 FROM resource") == []


def test_a_missing_reference_target_is_no_reason_to_refuse(office: Office) -> None:
    report = office.take_bundle(
        patient(), glucose(performer=[{"reference": "urn:uuid:nobody"}], encounter={})
    )
    assert report.sum_of("added").total() == 2
    assert office.one("SELECT performer FROM lab_result") is None


def test_broken_file_says_where(office: Office) -> None:
    with pytest.raises(BrokenFile) as told, office.store.transaction() as tx:
        path = office.file('{"resourceType":"Bundle","entry":[{"resource":{}},{"resource":')
        take_file(tx, path, source=imports.ensure_source(tx, name="x"))
    assert told.value.entry == 1
