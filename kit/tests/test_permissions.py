"""What each account may touch at the broker follows from the contracts, and from nothing else."""

import re
from uuid import uuid4

import pytest
from toy_contracts import NobodyCares, ThingHappened

from portico_contracts.catalogue import promises
from portico_contracts.event import promise_of
from portico_kit.permissions import permissions
from portico_kit.topology import SERVICES


@pytest.fixture(scope="module")
def accounts():
    return permissions(promises())


def may(pattern, name):
    return re.search(pattern, name) is not None


def test_a_service_may_touch_what_it_promised_and_nothing_else():
    toy = permissions([promise_of(ThingHappened), promise_of(NobodyCares)], ("toy",))["toy"]
    assert toy.configure == "^$"
    assert toy.write == r"^(amq\.default|audit|toy\.events)$"
    assert toy.read == r"^(rpc\-toy|toy\.dead|toy\.normal)$"


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_may_speak_as_another_hear_another_or_declare(accounts, name):
    account = accounts[name]
    assert not may(account.configure, f"{name}.normal")
    for other in SERVICES:
        for pattern in (account.write, account.read):
            assert other == name or not may(pattern, f"{other}.events")
            assert other == name or not may(pattern, f"{other}.normal")
            assert other == name or not may(pattern, f"rpc-{other}")
    assert not may(account.write, "nameko-rpc")
    assert not may(account.write, f"{name}.normal")
    assert not may(account.write, f"{name}xevents")


def test_every_promise_can_be_kept(accounts):
    for promise in promises():
        assert may(accounts[promise.producer].write, promise.exchange)
        for listener in promise.heard_by:
            wanted = promise.exchange if listener == "gateway" else f"{listener}.{promise.lane}"
            assert may(accounts[listener].read, wanted)


def test_only_identity_reads_the_ledger(accounts):
    assert [name for name, one in accounts.items() if may(one.read, "identity.audit")] == [
        "identity"
    ]


def test_the_gateway_asks_and_listens_and_announces_nothing(accounts):
    gateway, own = accounts["gateway"], f"gateway.{uuid4().hex}"
    assert may(gateway.write, "nameko-rpc")
    assert may(gateway.configure, own)
    assert may(gateway.write, own)
    assert may(gateway.read, own)
    for service in SERVICES:
        assert not may(gateway.write, f"{service}.events")
        assert not may(gateway.read, f"{service}.normal")
        assert not may(gateway.configure, f"{service}.normal")
