"""Money that moved is booked, whatever a restored database remembers of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, text

from billing import commands
from billing.adapters.stripe import CardsAway, Listed
from billing.tables import payment
from portico_kit.ids import new_id

PATIENT = new_id()


@dataclass
class Listing:
    """The processor of these tests, which also lists what it was asked, and for what."""

    office: Any
    statements: dict[str, str]

    def since(self, moment: datetime) -> list[Listed]:
        made = self.office.now
        if self.office.cards.away:
            raise CardsAway("away")
        return [
            Listed(intent, self.statements.get(intent.payment_id, ""), made)
            for intent in self.office.cards.intents.values()
            if made >= moment
        ]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.office.cards, name)


@pytest.fixture
def listing(office: Any) -> Listing:
    return Listing(office, {})


def lose(office: Any, payment_id: UUID) -> None:
    """As if the database stood where it was before the payment was begun."""
    with office.read(PATIENT) as tx:
        tx.execute(delete(payment).where(payment.c.id == payment_id))


def begin(office: Any, listing: Listing) -> tuple[UUID, UUID]:
    statement = office.issue(PATIENT, owed=4000)
    payment_id: UUID = office.start(PATIENT, statement)["payment_id"]
    listing.statements[str(payment_id)] = str(statement)
    return statement, payment_id


def meet(office: Any, listing: Listing) -> dict[str, str]:
    facts = commands.meet_processor(
        office.store, cards=listing, since=office.now, now=office.now
    )  # fmt: skip
    return {str(fact["payment_id"]): fact["outcome"] for fact in facts}


def test_a_payment_that_only_the_processor_remembers_is_booked_once(
    office: Any, listing: Listing
) -> None:
    statement, payment_id = begin(office, listing)
    office.cards.pay(payment_id, fee=100)
    lose(office, payment_id)
    assert meet(office, listing) == {str(payment_id): "booked"}
    assert office.balance(PATIENT, statement) == 0
    assert office.payment(payment_id)["state"] == "succeeded"
    assert meet(office, listing) == {}
    office.trial()


def test_one_that_nobody_paid_is_closed_there(office: Any, listing: Listing) -> None:
    _, payment_id = begin(office, listing)
    lose(office, payment_id)
    assert meet(office, listing) == {str(payment_id): "closed"}
    assert office.cards.intents[f"pi_{payment_id}"].status == "canceled"
    assert meet(office, listing) == {str(payment_id): "over"}


def test_an_open_payment_that_was_paid_since_is_settled(office: Any, listing: Listing) -> None:
    statement, payment_id = begin(office, listing)
    office.cards.pay(payment_id)
    assert meet(office, listing) == {str(payment_id): "settled"}
    assert office.balance(PATIENT, statement) == 0


def test_money_for_a_statement_that_is_lost_too_is_a_persons_business(
    office: Any, listing: Listing
) -> None:
    _, payment_id = begin(office, listing)
    office.cards.pay(payment_id)
    lose(office, payment_id)
    listing.statements[str(payment_id)] = str(new_id())
    assert meet(office, listing) == {str(payment_id): "for_a_person"}
    listing.statements[str(payment_id)] = ""
    assert meet(office, listing) == {str(payment_id): "for_a_person"}


def test_another_open_payment_of_the_statement_is_not_swept_aside(
    office: Any, listing: Listing
) -> None:
    statement, lost = begin(office, listing)
    office.cards.pay(lost)
    lose(office, lost)
    other = office.start(PATIENT, statement)["payment_id"]
    assert meet(office, listing) == {str(lost): "for_a_person"}
    assert office.payment(other)["state"] == "pending"


def test_a_processor_that_is_away_is_said_to_be(office: Any, listing: Listing) -> None:
    office.cards.away = True
    with pytest.raises(CardsAway):
        meet(office, listing)


def test_what_was_booked_again_is_announced(office: Any, listing: Listing) -> None:
    _, payment_id = begin(office, listing)
    office.cards.pay(payment_id)
    lose(office, payment_id)
    meet(office, listing)
    with office.read(PATIENT) as tx:
        query = "SELECT count(*) FROM outbox WHERE name = 'PaymentSucceeded' AND data LIKE :about"
        assert tx.execute(text(query), {"about": f"%{payment_id}%"}).scalar() == 1
