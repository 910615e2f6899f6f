"""A restore from its first check to its report, and looking for what is ahead at any time."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pika

from portico_kit.addresses import parameters
from portico_ops.backup.keys import check_keys, keys_of, put_back_keys
from portico_ops.backup.manifest import Manifest
from portico_ops.bootstrap.roles import Logins, database_of, logins_from
from portico_ops.bootstrap.steps import make_databases, migrate, prepare_broker
from portico_ops.home import CHECKOUT
from portico_ops.installation import Installation
from portico_ops.lifecycle import end_orphans, make_plan, supervisor_pid
from portico_ops.processes import SERVICES
from portico_ops.restoring import ahead, rest
from portico_ops.restoring.databases import (
    StillRunning,
    check_release,
    exchange,
    load,
    refuse_sessions,
)
from portico_ops.restoring.report import DRAINED, PAYMENTS, Report, note, noted
from portico_ops.restoring.rooms import Room, rooms
from portico_ops.restoring.underway import Underway, begin, ended, report_folder
from portico_ops.supervisor.health import is_ready
from portico_ops.supervisor.plan import ChildState, forget_states, write_plan, write_states

Say = Callable[[str], None]
SANDBOX_WITHIN = 60.0  # seconds


def restore(
    installation: Installation, folder: Path, *, with_secrets: bool, say: Say
) -> tuple[Report, Path]:
    """Put a backup in place of the six databases, bring them to rest, and report what is ahead.

    Interrupted, it goes on when called again; until it has ended, nothing starts. Raises
    BackupUnusable, StillRunning, BrokerInUse.
    """
    manifest = Manifest.read(folder)
    manifest.check_files(folder)
    check_release(manifest)
    _refuse_running(installation)
    if with_secrets:
        put_back_keys(folder, installation)
    check_keys(manifest, keys_of(installation))
    with _servers(installation):
        logins = _ready_to_restore(installation)
        mark = begin(installation.home, source=str(folder.resolve()))
        kept = _replace_databases(installation, folder, manifest, logins, mark, say)
        return _settle(installation, mark, since=manifest.taken_at, kept=kept, say=say)


def settle_restored(
    installation: Installation, *, moment: datetime, say: Say
) -> tuple[Report, Path]:
    """All but the databases: for a server that was set back to a moment by its own means."""
    _refuse_running(installation)
    with _servers(installation):
        logins = _ready_to_restore(installation)
        mark = begin(installation.home, source=moment.isoformat())
        migrate(logins)
        return _settle(installation, mark, since=moment, kept=[], say=say)


def reconcile(installation: Installation, *, since: datetime) -> tuple[Report, Path]:
    """Report what is ahead of the databases since a moment, while everything runs or not.

    What the card processor knows and billing does not is settled; nothing else is changed.
    """
    now = datetime.now(UTC)
    report = Report(since=since, at=now, ahead=ahead.Ahead())
    folder = report_folder(installation.home, f"{now:%Y%m%d%H%M%S}")
    with _servers(installation), rooms(installation) as found, _broker(installation) as broker:
        ahead.look_at_journal(broker, found, since=since, ahead=report.ahead)
        _meet_processor(installation, found["billing"], report, folder)
    return report, report.write(folder)


def send_held(installation: Installation) -> int:
    """Let go what restores held back and what is still worth sending; how many."""
    from notifications.commands import holding

    total = 0
    with rooms(installation) as found:
        while True:
            with found["notifications"].store.transaction() as tx:
                count = holding.send_held(tx)
            if not count:
                return total
            total += count


def _refuse_running(installation: Installation) -> None:
    if supervisor_pid(installation.home) is not None:
        raise StillRunning("Portico runs: portico down")
    end_orphans(installation.home)
    forget_states(installation.home.run)
    # Before the servers start, so that `down` knows of them even if we are killed.
    plan = make_plan(installation, scale={}, secrets=installation.secrets())
    write_plan(installation.home.run, plan)


def _ready_to_restore(installation: Installation) -> dict[str, Logins]:
    """Roles, databases and queues are there, and nobody works with them."""
    secrets = installation.secrets()
    logins = logins_from(secrets)
    make_databases(secrets["postgres-admin-url"], logins)
    prepare_broker(secrets["amqp-admin-url"])
    names = [database_of(login.owner) for login in logins.values()]
    refuse_sessions(secrets["postgres-admin-url"], names)
    with _broker(installation) as broker:
        ahead.refuse_readers(broker, SERVICES)
    return logins


def _replace_databases(
    installation: Installation,
    folder: Path,
    manifest: Manifest,
    logins: Mapping[str, Logins],
    mark: Underway,
    say: Say,
) -> list[str]:
    url = installation.secrets()["postgres-admin-url"]
    if not mark.loaded:
        load(folder, manifest, administrator_url=url, logins=logins, stamp=mark.stamp, say=say)
        replace(mark, loaded=True).write(installation.home)
    kept = exchange(administrator_url=url, logins=logins, stamp=mark.stamp)
    migrate(logins)
    # Neither made-up people nor yesterday's word on migrations may come over what is there now.
    (installation.home.run / "migrated").unlink(missing_ok=True)
    installation.note_seeded()
    say(f"the databases are those of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC")
    return kept


def _settle(
    installation: Installation, mark: Underway, *, since: datetime, kept: list[str], say: Say
) -> tuple[Report, Path]:
    """Bring the house to rest, hold back what waits, take the queues' messages out of the way."""
    begun_at = datetime.strptime(mark.stamp, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    folder = report_folder(installation.home, mark.stamp)
    report = Report(since=since, at=datetime.now(UTC), ahead=ahead.Ahead(), kept_databases=kept)
    with rooms(installation) as found, _broker(installation) as broker:
        rest.mend_outboxes(found, since=since, rest=report.rest)
        _meet_processor(installation, found["billing"], report, folder)
        rest.come_due(found)
        rest.hear_everything(found, since=since, rest=report.rest)
        say("what was under way has come to rest")
        report.held = _hold(found["notifications"], begun_at)
        _look_ahead(broker, found, folder, report)
    path = report.write(folder)
    ended(installation.home)
    return report, path


def _look_ahead(broker: Any, found: Mapping[str, Room], folder: Path, report: Report) -> None:
    for queue in ahead.queues_of(SERVICES):
        ahead.drain(broker, queue, folder / DRAINED)
    ahead.look_at_drained(folder / DRAINED, found, since=report.since, ahead=report.ahead)
    ahead.look_at_journal(broker, found, since=report.since, ahead=report.ahead)


def _hold(notifications: Room, begun_at: datetime) -> list[dict[str, Any]]:
    from notifications.commands import holding

    while True:
        with notifications.store.transaction() as tx:
            if holding.hold(tx) == 0:
                return holding.held(tx, since=begun_at)


def _meet_processor(
    installation: Installation, billing: Room, report: Report, folder: Path
) -> None:
    """Settle with the card processor; where it is away, say so and go on."""
    from billing import commands
    from billing.adapters.stripe import CardsAway, CardsRefused, StripeCards

    config: Any = billing.store.config
    cards = StripeCards(config.card_url, secret=config.card_secret, deadline=config.card_deadline)
    since = report.since - ahead.CLOCKS_DIFFER
    facts = commands.meet_processor(billing.store, cards=cards, since=since, now=report.at)
    try:
        with _processor(installation):
            note(folder / PAYMENTS, facts)
    except (CardsAway, CardsRefused, StillRunning) as problem:
        report.payments_not_asked = f"{type(problem).__name__}: portico reconcile, later"
    finally:
        cards.close()
        report.payments = noted(folder / PAYMENTS)


@contextmanager
def _processor(installation: Installation) -> Iterator[None]:
    """The sandbox's card processor is a process of ours: it runs for as long as it is asked."""
    child = make_plan(installation, scale={}, secrets=installation.secrets()).child("sandbox")
    if child is None or is_ready(child.port):
        yield
        return
    installation.home.logs.mkdir(parents=True, exist_ok=True)
    with installation.home.log_of("sandbox").open("ab") as log:
        process = subprocess.Popen(
            child.command, env=dict(child.environment), stdout=log, stderr=log,
            stdin=subprocess.DEVNULL, cwd=CHECKOUT, start_new_session=True,
        )  # fmt: skip
    forget = _noted(installation, process.pid)
    try:
        deadline = time.monotonic() + SANDBOX_WITHIN
        while not is_ready(child.port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise StillRunning("the sandbox did not start")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(20)
        forget()


def _noted(installation: Installation, pid: int) -> Callable[[], None]:
    """Have whoever comes after us end the process, should we be killed; how to forget it again."""
    if supervisor_pid(installation.home) is not None:
        return lambda: None  # what stands there is the supervisor's word
    state = ChildState(state="running", pid=pid, started_at=time.time())
    write_states(installation.home.run, {"sandbox": state})
    return lambda: forget_states(installation.home.run)


@contextmanager
def _broker(installation: Installation) -> Iterator[Any]:
    ways = parameters(installation.secrets()["amqp-admin-url"])
    for way in ways:
        way.heartbeat = 0  # we are long at other work between two words
    connection = pika.BlockingConnection(ways)
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def _servers(installation: Installation) -> Iterator[None]:
    """Our own servers run meanwhile; one that did not run before does not run afterwards."""
    with ExitStack() as stack:
        for server in filter(None, (installation.postgres, installation.rabbitmq)):
            if server.pid() is None:
                stack.callback(server.stop)
            server.start()
        yield
