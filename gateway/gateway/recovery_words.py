"""Plain words for getting back in: how somebody showed who they are, and what the ledger tells."""

from __future__ import annotations

from typing import Any

from gateway.i18n import N_

PROOFS: dict[str, str] = {
    "photo_id": N_("I saw a photo ID"),
    "known_in_person": N_("I know this person"),
    "call_back": N_("I called the number on record"),
}
PROOF_HELP: dict[str, str] = {
    "photo_id": N_("With the name on record and a picture of the person."),
    "known_in_person": N_("And they told me their birth date and address."),
    "call_back": N_("Not the number that they called from."),
}
# To the patient, beside who did it.
PROOF_TOLD: dict[str, str] = {
    "photo_id": N_("They saw your photo ID."),
    "known_in_person": N_("They know you, and asked for your birth date and address."),
    "call_back": N_("They called the number that we have for you."),
}
DEEDS: dict[str, str] = {
    "issue_recovery_code": N_("Made a code so that you can sign in again"),
    "revoke_recovery_code": N_("Took back a code to sign in again"),
    "show_sign_in_help": N_("Looked at how you sign in"),
}


def told(entry: dict[str, Any]) -> dict[str, Any]:
    """A ledger's entry with the deed that has words of its own, and what showed who one is."""
    order, _, way = entry["order"].partition(":")
    known = order in DEEDS
    return {**entry, "deed": order if known else "", "proof": way if known else ""}
