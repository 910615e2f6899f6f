"""A small practice: a store on a fresh database, a clock to set, and people to invite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text

from identity.adapters import passwords
from identity.commands import enrolment, invitations, sign_in
from identity.config import IdentitySettings
from portico_contracts import identity as contract
from portico_kit.access import ANONYMOUS, Actor
from portico_kit.database import Store, Transaction
from portico_kit.ids import new_id
from portico_kit.testing import keys
from portico_kit.testing.people import the_front_desk

PASSWORD = "correct-horse-battery"
ADDRESS = "198.51.100.7"


@dataclass
class Practice:
    """Identity at one moment; the tests move the clock."""

    store: Store
    now: datetime
    desk: Actor = field(default_factory=the_front_desk)
    actor: Actor = ANONYMOUS

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    @contextmanager
    def transaction(
        self, actor: Actor = ANONYMOUS, patient_id: UUID | None = None
    ) -> Iterator[Transaction]:
        """As the kit gives it to commands; it also makes the practice do for a ``call``."""
        with self.store.transaction(actor=actor, now=self.now, patient_id=patient_id) as tx:
            yield tx

    def invite(self, patient_id: UUID | None = None, **details: Any) -> Any:
        patient_id = patient_id or new_id()
        known = {
            "first_name": "Maria",
            "last_name": "Reyes",
            "birth_date": date(1968, 3, 4),
            "email": f"maria.{patient_id.hex[-8:]}@cedargrove.example",
        }
        request = contract.IssueInvitation(**known | details)
        with self.transaction(self.desk, patient_id) as tx:
            made = invitations.issue_invitation(tx, request, now=self.now)
        return made | {"patient_id": patient_id, "email": request.email}

    def prove(self, code: str, *, born: date = date(1968, 3, 4), address: str = ADDRESS) -> Any:
        request = contract.OpenInvitation(code=code, birth_date=born, address=address)
        return invitations.open_invitation(self, request)

    def accept(self, claim: str, login: str, password: str = PASSWORD) -> Any:
        request = contract.AcceptInvitation(claim=claim, login=login, password=password)
        return invitations.accept_invitation(self, request)

    def sign_in(self, login: str, password: str = PASSWORD, *, address: str = ADDRESS) -> Any:
        request = contract.SignIn(
            login=login, password=password, address=address, device="Firefox on Linux"
        )
        return sign_in.sign_in(self, request)

    def hire(self, name: str = "Dana Whitfield", *, role: str = "nurse") -> UUID:
        first, last = name.split()
        staff_id = new_id()
        with self.transaction() as tx:
            enrolment.enrol_staff(
                tx,
                staff_id=staff_id,
                first_name=first,
                last_name=last,
                title="",
                roles=[role],
                email=f"{first}@cedargrove.example",
                mobile=None,
                language="en",
                zone="America/New_York",
                password_hash=a_hash(),
                now=self.now,
            )
        return staff_id

    def enrol(self, email: str, mobile: str | None = None) -> tuple[UUID, UUID]:
        """A patient with an account: account id and patient id."""
        account_id, patient_id = new_id(), new_id()
        with self.transaction() as tx:
            enrolment.enrol_patient(
                tx,
                account_id=account_id,
                patient_id=patient_id,
                first_name="Maria",
                last_name="Reyes",
                birth_date=date(1968, 3, 4),
                email=email,
                mobile=mobile,
                language="en",
                zone="America/New_York",
                password_hash=a_hash(),
                now=self.now,
            )
        return account_id, patient_id

    def require_of_staff(self) -> None:
        """The practice wants a second factor of its staff."""
        self.store.config = replace(self.store.config, staff_second_factor="required")

    def announced(self, name: str) -> list[Any]:
        with self.store.engine.connect() as connection:
            rows = connection.execute(
                text("SELECT data::jsonb FROM outbox WHERE name = :name ORDER BY seq"),
                {"name": name},
            )
            return [row[0] for row in rows]

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """What the database is asked meanwhile."""
        made: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            made.append(statement)

        event.listen(self.store.engine, "before_cursor_execute", note)
        try:
            yield made
        finally:
            event.remove(self.store.engine, "before_cursor_execute", note)

    @property
    def url(self) -> str:
        """The database, as psycopg is told of it."""
        url = self.store.engine.url.set(drivername="postgresql")
        return url.render_as_string(hide_password=False)

    def value(self, statement: str, **parameters: Any) -> Any:
        with self.store.engine.begin() as connection:
            result = connection.execute(text(statement), parameters)
            return result.scalar_one_or_none() if result.returns_rows else None


_HASHES: list[str] = []


def a_hash() -> str:
    """One hash of the usual password, made once."""
    if not _HASHES:
        _HASHES.append(passwords.hash_password(PASSWORD))
    return _HASHES[0]


@pytest.fixture
def practice(service_store: Callable[..., Store]) -> Practice:
    config = IdentitySettings(
        database_url="",
        amqp_url="",
        token_public_key=keys.TOKEN_PUBLIC_KEY,
        token_private_key=keys.TOKEN_PRIVATE_KEY,
        master_keys=keys.MASTER_KEYS,
        transit_key=keys.TRANSIT_KEY,
        pepper="a pepper for tests",
    )
    store = service_store("identity", config=config)
    return Practice(store, datetime(2026, 11, 22, 9, 0, tzinfo=UTC))
