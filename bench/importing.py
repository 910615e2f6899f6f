"""fhir_import: the largest bundle of the corpus through `portico import`'s own functions."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console

from bench.figures import Figure, figure, middle
from bench.house import House
from portico_ops.home import CHECKOUT

CORPUS = CHECKOUT.parent / "shared" / "corpus" / "fhir"
MEGABYTE = 1_000_000


def measure(house: House, *, rounds: int) -> list[Figure]:
    """Import and bare COPY of the same bodies, in turn; a source of its own each time."""
    with tempfile.TemporaryDirectory() as folder:
        path = largest_bundle() or _made_up(Path(folder))
        house.rows("CREATE TABLE resource_body (body jsonb)")
        runs, floors = [], []
        for number in range(rounds):
            runs.append(_import(house, path, source=f"Round {number}"))
            floors.append(_copy(house, path))
    return [
        figure("fhir_import", middle([each["rate"] for each in runs]), "resources/s",
               baseline=middle(floors), wanted="≥ 400/s", holds=lambda value: value >= 400),
        figure("fhir_import_memory", max(each["peak"] for each in runs) / MEGABYTE, "MB at most",
               wanted="< 400 MB", holds=lambda value: value < 400),
        figure("fhir_import_resources", runs[0]["resources"], "resources in the file"),
    ]  # fmt: skip


def largest_bundle() -> Path | None:
    """The corpus's largest FHIR bundle, unpacked size counting; None where there is no corpus."""
    found = [*CORPUS.rglob("*.json"), *CORPUS.rglob("*.json.gz")]
    if not found:
        Console().print(
            f"[bold yellow]No corpus at {CORPUS}: a bundle of the sandbox is imported instead.[/]"
        )
        return None
    return max(found, key=_size)


def _size(path: Path) -> int:
    # The last four bytes of a gzip file are its unpacked length (RFC 1952, 2.3.1).
    if path.suffix != ".gz":
        return path.stat().st_size
    with path.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        return int.from_bytes(file.read(4), "little")


def _made_up(folder: Path) -> Path:
    """All of the sandbox's patients in one bundle."""
    from datetime import UTC, datetime

    from portico_ops.sandbox.practice import bundle_for, generate

    bundles = [bundle_for(each) for each in generate(today=datetime.now(UTC).date()).patients]
    entries = [entry for bundle in bundles for entry in bundle["entry"]]
    path = folder / "sandbox.json"
    path.write_text(json.dumps({**bundles[0], "entry": entries}))
    return path


def _import(house: House, path: Path, *, source: str) -> dict[str, Any]:
    """Taken, in a process of its own: how many, how fast, and the most memory it held."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PORTICO_RECORDS_DATABASE_URL": house.database_url("records"),
        "PORTICO_MASTER_KEYS": house.secrets["master-keys"],
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.import_file", str(path), source],
        check=True, stdout=subprocess.PIPE, text=True, env=environment, cwd=CHECKOUT,
    )  # fmt: skip
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _copy(house: House, path: Path) -> float:
    """Resources a second of a bare COPY, one transaction, into a table without an index."""
    packed = path.read_bytes()
    bundle = json.loads(gzip.decompress(packed) if path.suffix == ".gz" else packed)
    bodies = [json.dumps(entry["resource"]) for entry in bundle["entry"]]
    house.rows("TRUNCATE resource_body")
    began = time.perf_counter()
    with (
        psycopg.connect(house.admin_url()) as connection,
        connection.cursor().copy("COPY resource_body FROM STDIN") as copy,
    ):
        for body in bodies:
            copy.write_row((body,))
    return len(bodies) / (time.perf_counter() - began)
