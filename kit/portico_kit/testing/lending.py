"""Databases that go from one test to the next, emptied in between: that is quicker than a new one.

Whatever cannot be brought back to how it was made is left aside, and another one is made.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from ..database import Store, connect
from ..sealing import Sealer
from .databases import Databases
from .keys import MASTER_KEYS

TABLES = """SELECT oid FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'i', 'S')
    AND relnamespace = 'public'::regnamespace"""

# Triggers that guard what may not be deleted rest meanwhile. Partitions that a test made go.
EMPTY = f"""DO $$
DECLARE one regclass; filled text[] = '{{}}'; found boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN {TABLES} AND relkind IN ('r', 'p') AND oid <> ALL ('{{known}}'::oid[]) LOOP
        EXECUTE 'DROP TABLE IF EXISTS ' || one || ' CASCADE';
    END LOOP;
    IF ARRAY({TABLES} ORDER BY oid) <> '{{known}}'::oid[] THEN
        RAISE EXCEPTION 'not as it was made';
    END IF;
    FOR one IN {TABLES} AND relkind = 'r' AND relname <> 'alembic_version' LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || one || ')' INTO found;
        IF found THEN filled = filled || one::text; END IF;
    END LOOP;
    IF filled <> '{{}}' THEN
        EXECUTE 'TRUNCATE ' || array_to_string(filled, ', ') || ' CASCADE';
    END IF;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence;
END $$"""  # noqa: S608 - both parts are our own


@dataclass(frozen=True)
class Loan:
    """One database, with the connections to it, and how to empty it."""

    engine: Engine
    kind: tuple[str, int]
    empty: str


class Lending:
    """Gives out stores on databases of a service, and takes them back."""

    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._free: dict[tuple[str, int], list[Loan]] = defaultdict(list)
        self._lent: list[tuple[Store, Loan]] = []

    def store(self, service: str, *, config: Any = None, connections: int = 12) -> Store:
        """A store with the test run's keys on an empty, migrated database."""
        free = self._free[service, connections]
        loan = free.pop() if free else self._new(service, connections)
        store = Store(loan.engine, sealer=Sealer(MASTER_KEYS), config=config)
        self._lent.append((store, loan))
        return store

    def take_back(self) -> None:
        """Empty what was given out; who still uses a database keeps it."""
        for _store, loan in self._lent:
            if loan.engine.pool.checkedout() or not _emptied(loan):  # type: ignore[attr-defined]
                loan.engine.dispose()
            else:
                self._free[loan.kind].append(loan)
        self._lent.clear()

    def end(self) -> None:
        """Close all connections."""
        for loan in (loan for free in self._free.values() for loan in free):
            loan.engine.dispose()
        self._free.clear()

    def _new(self, service: str, connections: int) -> Loan:
        engine = connect(self._databases.fresh(service), connections=connections)
        with engine.connect() as connection:
            known = connection.exec_driver_sql(f"{TABLES} ORDER BY oid").scalars()
            empty = EMPTY.replace("{known}", "{" + ",".join(map(str, known)) + "}")
        return Loan(engine, (service, connections), empty)


def _emptied(loan: Loan) -> bool:
    try:
        with loan.engine.begin() as connection:
            connection.exec_driver_sql(loan.empty)
    except DBAPIError:
        return False
    return True
