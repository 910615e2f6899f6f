"""One installation on this machine: its servers, its secrets, and each process's environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from portico_kit.settings import text_of
from portico_ops.credentials import Credentials
from portico_ops.home import Home
from portico_ops.processes import (
    BROKER_PORT,
    COPY_STEP,
    GATEWAY_PORT,
    OPTIONAL,
    POSTGRES_PORT,
    PROCESSES,
    SANDBOX_SMTP_PORT,
    SANDBOX_WEB_PORT,
    SERVICES,
    Job,
    Process,
    process_named,
)
from portico_ops.servers import PostgresServer, RabbitServer

LOOPBACK = "127.0.0.1"
OUR_OWN = "our own"

# Secrets that belong to somebody else's server, or to a vault, and so may be given to us.
FROM_OUTSIDE = frozenset(
    {"smtp-url", "sms-token", "card-secret", "card-webhook-secret", "master-keys", "transit-key"}
)
# Without the sandbox there is nobody to send mail, texts and card payments to but these.
NEEDED_WITHOUT_SANDBOX = (
    "PORTICO_PUBLIC_URL",
    "PORTICO_SMTP_URL",
    "PORTICO_MAIL_FROM",
    "PORTICO_SMS_URL",
    "PORTICO_SMS_ACCOUNT",
    "PORTICO_SMS_TOKEN",
    "PORTICO_SMS_FROM",
    "PORTICO_CARD_URL",
    "PORTICO_CARD_PAGE_ORIGIN",
    "PORTICO_CARD_SECRET",
    "PORTICO_CARD_WEBHOOK_SECRET",
)


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What `portico up` runs and with which values. `given` is the caller's own environment:
    a PORTICO_… variable there has the last word over a default here. `scale` says how many copies
    run of each process that does not run once.
    """

    home: Home
    offset: int
    sandbox: bool
    given: Mapping[str, str]
    scale: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def here(
        cls,
        *,
        offset: int | None = None,
        sandbox: bool = True,
        environ: Mapping[str, str] = os.environ,
    ) -> "Installation":
        """This checkout's, with what the environment gives; `NAME_FILE` names a value's file."""
        names = {name.removesuffix("_FILE") for name in environ if name.startswith("PORTICO_")}
        given = {name: text for name in names if (text := text_of(name, environ))}
        shift = int(given.get("PORTICO_PORT_OFFSET") or 0) if offset is None else offset
        return cls(home=Home.of_this_checkout(), offset=shift, sandbox=sandbox, given=given)

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.home.secrets)

    @property
    def postgres(self) -> PostgresServer | None:
        """Our own PostgreSQL, or None where PORTICO_POSTGRES_URL names another."""
        if self.given.get("PORTICO_POSTGRES_URL"):
            return None
        return PostgresServer(
            folder=self.home.postgres,
            port=POSTGRES_PORT + self.offset,
            password=self.credentials.get("postgres-password"),
            durable=True,
        )

    @property
    def rabbitmq(self) -> RabbitServer | None:
        """Our own broker, or None where PORTICO_AMQP_URL names another."""
        if self.given.get("PORTICO_AMQP_URL"):
            return None
        return RabbitServer(
            folder=self.home.rabbitmq,
            port=BROKER_PORT + self.offset,
            password=self.credentials.get("administrator-broker-password"),
            users=tuple(self.credentials.broker_users()),
        )

    @property
    def public_url(self) -> str:
        return self.given.get("PORTICO_PUBLIC_URL") or self._gateway_url

    @property
    def sandbox_url(self) -> str:
        return f"http://{LOOPBACK}:{SANDBOX_WEB_PORT + self.offset}"

    def processes(self) -> list[Process]:
        return [p for p in PROCESSES if self.sandbox or not p.sandbox_only]

    def missing(self) -> list[str]:
        """The variables that have to be given, and are not."""
        needed = () if self.sandbox else NEEDED_WITHOUT_SANDBOX
        return [name for name in needed if not self.given.get(name)]

    def secrets(self) -> dict[str, str]:
        """Every secret's value by its name."""
        server, broker = self.postgres, self.rabbitmq
        database = server.url if server else self.given["PORTICO_POSTGRES_URL"]
        bus = broker.url if broker else self.given["PORTICO_AMQP_URL"]
        keys = self.credentials.keys()
        return {
            "postgres-admin-url": database,
            "amqp-admin-url": bus,
            **self.credentials.database_urls(database),
            **self.credentials.broker_urls(bus, own_users=broker is not None),
            **keys,
            "smtp-url": f"smtp://{LOOPBACK}:{SANDBOX_SMTP_PORT + self.offset}",
        }

    def settings(self, process: Process | Job, *, copy: int = 0) -> dict[str, str]:
        """The values of everything that is no secret, ports included."""
        shift = self.offset + COPY_STEP * copy
        known = self._known_settings() | {"PORTICO_SERVICE": process.name}
        ports = process.ports if isinstance(process, Process) else {}
        chosen = {name: self.given.get(name) or known[name] for name in process.settings}
        own = process.optional if isinstance(process, Process) else ()
        extra = {name: self.given[name] for name in (*OPTIONAL, *own) if self.given.get(name)}
        return chosen | extra | {name: str(port + shift) for name, port in ports.items()}

    def environment(
        self, process: Process | Job, *, secrets: Mapping[str, str], copy: int = 0
    ) -> dict[str, str]:
        """Every variable of one copy of a process."""
        own = {
            variable: (secret in FROM_OUTSIDE and self.given.get(variable)) or secrets[secret]
            for variable, secret in process.secrets.items()
        }
        return self.settings(process, copy=copy) | own

    @property
    def is_seeded(self) -> bool:
        """Whether the made-up practice stands on the very server that is used now."""
        # An empty file is an earlier release's, which knew of our own server only.
        return self._seeded.exists() and (
            (self._seeded.read_text() or OUR_OWN) == self._database_server
        )

    def note_seeded(self) -> None:
        """Remember on which server the made-up practice stands: no other may be emptied."""
        self._seeded.parent.mkdir(parents=True, exist_ok=True)
        self._seeded.write_text(self._database_server)

    @property
    def _seeded(self) -> Path:
        return self.home.run / "seeded"

    @property
    def _database_server(self) -> str:
        url = self.given.get("PORTICO_POSTGRES_URL")
        return urlsplit(url).netloc.rpartition("@")[2] if url else OUR_OWN

    def _known_settings(self) -> dict[str, str]:
        return {
            **{f"PORTICO_{name.upper()}_URL": self._addresses(name) for name in SERVICES},
            **self._sandbox_settings(),
            "PORTICO_ENVIRONMENT": "sandbox" if self.sandbox else "production",
            "PORTICO_BIND": LOOPBACK,
            "PORTICO_PUBLIC_URL": self.public_url,
            "PORTICO_LEDGER_ANCHORS": str(self.home.ledger_anchors),
            "PORTICO_SMS_STATUS_URL": f"{self._gateway_url}/webhooks/text"
            if self.sandbox
            else f"{self.public_url}/webhooks/text",
        }

    def _addresses(self, service: str) -> str:
        """Where the copies of a service listen, with commas between."""
        first = process_named(service).port + self.offset
        ports = [first + COPY_STEP * copy for copy in range(self.scale.get(service, 1))]
        return ",".join(f"http://{LOOPBACK}:{port}" for port in ports)

    def _sandbox_settings(self) -> dict[str, str]:
        """The sinks and who writes to them; without a sandbox each must be given instead."""
        shown = self.sandbox_url if self.sandbox else ""
        return {
            "PORTICO_CARD_URL": self.sandbox_url,
            "PORTICO_CARD_PAGE_ORIGIN": shown,
            "PORTICO_CARD_WEBHOOK_URL": f"{self._gateway_url}/webhooks/card",
            "PORTICO_MAIL_FROM": "Cedar Grove Family Health <portal@cedargrove.example>",
            "PORTICO_SMS_URL": f"{self.sandbox_url}/2010-04-01",
            "PORTICO_SMS_ACCOUNT": "ACsandbox",
            "PORTICO_SMS_FROM": "+15550100100",
            "PORTICO_SANDBOX_HOST": LOOPBACK,
            "PORTICO_SANDBOX_DIRECTORY": str(self.home.sandbox),
            "PORTICO_SANDBOX_URL": shown,
        }

    @property
    def _gateway_url(self) -> str:
        """Where the gateway listens, whatever it is called outside."""
        return f"http://{LOOPBACK}:{GATEWAY_PORT + self.offset}"
