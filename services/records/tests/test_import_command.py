"""`portico import`, as typed."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

from portico_kit.testing.databases import Databases
from portico_kit.testing.keys import MASTER_KEYS
from portico_ops.cli import app

from .conftest import Office, glucose, patient


@pytest.fixture
def typed(databases: Databases):  # type: ignore[no-untyped-def]
    """Type `portico import …` against a fresh database."""
    environment = {
        "PORTICO_RECORDS_DATABASE_URL": databases.fresh("records"),
        "PORTICO_MASTER_KEYS": MASTER_KEYS,
    }

    def run(*arguments: object) -> Result:
        words = ["import", *map(str, arguments)]
        return CliRunner().invoke(app, words, env=environment)

    return run


def test_an_import_ends_with_a_table_and_status_0(office: Office, typed) -> None:  # type: ignore[no-untyped-def]
    office.bundle(patient(), glucose(), {"resourceType": "Spaceship"})
    first, second = typed(office.folder), typed(office.folder)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "Observation" in first.output
    assert "1 files taken" in first.output
    assert "1 × Spaceship: resourceType is not of FHIR R4" in first.output
    assert "1 skipped (taken before)" in second.output


def test_a_broken_file_gets_one_line_and_status_1(office: Office, typed) -> None:  # type: ignore[no-untyped-def]
    office.bundle(patient(), glucose())
    office.file(json.dumps({"resourceType": "Bundle", "entry": [patient()]})[:-9], name="cut.json")
    done = typed(office.folder)

    lines = [line for line in done.output.splitlines() if line.startswith("refused")]
    assert done.exit_code == 1
    assert len(lines) == 1 and lines[0].startswith("refused cut.json, entry 0: not JSON")
    assert "1 files taken" in done.output


def test_nothing_to_read_is_status_2(office: Office, typed) -> None:  # type: ignore[no-untyped-def]
    assert typed(office.folder / "nowhere").exit_code == 2


def test_a_database_that_does_not_answer_is_status_2(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTICO_RECORDS_DATABASE_URL", "postgresql://a:b@127.0.0.1:1/records")
    monkeypatch.setenv("PORTICO_MASTER_KEYS", MASTER_KEYS)
    done = CliRunner().invoke(app, ["import", str(office.bundle(patient()))])
    assert (done.exit_code, "does not answer" in done.output) == (2, True)
