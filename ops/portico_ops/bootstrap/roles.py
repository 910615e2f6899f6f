"""One database and three roles a service, made or brought up to date."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from portico_ops.processes import SERVICES

CONNECT_WITHIN = 10  # seconds


@dataclass(frozen=True, kw_only=True)
class Logins:
    """The three addresses of one service's database: who migrates, who serves, who publishes."""

    owner: str
    service: str
    relay: str


def logins_from(secrets: Mapping[str, str]) -> dict[str, Logins]:
    """Each service's logins out of secrets named `billing-owner-database-url` and so on."""
    return {
        service: Logins(
            owner=secrets[f"{service}-owner-database-url"],
            service=secrets[f"{service}-database-url"],
            relay=secrets[f"{service}-relay-database-url"],
        )
        for service in SERVICES
    }


def prepare_databases(administrator_url: str, logins: Mapping[str, Logins]) -> None:
    """Make each service's database and roles; set passwords and default rights again if there.

    The service's role gets rows only: tables belong to the owner, whose migrations grant the
    relay its share (outbox and audit rows). Nobody else may connect.
    """
    with connect_as_administrator(administrator_url) as connection:
        for login in logins.values():
            for url in (login.owner, login.service, login.relay):
                _ensure_role(connection, url)
            _ensure_database(connection, login)
    for login in logins.values():
        grant_database(_beside(administrator_url, login.owner), login, database_of(login.owner))


def connect_as_administrator(url: str) -> psycopg.Connection:
    """A connection that commits each statement; one who does not answer is not waited for."""
    return psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_WITHIN)


def user_of(url: str) -> str:
    return unquote(urlsplit(url).username or "")


def database_of(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _ensure_role(connection: psycopg.Connection, url: str) -> None:
    name, password = user_of(url), unquote(urlsplit(url).password or "")
    there = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).fetchone()
    connection.execute(
        sql.SQL("{verb} ROLE {name} LOGIN PASSWORD {password}").format(
            verb=sql.SQL("ALTER" if there else "CREATE"),
            name=sql.Identifier(name),
            password=sql.Literal(password),
        )
    )


def make_empty_database(connection: psycopg.Connection, name: str, *, owner_url: str) -> None:
    """An empty database of that name, which belongs to the owner of `owner_url`."""
    owner = sql.Identifier(user_of(owner_url))
    # On a managed server the administrator is no superuser, and must belong to the owner.
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(owner))
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
            sql.Identifier(name), owner
        )
    )


def grant_database(url: str, login: Logins, name: str) -> None:
    """Who may connect to a database, and what the service may do with tables that come; `url` is
    the administrator's address of it.
    """
    with connect_as_administrator(url) as inside:
        _grant(inside, login, name)


def _ensure_database(connection: psycopg.Connection, login: Logins) -> None:
    name = database_of(login.owner)
    there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
    if not there:
        make_empty_database(connection, name, owner_url=login.owner)


def _grant(connection: psycopg.Connection, login: Logins, name: str) -> None:
    names = {
        "database": sql.Identifier(name),
        "owner": sql.Identifier(user_of(login.owner)),
        "service": sql.Identifier(user_of(login.service)),
        "relay": sql.Identifier(user_of(login.relay)),
    }
    for statement in (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT ON DATABASE {database} TO {service}, {relay}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} "
        "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {service}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT USAGE, SELECT ON SEQUENCES TO {service}",
    ):
        connection.execute(sql.SQL(statement).format(**names))


def _beside(administrator_url: str, url: str) -> str:
    """The administrator's address of another database on the same server."""
    return urlunsplit(urlsplit(administrator_url)._replace(path=urlsplit(url).path))
