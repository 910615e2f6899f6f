"""Billing: a year of statements and the card payments made on them."""

from __future__ import annotations

from uuid import UUID

from billing.commands.statements import write_past_payment, write_statement
from billing.store import payment_by_id
from portico_contracts.billing import NewLine
from portico_ops.sandbox.practice.days import at
from portico_ops.sandbox.practice.model import Payment, Statement
from portico_ops.sandbox.seeding.cast import Cast
from portico_ops.sandbox.seeding.hands import Hands, hands
from portico_ops.sandbox.seeding.ids import seed_id
from portico_ops.sandbox.seeding.stores import Stores

ISSUED = 15  # o'clock


def keep_books(stores: Stores, cast: Cast) -> None:
    """Write it all, once."""
    with hands(stores.billing) as at_work:
        if _is_there(at_work, cast):
            return
        for statement in cast.practice.statements:
            _issue(at_work, cast, statement)


def _is_there(at_work: Hands, cast: Cast) -> bool:
    paid = next(each for each in cast.practice.statements if each.payments)
    known = _payment_id(paid, 0, paid.payments[0])
    return payment_by_id(at_work.of(at=cast.now), known) is not None


def _issue(at_work: Hands, cast: Cast, statement: Statement) -> None:
    issued_at = at(statement.issued_on, ISSUED)
    patient_id = cast.patient_ids[statement.patient_key]
    write_statement(
        at_work.of(at=issued_at, patient_id=patient_id),
        statement_id=_statement_id(statement),
        patient_id=patient_id,
        lines=[
            NewLine(
                service_on=line.service_on, code=line.code, description=line.description,
                charge_cents=line.charge_cents, adjustment_cents=line.adjustment_cents,
                insurance_cents=line.insurance_cents,
            )
            for line in statement.lines
        ],
        due_on=statement.due_on,
        now=issued_at,
        zone=cast.practice.zone,
    )  # fmt: skip
    for number, payment in enumerate(statement.payments):
        _pay(at_work, statement, number, payment, patient_id=patient_id)


def _pay(
    at_work: Hands, statement: Statement, number: int, payment: Payment, *, patient_id: UUID
) -> None:
    write_past_payment(
        at_work.of(at=payment.paid_at, patient_id=patient_id),
        payment_id=_payment_id(statement, number, payment),
        statement_id=_statement_id(statement),
        patient_id=patient_id,
        amount_cents=payment.amount_cents,
        paid_at=payment.paid_at,
        card_brand=payment.card_brand,
        card_last_four=payment.card_last_four,
    )


def _statement_id(statement: Statement) -> UUID:
    return seed_id(statement.key, at=at(statement.issued_on, ISSUED))


def _payment_id(statement: Statement, number: int, payment: Payment) -> UUID:
    return seed_id(statement.key, "payment", number, at=payment.paid_at)
