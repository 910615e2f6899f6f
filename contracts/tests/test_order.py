"""Order per aggregate: what keeps it is kept by how events are declared."""

from collections import defaultdict

from portico_contracts.catalogue import promises

# Each copy of the gateway has one queue of its own, whatever the lane.
ONE_QUEUE = "gateway"
# Names for one thing: what identity tells of a patient is told of a person.
SAME = {"person_id": "patient_id"}


def thing(promise):
    return SAME.get(promise.aggregate, promise.aggregate)


def test_all_that_a_service_hears_about_one_thing_waits_in_one_lane():
    lanes = defaultdict(set)
    for promise in promises():
        for listener in set(promise.heard_by) - {ONE_QUEUE}:
            lanes[listener, promise.producer, thing(promise)].add(promise.lane)
    assert {where: found for where, found in lanes.items() if len(found) > 1} == {}


def test_a_thing_is_told_of_by_one_service():
    """Numbers of two services about one thing would say nothing about which came first."""
    tellers = defaultdict(set)
    for promise in promises():
        tellers[thing(promise)].add(promise.producer)
    assert {name: found for name, found in tellers.items() if len(found) > 1} == {}
