"""lab_list_read: twenty results of a signed-in patient, authorised and audited, from the API."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any
from uuid import UUID

from bench.baselines.stock import stock_services, wait_for_web
from bench.figures import Figure, figure, middle, percentile
from bench.filling import Patient
from bench.house import House
from bench.load import Client, Job, Outcome, get, run
from bench.processor import processor_time
from bench.settling import settle

PATH = "/api/v1/results?limit=20"
CONNECTIONS = 8
TABLES = "lab_result, source"


class NotTheSame(Exception):
    """Portal and baseline did not answer with the same rows, or not at all."""


def measure(house: House, patient: Patient, *, seconds: float, rounds: int) -> list[Figure]:
    """Ours and stock nameko in turn, the same rows; medians of the rounds."""
    url = house.read_url("records", role="bench_reader", tables=TABLES)
    ours = _job(house.port, get(PATH, session=patient.session), seconds)
    theirs = _job(house.spare_port, get(f"/results/{patient.patient_id}"), seconds)
    with stock_services(
        house, "stock_lab:StockLab", "stock_lab:StockLabWeb", database_url=url
    ) as stock:
        wait_for_web(house)
        _check_the_same(house, patient)
        pairs = [(_ours(house, ours), run(theirs)) for _ in range(rounds)]
        _must_be_fine([outcome for pair in pairs for outcome in pair])
        _, costs = processor_time(house, lambda: run(ours))
        _, stock_costs = processor_time(
            house, lambda: run(theirs), others=[(f"stock-{n}", p.pid) for n, p in enumerate(stock)]
        )
    settle(house)
    return [
        *_figures(pairs),
        *costs.figures("lab_list_read"),
        *stock_costs.figures("stock_read"),
    ]


def _job(port: int, request: str, seconds: float) -> Job:
    client = Client(first=(request,) * 3, then=(request,))
    return Job(port=port, clients=(client,) * CONNECTIONS, seconds=seconds, repeat=True)


def _ours(house: House, job: Job) -> Outcome:
    # Audit rows on their way to the ledger must not slow the baseline that follows.
    outcome = run(job)
    settle(house)
    return outcome


def _check_the_same(house: House, patient: Patient) -> None:
    ours = _ask(house.port, PATH, patient.session)
    theirs = _ask(house.spare_port, f"/results/{patient.patient_id}", "")
    ids = [[UUID(row["result_id"]) for row in reply["items"]] for reply in (ours, theirs)]
    if ids[0] != ids[1] or len(ids[0]) != 20:
        raise NotTheSame


def _ask(port: int, path: str, session: str) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Bearer {session}"}
    )
    for attempt in range(20):
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except OSError:
            if attempt == 19:
                raise
            time.sleep(0.3)
    raise AssertionError


def _must_be_fine(outcomes: list[Outcome]) -> None:
    if any(set(outcome.statuses) != {"200"} for outcome in outcomes):
        raise NotTheSame([outcome.statuses for outcome in outcomes])


def _figures(pairs: list[tuple[Outcome, Outcome]]) -> list[Figure]:
    rates = [middle([outcome.rate for outcome in side]) for side in zip(*pairs, strict=True)]
    slow = [
        middle([percentile(outcome.milliseconds, 95) for outcome in side])
        for side in zip(*pairs, strict=True)
    ]
    return [
        figure("lab_list_read", rates[0], "requests/s", baseline=rates[1],
               wanted="≥ 2 × stock nameko (aim 4 ×)",
               holds=lambda value: value >= 2 * rates[1]),
        figure("lab_list_read_p95", slow[0], "ms", baseline=slow[1], wanted="≤ 60 ms",
               holds=lambda value: value <= 60),
    ]  # fmt: skip
