"""How the tests are dealt out when `make test` runs them in two processes side by side.

One process begins with the tests of the whole system, which share one running portal (or stage)
and follow one another; the other takes all else, a file at a time. Whoever is done first helps with
the files that are left. `pytest some/path` runs in one process, in the order of the folders.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent
WHOLE_SYSTEM = tuple(f"tests/{name}/" for name in ("chaos", "integration", "journeys", "security"))


def belongs_together(nodeid: str) -> str:
    """The name of the group with which a test is dealt out: its file, or the whole system."""
    file = nodeid.partition("::")[0]
    return "whole system" if needs_the_whole_system(file) else file


@cache
def needs_the_whole_system(file: str) -> bool:
    """Attacks that do not ask for the stage stand on servers of their own."""
    if file.startswith("tests/chaos/"):
        return "stage" in (ROOT / file).read_text()
    return file.startswith(WHOLE_SYSTEM)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In one of several processes: the longest group first, so that it is not begun last."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: belongs_together(item.nodeid) != "whole system")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Deals the groups out in the order of the collection."""
    from xdist.scheduler import LoadScopeScheduling

    class InGroups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return belongs_together(nodeid)

    config.option.loadscopereorder = False
    return InGroups(config, log)
