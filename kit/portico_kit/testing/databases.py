"""Databases for tests: migrated once per run as a template, then copied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from ..database import Store, connect
from ..ids import new_id
from ..migrate import upgrade
from ..sealing import Sealer
from .keys import MASTER_KEYS


def url_of(server_url: str, database: str) -> str:
    """The address of one database on a server."""
    parts = urlsplit(server_url)
    return urlunsplit(parts._replace(path=f"/{database}"))


class Databases:
    """Makes and drops databases on one server."""

    def __init__(self, server_url: str) -> None:
        self.server_url = server_url
        self._templates: dict[str, str] = {}
        self._made: list[str] = []

    def fresh(self, service: str) -> str:
        """The address of a new database with a service's newest tables."""
        name = f"test_{service}_{new_id().hex[-12:]}"
        self._create(name, self._template(service))
        return url_of(self.server_url, name)

    def empty(self) -> str:
        """The address of a new database with nothing in it."""
        name = f"test_empty_{new_id().hex[-12:]}"
        self._create(name, "template1")
        return url_of(self.server_url, name)

    def drop_all(self) -> None:
        """Drop everything made here, whoever is still connected."""
        with self._admin() as admin:
            for name in self._made:
                command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                admin.execute(command.format(sql.Identifier(name)))
        self._made.clear()

    def _template(self, service: str) -> str:
        if service not in self._templates:
            name = f"template_{service}_{new_id().hex[-12:]}"
            self._create(name, "template1")
            upgrade(service, url_of(self.server_url, name))
            self._templates[service] = name
        return self._templates[service]

    def _create(self, name: str, template: str) -> None:
        with self._admin() as admin:
            command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            admin.execute(command.format(sql.Identifier(name), sql.Identifier(template)))
        self._made.append(name)

    @contextmanager
    def _admin(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.server_url, autocommit=True) as connection:
            yield connection


def store_at(url: str, *, config: Any = None, connections: int = 12) -> Store:
    """A store with the test run's keys on the database at ``url``."""
    return Store(connect(url, connections=connections), sealer=Sealer(MASTER_KEYS), config=config)
