"""Point 14: of three RabbitMQ nodes one is cut off, or stands still, and comes back."""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from portico_kit.testing.databases import Databases
from portico_kit.testing.waiting import eventually
from tests.chaos.cluster import NAMES, SETTINGS, Cluster, running_cluster
from tests.chaos.cluster_ground import HEARD, PUBLISHED, Asked, Ground, longest_gap

PRODUCTION = Path(__file__).parents[2] / "deploy" / "k8s" / "overlays" / "production"
PUBLISHING_WITHIN = 30.0
SLACK = 5.0  # seconds: for a machine that has other things to do
GONE_FOR = 45.0
SETTLED_WITHIN = 90.0
ROOT = os.environ.get("PORTICO_RABBITMQ_ROOT", "")


def test_the_cluster_that_is_attacked_is_set_up_as_the_production_overlay_says() -> None:
    written = (PRODUCTION / "rabbitmq.yaml").read_text()
    for line in SETTINGS.splitlines():
        assert line in written


@pytest.fixture(scope="module", params=["of this machine", "in a folder"])
def cluster(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, length: Any
) -> Iterator[Cluster]:
    """Three nodes: of the RabbitMQ that the machine has, and of another one."""
    if not length.long:
        pytest.skip("the long form starts three nodes; the short one compares their settings")
    root = ROOT if request.param == "in a folder" else ""
    if request.param == "in a folder" and not root:
        pytest.skip("PORTICO_RABBITMQ_ROOT names no folder with another RabbitMQ (4.x)")
    with running_cluster(tmp_path_factory.mktemp("cluster"), root=root) as made:
        yield made


@pytest.fixture(scope="module")
def ground(
    cluster: Cluster, databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ground]:
    """Everything begins at the first node: declared there, led there, connected there."""
    made = Ground(databases.empty(), cluster.url(), tmp_path_factory.mktemp("toy"))
    made.start()
    yield made
    made.end()


def first(_cluster: Cluster) -> str:
    """The node that has the queue of requests, and in the beginning everything else."""
    return NAMES[0]


def the_relays(cluster: Cluster) -> str:
    """The node that the relay publishes to now."""
    return eventually(lambda: cluster.home_of("relay toy"), within=60, what="the relay's line")


def anothers(cluster: Cluster) -> str:
    """One that neither has the requests nor the relay's line."""
    return next(name for name in NAMES[1:] if name != the_relays(cluster))


ROUNDS = pytest.mark.parametrize(
    ("attack", "whose"),
    [
        (Cluster.isolate, first),
        (Cluster.isolate, the_relays),
        (Cluster.isolate, anothers),
        (Cluster.cut, the_relays),
        (Cluster.hang, first),
        (Cluster.hang, the_relays),
    ],
    ids=lambda part: part.__name__,
)


@ROUNDS
def test_with_one_of_three_nodes_gone_the_others_go_on_and_nothing_is_lost(
    cluster: Cluster, ground: Ground, notes: Any,
    attack: Callable[[Cluster, str], None], whose: Callable[[Cluster], str],
) -> None:  # fmt: skip
    gone = whose(cluster)
    others = {*NAMES} - {gone}
    asker = ground.asker()
    try:
        eventually(lambda: len(asker.done) > 20, within=60, what="things before the attack")
        began = time.time()
        attack(cluster, gone)
        eventually(
            lambda: cluster.running(min(others)) == others, within=60, what="a node that is missed"
        )
        threading.Event().wait(max(0.0, began + GONE_FOR - time.time()))
    finally:
        healed = time.time()
        cluster.heal(gone)
        eventually(cluster.is_whole, within=180, what="three nodes that are one broker again")
        whole = time.time() - healed
        asked = asker.stop()
    eventually(lambda: not ground.amiss(asked), within=SETTLED_WITHIN, what="everything, once")
    eventually(lambda: readers(cluster) == 1, within=30, what="requests taken by the broker again")
    eventually(lambda: len(set(logs_of(cluster, "toy.normal"))) == 1, what="members alike")

    title = f"RabbitMQ {cluster.version}, {attack.__name__} {whose.__name__}"
    silent = longest_gap(ground.moments(PUBLISHED, since=began - 1), since=began, until=healed)
    deaf = longest_gap(ground.moments(HEARD, since=began - 1), since=began, until=healed)
    notes.note(f"{title}: publishing again after", round(silent, 1), "s",
               wanted="≤ 30 s, 35 s beside other work",
               holds=lambda s: s <= PUBLISHING_WITHIN + SLACK)  # fmt: skip
    notes.note(f"{title}: heard again after", round(deaf, 1), "s")
    notes.note(f"{title}: accepted meanwhile", len(during(asked, began, healed)), "requests")
    notes.note(f"{title}: refused, and asked again", sum(a.refused for a in asked), "requests")
    notes.note(f"{title}: longest wait", longest_wait(asked), "s")
    notes.note(f"{title}: whole again after", round(whole, 1), "s")
    notes.note(f"{title}: lost, or had its effect twice", len(ground.amiss(asked)), "events",
               wanted="0", holds=lambda n: n == 0)  # fmt: skip


def during(asked: list[Asked], began: float, ended: float) -> list[Asked]:
    return [each for each in asked if began < each.ended_at < ended]


def longest_wait(asked: list[Asked]) -> float:
    return round(max(each.ended_at - each.asked_at for each in asked), 1)


def readers(cluster: Cluster) -> int:
    """How many consumers the queue of the toy's requests has."""
    told = cluster.ask(NAMES[1], "--timeout", "20", "list_queues", "name", "consumers")
    found = re.search(r"^rpc-toy\s+(\d+)", told, re.M)
    return int(found[1]) if found else 0


def logs_of(cluster: Cluster, queue: str) -> list[str]:
    """How far each member of a queue has come in what all of them have agreed on."""
    ask = f'rabbit_quorum_queue:status(<<"/">>, <<"{queue}">>).'
    found = re.findall(r'"Commit Index">>,\s*(\d+)', cluster.ask(NAMES[0], "eval", ask))
    return found if len(found) == len(NAMES) else ["", "not all of them"]
