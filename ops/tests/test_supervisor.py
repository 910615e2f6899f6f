"""The supervisor with real processes: what dies comes back, what is told to stop stops."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from portico_ops.home import Home
from portico_ops.lifecycle import fares, supervisor_pid, wait_until_ready
from portico_ops.servers import free_port
from portico_ops.supervisor.__main__ import Supervisor
from portico_ops.supervisor.log_files import LogFile
from portico_ops.supervisor.plan import Child, Plan, read_plan, read_states, write_plan
from portico_ops.supervisor.watch import Watch, next_delay

WELL_CHILD = str(Path(__file__).with_name("well_child.py"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def supervise(home: Home) -> Iterator[Callable[[Plan], subprocess.Popen]]:
    running: list[subprocess.Popen] = []

    def start(plan: Plan, *, through: tuple[str, ...] = ()) -> subprocess.Popen:
        write_plan(home.run, plan)
        words = [sys.executable, "-m", "portico_ops.supervisor", str(home.run), str(home.logs)]
        running.append(subprocess.Popen([*through, *words]))
        until(lambda: supervisor_pid(home) is not None)
        return running[-1]

    yield start
    for process in running:
        process.terminate()
        process.wait(40)


def until(true: Callable[[], object], *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def well_child(name: str) -> Child:
    port = free_port()
    return Child(
        name=name,
        command=(sys.executable, WELL_CHILD, str(port)),
        environment={"PATH": os.environ["PATH"]},
        port=port,
    )


def test_a_process_that_is_killed_comes_back(home: Home, supervise) -> None:
    supervise(Plan(children=(well_child("alpha"),)))
    wait_until_ready(home, seconds=30)
    first = read_states(home.run)["alpha"].pid
    os.kill(first, signal.SIGKILL)
    until(lambda: read_states(home.run)["alpha"].pid not in (first, None))
    wait_until_ready(home, seconds=30)
    assert read_states(home.run)["alpha"].restarts == 1


def test_what_nobody_waits_for_gives_way_from_its_first_start_on(home: Home, supervise) -> None:
    polite, own = replace(well_child("alpha"), nice=10), os.getpriority(os.PRIO_PROCESS, 0)
    supervise(Plan(children=(polite, well_child("beta"))))
    wait_until_ready(home, seconds=30)
    first = read_states(home.run)["alpha"].pid
    assert niceness(home) == {"alpha": min(own + 10, 19), "beta": own}
    os.kill(first, signal.SIGKILL)
    until(lambda: read_states(home.run)["alpha"].pid not in (first, None))
    wait_until_ready(home, seconds=30)
    assert niceness(home) == {"alpha": min(own + 10, 19), "beta": own}


def test_who_starts_everything_with_less_weight_gets_everything_started(
    home: Home, supervise
) -> None:
    # Nobody but the administrator may raise it again.
    without_right = ("setpriv", "--bounding-set=-sys_nice", "--inh-caps=-sys_nice")
    through = (*(without_right if os.geteuid() == 0 else ()), "nice", "-n", "7")
    polite = replace(well_child("alpha"), nice=5)
    supervise(Plan(children=(polite, well_child("beta"))), through=through)
    wait_until_ready(home, seconds=30)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    assert niceness(home) == {"alpha": min(own + 12, 19), "beta": min(own + 7, 19)}
    assert [fare.restarts for fare in fares(home)] == [0, 0]


def niceness(home: Home) -> dict[str, int]:
    return {fare.name: psutil.Process(fare.pid).nice() for fare in fares(home)}


def test_all_processes_end_with_the_supervisor_and_their_output_is_kept(
    home: Home, supervise
) -> None:
    supervisor = supervise(Plan(children=(well_child("alpha"), well_child("beta"))))
    wait_until_ready(home, seconds=30)
    pids = [fare.pid for fare in fares(home)]
    supervisor.terminate()
    assert supervisor.wait(40) == 0
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert "child.started" in home.log_of("beta").read_text()


def test_a_new_plan_starts_and_stops_only_what_changed(home: Home, supervise) -> None:
    alpha, beta, gamma = well_child("alpha"), well_child("beta"), well_child("gamma")
    supervisor = supervise(Plan(children=(alpha, beta)))
    wait_until_ready(home, seconds=30)
    kept = read_states(home.run)["alpha"].pid
    write_plan(home.run, Plan(children=(alpha, gamma)))
    supervisor.send_signal(signal.SIGHUP)
    until(lambda: set(read_states(home.run)) == {"alpha", "gamma"})
    wait_until_ready(home, seconds=30)
    assert read_states(home.run)["alpha"].pid == kept


def test_there_is_one_supervisor_an_installation(home: Home, supervise) -> None:
    supervise(Plan(children=()))
    second = [sys.executable, "-m", "portico_ops.supervisor", str(home.run), str(home.logs)]
    assert subprocess.run(second, timeout=30).returncode == 3


def test_a_program_that_is_not_there_is_tried_again_and_holds_up_nobody(
    home: Home, supervise
) -> None:
    missing = replace(well_child("missing"), command=(str(home.folder / "no-such-program"),))
    supervisor = supervise(Plan(children=(missing, well_child("alpha"))))
    until(lambda: (gone := read_states(home.run).get("missing")) and gone.restarts >= 2)
    assert read_states(home.run)["alpha"].state == "running"
    supervisor.terminate()
    assert supervisor.wait(40) == 0


def test_a_process_that_is_just_being_started_is_stopped_too(tmp_path: Path) -> None:
    async def start_and_stop() -> None:
        log = LogFile(tmp_path / "alpha.log")
        watch = Watch(
            well_child("alpha"), log=log, changed=lambda: None, note=lambda *_, **__: None
        )
        await asyncio.sleep(0)  # it begins to start, and gets no further
        await asyncio.wait_for(watch.stop(), 20)
        assert watch.state.state == "stopped"

    asyncio.run(start_and_stop())


def test_plans_that_come_at_once_are_followed_one_after_another(tmp_path: Path) -> None:
    async def follow_twice() -> None:
        supervisor = Supervisor(tmp_path / "run", tmp_path / "logs")
        running = asyncio.create_task(supervisor.run())
        write_plan(tmp_path / "run", Plan(children=(well_child("alpha"),)))
        await supervisor.follow()
        write_plan(tmp_path / "run", Plan(children=()))
        await asyncio.gather(supervisor.follow(), supervisor.follow())
        assert read_states(tmp_path / "run") == {}
        supervisor.stop()
        await asyncio.wait_for(running, 20)

    asyncio.run(follow_twice())


def test_a_process_that_cannot_start_is_tried_again_ever_more_slowly() -> None:
    delays, delay = [], 0.25
    for _ in range(9):
        delay = next_delay(delay, ran_for=1)
        delays.append(delay)
    assert delays == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert next_delay(30, ran_for=31) == 0.5


def test_a_plan_survives_being_written_and_is_for_its_owner_alone(home: Home) -> None:
    plan = Plan(children=(well_child("alpha"),), public_url="http://127.0.0.1:8000")
    write_plan(home.run, plan)
    assert read_plan(home.run) == plan
    assert read_plan(home.run) != replace(plan, offset=100)
    assert (home.run / "plan.json").stat().st_mode & 0o777 == 0o600


def test_a_log_never_grows_beyond_its_bounds(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "alpha.log", largest=100, older=2)
    for number in range(60):
        log.write(f"line {number:04}\n".encode())
    parts = sorted(path.name for path in tmp_path.iterdir())
    assert parts == ["alpha.log", "alpha.log.1", "alpha.log.2"]
    assert all(path.stat().st_size <= 100 for path in tmp_path.iterdir())
    assert "line 0059" in (tmp_path / "alpha.log").read_text()
