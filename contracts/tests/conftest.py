"""Contracts that a test declares are gone after it: other tests read the same registries."""

from collections.abc import Iterator

import pytest

from portico_contracts import event, refusal, rpc


@pytest.fixture
def own_contracts() -> Iterator[None]:
    registries = (event.REGISTRY, rpc.REGISTRY, refusal.REGISTRY)
    before = [dict(registry) for registry in registries]
    yield
    for registry, was in zip(registries, before, strict=True):
        registry.clear()
        registry.update(was)
