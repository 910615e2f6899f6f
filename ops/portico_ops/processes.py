"""The one list of what runs: `make up`, compose and Kubernetes all follow it, and a test says so.

A process names the variables it reads, not their values: a setting may be seen by anyone, a
secret comes from a file. Ports are base ports; PORTICO_PORT_OFFSET shifts them all, and each
further copy of a process listens 20 above the one before.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

SERVICES = ("identity", "records", "messaging", "scheduling", "billing", "notifications")

POSTGRES_PORT = 8432
BROKER_PORT = 8672  # with the two ports after it, for Erlang's distribution and its port mapper
COPY_STEP = 20

GATEWAY_PORT = 8000
SANDBOX_SMTP_PORT = 8025
SANDBOX_WEB_PORT = 8026


@dataclass(frozen=True, kw_only=True)
class Process:
    """Something that runs for as long as the portal does.

    `command` follows the Python interpreter; `{NAME}` in it stands for a setting's value.
    `secrets` maps each variable to the name of the secret behind it. `optional` are those of its
    own that are passed on where somebody sets them. `needs` names the servers and jobs that must
    be there first. Health is GET /live and /ready on the main port. Nobody sits and waits for what
    a process in the `background` does: where processors are full, it gives way to the others.
    """

    name: str
    command: tuple[str, ...]
    port: int
    port_variable: str = "PORTICO_HEALTH_PORT"
    more_ports: Mapping[str, int] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    optional: tuple[str, ...] = ()
    needs: tuple[str, ...] = ("postgres", "rabbitmq", "prepare")
    sandbox_only: bool = False
    scalable: bool = True
    background: bool = False

    @property
    def ports(self) -> Mapping[str, int]:
        """Every port it listens on, by the variable that names it; the main one first."""
        return {self.port_variable: self.port, **self.more_ports}

    @property
    def image(self) -> str:
        """The image it runs from: services and the gateway have one each, the rest share one."""
        return self.name if self.name in (*SERVICES, "gateway") else "ops"


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something that does its work and ends, and may be run again at any time."""

    name: str
    command: tuple[str, ...]
    settings: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ("postgres", "rabbitmq")
    image: str = "ops"
    sandbox_only: bool = False


# Passed on to every process where somebody sets them; each has a default in its service.
OPTIONAL = (
    "PORTICO_PRACTICE_NAME",
    "PORTICO_PRACTICE_PHONE",
    "PORTICO_NURSE_PHONE",
    "PORTICO_PRACTICE_ZONE",
    "PORTICO_PRACTICE_HOURS",
    "PORTICO_PRACTICE_HOLIDAYS",
    "PORTICO_STAFF_SECOND_FACTOR",
    "PORTICO_WORKERS",
    "PORTICO_DATABASE_CONNECTIONS",
    "PORTICO_RETRY_DELAYS",
)

EVERYWHERE = ("PORTICO_SERVICE", "PORTICO_ENVIRONMENT", "PORTICO_BIND")


def _service(
    name: str,
    *,
    port: int,
    settings: tuple[str, ...] = (),
    secrets: Mapping[str, str] | None = None,
    optional: tuple[str, ...] = (),
    background: bool = False,
) -> Process:
    return Process(
        name=name,
        command=("-m", "portico_kit.runner", f"{name}.service:{name.capitalize()}"),
        port=port,
        settings=(*EVERYWHERE, "PORTICO_PUBLIC_URL", *settings),
        secrets={
            "PORTICO_DATABASE_URL": f"{name}-database-url",
            "PORTICO_AMQP_URL": f"{name}-amqp-url",
            "PORTICO_TOKEN_PUBLIC_KEY": "token-public-key",
            "PORTICO_MASTER_KEYS": "master-keys",
            "PORTICO_TRANSIT_KEY": "transit-key",
            **(secrets or {}),
        },
        optional=optional,
        background=background,
    )


IDENTITY = _service(
    "identity",
    port=8101,
    settings=("PORTICO_LEDGER_ANCHORS",),
    secrets={"PORTICO_TOKEN_PRIVATE_KEY": "token-private-key", "PORTICO_PEPPER": "pepper"},
)
RECORDS = _service("records", port=8102)
MESSAGING = _service("messaging", port=8103)
SCHEDULING = _service("scheduling", port=8104)
BILLING = _service(
    "billing",
    port=8105,
    settings=("PORTICO_CARD_URL",),
    secrets={
        "PORTICO_CARD_SECRET": "card-secret",
        "PORTICO_CARD_WEBHOOK_SECRET": "card-webhook-secret",
    },
)
NOTIFICATIONS = _service(
    "notifications",
    port=8106,
    settings=(
        "PORTICO_MAIL_FROM",
        "PORTICO_SMS_URL",
        "PORTICO_SMS_ACCOUNT",
        "PORTICO_SMS_FROM",
        "PORTICO_SMS_STATUS_URL",
    ),
    secrets={"PORTICO_SMTP_URL": "smtp-url", "PORTICO_SMS_TOKEN": "sms-token"},
    # The second providers. They hold secrets, so nobody else is told of them.
    optional=(
        "PORTICO_SMTP_URL_2",
        "PORTICO_SMS_URL_2",
        "PORTICO_SMS_ACCOUNT_2",
        "PORTICO_SMS_TOKEN_2",
        "PORTICO_SMS_FROM_2",
    ),
    background=True,
)

RELAY = Process(
    name="relay",
    command=("-m", "portico_kit.relay"),
    port=8107,
    settings=EVERYWHERE,
    secrets={
        variable: secret
        for name in SERVICES
        for variable, secret in (
            (f"PORTICO_RELAY_{name.upper()}_DATABASE_URL", f"{name}-relay-database-url"),
            (f"PORTICO_RELAY_{name.upper()}_AMQP_URL", f"{name}-amqp-url"),
        )
    },
    scalable=False,
)

GATEWAY = Process(
    name="gateway",
    command=(
        "-m", "uvicorn", "--factory", "gateway.app:create",
        "--host", "{PORTICO_BIND}", "--port", "{PORTICO_PORT}",
        "--no-access-log", "--no-server-header", "--log-level", "warning",
        "--timeout-graceful-shutdown", "20",
    ),
    port=GATEWAY_PORT,
    port_variable="PORTICO_PORT",
    # The services' own addresses: the direct road, for when the broker is away.
    settings=(
        *EVERYWHERE,
        "PORTICO_PUBLIC_URL",
        "PORTICO_CARD_PAGE_ORIGIN",
        "PORTICO_SANDBOX_URL",
        *(f"PORTICO_{name.upper()}_URL" for name in SERVICES),
    ),
    secrets={
        "PORTICO_AMQP_URL": "gateway-amqp-url",
        "PORTICO_TOKEN_PUBLIC_KEY": "token-public-key",
    },
    needs=("rabbitmq", "prepare"),
)  # fmt: skip

SANDBOX = Process(
    name="sandbox",
    command=("-m", "portico_ops.sandbox"),
    port=SANDBOX_WEB_PORT,
    port_variable="PORTICO_SANDBOX_PORT",
    more_ports={"PORTICO_SANDBOX_SMTP_PORT": SANDBOX_SMTP_PORT},
    settings=(
        "PORTICO_SANDBOX_HOST",
        "PORTICO_SANDBOX_DIRECTORY",
        "PORTICO_SANDBOX_URL",
        "PORTICO_SMS_ACCOUNT",
        "PORTICO_CARD_WEBHOOK_URL",
    ),
    secrets={
        "PORTICO_SMS_TOKEN": "sms-token",
        "PORTICO_CARD_SECRET": "card-secret",
        "PORTICO_CARD_WEBHOOK_SECRET": "card-webhook-secret",
    },
    needs=(),
    sandbox_only=True,
    scalable=False,
    background=True,
)

PROCESSES = (
    IDENTITY,
    RECORDS,
    MESSAGING,
    SCHEDULING,
    BILLING,
    NOTIFICATIONS,
    RELAY,
    GATEWAY,
    SANDBOX,
)

# Databases and roles, migrations under the owners' roles, exchanges and queues.
PREPARE = Job(
    name="prepare",
    command=("-m", "portico_ops.bootstrap"),
    secrets={
        "PORTICO_POSTGRES_URL": "postgres-admin-url",
        "PORTICO_AMQP_URL": "amqp-admin-url",
        **{
            f"PORTICO_{name.upper()}_{role.upper()}DATABASE_URL".replace("-", "_"): (
                f"{name}-{role}database-url"
            )
            for name in SERVICES
            for role in ("owner-", "", "relay-")
        },
    },
)

# The practice that does not exist: writes as the services do, so it needs what they need.
SEED = Job(
    name="seed",
    command=("-m", "portico_ops.sandbox.seed"),
    settings=("PORTICO_ENVIRONMENT", "PORTICO_PUBLIC_URL"),
    secrets={
        "PORTICO_AMQP_URL": "amqp-admin-url",
        "PORTICO_MASTER_KEYS": "master-keys",
        "PORTICO_TRANSIT_KEY": "transit-key",
        "PORTICO_TOKEN_PRIVATE_KEY": "token-private-key",
        "PORTICO_TOKEN_PUBLIC_KEY": "token-public-key",
        **{f"PORTICO_{name.upper()}_DATABASE_URL": f"{name}-database-url" for name in SERVICES},
    },
    needs=("postgres", "rabbitmq", "prepare"),
    sandbox_only=True,
)

# All six databases into a volume, as of one moment. Of the keys the backup holds fingerprints.
BACKUP = Job(
    name="backup",
    command=("-m", "portico_ops.backup"),
    settings=("PORTICO_BACKUPS", "PORTICO_BACKUPS_KEPT"),
    secrets={
        **{
            f"PORTICO_{name.upper()}_OWNER_DATABASE_URL": f"{name}-owner-database-url"
            for name in SERVICES
        },
        "PORTICO_MASTER_KEYS": "master-keys",
        "PORTICO_TRANSIT_KEY": "transit-key",
        "PORTICO_PEPPER": "pepper",
    },
    needs=("postgres", "prepare"),
)

JOBS = (PREPARE, SEED, BACKUP)


def process_named(name: str) -> Process:
    """The process of that name; KeyError where there is none."""
    return {process.name: process for process in PROCESSES}[name]
