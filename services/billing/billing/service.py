"""Billing: everything it answers, hears and does by the clock."""

from __future__ import annotations

from functools import cache
from typing import Any

from portico_contracts import billing as contract
from portico_contracts.identity import ContactDetailsChanged
from portico_kit.database import Store
from portico_kit.service import (
    Call,
    Database,
    Service,
    Transaction,
    anonymous,
    patient,
    rpc,
    staff,
    subscribe,
    timer,
)

from . import commands, queries, reactions
from .adapters.stripe import StripeCards
from .config import BillingSettings

OFFICE = ("billing", "practice_administrator")


class Billing(Service):
    """Statements, payments and the ledger that balances."""

    name = "billing"
    config = BillingSettings
    database = Database()

    @rpc(contract.ListStatements, allow=patient("bills") | staff(*OFFICE))
    def list_statements(self, tx: Transaction, request: contract.ListStatements) -> Any:
        return queries.list_statements(tx, request)

    @rpc(contract.ShowStatement, allow=patient("bills") | staff(*OFFICE))
    def show_statement(self, tx: Transaction, request: contract.ShowStatement) -> Any:
        return queries.show_statement(tx, request.statement_id)

    @rpc(contract.HomeBills, allow=patient("bills"))
    def home_bills(self, tx: Transaction, request: contract.HomeBills) -> Any:  # noqa: ARG002
        return queries.home_bills(tx)

    @rpc(contract.ShowPayment, allow=patient("bills") | staff(*OFFICE))
    def show_payment(self, tx: Transaction, request: contract.ShowPayment) -> Any:
        return queries.show_payment(tx, request.payment_id)

    @rpc(contract.LedgerBalance, allow=staff(*OFFICE))
    def ledger_balance(self, tx: Transaction, request: contract.LedgerBalance) -> Any:  # noqa: ARG002
        return queries.ledger_balance(tx)

    @rpc(contract.IssueStatement, allow=staff(*OFFICE))
    def issue_statement(self, tx: Transaction, request: contract.IssueStatement) -> Any:
        return commands.issue_statement(tx, request, now=tx.now)

    @rpc(contract.StartPayment, allow=patient("bills"), transaction=False)
    def start_payment(self, call: Call, request: contract.StartPayment) -> Any:
        return commands.start_payment(call, request, cards=_cards(call.config))

    @rpc(contract.FinishPayment, allow=patient("bills"), transaction=False)
    def finish_payment(self, call: Call, request: contract.FinishPayment) -> Any:
        return commands.finish_payment(call, request, cards=_cards(call.config), now=call.now)

    @rpc(contract.RecordCardEvent, allow=anonymous(), transaction=False)
    def record_card_event(self, call: Call, request: contract.RecordCardEvent) -> Any:
        return commands.record_card_event(call, request, cards=_cards(call.config))

    @subscribe(ContactDetailsChanged)
    def on_contact_changed(self, tx: Transaction, event: ContactDetailsChanged) -> None:
        reactions.contact_changed(tx, event)

    @timer(seconds=20, transaction=False)
    def reconcile(self, store: Store) -> None:
        commands.reconcile(store, cards=_cards(store.config))

    @timer(seconds=15, everywhere=True)
    def measure(self, tx: Transaction) -> None:
        commands.measure(tx)


@cache
def _cards(config: BillingSettings) -> StripeCards:
    return StripeCards(config.card_url, secret=config.card_secret, deadline=config.card_deadline)
