"""The seeded practice as its people see it, asked through the services' own queries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

import billing.queries
import messaging.queries
import records.queries.home
import records.queries.results
import scheduling.queries
from billing.config import BillingSettings
from identity.adapters.passwords import password_is_right
from identity.store.people import account_behind
from messaging.config import Settings as MessagingSettings
from portico_contracts import messaging as letters
from portico_contracts import records as record
from portico_contracts.scheduling import DayList
from portico_kit.access import Actor
from portico_kit.database import Store, Transaction
from portico_kit.testing.databases import Databases, store_at
from portico_ops.sandbox import seed
from portico_ops.sandbox.practice import generate
from portico_ops.sandbox.practice.days import ZONE
from portico_ops.sandbox.practice.house import SIGN_IN_PASSWORD
from portico_ops.sandbox.seeding import Stores, plant
from portico_ops.sandbox.seeding.bills import keep_books
from portico_ops.sandbox.seeding.cast import Cast
from portico_ops.sandbox.seeding.diary import keep_diary
from portico_ops.sandbox.seeding.ids import seed_id
from portico_ops.sandbox.seeding.letters import keep_letters
from portico_ops.sandbox.seeding.stores import SEEDED

NOW = datetime(2026, 11, 23, 15, 20, tzinfo=UTC)  # Monday, 10:20 in New York
MARIA = "maria-reyes"


@pytest.fixture(scope="module")
def stores(databases: Databases) -> Iterator[Stores]:
    made = {name: fresh_store(databases, name) for name in SEEDED}
    yield Stores(**made)
    for store in made.values():
        store.engine.dispose()


@pytest.fixture(scope="module")
def cast(stores: Stores) -> Cast:
    return plant(stores, now=NOW)


def fresh_store(databases: Databases, service: str) -> Store:
    keys = {"database_url": "", "amqp_url": "", "token_public_key": ""}
    keys |= {"master_keys": "", "transit_key": ""}
    cards = {"card_url": "", "card_secret": "", "card_webhook_secret": ""}
    settings = {
        "messaging": MessagingSettings(**keys),
        "billing": BillingSettings(**keys, **cards),
    }
    return store_at(databases.fresh(service), config=settings.get(service))


@contextmanager
def asking(store: Store, actor: Actor, *, now: datetime = NOW) -> Iterator[Transaction]:
    with store.transaction(actor=actor, now=now, patient_id=actor.patient_id) as tx:
        yield tx


def rows(store: Store, query: str) -> list[Any]:
    with store.engine.connect() as connection:
        return list(connection.execute(text(query)))


# --- Maria --------------------------------------------------------------------------------------


def test_maria_sees_three_years_of_her_a1c_but_for_the_newest(stores: Stores, cast: Cast) -> None:
    with asking(stores.records, cast.patient(MARIA)) as tx:
        wanted = record.ListLabResults(q="A1C")
        found = records.queries.results.list_lab_results(tx, wanted, now=NOW)["items"]
        newest = records.queries.results.show_lab_result(
            tx, record.ShowLabResult(result_id=found[0]["result_id"]), now=NOW
        )
    assert [float(result["value"]) for result in found] == [6.2, 6.2, 6.3, 6.0, 5.8, 5.6]
    assert len(newest["history"]) == 6
    assert [comment["author"] for comment in newest["comments"]] == ["Dr. Amara Okafor"]


def test_her_newest_a1c_waits_for_a_clinician(stores: Stores, cast: Cast) -> None:
    with asking(stores.records, cast.staff("amara")) as tx:
        waiting = records.queries.results.list_results_to_release(tx, record.ListResultsToRelease())
    assert [(r["patient_name"], r["shown"]) for r in waiting["items"]] == [("Maria Reyes", "6.1")]


def test_her_home_page_has_nothing_new_and_lisinopril_running_low(
    stores: Stores, cast: Cast
) -> None:
    with asking(stores.records, cast.patient(MARIA)) as tx:
        home = records.queries.home.home_summary(tx, record.HomeSummary(), now=NOW)
    assert home["given"] == "Maria"
    assert home["new_results"] == 0
    assert [(m["name"].split()[0], m["days_left"]) for m in home["running_low"]] == [
        ("lisinopril", 6)
    ]


def test_her_next_visit_is_with_dr_okafor_within_eight_days(stores: Stores, cast: Cast) -> None:
    with asking(stores.scheduling, cast.patient(MARIA)) as tx:
        visit = scheduling.queries.home_visits(tx, now=NOW)["next"]
    assert visit is not None
    assert visit["provider_name"] == "Dr. Amara Okafor"
    assert timedelta() < visit["starts_at"] - NOW <= timedelta(days=9)
    assert visit["starts_at"].astimezone(ZONE).strftime("%H:%M") == "09:30"


def test_one_message_is_unread_and_it_is_her_work_note(stores: Stores, cast: Cast) -> None:
    with asking(stores.messaging, cast.patient(MARIA)) as tx:
        home = messaging.queries.home_messages(tx)
    assert [each["subject"] for each in home["unread"]] == ["Your work note"]
    assert home["unread"][0]["last_author"]["name"] == "Tom Alvarez"


def test_she_owes_24_dollars(stores: Stores, cast: Cast) -> None:
    with asking(stores.billing, cast.patient(MARIA)) as tx:
        bills = billing.queries.home_bills(tx)
    assert (bills["open_statements"], bills["balance_cents"]) == (1, 2400)


@pytest.mark.parametrize("login", ["maria@cedargrove.example", "dana@cedargrove.example"])
def test_the_printed_password_lets_people_in(stores: Stores, cast: Cast, login: str) -> None:
    with stores.identity.transaction() as tx:
        account = account_behind(tx, login)
    assert account is not None
    assert password_is_right(account.password_hash, SIGN_IN_PASSWORD)


# --- the staff ----------------------------------------------------------------------------------


def test_dana_sees_who_waits_by_name_and_two_are_late(stores: Stores, cast: Cast) -> None:
    with asking(stores.messaging, cast.staff("dana")) as tx:
        counts = messaging.queries.queue_counts(tx)
        items = messaging.queries.list_queue(tx, letters.ListQueue())["items"]
    assert counts["late"] == 2
    assert {item["queue"] for item in items} >= {"messages", "refills"}
    assert {"Maria Reyes"} < {item["patient"]["name"] for item in items}
    assert all(item["patient"]["name"] for item in items)
    assert any(item["state"] == "new" and item["kind"] == "refill" for item in items)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 23, 5, 3, tzinfo=UTC),  # Monday, three minutes past midnight
        datetime(2026, 11, 22, 17, tzinfo=UTC),  # Sunday noon
        datetime(2026, 11, 28, 1, tzinfo=UTC),  # Friday, eight in the evening
        datetime(2027, 3, 14, 14, tzinfo=UTC),  # Sunday morning, as summer time begins
    ],
)
def test_on_any_day_all_is_accepted_and_two_wait_too_long(
    databases: Databases, moment: datetime
) -> None:
    made = {name: fresh_store(databases, name) for name in ("scheduling", "messaging", "billing")}
    nobody = made["messaging"]
    stores, cast = Stores(identity=nobody, records=nobody, **made), cast_without_records(moment)
    for keep in (keep_diary, keep_letters, keep_books):
        keep(stores, cast)
    with asking(stores.messaging, cast.staff("ruth"), now=moment) as tx:
        assert messaging.queries.queue_counts(tx)["late"] == 2
    assert rows(stores.messaging, "SELECT max(sent_at) FROM message")[0][0] <= moment
    for store in made.values():
        store.engine.dispose()


def cast_without_records(moment: datetime) -> Cast:
    practice = generate(today=moment.astimezone(ZONE).date())
    medicines = [(p.key, m.key) for p in practice.patients for m in p.record.medications]
    return Cast(
        practice=practice,
        now=moment,
        patient_ids={p.key: seed_id("patient", p.key) for p in practice.patients},
        medication_ids={keys: seed_id(*keys) for keys in medicines},
    )


def test_the_day_list_names_everyone_invited_or_not(stores: Stores, cast: Cast) -> None:
    with asking(stores.scheduling, cast.staff("tom")) as tx:
        days = [
            scheduling.queries.day_list(tx, DayList(day=NOW.date() + timedelta(days=n)), now=NOW)
            for n in range(60)
        ]
    visits = [visit for day in days for visit in day["items"]]
    assert len(visits) > 15
    assert all(visit["patient_name"] for visit in visits)


def test_the_books_balance(stores: Stores, cast: Cast) -> None:
    with asking(stores.billing, cast.staff("tom")) as tx:
        balance = billing.queries.ledger_balance(tx)
    assert balance["difference_cents"] == 0
    assert balance["entries"] > 100


# --- seeding itself -----------------------------------------------------------------------------


def test_only_how_to_reach_people_is_announced(stores: Stores, cast: Cast) -> None:
    announced = {
        name: {row[0] for row in rows(getattr(stores, name), "SELECT name FROM outbox")}
        for name in SEEDED
    }
    assert announced.pop("identity") == {"ContactDetailsChanged"}
    assert not any(announced.values())


def test_seeding_again_on_another_day_changes_nothing(stores: Stores, cast: Cast) -> None:
    before = {name: contents(getattr(stores, name)) for name in SEEDED}
    again = plant(stores, now=NOW + timedelta(days=3))
    assert {name: contents(getattr(stores, name)) for name in SEEDED} == before
    assert again == cast


def contents(store: Store) -> dict[str, Any]:
    """A digest of every table: each row counts."""
    tables = rows(store, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    digest = "SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {} t"
    return {name: rows(store, digest.format(name))[0][0] for (name,) in tables}


def test_it_is_refused_where_real_patients_may_be(capsys: pytest.CaptureFixture[str]) -> None:
    assert seed.main({"PORTICO_ENVIRONMENT": "production"}) == 2
    assert "sandbox" in capsys.readouterr().err


def test_what_is_not_set_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert seed.main({"PORTICO_ENVIRONMENT": "sandbox"}) == 2
    assert "PORTICO_IDENTITY_DATABASE_URL" in capsys.readouterr().err
