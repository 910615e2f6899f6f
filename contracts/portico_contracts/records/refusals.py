"""What records says no with."""

from __future__ import annotations

from ..refusal import Refusal


class AlreadyReleased(Refusal):
    """The result is with the patient already; a comment can still be added."""

    status = 409


class NotYetFinal(Refusal):
    """The laboratory has not finished this result, so it cannot be released."""

    status = 409


class NotYetReleased(Refusal):
    """The patient cannot see this result yet: release it with the comment instead."""

    status = 409


class UnknownCursor(Refusal):
    """The cursor is not one that a list gave out."""

    status = 400
