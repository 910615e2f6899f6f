"""The rules of money, without a database."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from billing import domain
from billing.domain import Intent
from portico_contracts.billing import (
    AmountTooHigh,
    AmountTooLow,
    NewLine,
    NoLines,
    NothingOwed,
    WrongSignature,
    WrongSplit,
)

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)


def line(charge: int, adjustment: int = 0, insurance: int = 0) -> NewLine:
    return NewLine(
        service_on=date(2026, 10, 1), code="99213", description="Visit", charge_cents=charge,
        adjustment_cents=adjustment, insurance_cents=insurance,
    )  # fmt: skip


cents = some.integers(min_value=0, max_value=domain.LEAST_CENTS * 10**6)


@given(cents, cents, cents)
def test_whatever_the_split_every_entry_balances(adjust: int, insure: int, owe: int) -> None:
    totals = domain.totals_of([line(adjust + insure + owe, adjust, insure)])

    assert totals.patient == owe
    for postings in (domain.charged(totals), domain.adjudicated(totals)):
        assert sum(side.cents for side in postings) == 0
        assert all(side.cents for side in postings)


@given(some.integers(1, 10**8), some.integers(0, 10**6))
def test_a_payment_balances_with_and_without_a_fee(amount: int, fee: int) -> None:
    assert sum(side.cents for side in domain.paid(amount_cents=amount, fee_cents=fee)) == 0


def test_a_line_cannot_give_away_more_than_it_charges() -> None:
    with pytest.raises(WrongSplit) as refusal:
        domain.totals_of([line(100), line(100, 60, 50)])
    assert refusal.value.facts == {"line": 1}


def test_a_statement_needs_a_line() -> None:
    with pytest.raises(NoLines):
        domain.totals_of([])


def test_one_pays_what_is_owed_at_most_and_fifty_cents_at_least() -> None:
    domain.check_amount(4000, balance_cents=4000)
    with pytest.raises(NothingOwed):
        domain.check_amount(100, balance_cents=0)
    with pytest.raises(AmountTooHigh):
        domain.check_amount(4001, balance_cents=4000)
    with pytest.raises(AmountTooLow):
        domain.check_amount(49, balance_cents=4000)


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        ("succeeded", None, "succeeded"),
        ("canceled", None, "canceled"),
        ("requires_payment_method", None, "pending"),
        ("requires_payment_method", "card_declined", "failed"),
        ("requires_action", None, "pending"),
        ("processing", None, "pending"),
        ("something_new", None, "pending"),
    ],
)
def test_what_the_processors_words_mean(status: str, error: str | None, outcome: str) -> None:
    intent = Intent(
        intent_id="pi", status=status, amount_cents=1, currency="usd", payment_id="p", error=error
    )
    assert domain.outcome_of(intent) == outcome


def test_money_that_moved_is_recorded_even_after_a_payment_was_given_up() -> None:
    for state in ("created", "pending", "failed", "canceled"):
        assert domain.may_move(state, "succeeded")
    for to in ("failed", "canceled", "succeeded"):
        assert not domain.may_move("succeeded", to)
    assert not domain.may_move("failed", "canceled")


def signed(payload: str, *, at: datetime = NOW, secret: str = "whsec") -> str:
    stamp = int(at.timestamp())
    digest = hmac.new(secret.encode(), f"{stamp}.{payload}".encode(), hashlib.sha256)
    return f"t={stamp},v1={digest.hexdigest()}"


def check(header: str) -> None:
    domain.check_signature(payload="{}", header=header, secret="whsec", now=NOW)


def test_a_signed_message_is_taken_also_while_secrets_are_being_changed() -> None:
    check(signed("{}"))
    check(f"{signed('{}', secret='old')},{signed('{}').partition(',')[2]}")
    check(signed("{}", at=NOW - timedelta(minutes=4)))


@pytest.mark.parametrize(
    "header",
    [
        signed("{ }"),
        signed("{}", secret="guessed"),
        signed("{}", at=NOW - timedelta(minutes=6)),
        signed("{}", at=NOW + timedelta(minutes=6)),
        signed("{}").replace("v1=", "v0="),
        "", "t=,v1=", "nonsense", "t=1e9,v1=x", "t=²,v1=é",
    ],
)  # fmt: skip
def test_a_forged_or_old_message_is_refused(header: str) -> None:
    with pytest.raises(WrongSignature):
        check(header)
