"""Identity's rules, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest

from identity import domain
from identity.adapters.common_passwords import common_passwords
from portico_contracts.identity import NowhereToSend, RefusedLogin, WeakPassword


@pytest.mark.parametrize(
    "typed",
    ["maria@cedargrove.example", " Maria@CedarGrove.example ", "MARIA@CEDARGROVE.EXAMPLE"],
)
def test_an_email_login_is_found_however_it_is_typed(typed: str) -> None:
    assert domain.login_of(typed) == "maria@cedargrove.example"


@pytest.mark.parametrize(
    "typed", ["(555) 010-0142", "555.010.0142", "+1 555 010 0142", "1-555-010-0142"]
)
def test_a_mobile_login_is_found_however_it_is_typed(typed: str) -> None:
    assert domain.login_of(typed) == "+15550100142"


@pytest.mark.parametrize(
    "typed",
    ["maria", "maria@", "@x.example", "a@b@c.example", "a b@c.example", "x@y", "12345",
     "maria@x.example\r\nBcc: all@x.example", "maria@x.example, tom@x.example"],
)  # fmt: skip
def test_what_is_neither_address_nor_number_makes_no_login(typed: str) -> None:
    with pytest.raises(RefusedLogin):
        domain.new_login_of(typed)


def test_a_bad_contact_address_is_refused_and_an_empty_one_is_none() -> None:
    assert domain.checked_address("email", "  ") is None
    with pytest.raises(NowhereToSend) as refusal:
        domain.checked_address("mobile", "call me")
    assert refusal.value.facts == {"field": "mobile"}


def test_codes_use_no_letter_that_looks_like_another() -> None:
    codes = {domain.new_code() for _ in range(200)}
    assert len(codes) == 200
    assert not set("".join(codes)) & set("0O1IL")
    assert all(domain.code_typed(f" {c.lower()} ") == c.replace("-", "") for c in codes)


def test_a_long_passphrase_is_good_whatever_it_is_made_of() -> None:
    check("correct-horse-battery")
    check("veinte gatos bailan")
    check("ñandú 子猫 Straße gato")
    check("x" * 3 + "correct horse battery " * 8)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("Tr0ub4dor&3", "short"),
        ("fourteen chars", "short"),
        ("a good one " * 20, "long"),
        ("CorrectHorseBatteryStaple", "common"),
        ("iloveyouforever", "common"),
        ("abcabcabcabcabcabc", "guessable"),
        ("aaaaaaaaaaaaaaaaaaaa", "guessable"),
        ("456789abcdefghijkl", "guessable"),
        ("MariaReyes1968!", "guessable"),
        ("reyes-maria-portico", "guessable"),
        ("maria@cedargrove.example", "guessable"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, reason: str) -> None:
    with pytest.raises(WeakPassword) as refusal:
        check(password)
    assert refusal.value.facts["reason"] == reason


def check(password: str) -> None:
    about = ("Maria", "Reyes", "maria@cedargrove.example")
    domain.check_password(password, common=common_passwords(), about=about)


def test_waits_grow_from_the_fifth_failure_to_fifteen_minutes() -> None:
    waits = [domain.wait_for_login(n) for n in range(1, 12)]
    minutes = [wait / timedelta(minutes=1) for wait in waits]
    assert minutes == [0, 0, 0, 0, 1, 2, 4, 8, 15, 15, 15]
    assert domain.wait_for_login(100) == timedelta(days=1)


def test_an_address_is_never_held_up_for_longer_than_a_quarter_of_an_hour() -> None:
    minutes = [domain.wait_for_address(n) / timedelta(minutes=1) for n in (29, 30, 31, 100, 9999)]
    assert minutes == [0, 1, 2, 15, 15]


def test_failures_of_an_address_wear_off_one_in_two_minutes() -> None:
    left = [domain.worn_off(30, quiet=timedelta(minutes=m)) for m in (-9, 0, 1, 2, 58, 600)]
    assert left == [30, 30, 30, 29, 1, 0]


def test_a_session_ends_after_quiet_and_at_the_latest_after_its_time() -> None:
    began = datetime(2026, 11, 22, 9, tzinfo=UTC)
    ends_at = began + domain.SESSION_LASTS
    late = ends_at - timedelta(minutes=1)
    assert domain.session_ends(kind="staff", last_seen_at=began, ends_at=ends_at) == (
        began + timedelta(minutes=15)
    )
    assert domain.session_ends(kind="patient", last_seen_at=late, ends_at=ends_at) == ends_at


def test_the_chain_changes_with_every_field_and_with_the_place() -> None:
    row = dict.fromkeys(domain.LEDGER_FIELDS, "x")
    first = domain.first_hash(date(2026, 11, 1))
    made = {domain.chained(first, 1, row), domain.chained(first, 2, row)}
    made |= {domain.chained(first, 1, row | {name: "y"}) for name in domain.LEDGER_FIELDS}
    assert len(made) == 2 + len(domain.LEDGER_FIELDS)


def test_hints_show_only_the_ends() -> None:
    assert domain.email_hint("maria@cedargrove.example") == "m•••@cedargrove.example"
    assert domain.mobile_hint("+15550100142") == "•••42"
