"""Plain words for what a service asks staff to look at, by the code of the review."""

from __future__ import annotations

from gateway.i18n import N_

REVIEWS: dict[str, str] = {
    "payment_processor_away": N_("A payment still waits for the card processor"),
    "payment_refused": N_("The card processor refuses to tell about a payment"),
    "payment_mismatch": N_("A payment is not what was asked for"),
    "payment_unexpected": N_("A payment could not be settled"),
    "payment_overpaid": N_("More was paid than was owed"),
    "unreached_invitation": N_("An invitation did not reach the patient"),
    "unreached_visit_cancelled": N_("The patient does not know that a visit is called off"),
    "unreached_result_released": N_("The patient was not told of a new result"),
    "unreached_notice": N_("A notice did not reach the patient"),
    "provider_left": N_("A visit is booked with somebody who left"),
}

REVIEW_HELP: dict[str, str] = {
    "payment_processor_away": N_(
        "The portal goes on asking. Look the payment up at the processor, and call the "
        "patient if they wait for an answer."
    ),
    "payment_refused": N_(
        "The portal goes on asking. Check the account at the processor, and tell your "
        "administrator if its key has changed."
    ),
    "payment_mismatch": N_(
        "Amount, currency, or payment differ at the processor. Nothing was booked. "
        "Compare both and correct it at the processor."
    ),
    "payment_unexpected": N_(
        "The portal goes on trying. Tell your administrator: the logs say more."
    ),
    "payment_overpaid": N_(
        "The payment is booked, and the patient is owed the difference. "
        "Pay it back at the processor."
    ),
    "unreached_invitation": N_(
        "Mail and text both failed. Call the patient, then check their email address and "
        "mobile number with them."
    ),
    "unreached_visit_cancelled": N_(
        "Mail and text both failed. Call the patient, then check their email address and "
        "mobile number with them."
    ),
    "unreached_result_released": N_(
        "Mail and text both failed. Call the patient, then check their email address and "
        "mobile number with them."
    ),
    "unreached_notice": N_(
        "Mail and text both failed. Call the patient, then check their email address and "
        "mobile number with them."
    ),
    "provider_left": N_(
        "The visit stands, and the patient was not told. Book them with a colleague and call "
        "this one off, or call the patient."
    ),
}
