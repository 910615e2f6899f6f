"""What scheduling says no with."""

from __future__ import annotations

from ..refusal import Refusal


class SlotTaken(Refusal):
    """Someone else has this time; facts: ``next``, a list of the nearest FreeTime."""

    status = 409


class VisitsOverlap(Refusal):
    """The patient has another visit at this time; facts: ``appointment_id``."""

    status = 409


class OutsideHours(Refusal):
    """The provider does not see patients at this time; facts: ``next`` as in SlotTaken."""


class TooSoon(Refusal):
    """This visit needs more notice; facts: ``earliest``."""


class TooFarAhead(Refusal):
    """This time cannot be booked yet; facts: ``latest``."""


class TooManyVisits(Refusal):
    """The patient has as many coming visits as can be booked online; facts: ``most``."""


class NotBookableOnline(Refusal):
    """Only staff can book this kind of visit; the patient is asked to call."""


class NotOffered(Refusal):
    """This provider does not offer this kind of visit, or not in this way."""


class ReasonNeeded(Refusal):
    """This kind of visit needs a reason in the patient's words."""


class TooLateToCancel(Refusal):
    """The visit is too near to be cancelled here; facts: ``until``."""


class AlreadyCancelled(Refusal):
    """The visit was cancelled before."""

    status = 409
