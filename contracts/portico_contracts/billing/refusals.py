"""What billing says no with."""

from __future__ import annotations

from typing import ClassVar

from ..refusal import Refusal


class NothingOwed(Refusal):
    """The statement is paid."""

    status: ClassVar[int] = 409


class AmountTooHigh(Refusal):
    """The amount is more than what is still owed; facts: ``balance_cents``."""

    status: ClassVar[int] = 422


class WrongSplit(Refusal):
    """A line's adjustment and insurance come to more than its charge; facts: ``line``."""

    status: ClassVar[int] = 422


class AmountTooLow(Refusal):
    """Cards are not charged less than this; facts: ``least_cents``."""

    status: ClassVar[int] = 422


class PaymentInFlight(Refusal):
    """Another payment of this statement is being started right now; look again in a moment."""

    status: ClassVar[int] = 409


class NoLines(Refusal):
    """A statement needs at least one line."""

    status: ClassVar[int] = 422


class WrongReturn(Refusal):
    """``return_url`` does not lead back to this portal."""

    status: ClassVar[int] = 422


class CardUnavailable(Refusal):
    """The card processor did not answer in time; nothing was charged. Try again shortly."""

    status: ClassVar[int] = 503


class WrongSignature(Refusal):
    """A message from outside is not signed by who it says it is from, or is too old."""

    status: ClassVar[int] = 400
