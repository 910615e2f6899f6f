"""The practice: its house, its people, and their dealings with one another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from uuid import UUID

from portico_ops.sandbox.practice.record import Language, Record, Sex

Role = Literal["clinician", "nurse", "front_desk", "billing", "practice_administrator"]
Mode = Literal["in_person", "video", "phone"]
Topic = Literal["symptom", "medicine", "visit", "result", "form", "bill", "other"]


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where patients come to; `zone` is an IANA name."""

    key: str
    name: str
    address: str
    phone: str
    zone: str


@dataclass(frozen=True, kw_only=True)
class StaffMember:
    """Someone who signs in to work."""

    key: str
    name: str
    title: str
    email: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, kw_only=True)
class Provider:
    """Someone whose visits can be booked; `staff_key` when they sign in too."""

    key: str
    given: str
    family: str
    name: str
    title: str
    npi: str
    location_key: str
    visit_types: tuple[str, ...]
    staff_key: str | None


@dataclass(frozen=True, kw_only=True)
class VisitType:
    """A kind of visit; the numbers are minutes, hours and days."""

    code: str
    name_en: str
    name_es: str
    minutes: int
    modes: tuple[Mode, ...]
    online: bool
    notice_hours: int
    horizon_days: int
    reason_needed: bool


@dataclass(frozen=True, kw_only=True)
class WorkingHours:
    """One stretch of a provider's week; Monday is 0, times are local."""

    provider_key: str
    location_key: str
    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, kw_only=True)
class Patient:
    """A patient with their whole record; `namespace` is where the record's ids come from."""

    key: str
    namespace: UUID
    mrn: str
    given: str
    family: str
    sex: Sex
    birth_date: date
    language: Language
    phone: str
    email: str | None
    street: str
    city: str
    state: str
    postcode: str
    provider_key: str
    account: Literal["active", "invited", "none"]
    record: Record

    @property
    def name(self) -> str:
        """Given name and family name."""
        return f"{self.given} {self.family}"


@dataclass(frozen=True, kw_only=True)
class Appointment:
    """A visit past or to come; past ones name the encounter that came of them."""

    key: str
    patient_key: str
    provider_key: str
    location_key: str
    visit_type: str
    mode: Mode
    starts_at: datetime
    ends_at: datetime
    reason: str
    booked_by: Literal["patient", "staff"]
    booked_at: datetime
    cancelled_at: datetime | None = None
    encounter_key: str | None = None


@dataclass(frozen=True, kw_only=True)
class Message:
    """One message; `author_key` is the patient's or the staff member's."""

    sender: Literal["patient", "staff"]
    author_key: str
    body: str
    sent_at: datetime
    read: bool


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """A patient's question and what came of it."""

    key: str
    patient_key: str
    topic: Topic
    subject: str
    language: Language
    messages: tuple[Message, ...]
    state: Literal["new", "taken", "waiting", "done"]
    taken_by: str | None


@dataclass(frozen=True, kw_only=True)
class RefillRequest:
    """A patient asked for more of a medicine."""

    key: str
    patient_key: str
    medication_key: str
    medication_name: str
    pharmacy: str
    note: str
    asked_at: datetime
    status: Literal["asked", "working", "sent_to_pharmacy", "needs_visit", "not_refilled"]
    decided_at: datetime | None
    taken_by: str | None
    answer: str


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """One service: what it cost, what the contract took off, what the insurer paid; in cents."""

    service_on: date
    code: str
    description: str
    charge_cents: int
    adjustment_cents: int
    insurance_cents: int

    @property
    def patient_cents(self) -> int:
        """What is left for the patient."""
        return self.charge_cents - self.adjustment_cents - self.insurance_cents


@dataclass(frozen=True, kw_only=True)
class Payment:
    """Money that a patient paid by card."""

    amount_cents: int
    paid_at: datetime
    card_brand: str
    card_last_four: str


@dataclass(frozen=True, kw_only=True)
class Statement:
    """A bill."""

    key: str
    patient_key: str
    issued_on: date
    due_on: date
    currency: str
    lines: tuple[StatementLine, ...]
    payments: tuple[Payment, ...]

    @property
    def patient_cents(self) -> int:
        """What the patient was asked for in all."""
        return sum(line.patient_cents for line in self.lines)

    @property
    def balance_cents(self) -> int:
        """What is still owed."""
        return self.patient_cents - sum(payment.amount_cents for payment in self.payments)


@dataclass(frozen=True, kw_only=True)
class Practice:
    """All of it, as it stands on the morning of `today`."""

    seed: int
    today: date
    name: str
    npi: str
    phone: str
    nurse_phone: str
    zone: str
    locations: tuple[Location, ...]
    staff: tuple[StaffMember, ...]
    providers: tuple[Provider, ...]
    visit_types: tuple[VisitType, ...]
    hours: tuple[WorkingHours, ...]
    patients: tuple[Patient, ...]
    appointments: tuple[Appointment, ...]
    conversations: tuple[Conversation, ...]
    refills: tuple[RefillRequest, ...]
    statements: tuple[Statement, ...]
