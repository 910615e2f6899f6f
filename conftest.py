"""How the tests are dealt out when `make test` runs them in two processes side by side.

What shares a running system stays together and is begun first: the attacks on the stage in one
process, the tests of the running portal in the other. All else is dealt out a file at a time to
whoever has nothing to do. `pytest some/path` runs in one process, in the order of the folders.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent
STAGE = "tests/chaos/"
PORTAL = tuple(f"tests/{name}/" for name in ("integration", "journeys", "security"))
FIRST = ("the stage", "the portal")  # the longest first, so that it is not begun last


@cache
def group_of(file: str) -> str:
    """The name of the group with which the tests of a file are dealt out: their own, as a rule."""
    if file.startswith(STAGE) and "stage" in (ROOT / file).read_text():
        return "the stage"  # other attacks stand on servers of their own
    return "the portal" if file.startswith(PORTAL) else file


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In one of several processes: the great groups first, and other attacks, which take long."""

    def turn(item: pytest.Item) -> int:
        group = group_of(_file(item.nodeid))
        return FIRST.index(group) if group in FIRST else len(FIRST) + (not group.startswith(STAGE))

    if hasattr(config, "workerinput"):
        items.sort(key=turn)


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deals the groups out in the order of the collection."""
    from xdist.scheduler import LoadScopeScheduling

    class InGroups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(_file(nodeid))

    config.option.loadscopereorder = False
    return InGroups(config, log)
