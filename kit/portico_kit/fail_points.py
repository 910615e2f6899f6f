"""Fail points: named places where a test can end the process, as a crash would.

Armed only by a setting; unset, as always outside tests, they do nothing.
``PORTICO_FAIL_POINT=<name>`` or ``<name>#<number>`` (the time that it is reached at which the
process ends, 1 unless given) ends every life of the process there. ``PORTICO_FAIL_POINT_FILE``
names a file that may say the same at any time: it goes with the life that it has ended, so that
the next one is whole.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Final, Literal, get_args

Place = Literal[
    "before_commit",
    "after_commit",
    "before_publish",
    "before_confirm",
    "before_effect",
    "before_ack",
    "after_accepted",
]
PLACES: Final[tuple[Place, ...]] = get_args(Place)
_ARMED, _, _NUMBER = os.environ.get("PORTICO_FAIL_POINT", "").partition("#")
_FILE = os.environ.get("PORTICO_FAIL_POINT_FILE", "")
_times = count(1)
_told: Counter[str] = Counter()


def reach(place: Place) -> None:
    """End this process right here, without a last word, if this place is armed and it is time."""
    if place == _ARMED and next(_times) >= int(_NUMBER or 1):
        _end()
    if _FILE and _is_told(place, Path(_FILE)):
        _end()


def _is_told(place: Place, file: Path) -> bool:
    """Whether the file names this place and it is time; then the file is gone."""
    try:
        said = file.read_text()
    except FileNotFoundError:
        return False
    name, _, number = said.partition("#")
    if place != name:
        return False
    _told[said] += 1
    if _told[said] < int(number or 1):
        return False
    file.unlink(missing_ok=True)
    return True


def _end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
