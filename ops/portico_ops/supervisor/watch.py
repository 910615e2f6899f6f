"""One process under watch: started, its output kept, started again when it dies."""

import asyncio
import contextlib
import os
import signal
import time
from asyncio.subprocess import Process
from collections.abc import Callable
from pathlib import Path

from portico_ops.supervisor.health import answers
from portico_ops.supervisor.log_files import LogFile
from portico_ops.supervisor.plan import Child, ChildState

FIRST_DELAY = 0.5  # seconds before the first restart; doubles from there
LONGEST_DELAY = 30.0
STEADY = 30.0  # seconds of running after which a process counts as well again
GRACE = 25.0  # seconds between SIGTERM and SIGKILL: a service takes up to 20 to drain
LIVE_EVERY = 10.0
LIVE_WITHIN = 5.0
LIVE_MISSES = 6


def next_delay(delay: float, *, ran_for: float) -> float:
    """How long to wait before the next start, given the last wait and how long it then ran."""
    return FIRST_DELAY if ran_for >= STEADY else min(delay * 2, LONGEST_DELAY)


class Watch:
    """Runs one child until told to stop; calls `changed` whenever its state does."""

    def __init__(
        self,
        child: Child,
        *,
        log: LogFile,
        changed: Callable[[], None],
        note: Callable[..., None],
    ) -> None:
        self.child = child
        self.state = ChildState(state="waiting")
        self._log = log
        self._changed = changed
        self._note = note
        self._stopping = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """SIGTERM, then SIGKILL after the grace; returns when the process is gone."""
        self._stopping.set()
        await self._task
        self._log.close()

    async def _run(self) -> None:
        delay, restarts = FIRST_DELAY / 2, 0
        while not self._stopping.is_set():
            started = time.monotonic()
            status = await self._run_once(restarts)
            if self._stopping.is_set():
                break
            delay = next_delay(delay, ran_for=time.monotonic() - started)
            restarts += 1
            self._note("process.died", process=self.child.name, status=status, again_in=delay)
            self._become(ChildState(state="restarting", restarts=restarts))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)
        self._become(ChildState(state="stopped", restarts=restarts))

    async def _run_once(self, restarts: int) -> int | str:
        """The process's exit status, or the kind of error that kept it from starting."""
        try:
            process = await self._start()
        except OSError as problem:
            return type(problem).__name__
        self._become(
            ChildState(state="running", pid=process.pid, started_at=time.time(), restarts=restarts)
        )
        guards = [
            asyncio.create_task(self._watch_liveness(process)),
            asyncio.create_task(self._end_when_told(process)),
        ]
        await self._keep_output(process)
        status = await process.wait()
        for guard in guards:
            guard.cancel()
        return status

    async def _start(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            *self.child.command,
            env=dict(self.child.environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        if self.child.nice:
            _be_nice(process.pid, self.child.nice)
        return process

    async def _keep_output(self, process: Process) -> None:
        assert process.stdout is not None
        while data := await process.stdout.read(65536):
            self._log.write(data)

    async def _watch_liveness(self, process: Process) -> None:
        # A process that hangs does not die by itself: nobody but this would ever notice.
        misses = 0
        while misses < LIVE_MISSES:
            await asyncio.sleep(LIVE_EVERY)
            well = await answers(self.child.port, "/live", seconds=LIVE_WITHIN)
            misses = 0 if well else misses + 1
        self._note("process.hung", process=self.child.name)
        await self._end(process)

    async def _end_when_told(self, process: Process) -> None:
        await self._stopping.wait()
        await self._end(process)

    async def _end(self, process: Process) -> None:
        _signal(process, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), GRACE)
        except TimeoutError:
            self._note("process.killed", process=self.child.name)
            _signal(process, signal.SIGKILL)

    def _become(self, state: ChildState) -> None:
        self.state = state
        self._changed()


def _be_nice(pid: int, further: int) -> None:
    """Let a process give way to those that we start without this. It runs all the same where the
    system does not let us.
    """
    # Further than ourselves: somebody may have started all of us with less than the usual weight,
    # which only the administrator may raise again.
    nice = min(os.getpriority(os.PRIO_PROCESS, 0) + further, 19)
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, nice)
    # Each process has a session of its own. Where Linux groups by session, niceness counts within
    # the group alone, and the group has one of its own (sched(7), "The autogroup feature").
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(further))


def _signal(process: Process, which: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(which)
