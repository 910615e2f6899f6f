"""What has to be there before the processes: servers, databases, queues, the made-up practice."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from portico_ops.bootstrap.roles import logins_from
from portico_ops.bootstrap.steps import (
    make_databases,
    migrate,
    migrations_mark,
    prepare_broker,
    seed,
)
from portico_ops.home import CHECKOUT
from portico_ops.installation import Installation
from portico_ops.processes import SEED

Say = Callable[[str], None]


def prepare(installation: Installation, *, secrets: Mapping[str, str], say: Say) -> None:
    """Everything that must be there before the processes: both servers at once, for time."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        steps = [
            pool.submit(_prepare_data, installation, secrets, say),
            pool.submit(_prepare_broker, installation, secrets, say),
        ]
        for step in steps:
            step.result()


def _prepare_data(installation: Installation, secrets: Mapping[str, str], say: Say) -> None:
    # The seed announces into outboxes only, so it need not wait for the broker.
    _prepare_postgres(installation, secrets, say)
    _seed_once(installation, secrets, say)


def _prepare_postgres(installation: Installation, secrets: Mapping[str, str], say: Say) -> None:
    url = secrets["postgres-admin-url"]
    if (server := installation.postgres) is not None:
        server.start()
        say("PostgreSQL is ready")
    logins = logins_from(secrets)
    stamp = installation.home.run / "migrated"
    mark = migrations_mark(CHECKOUT, url)
    # A server of somebody else's may have been emptied since: only our own is taken at our word.
    if server is not None and stamp.exists() and stamp.read_text() == mark:
        return
    make_databases(url, logins)
    migrate(logins)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(mark)
    say("databases are up to date")


def _prepare_broker(installation: Installation, secrets: Mapping[str, str], say: Say) -> None:
    if (server := installation.rabbitmq) is not None:
        server.start()
    prepare_broker(secrets["amqp-admin-url"])
    say("RabbitMQ is ready")


def _seed_once(installation: Installation, secrets: Mapping[str, str], say: Say) -> None:
    if not installation.sandbox or installation.is_seeded:
        return
    seed(installation.environment(SEED, secrets=secrets))
    installation.note_seeded()
    say("the sandbox practice is seeded")
