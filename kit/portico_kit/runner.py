"""Runs one service: ``python -m portico_kit.runner scheduling.service:Scheduling``.

Order matters: eventlet patches the standard library before anything else is imported.
"""

# ruff: noqa: E402
from __future__ import annotations

import gc
import os
import warnings

gc.disable()  # until all is read in: nothing of it is garbage, and looking takes time
os.environ["EVENTLET_NO_GREENDNS"] = "yes"  # names.py tells why
warnings.simplefilter("ignore")  # eventlet speaks of its own end at each import: ADR 0001

import eventlet

eventlet.monkey_patch()

import importlib
import signal
import sys
import time
from typing import Any

from portico_kit import green, names

green.install()
names.install()

import nameko
from nameko.containers import ServiceContainer

from portico_kit import logs, settings
from portico_kit.access import TokenReader
from portico_kit.bus import Bus
from portico_kit.calls import Runtime
from portico_kit.database import Store
from portico_kit.health import HealthServer
from portico_kit.logs import log
from portico_kit.measuring import Measuring
from portico_kit.silence import Silence

GRACE = 20.0  # seconds to finish what is under way after SIGTERM
DRAIN = 0.5  # seconds between "not ready" and "not consuming", for load balancers to notice


class Container(ServiceContainer):
    """nameko's container, with what Portico's entrypoints share."""

    def __init__(self, service_cls: type[Any], runtime: Runtime) -> None:
        self.portico = runtime
        super().__init__(service_cls)

    def stop(self) -> None:
        """Take no more work, then finish what is under way.

        nameko by itself waits for its workers first, while more and more work comes in.
        """
        buses = [e for e in self.extensions if isinstance(e, Bus)]
        for leaving in [eventlet.spawn(bus.leave) for bus in buses]:
            leaving.wait()
        super().stop()


def runtime_of(service_cls: type[Any]) -> Runtime:
    """Settings, store and token reader of a service. Raises SettingsMissing."""
    kind = getattr(service_cls, "config", settings.Settings)
    config = settings.read(kind)
    delays = tuple(float(seconds) for seconds in config.retry_delays.split(","))
    return Runtime(config, Store.of(config), TokenReader(config.token_public_key), delays)


def main(argument: str) -> int:
    """Run until SIGTERM or SIGINT; the exit status."""
    module, _, name = argument.partition(":")
    service_cls = getattr(importlib.import_module(module), name)
    gc.freeze()  # what was read in stays for good: no later look goes through it again
    gc.enable()
    logs.configure(service_cls.name)
    try:
        runtime = runtime_of(service_cls)
    except settings.SettingsMissing as problem:
        print(f"{service_cls.name} cannot start: {problem}", file=sys.stderr)
        return 2
    _wait_for_database(runtime.store)
    green.refuse_a_blocked_hub(runtime.store.engine)
    return _serve(service_cls, runtime)


def _serve(service_cls: type[Any], runtime: Runtime) -> int:
    nameko.config.setup({"max_workers": runtime.config.workers})
    container = Container(service_cls, runtime)
    health = HealthServer(container, port=runtime.config.health_port, host=_host())
    Silence(runtime.store).start()
    container.start()
    health.start()
    Measuring(container).start()
    log.info("service.started", port=health.port)
    stop = eventlet.event.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda n, _frame: eventlet.spawn_n(_once, stop, n))
    eventlet.spawn_n(_fail_with, container, stop)
    asked = stop.wait()
    health.accepting = False
    log.info("service.stopping", signal=asked)
    return _finish(container, health) if asked else 1


def _fail_with(container: Container, stop: Any) -> None:
    try:
        container.wait()
    except Exception as problem:
        log.error("service.died", error=type(problem).__name__, where=logs.where(problem))
    _once(stop, 0)


def _once(event: Any, value: int) -> None:
    if not event.ready():
        event.send(value)


def _finish(container: Container, health: HealthServer) -> int:
    eventlet.sleep(DRAIN)
    health.leave()
    try:
        with eventlet.Timeout(GRACE):
            container.stop()
            health.finish()
    except eventlet.Timeout:
        log.error("service.cut_off")
        return 1
    log.info("service.stopped")
    return 0


def _wait_for_database(store: Store) -> None:
    pause = 0.2
    while True:
        try:
            with store.engine.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
            return
        except Exception as problem:
            log.warning("database.away", error=type(problem).__name__)
            time.sleep(pause)
            pause = min(pause * 2, 5.0)


def _host() -> str:
    return os.environ.get("PORTICO_BIND", "127.0.0.1")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
