"""What records announces: a result reached its patient, or a word about it did."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ..event import event
from ..fields import Plain


@event("records", aggregate="result_id", heard_by=("notifications", "gateway"))
class LabResultReleased:
    """A clinician let the patient see a result; ``with_comment`` says whether a word came along."""

    result_id: Plain[UUID]
    patient_id: Plain[UUID]
    with_comment: Plain[bool]
    released_at: Plain[datetime]


@event("records", aggregate="result_id", heard_by=("notifications", "gateway"))
class ResultCommented:
    """A clinician added a comment to a result that the patient can see already."""

    result_id: Plain[UUID]
    patient_id: Plain[UUID]
    comment_id: Plain[UUID]
    commented_at: Plain[datetime]
