"""Fail points: named places where a test can end the process, as a crash would.

Armed only by ``PORTICO_FAIL_POINT=<name>``; unset, as always outside tests, they do nothing.
"""

from __future__ import annotations

import os
import signal
from typing import Final, Literal

Place = Literal[
    "before_commit",
    "after_commit",
    "before_publish",
    "before_confirm",
    "before_effect",
    "before_ack",
    "after_accepted",
]
_ARMED: Final = os.environ.get("PORTICO_FAIL_POINT")


def reach(place: Place) -> None:
    """End this process right here, without a last word, if this place is armed."""
    if place == _ARMED:
        os.kill(os.getpid(), signal.SIGKILL)
