"""Fail points: named places where a test can end the process, as a crash would.

Armed only by ``PORTICO_FAIL_POINT=<name>`` or ``<name>#<number>`` (the time that it is reached at
which the process ends, 1 unless given); unset, as always outside tests, they do nothing.
"""

from __future__ import annotations

import os
import signal
from itertools import count
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
_times = count(1)


def reach(place: Place) -> None:
    """End this process right here, without a last word, if this place is armed and it is time."""
    if place == _ARMED and next(_times) >= int(_NUMBER or 1):
        os.kill(os.getpid(), signal.SIGKILL)
