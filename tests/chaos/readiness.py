"""What each process says of its own line to the broker: now, and in its log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx

from portico_ops.lifecycle import fares
from tests.chaos.stage import Stage

WITHOUT_A_LINE = ("postgres", "rabbitmq", "sandbox")
LOST = frozenset({"bus.lost", "gateway.broker_lost", "relay.paused"})


def lines_to_the_broker(stage: Stage) -> dict[str, bool]:
    """For each process, whether it has a line to the broker now, as it knows itself."""
    ports = {f.name: f.port for f in fares(stage.home) if f.name not in WITHOUT_A_LINE}
    with ThreadPoolExecutor(max_workers=len(ports)) as pool:
        return dict(zip(ports, pool.map(_says, ports.values()), strict=True))


def lost_since(stage: Stage, moment: float) -> dict[str, float | None]:
    """When each process said that it lost the broker, in seconds after a moment (since 1970)."""
    found = {}
    for name in stage.names:
        if name not in WITHOUT_A_LINE:
            times = [at for at in _losses(stage, name) if at >= moment]
            found[name] = min(times) - moment if times else None
    return found


def _says(port: int) -> bool:
    try:
        told = httpx.get(f"http://127.0.0.1:{port}/ready", timeout=5).json()
    except (httpx.HTTPError, ValueError):
        return False
    # The relay says it of each of its databases, the others of the one line that they have.
    return all(told[name] for name in (["broker"] if "broker" in told else told))


def _losses(stage: Stage, name: str) -> Iterator[float]:
    for line in stage.home.log_of(name).read_text().splitlines():
        try:
            said = json.loads(line)
        except ValueError:
            continue
        if said.get("event") in LOST:
            at = datetime.fromisoformat(said["timestamp"].removesuffix("Z"))
            yield at.replace(tzinfo=UTC).timestamp()
