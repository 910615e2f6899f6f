"""What messaging says no with."""

from ..refusal import Refusal


class AlreadyTaken(Refusal):
    """Someone else works on this item; facts: ``by`` (staff id), ``by_name`` (may be None)."""

    status = 409


class AlreadyDone(Refusal):
    """This item is finished: reopen it first."""

    status = 409


class NotTaken(Refusal):
    """Nobody works on this item, so it cannot be given back."""

    status = 409


class NotFinished(Refusal):
    """This item is still open, so it cannot be reopened."""

    status = 409


class WrongQueue(Refusal):
    """The item is not of the kind that this is for."""

    status = 422


class RefillUnderWay(Refusal):
    """A refill of this medicine is under way; facts: ``request_id``, ``medication_id``."""

    status = 409


class RefillReasonNeeded(Refusal):
    """A refill that is not given needs a reason that the patient can read."""
