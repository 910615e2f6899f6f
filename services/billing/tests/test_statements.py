"""Statements: issued with their entries in the ledger, shown to their patient alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from billing import queries, reactions, store
from billing.domain import Posting
from portico_contracts.billing import ListStatements
from portico_contracts.event import Envelope
from portico_contracts.identity import ContactDetailsChanged
from portico_contracts.refusal import BadRequest, NotFound
from portico_kit import inbox
from portico_kit.ids import new_id

PATIENT = new_id()


def test_a_statement_shows_what_was_charged_adjusted_and_left_to_the_patient(office: Any) -> None:
    statement = office.issue(PATIENT, owed=4000)
    with office.read(PATIENT) as tx:
        shown = queries.show_statement(tx, statement)

    (line,) = shown["lines"]
    assert line["description"] == "Office visit"
    assert (line["charge_cents"], line["adjustment_cents"], line["insurance_cents"]) == (
        13000, 3000, 6000,
    )  # fmt: skip
    assert (shown["patient_cents"], shown["balance_cents"], shown["paid_cents"]) == (4000, 4000, 0)
    assert (shown["state"], shown["overdue"], shown["payments"]) == ("open", False, [])
    assert office.announced() == ["StatementIssued"]


def test_what_a_line_describes_is_sealed_at_rest(office: Any) -> None:
    office.issue(PATIENT)
    with office.read(PATIENT) as tx:
        stored = tx.execute(text("SELECT description FROM statement_line")).scalar_one()
    assert b"Office visit" not in bytes(stored)


def test_a_statement_with_nothing_left_to_the_patient_is_paid(office: Any) -> None:
    statement = office.issue(PATIENT, owed=0)
    with office.read(PATIENT) as tx:
        assert queries.show_statement(tx, statement)["state"] == "paid"
        assert queries.home_bills(tx)["open_statements"] == 0


def test_another_patients_statement_is_not_found(office: Any) -> None:
    statement = office.issue(PATIENT)
    with office.read(new_id()) as tx:
        with pytest.raises(NotFound):
            queries.show_statement(tx, statement)
        assert queries.list_statements(tx, ListStatements())["items"] == []


def test_statements_page_newest_first_without_gap_or_repeat(office: Any) -> None:
    issued = []
    for _ in range(5):
        issued.append(office.issue(PATIENT))
        office.later(days=1)
    seen, cursor = [], None
    with office.read(PATIENT) as tx:
        while True:
            page = queries.list_statements(tx, ListStatements(limit=2, cursor=cursor))
            seen += [row["statement_id"] for row in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
    assert seen == issued[::-1]


def test_a_cursor_that_is_not_ours_is_refused(office: Any) -> None:
    with office.read(PATIENT) as tx, pytest.raises(BadRequest):
        queries.list_statements(tx, ListStatements(cursor="nonsense"))


def test_home_tells_the_sum_and_the_bill_that_is_due_first(office: Any) -> None:
    office.issue(PATIENT, owed=1000, due_on=date(2027, 1, 15))
    first = office.issue(PATIENT, owed=2500, due_on=date(2026, 12, 1))
    with office.read(PATIENT) as tx:
        home = queries.home_bills(tx)

    assert home == {
        "balance_cents": 3500, "currency": "usd", "open_statements": 2, "overdue": False,
        "next_due_on": date(2026, 12, 1), "statement_id": first,
    }  # fmt: skip


def hear_zone(office: Any, zone: str, *, person: Any = "patient") -> None:
    event = ContactDetailsChanged(
        person_id=PATIENT, person=person, first_name="M", last_name="R", email=None, mobile=None,
        language="en", zone=zone,
    )  # fmt: skip
    envelope = Envelope(
        event_id=new_id(), name="ContactDetailsChanged", version=1, producer="identity",
        aggregate_id=str(PATIENT), sequence=1, occurred_at=office.now, event=event,
    )  # fmt: skip
    for _ in range(2):
        arrival = inbox.Delivery("billing.on_contact_changed", envelope, b"{}")
        inbox.react(office.store, arrival, reactions.contact_changed, now=office.now)


def test_a_bill_is_overdue_by_the_patients_own_calendar(office: Any) -> None:
    statement = office.issue(PATIENT, due_on=date(2026, 12, 1))
    # Already the 2nd in New York, still the 1st in Los Angeles.
    office.now = datetime(2026, 12, 2, 6, 0, tzinfo=UTC)
    with office.read(PATIENT) as tx:
        assert queries.show_statement(tx, statement)["overdue"] is True
    hear_zone(office, "America/Los_Angeles")
    with office.read(PATIENT) as tx:
        assert queries.show_statement(tx, statement)["overdue"] is False


def test_billing_keeps_nothing_about_staff(office: Any) -> None:
    hear_zone(office, "America/Denver", person="staff")
    with office.read(PATIENT) as tx:
        assert store.zone_of(tx, PATIENT) is None


def test_the_trial_balance_is_zero_and_names_every_account_that_moved(office: Any) -> None:
    office.issue(PATIENT, owed=4000)
    with office.read(staff=True) as tx:
        trial = queries.ledger_balance(tx)

    assert trial["difference_cents"] == 0
    assert trial["entries"] == 2
    assert {a["account"]: a["balance_cents"] for a in trial["accounts"]} == {
        "adjustments": 3000, "cash": 6000, "insurance_receivable": 0, "patient_receivable": 4000,
        "revenue": -13000,
    }  # fmt: skip


def post(tx: Any, *postings: Posting) -> None:
    store.post(
        tx, kind="paid", reference=new_id(), statement_id=new_id(), currency="usd",
        postings=postings, at=tx.now,
    )  # fmt: skip


@pytest.mark.parametrize(
    "postings",
    [
        (Posting("cash", 100), Posting("revenue", -99)),
        (Posting("cash", 100),),
        (Posting("cash", 100), Posting("pocket", -100)),
    ],
    ids=["unequal", "one side", "unknown account"],
)
def test_the_database_refuses_an_entry_that_does_not_balance(
    office: Any, postings: tuple[Posting, ...]
) -> None:
    with pytest.raises(DBAPIError), office.read(staff=True) as tx:
        post(tx, *postings)
    with office.read(staff=True) as tx:
        assert queries.ledger_balance(tx)["entries"] == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE posting SET cents = cents * 2",
        "DELETE FROM posting",
        "DELETE FROM journal_entry",
        "UPDATE journal_entry SET kind = 'paid'",
        "TRUNCATE posting",
        "TRUNCATE journal_entry CASCADE",
    ],
)
def test_the_ledger_cannot_be_rewritten(office: Any, change: str) -> None:
    office.issue(PATIENT)
    with pytest.raises(DBAPIError, match="append-only"), office.read(staff=True) as tx:
        tx.execute(text(change))


def test_an_entry_without_postings_is_refused(office: Any) -> None:
    with pytest.raises(DBAPIError, match="fewer than two"), office.read(staff=True) as tx:
        tx.execute(
            text(
                "INSERT INTO journal_entry (id, at, kind, reference) "
                "VALUES (gen_random_uuid(), now(), 'paid', gen_random_uuid())"
            )
        )
