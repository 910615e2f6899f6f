"""Many at once: one wins, the others are told plainly, and quickly."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest

from portico_contracts.scheduling import HoldSlot, SlotTaken, TooManyVisits, VisitsOverlap
from scheduling.domain.booking import MOST_COMING

CLIENTS = 20
TUESDAY = date(2026, 3, 3)
HOURS = (9, 11, 13, 15)


def all_at_once(callers, request_of):
    """Everyone asks at the same moment; each one's reply or refusal."""
    barrier = Barrier(len(callers))

    def ask(caller):
        barrier.wait(timeout=30)
        try:
            return caller.asks(request_of(caller))
        except (SlotTaken, VisitsOverlap, TooManyVisits) as refusal:
            return refusal

    with ThreadPoolExecutor(len(callers)) as pool:
        return list(pool.map(ask, callers))


def test_of_twenty_patients_who_want_one_time_one_gets_it(clinic):
    nine = clinic.at(TUESDAY, 9)
    patients = [clinic.patient() for _ in range(CLIENTS)]
    outcomes = all_at_once(patients, lambda _p: clinic.booking(nine))
    refused = [o for o in outcomes if isinstance(o, SlotTaken)]
    assert len(refused) == CLIENTS - 1
    assert all(o.facts["next"][0]["starts_at"] > nine for o in refused)
    assert clinic.rows("SELECT count(*) FROM appointment") == [(1,)]
    assert clinic.rows("SELECT count(*) FROM outbox") == [(1,)]


def test_of_times_that_overlap_one_is_booked(clinic):
    # Nine, nine twenty: each pair of neighbours overlaps, so no two of the three may both stand.
    patients = [clinic.patient() for _ in range(CLIENTS)]
    minutes = {p: 20 * (n % 2) for n, p in enumerate(patients)}
    outcomes = all_at_once(patients, lambda p: clinic.booking(clinic.at(TUESDAY, 9, minutes[p])))
    assert sum(isinstance(o, dict) for o in outcomes) == 1


def test_holds_and_bookings_of_one_time_race_for_it_on_equal_terms(clinic):
    nine = clinic.at(TUESDAY, 9)
    hold = HoldSlot(
        visit_type_id=clinic.checkup.visit_type_id, provider_id=clinic.okafor, starts_at=nine
    )
    patients = [clinic.patient() for _ in range(CLIENTS)]
    holding = set(patients[::2])
    outcomes = all_at_once(patients, lambda p: hold if p in holding else clinic.booking(nine))
    assert sum(isinstance(o, dict) for o in outcomes) == 1


def test_a_patient_who_presses_twice_has_one_visit(clinic):
    maria = clinic.patient()
    outcomes = all_at_once([maria] * 8, lambda _p: clinic.booking())
    assert sum(isinstance(o, dict) for o in outcomes) == 1
    assert clinic.rows("SELECT count(*) FROM appointment") == [(1,)]


def test_a_patient_who_asks_two_providers_at_once_gets_one(clinic):
    maria = clinic.patient()
    wishes = iter([clinic.okafor, clinic.park] * 4)
    outcomes = all_at_once([maria] * 8, lambda _p: clinic.booking(provider_id=next(wishes)))
    assert sum(isinstance(o, dict) for o in outcomes) == 1


def test_a_patient_with_room_for_one_more_visit_gets_one_however_many_are_asked_for_at_once(clinic):
    maria = clinic.patient()
    days = [date(2026, 3, 3 + n // 4) for n in range(13)]
    times = [clinic.at(day, HOURS[n % 4]) for n, day in enumerate(days)]
    for starts_at in times[: MOST_COMING - 1]:
        maria.asks(clinic.booking(starts_at))
    wishes = iter(times[MOST_COMING - 1 :])
    outcomes = all_at_once([maria] * 8, lambda _p: clinic.booking(next(wishes)))
    assert sum(isinstance(o, dict) for o in outcomes) == 1
    assert sum(isinstance(o, TooManyVisits) for o in outcomes) == 7


@pytest.mark.parametrize("run_out", [False, True])
def test_a_time_that_was_held_goes_to_one_of_those_who_wait_for_its_end(clinic, run_out):
    nine = clinic.at(TUESDAY, 9)
    holder = clinic.patient()
    hold = HoldSlot(
        visit_type_id=clinic.checkup.visit_type_id, provider_id=clinic.okafor, starts_at=nine
    )
    until = holder.asks(hold)["until"]
    moment = until if run_out else holder.now
    patients = [clinic.patient().later(moment) for _ in range(CLIENTS)]
    outcomes = all_at_once(patients, lambda _p: clinic.booking(nine))
    assert sum(isinstance(o, dict) for o in outcomes) == int(run_out)
