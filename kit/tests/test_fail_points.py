"""A place that is armed ends its process when it is reached, and nothing else does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LIFE = """
from portico_kit.fail_points import reach
for number in range(5):
    reach("after_commit")
    reach("before_ack")
    print(number, flush=True)
"""


def lived(**settings: str) -> tuple[int, int]:
    """How often a life came round, and how it ended."""
    done = subprocess.run(
        [sys.executable, "-c", LIFE], env=os.environ | settings, capture_output=True, check=False
    )
    return len(done.stdout.split()), done.returncode


def test_a_process_with_nothing_armed_lives() -> None:
    assert lived() == (5, 0)


@pytest.mark.parametrize(("armed", "rounds"), [("before_ack", 0), ("before_ack#3", 2)])
def test_a_process_ends_at_its_place_the_time_it_was_told_and_so_does_the_next(
    armed: str, rounds: int
) -> None:
    for _life in range(2):
        assert lived(PORTICO_FAIL_POINT=armed) == (rounds, -9)


@pytest.mark.parametrize(("armed", "rounds"), [("before_ack", 0), ("before_ack#3", 2)])
def test_what_a_file_says_ends_one_life_and_the_next_is_whole(
    tmp_path: Path, armed: str, rounds: int
) -> None:
    file = tmp_path / "armed"
    file.write_text(armed)
    assert lived(PORTICO_FAIL_POINT_FILE=str(file)) == (rounds, -9)
    assert not file.exists()
    assert lived(PORTICO_FAIL_POINT_FILE=str(file)) == (5, 0)


def test_a_file_about_another_place_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "armed"
    file.write_text("before_publish")
    assert lived(PORTICO_FAIL_POINT_FILE=str(file)) == (5, 0)
    assert file.exists()
