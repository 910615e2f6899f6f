"""`python -m portico_ops.supervisor FOLDER LOGS`: run the plan in FOLDER until SIGTERM.

SIGHUP: read the plan again; what is new starts, what is gone stops, what changed restarts.
One supervisor an installation: a second one ends at once with status 3.
"""

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path

from portico_ops.servers.process import record_pid
from portico_ops.supervisor.log_files import LogFile
from portico_ops.supervisor.plan import PID_FILE, Plan, read_plan, write_states
from portico_ops.supervisor.servers import keep_servers
from portico_ops.supervisor.watch import Watch

ALREADY_RUNNING = 3


class Supervisor:
    """Holds a watch a process, and follows the plan."""

    def __init__(self, folder: Path, logs: Path) -> None:
        self._folder = folder
        self._logs = logs
        self._log = LogFile(logs / "supervisor.log")
        self._watches: dict[str, Watch] = {}
        self._stop = asyncio.Event()
        self._turn = asyncio.Lock()
        self._plan = Plan(children=())

    async def run(self) -> None:
        """Follow the plan until told to stop; then end everything, and return."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        loop.add_signal_handler(signal.SIGINT, self.stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: following.append(self._follow_soon()))
        following = [self._follow_soon()]
        servers = asyncio.create_task(keep_servers(lambda: self._plan.servers, note=self.note))
        await self._stop.wait()
        servers.cancel()
        # Whatever became of reading a plan: what runs is ended in good order.
        await asyncio.gather(*following, return_exceptions=True)
        await asyncio.gather(*(watch.stop() for watch in self._watches.values()))
        self._write_states()
        self.note("supervisor.stopped")

    def stop(self) -> None:
        """End everything: `run` returns once it has."""
        self._stop.set()

    def note(self, event: str, **facts: object) -> None:
        """One JSON line in the supervisor's own log."""
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._log.write(json.dumps({"event": event, "timestamp": at, **facts}).encode() + b"\n")

    def _follow_soon(self) -> asyncio.Task[None]:
        return asyncio.create_task(self.follow())

    async def follow(self) -> None:
        """Read the plan and bring about what it says; one such turn at a time."""
        async with self._turn:
            await self._follow_plan()

    async def _follow_plan(self) -> None:
        plan = read_plan(self._folder)
        if plan is None:
            return
        self._plan = plan
        wanted = {child.name: child for child in plan.children}
        unwanted = [w for name, w in self._watches.items() if w.child != wanted.get(name)]
        await asyncio.gather(*(watch.stop() for watch in unwanted))
        for watch in unwanted:
            del self._watches[watch.child.name]
        for name, child in wanted.items():
            if name not in self._watches and not self._stop.is_set():
                log = LogFile(self._logs / f"{name}.log")
                self._watches[name] = Watch(
                    child, log=log, changed=self._write_states, note=self.note
                )
        self._write_states()
        self.note("plan.followed", processes=len(wanted))

    def _write_states(self) -> None:
        # A full disk must not end the watching.
        with contextlib.suppress(OSError):
            write_states(self._folder, {n: watch.state for n, watch in self._watches.items()})


def main() -> int:
    """Take the lock, note our pid, run."""
    folder, logs = Path(sys.argv[1]), Path(sys.argv[2])
    lock = (folder / "supervisor.lock").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return ALREADY_RUNNING
    record_pid(folder / PID_FILE, os.getpid())
    asyncio.run(_run(folder, logs))
    return 0


async def _run(folder: Path, logs: Path) -> None:
    await Supervisor(folder, logs).run()


if __name__ == "__main__":
    sys.exit(main())
