"""Resources whose parts have been replaced by nonsense: kept or taken, never a crash."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

from .conftest import Office, glucose, patient
from .test_record import ABOUT, medicine, note

NONSENSE: tuple[Any, ...] = (
    None, True, 0, -5, 1.5, "", "x", [], {}, [None], [[]], [{}], ["x"], {"a": 1},
    {"coding": "x"}, {"coding": [1]}, {"reference": 5}, [{"coding": [{"code": 5}]}], 10**18,
    "9999-12-31T23:59:59-14:00", "0001-01-01", {"start": {"start": 1}}, {"value": 1e300},
    "\ud800", "\u202e<script>", "2020-02-30", {"data": "%%%", "contentType": 5},
)  # fmt: skip
SEEDS: tuple[dict[str, Any], ...] = (
    patient(telecom=[{"system": "email", "value": "m@example.com"}],
            communication=[{"language": {"coding": [{"code": "es"}]}}],
            address=[{"line": ["1 Main St"], "city": "Boston"}]),
    glucose(performer=[{"display": "Lab"}], interpretation=[{"coding": [{"code": "N"}]}]),
    medicine(),
    note("11506-3", "words"),
    {"resourceType": "Condition", "id": "c", "subject": ABOUT, "code": {"text": "Cold"},
     "onsetDateTime": "2016", "clinicalStatus": {"coding": [{"code": "active"}]}},
    {"resourceType": "AllergyIntolerance", "id": "a", "patient": ABOUT, "code": {"text": "Nuts"},
     "reaction": [{"manifestation": [{"text": "Hives"}], "severity": "mild"}]},
    {"resourceType": "Immunization", "id": "i", "patient": ABOUT, "status": "completed",
     "vaccineCode": {"text": "Flu"}, "occurrenceDateTime": "2026-10-02",
     "protocolApplied": [{"doseNumberPositiveInt": 2}]},
    {"resourceType": "Encounter", "id": "e", "subject": ABOUT, "status": "finished",
     "class": {"code": "AMB"}, "period": {"start": "2020", "end": "2021"},
     "participant": [{"individual": {"display": "Dr. X"}}], "reasonCode": [{"text": "y"}]},
    {"resourceType": "CarePlan", "id": "p", "subject": ABOUT, "status": "active",
     "intent": "plan", "activity": [{"detail": {"code": {"text": "Walk"}}}]},
    {"resourceType": "ExplanationOfBenefit", "id": "b", "patient": ABOUT, "status": "active",
     "type": {"text": "x"}, "use": "claim", "item": [{}], "payment": {"amount": {"value": 1.5}}},
    {"resourceType": "DiagnosticReport", "id": "r", "subject": ABOUT, "status": "final",
     "code": {"text": "Panel"}, "result": [{"reference": "urn:uuid:o-1"}],
     "presentedForm": [{"contentType": "text/html", "data": "PGI+aGk8L2I+"}]},
    {"resourceType": "MedicationDispense", "id": "d", "subject": ABOUT, "status": "completed",
     "authorizingPrescription": [{"reference": "urn:uuid:m-1"}],
     "whenHandedOver": "2026-11-01", "daysSupply": {"value": 30}},
)  # fmt: skip


def test_nonsense_anywhere_in_a_resource_never_stops_an_import(office: Office) -> None:
    chance = random.Random(20261122)
    broken = [_broken(chance.choice(SEEDS), n, chance) for n in range(1500)]
    path = office.file(json.dumps({
        "resourceType": "Bundle", "type": "collection",
        "entry": [{"resource": patient()}, *({"resource": r} for r in broken)],
    }))  # fmt: skip

    (report,) = office.take(path).files

    assert (report.outcome, report.reason) == ("taken", None)
    assert report.added.total() > 800
    assert report.kept.total() > 25


def _broken(seed: dict[str, Any], n: int, chance: random.Random) -> dict[str, Any]:
    made = copy.deepcopy(seed)
    made["id"] = f"{made['id']}-{n}"
    for path in chance.sample(list(_paths(made)), chance.choice((1, 1, 2))):
        target: Any = made
        try:
            for step in path[:-1]:
                target = target[step]
            target[path[-1]] = copy.deepcopy(chance.choice(NONSENSE))
        except (KeyError, IndexError, TypeError):
            continue
    return made


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        if key != "resourceType":
            yield (*path, key)
        if isinstance(inner, dict | list):
            yield from _paths(inner, (*path, key))
