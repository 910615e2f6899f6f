"""The stage that is attacked, how long and with which seed, and the figures that come of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))  # for `bench`, whose house and practice are attacked here

from portico_kit.testing.databases import Databases  # noqa: E402
from tests.chaos.detours import LEAN  # noqa: E402
from tests.chaos.diary import Diary  # noqa: E402
from tests.chaos.length import Length, seed_asked_for  # noqa: E402
from tests.chaos.oracle import Oracle  # noqa: E402
from tests.chaos.record import Notes, Record, broker_in_a_folder  # noqa: E402
from tests.chaos.stage import Stage, running_stage  # noqa: E402
from tests.chaos.watch import Watch  # noqa: E402

os.environ.update(LEAN)  # for what the tests start themselves


@pytest.fixture(scope="session")
def seed() -> int:
    """What every chance of the run is drawn from."""
    return seed_asked_for()


@pytest.fixture(scope="session")
def length() -> Length:
    """Short in `make test`, long in `make chaos`."""
    return Length.asked_for()


@pytest.fixture(scope="session")
def stage(seed: int) -> Iterator[Stage]:
    """The whole system behind proxies, once a run."""
    with running_stage(seed=seed) as made:
        yield made


@pytest.fixture(scope="session")
def oracle(stage: Stage) -> Oracle:
    """Who joins all witnesses, and names what is wrong."""
    return Oracle(stage)


RECORD = Record()
BROKERS = {"stage", "amqp_url"}  # whoever has one of these has the run's broker


@pytest.fixture(scope="session", autouse=True)
def record() -> Iterator[Record]:
    """Every result and figure of the run."""
    yield RECORD
    RECORD.write()


@pytest.fixture
def notes(record: Record, request: pytest.FixtureRequest) -> Notes:
    """Where a test puts what it measured."""
    return Notes(record, request.node.nodeid)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Attacks take longer than tests may by default; what hangs is ended all the same."""
    limit = Length.asked_for().of(short=900, long=6 * 3600)
    for item in items:
        if item.path.parent == ROOT / "tests" / "chaos":
            item.add_marker(pytest.mark.timeout(limit))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put down how each test ended."""
    report = yield
    if report.when == "call" or report.outcome != "passed":
        why = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
        # What starts its own nodes says in its figures which ones.
        used = BROKERS & set(getattr(item, "fixturenames", ()))
        RECORD.ended(
            item.nodeid,
            outcome=report.outcome,
            seconds=report.duration,
            why=why,
            broker=broker_in_a_folder() if used else "",
        )
    return report


@pytest.fixture
def watch(databases: Databases, amqp_url: str, tmp_path: Path) -> Iterator[Watch]:
    """Copies of a service that does nothing but tick."""
    made = Watch(databases.empty(), amqp_url, tmp_path)
    yield made
    made.end()


@pytest.fixture
def diary(
    service_database: Callable[[str], str], declared_broker: str, tmp_path: Path
) -> Iterator[Diary]:
    """A practice's diary, with scheduling running on it."""
    made = Diary(service_database("scheduling"), declared_broker, tmp_path).open()
    yield made
    made.end()
