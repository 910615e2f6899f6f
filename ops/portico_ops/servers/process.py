"""What both servers need of an operating-system process: a pid file, a lock, a deadline."""

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


class ServerFailed(Exception):
    """A server could not be installed, started or stopped; the message says what to do."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file, so that two starts of one server take turns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def wait_until(ready: Callable[[], bool], *, seconds: float, otherwise: Callable[[], str]) -> None:
    """Poll until ready; raise ServerFailed with `otherwise()` when the deadline passes."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise ServerFailed(otherwise())
        time.sleep(0.05)


def record_pid(path: Path, pid: int) -> None:
    """Note a process in a pid file, with its time of start: pids are used again."""
    path.write_text(f"{pid} {_began(pid)}\n")


def recorded_pid(path: Path) -> int | None:
    """The pid in a file that `record_pid` wrote, if that very process still lives."""
    try:
        pid, began = path.read_text().split()
        same = _began(int(pid)) == began
    except (OSError, ValueError, psutil.NoSuchProcess):
        return None
    return int(pid) if same and alive(int(pid)) else None


def _began(pid: int) -> str:
    """When a process began, in a form that stays the same for as long as it lives.

    Linux counts from the machine's start; what psutil makes a time of day of it moves whenever the
    clock is set, be it by a hair, and a server that is not known again would be left running.
    """
    try:
        facts = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return f"{psutil.Process(pid).create_time():.2f}"
    return facts.rpartition(")")[2].split()[19]  # field 22, "starttime" (proc(5))


def alive(pid: int) -> bool:
    """True for a running process; a zombie counts as gone."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(pid: int, *, how: signal.Signals, seconds: float) -> None:
    """Signal one process and wait; kill it when it is still there after the deadline."""
    try:
        process = psutil.Process(pid)
        os.kill(pid, how)
        process.wait(seconds)
    except (psutil.NoSuchProcess, ProcessLookupError):
        return
    except psutil.TimeoutExpired:
        process.kill()


def last_lines(path: Path, *, count: int = 15) -> str:
    """The end of a log file, for an error message."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return "(no log)"
