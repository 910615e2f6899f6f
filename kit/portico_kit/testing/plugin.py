"""Fixtures for the tests of services; they stand on ``postgres_url`` and ``amqp_url``."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..database import Store
from .databases import Databases
from .lending import Lending


@pytest.fixture(scope="session")
def databases(postgres_url: str) -> Iterator[Databases]:
    """Makes databases for the tests of this run."""
    made = Databases(postgres_url)
    yield made
    # Those on a server of our own go with it: to drop hundreds takes half a minute.
    if "PORTICO_POSTGRES_URL" in os.environ:
        made.drop_all()


@pytest.fixture
def service_database(databases: Databases) -> Callable[[str], str]:
    """``service_database("scheduling")``: the address of a fresh, migrated database."""
    return databases.fresh


@pytest.fixture(scope="session")
def lending(databases: Databases) -> Iterator[Lending]:
    """Databases that tests of this process use one after the other."""
    made = Lending(databases)
    yield made
    made.end()


@pytest.fixture
def service_store(lending: Lending) -> Iterator[Callable[..., Store]]:
    """``service_store("scheduling", config=…)``: a Store on an empty, migrated database.

    ``with store.transaction(actor=a_patient(), now=moment, patient_id=…) as tx:`` is how a test
    calls a command.
    """
    yield lending.store
    lending.take_back()


@pytest.fixture(scope="session")
def declared_broker(amqp_url: str) -> str:
    """The broker's address, with the whole topology declared."""
    import pika

    from portico_contracts.catalogue import promises

    from ..topology import declare

    with pika.BlockingConnection(pika.URLParameters(amqp_url)) as connection:
        declare(connection.channel(), promises())
    return amqp_url


@pytest.fixture
def output(tmp_path: Path) -> Path:
    """A file for what a process prints."""
    return tmp_path / "output.log"
