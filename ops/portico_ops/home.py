"""Where an installation keeps what it makes: everything under one folder, `.portico/`."""

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Home:
    """The folders of one installation; PORTICO_DIRECTORY moves the whole of it."""

    folder: Path

    @classmethod
    def of_this_checkout(cls) -> "Home":
        return cls(Path(os.environ.get("PORTICO_DIRECTORY") or CHECKOUT / ".portico"))

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def run(self) -> Path:
        """What is known of the running system: the plan, its state, the supervisor's lock."""
        return self.folder / "run"

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def rabbitmq(self) -> Path:
        return self.folder / "rabbitmq"

    @property
    def sandbox(self) -> Path:
        return self.folder / "sandbox"

    @property
    def ledger_anchors(self) -> Path:
        """Where the access ledger's heads are noted, out of the database's reach."""
        return self.folder / "anchors" / "ledger.jsonl"

    def log_of(self, process: str) -> Path:
        return self.logs / f"{process}.log"
