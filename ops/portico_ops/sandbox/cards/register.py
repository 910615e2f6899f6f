"""Taking payments: each function changes the ledger and plans the webhook.

The caller opens the one transaction around them, and rings for the callbacks once it is over.
"""

from __future__ import annotations

from portico_ops.sandbox import callbacks
from portico_ops.sandbox.cards import intents, ledger
from portico_ops.sandbox.cards.intents import Intent
from portico_ops.sandbox.office import Office


def take_card(office: Office, intent: Intent, *, card: str) -> Intent:
    """Try a test card that needs no further question; the intent as it then is."""
    outcome = intents.TEST_CARDS[card][1]
    if outcome in ("succeeds", "confirms"):
        return settle(office, intents.succeed(intent, card=card), event="payment_succeeded")
    return settle(office, intents.fail(intent, code=outcome, card=card), event="payment_failed")


def refuse_confirmation(office: Office, intent: Intent, *, card: str | None) -> Intent:
    """The patient, or the bank, did not confirm."""
    failed = intents.fail(intent, code="payment_intent_authentication_failure", card=card)
    return settle(office, failed, event="payment_failed")


def settle(office: Office, intent: Intent, *, event: str) -> Intent:
    """Keep what became of the intent and plan to tell the portal."""
    name = {
        "payment_succeeded": "payment_intent.succeeded",
        "payment_failed": "payment_intent.payment_failed",
        "canceled": "payment_intent.canceled",
    }[event]
    ledger.keep_intent(office.database, intent)
    callbacks.plan_card_event(office, name=name, about=intent["id"], about_object=intent)
    return intent
