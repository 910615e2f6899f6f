"""Bills: what a visit cost, what the insurer's contract took off and paid, what was paid since."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from portico_ops.sandbox.practice import maria
from portico_ops.sandbox.practice.chance import chance_for
from portico_ops.sandbox.practice.days import ZONE, at, workday_from
from portico_ops.sandbox.practice.model import Payment, Statement, StatementLine
from portico_ops.sandbox.practice.people import Person
from portico_ops.sandbox.practice.visits import PastVisit

BILLED_MONTHS = 12
ISSUED_AFTER = 19  # days after the visit
DUE_AFTER = 45  # days after the bill
MARIAS_CENTS = 2400

# code of the house, words, full charge in cents
VISITS = {
    "check_up": ("VISIT-30", "Yearly check-up", 21_000),
    "well_child": ("VISIT-CHILD", "Well-child visit", 18_500),
    "problem": ("VISIT-15", "Office visit, 15 minutes", 13_200),
    "follow_up": ("VISIT-FU", "Follow-up visit", 11_000),
}
PANELS = {
    "a1c": ("LAB-A1C", "A1C blood test", 3_400), "cbc": ("LAB-CBC", "Blood count", 2_900),
    "cmp": ("LAB-CMP", "Blood chemistry", 4_100), "lipids": ("LAB-LIP", "Cholesterol test", 4_300),
    "tsh": ("LAB-TSH", "Thyroid test", 5_200), "bnp": ("LAB-BNP", "Heart strain test", 7_800),
    "ferritin": ("LAB-FER", "Iron store test", 4_600),
    "vitamin_d": ("LAB-VITD", "Vitamin D test", 8_900),
    "urine_albumin": ("LAB-UALB", "Urine protein test", 3_700),
    "urinalysis": ("LAB-UA", "Urine test", 2_100), "strep": ("LAB-STREP", "Strep test", 2_600),
}  # fmt: skip
PREVENTIVE = {"check_up", "well_child"}  # insurers pay these in full


def statements(
    person: Person, visits: Sequence[PastVisit], *, seed: int, today: date
) -> list[Statement]:
    """The bills for the last year's visits, oldest first; visits paid in full bring none."""
    made = []
    for visit in visits:
        day = visit.encounter.starts_at.astimezone(ZONE).date()
        chance = chance_for(seed, person.key, "bill", visit.encounter.key)
        billed = today - timedelta(days=BILLED_MONTHS * 30) < day
        if visit.encounter.setting == "AMB" and billed:
            lines = _lines(person, visit, day, chance)
            statement = _statement(person, visit, day, lines, chance, today=today)
            if statement.patient_cents > 0 and statement.issued_on < today:
                made.append(statement)
    return made


def _lines(
    person: Person, visit: PastVisit, day: date, chance: random.Random
) -> tuple[StatementLine, ...]:
    if person.key == maria.KEY and person.place.seen_days_ago and not visit.panels:
        return (_line(day, VISITS[visit.visit_type], patient_cents=MARIAS_CENTS),)
    copay = 0 if visit.visit_type in PREVENTIVE else chance.choice((1500, 2000, 2500, 3000))
    first = _line(day, VISITS[visit.visit_type], patient_cents=copay)
    tests = [
        _line(day, PANELS[panel], patient_cents=_share(PANELS[panel][2], chance))
        for panel in visit.panels
    ]
    return (first, *tests)


def _share(charge: int, chance: random.Random) -> int:
    """The patient's part of a test: nothing, or a fifth of what the contract allows."""
    return 0 if chance.random() < 0.6 else charge * 65 // 100 // 5


def _line(day: date, service: tuple[str, str, int], *, patient_cents: int) -> StatementLine:
    code, words, charge = service
    adjustment = charge * 35 // 100
    return StatementLine(
        service_on=day, code=code, description=words, charge_cents=charge,
        adjustment_cents=adjustment, insurance_cents=charge - adjustment - patient_cents,
    )  # fmt: skip


def _statement(
    person: Person, visit: PastVisit, day: date, lines: tuple[StatementLine, ...],
    chance: random.Random, *, today: date,
) -> Statement:  # fmt: skip
    issued_on = workday_from(day + timedelta(days=ISSUED_AFTER))
    total = sum(line.patient_cents for line in lines)
    return Statement(
        key=f"statement-{person.key}-{visit.encounter.key}", patient_key=person.key,
        issued_on=issued_on, due_on=issued_on + timedelta(days=DUE_AFTER), currency="USD",
        lines=lines, payments=_payments(issued_on, total, chance, today=today),
    )  # fmt: skip


def _payments(
    issued_on: date, total: int, chance: random.Random, *, today: date
) -> tuple[Payment, ...]:
    """Old bills are mostly paid, some in two parts; those of the last weeks are still open."""
    paid_on = issued_on + timedelta(days=chance.randint(3, 40))
    if (today - issued_on).days < 42 or total <= 0 or chance.random() < 0.12:
        return ()
    parts = (total,) if total < 2500 or chance.random() < 0.8 else (total // 2, total - total // 2)
    card = chance.choice((("visa", "4242"), ("mastercard", "4444")))
    return tuple(
        Payment(amount_cents=part, card_brand=card[0], card_last_four=card[1],
                paid_at=at(paid_on + timedelta(days=number), 18, 40))
        for number, part in enumerate(parts)
    )  # fmt: skip
