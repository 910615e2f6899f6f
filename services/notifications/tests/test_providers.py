"""Two providers: who gets what, when the second takes over, and what must not be handed to both."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from notifications import commands, reactions
from notifications.adapters.circuit import FIRST_PAUSE, LONGEST_PAUSE, Circuit
from notifications.adapters.providers import Providers
from notifications.domain import (
    DOUBT_LASTS,
    HELD_FOR,
    Outcome,
    again,
    failed,
    in_doubt,
    not_now,
    sent,
    settle,
)
from portico_contracts.records import LabResultReleased
from portico_kit.ids import new_id
from portico_kit.settings import SettingsMissing

NOW = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
Verdict = Callable[[Any], Outcome]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Pair:
    """A service with two providers of mail that do as they are told, and one clock for all."""

    def __init__(self, office: Any, first: Any, second: Any) -> None:
        self.office, self.first, self.second, self.clock = office, first, second, Clock()
        self.providers = Providers("mail", first, second, clock=self.clock)
        self.patient = office.reachable()

    @property
    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.clock.seconds)

    def announce(self, count: int = 1) -> None:
        for _ in range(count):
            event = LabResultReleased(
                result_id=new_id(), patient_id=self.patient, with_comment=False, released_at=NOW
            )
            self.office.hear(event, reaction=reactions.result_released, now=self.now, times=1)

    def send(self, *, after: float = 0.0) -> int:
        self.clock.seconds += after
        return commands.send_batch(self.office.at(self.now), providers=self.providers)

    def states(self) -> list[tuple[str, int | None]]:
        rows = self.office.deliveries(channel="mail")
        return [(row["state"], row["provider"]) for row in rows]

    def up(self, number: int) -> float | None:
        return REGISTRY.get_sample_value(
            "portico_provider_up", {"channel": "mail", "provider": str(number)}
        )


@pytest.fixture
def pair(office: Any, provider: Any) -> Pair:
    return Pair(office, provider, type(provider)())


def refuse(_letter: Any) -> Outcome:
    return again("smtp_421")


def hang(_letter: Any) -> Outcome:
    return in_doubt("smtp_no_answer")


def test_while_the_first_works_the_second_gets_nothing(pair: Pair) -> None:
    pair.announce(3)
    pair.send()
    assert pair.states() == [("sent", 1)] * 3
    assert pair.second.letters == []


def test_what_the_first_does_not_take_goes_to_the_second_at_its_next_attempt(pair: Pair) -> None:
    pair.first.verdict = refuse
    pair.announce()
    pair.send()
    assert pair.states() == [("queued", 1)]
    pair.send(after=12)
    assert pair.states() == [("sent", 2)]


def test_after_failures_in_a_row_the_second_gets_everything_and_that_shows(pair: Pair) -> None:
    pair.first.verdict = refuse
    pair.announce(5)
    pair.send()
    assert (pair.up(1), pair.up(2)) == (0, 1)
    pair.announce(5)
    pair.send()
    assert len(pair.first.letters) == len(pair.second.letters) == 5


def test_a_provider_that_fails_now_and_then_goes_on_as_the_first(pair: Pair) -> None:
    answers = iter([again("smtp_421"), sent("x")] * 10)
    pair.first.verdict = lambda _letter: next(answers)
    pair.announce(20)
    pair.send()
    assert pair.up(1) == 1


def test_the_first_is_tried_again_with_one_letter_then_with_more_then_with_all(pair: Pair) -> None:
    pair.first.verdict = refuse
    pair.announce(5)
    pair.send()
    pair.first.verdict, pair.first.letters = type(pair.first)().verdict, []
    pair.send(after=FIRST_PAUSE * 1.2)
    pair.announce(30)
    got = []
    for _ in range(5):
        before = len(pair.first.letters)
        pair.announce(70)
        pair.send()
        got.append(len(pair.first.letters) - before)
    assert got[0] < got[1] < got[2]
    assert pair.up(1) == 1


def test_a_provider_that_answers_again_is_up_though_it_is_not_trusted_with_all_yet(
    pair: Pair,
) -> None:
    pair.first.verdict = refuse
    pair.announce(5)
    pair.send()
    assert pair.up(1) == 0
    pair.first.verdict = type(pair.first)().verdict
    pair.announce(1)
    pair.send(after=FIRST_PAUSE * 1.2)
    assert pair.up(1) == 1
    assert pair.providers.room(50) == 50


def test_a_provider_that_stays_away_is_tried_less_and_less_often() -> None:
    clock = Clock()
    circuit, tried = Circuit(clock=clock), []
    while clock.seconds < 4 * 3600:
        if circuit.room:
            circuit.failed()
            tried.append(clock.seconds)
        clock.seconds += 1
    gaps = [after - before for before, after in itertools.pairwise(tried[5:])]
    assert gaps[0] <= FIRST_PAUSE * 2.4
    assert LONGEST_PAUSE <= max(gaps) <= LONGEST_PAUSE * 1.2 + 1
    assert len(tried) < 70


def test_without_anybody_who_works_letters_wait_and_count_no_attempts(pair: Pair) -> None:
    pair.first.verdict = pair.second.verdict = refuse
    pair.announce(10)
    for _ in range(3):
        pair.send(after=12)
    handed = len(pair.first.letters) + len(pair.second.letters)
    pair.announce(50)
    for _ in range(3):
        assert pair.send() <= 1  # to see whether somebody is back
    assert len(pair.first.letters) + len(pair.second.letters) <= handed + 2
    assert [r["attempts"] for r in pair.office.deliveries(channel="mail")].count(0) >= 48


def test_a_mailbox_that_is_busy_says_nothing_about_the_provider(pair: Pair) -> None:
    pair.first.verdict = lambda _letter: not_now("smtp_451")
    pair.announce(10)
    pair.send()
    assert pair.up(1) == 1
    pair.send(after=12)
    assert pair.states() == [("sent", 2)] * 10


def test_a_final_refusal_is_tried_once_and_nowhere_else(pair: Pair) -> None:
    pair.first.verdict = lambda _letter: failed("smtp_550")
    pair.announce()
    pair.send()
    pair.send(after=3600)
    assert pair.states() == [("failed", 1)]
    assert (len(pair.first.letters), len(pair.second.letters)) == (1, 0)


def test_what_the_first_may_have_taken_is_not_handed_to_the_second(pair: Pair) -> None:
    pair.first.verdict = hang
    pair.announce(5)
    pair.send()
    pair.announce()
    pair.send()
    assert len(pair.second.letters) == 1  # the new one: the first is in doubt of all others

    for _ in range(20):
        pair.send(after=60)
    doubtful = {letter.reference for letter in pair.first.letters}
    assert len(doubtful) == 5
    assert not doubtful & {letter.reference for letter in pair.second.letters}

    pair.first.verdict = type(pair.first)().verdict
    for _ in range(40):
        pair.send(after=30)
    assert sorted(pair.states()) == [("sent", 1)] * 5 + [("sent", 2)]


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_within_the_hour_of_doubt_the_same_provider_is_asked_again(chance: float) -> None:
    expires_at = NOW + timedelta(days=2)
    for attempts in range(1, 20):
        _, due_at = settle(
            in_doubt("smtp_no_answer"),
            attempts=attempts, expires_at=expires_at, now=NOW, chance=chance,
        )  # fmt: skip
        assert due_at <= NOW + DOUBT_LASTS / 4


def test_what_is_in_doubt_for_an_hour_is_handed_to_the_second_after_all(pair: Pair) -> None:
    pair.first.verdict = hang
    pair.announce(1)
    pair.send()
    for _ in range(120):
        pair.send(after=30)
        if pair.states() == [("sent", 2)]:
            break
    assert pair.clock.seconds >= DOUBT_LASTS.total_seconds() - HELD_FOR.total_seconds()
    for _ in range(60):
        pair.send(after=60)
    assert pair.states() == [("sent", 2)]


def test_what_was_under_way_as_its_process_died_goes_to_the_same_provider_again(
    pair: Pair,
) -> None:
    pair.announce()
    with pytest.raises(SystemExit):
        pair.first.verdict = _die
        pair.send()
    pair.clock.seconds += 31
    with pair.office.database.transaction(now=pair.now) as tx:
        commands.release_stuck(tx)
    other = Providers("mail", type(pair.first)(refuse), pair.second, clock=pair.clock)
    commands.send_batch(pair.office.at(pair.now), providers=other)
    (row,) = pair.office.deliveries(channel="mail")
    assert (row["state"], row["provider"], pair.second.letters) == ("queued", 1, [])


def _die(_letter: Any) -> Outcome:
    raise SystemExit


def test_retry_after_is_honoured_where_there_is_nobody_else(office: Any, provider: Any) -> None:
    clock = Clock()
    provider.verdict = lambda _letter: again("provider_429", wait=timedelta(minutes=7))
    alone = Providers("mail", provider, clock=clock)
    office.hear(
        LabResultReleased(
            result_id=new_id(), patient_id=office.reachable(), with_comment=False, released_at=NOW
        ),
        reaction=reactions.result_released,
    )
    commands.send_batch(office.at(NOW), providers=alone)
    (row,) = office.deliveries(channel="mail")
    assert timedelta(minutes=7) <= row["due_at"] - NOW <= timedelta(minutes=8.4)
    assert alone.room(50) == 0
    with office.database.transaction(now=NOW) as tx:
        commands.release_stuck(tx)
    assert office.deliveries(channel="mail")[0]["due_at"] == row["due_at"]


def test_retry_after_of_the_first_does_not_keep_a_letter_from_the_second(pair: Pair) -> None:
    pair.first.verdict = lambda _letter: again("provider_429", wait=timedelta(hours=1))
    pair.announce()
    pair.send()
    assert pair.up(1) == 0
    pair.send(after=12)
    assert pair.states() == [("sent", 2)]


def test_a_letter_that_ends_its_process_is_sent_alone_and_then_given_up(pair: Pair) -> None:
    pair.announce(3)
    poison = str(pair.office.deliveries(channel="mail")[0]["id"])
    pair.first.verdict = lambda letter: (
        _die(letter) if letter.reference == poison else sent(letter.reference)
    )
    for _ in range(30):
        try:
            pair.send(after=36)
        except SystemExit:
            pair.first.letters.clear()  # as a new process would
        with pair.office.database.transaction(now=pair.now) as tx:
            commands.release_stuck(tx)
    ended = sorted((r["state"], r["reason"]) for r in pair.office.deliveries(channel="mail"))
    assert ended == [("failed", "ended_its_process"), ("sent", None), ("sent", None)]


@pytest.mark.parametrize(
    "second",
    [
        {"smtp_url_2": "http://mail.example"},
        {"sms_url_2": "http://127.0.0.1:9"},
        {"sms_url_2": "http://127.0.0.1:9", "sms_account_2": "AC2"},
    ],
)
def test_half_a_second_provider_is_refused_at_start(make_settings: Any, second: Any) -> None:
    with pytest.raises(SettingsMissing, match="_2"):
        make_settings(**second)
