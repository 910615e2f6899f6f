"""One database a service, and three roles that can do no more than their part."""

from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from portico_ops.bootstrap.roles import Logins, prepare_databases
from portico_ops.credentials import Credentials, with_login


@pytest.fixture
def logins(postgres_url: str) -> dict[str, Logins]:
    def login(service: str, role: str) -> str:
        return with_login(postgres_url, user=role, password=f"{role}-pw", path=f"ops_{service}")

    return {
        service: Logins(
            owner=login(service, f"ops_{service}_owner"),
            service=login(service, f"ops_{service}"),
            relay=login(service, f"ops_{service}_relay"),
        )
        for service in ("north", "south")
    }


def test_a_service_reads_and_writes_rows_of_tables_its_owner_made(postgres_url, logins) -> None:
    prepare_databases(postgres_url, logins)
    prepare_databases(postgres_url, logins)
    with psycopg.connect(logins["north"].owner) as owner:
        owner.execute("DROP TABLE IF EXISTS thing")
        owner.execute("CREATE TABLE thing (n int)")
    with psycopg.connect(logins["north"].service, autocommit=True) as service:
        service.execute("INSERT INTO thing VALUES (1)")
        with pytest.raises(errors.InsufficientPrivilege):
            service.execute("DROP TABLE thing")
        with pytest.raises(errors.InsufficientPrivilege):
            service.execute("CREATE TABLE another (n int)")


def test_a_role_reaches_no_other_services_database(postgres_url, logins) -> None:
    prepare_databases(postgres_url, logins)
    elsewhere = logins["north"].service.removesuffix("ops_north") + "ops_south"
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(elsewhere)


def test_the_relay_may_read_nothing_that_is_not_granted_to_it(postgres_url, logins) -> None:
    prepare_databases(postgres_url, logins)
    with psycopg.connect(logins["south"].owner) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS note (body text)")
    with (
        psycopg.connect(logins["south"].relay) as relay,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        relay.execute("SELECT * FROM note")


def test_a_secret_is_made_once_and_read_by_its_owner_alone(tmp_path: Path) -> None:
    credentials = Credentials(tmp_path)
    first = credentials.keys()
    assert credentials.keys() == first
    assert "PRIVATE KEY" in first["token-private-key"]
    assert "PUBLIC KEY" in first["token-public-key"]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
