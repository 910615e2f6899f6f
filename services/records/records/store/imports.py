"""Reads and writes of an import: sources, runs, files, versions known, references known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import any_, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as UUID_COLUMN
from sqlalchemy.dialects.postgresql import insert as upsert

from portico_kit.ids import new_id

from .bulk import driver
from .tables import (
    attachment,
    import_file,
    import_run,
    known_reference,
    patient,
    provider,
    resource,
    source,
)

if TYPE_CHECKING:
    from portico_kit.database import Transaction


# One probe of the unique index a key: right after a bulk load the planner has no statistics yet,
# and a plain join went through the whole table (measured: 0.9 s instead of 10 ms for 1,000 keys).
_NEWEST = (
    "SELECT k.type, k.key, r.id, r.version, r.body_hash "
    "FROM unnest(%s::text[], %s::text[]) AS k(type, key) CROSS JOIN LATERAL ("
    "SELECT id, version, body_hash FROM resource WHERE source_id = %s AND type = k.type "
    "AND source_resource_id = k.key ORDER BY version DESC LIMIT 1) r"
)


LONGEST_WAIT = "15min"


class Known(NamedTuple):
    """A resource that is there already: its id, newest version, and that version's hash."""

    id: UUID
    version: int
    digest: bytes


class Source(NamedTuple):
    """Where data come from, and whether its results count as released on receipt."""

    id: UUID
    name: str
    release: str


def ensure_source(tx: Transaction, *, name: str, release: str | None = None) -> Source:
    """The source of that name, made when new; ``release`` changes its rule where given."""
    statement = upsert(source).values(
        id=new_id(), name=name, release=release or "on_receipt", created_at=tx.now
    )
    kept = release if release is not None else source.c.release
    statement = statement.on_conflict_do_update(index_elements=["name"], set_={"release": kept})
    row = tx.execute(statement.returning(source.c.id, source.c.name, source.c.release)).one()
    return Source(*row)


def open_run(tx: Transaction, *, source_id: UUID) -> UUID:
    """Note that an import begins."""
    run_id = new_id()
    tx.execute(insert(import_run).values(id=run_id, source_id=source_id, started_at=tx.now))
    return run_id


def close_run(tx: Transaction, *, run_id: UUID, totals: dict[str, Any]) -> None:
    """Note that it ended, with its sums."""
    tx.execute(
        update(import_run)
        .where(import_run.c.id == run_id)
        .values(finished_at=tx.now, totals=totals)
    )


def was_taken(tx: Transaction, *, source_id: UUID, content_hash: bytes) -> bool:
    """Whether a file with this content was taken from this source before."""
    found = select(import_file.c.id).where(
        import_file.c.source_id == source_id,
        import_file.c.content_hash == content_hash,
        import_file.c.outcome == "taken",
    )
    return tx.execute(found).first() is not None


def note_file(tx: Transaction, **columns: Any) -> None:
    """Note what became of a file."""
    tx.execute(insert(import_file).values(id=new_id(), at=tx.now, **columns))


def lock_source(tx: Transaction, source_id: UUID) -> None:
    """Let one file of a source be taken at a time: versions and master data stay in order."""
    # Another import may be in the midst of a large file: seconds are too short a deadline.
    for name in ("lock_timeout", "statement_timeout"):
        tx.execute(select(func.set_config(name, LONGEST_WAIT, True)))
    tx.execute(select(func.pg_advisory_xact_lock(source_id.int % 2**63)))


def versions_known(
    tx: Transaction, *, source_id: UUID, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], Known]:
    """The newest version of each (type, key) that is there already."""
    found: dict[tuple[str, str], Known] = {}
    with driver(tx).cursor() as cursor:
        for batch in _batches(keys, 1000):
            kinds, names = [kind for kind, _ in batch], [name for _, name in batch]
            cursor.execute(_NEWEST, [kinds, names, source_id])
            for kind, key, id_, version, digest in cursor:
                found[kind, key] = Known(id_, version, bytes(digest))
    return found


def has_version(tx: Transaction, *, resource_id: UUID, digest: bytes) -> bool:
    """Whether any version of a resource, also a superseded one, had this content."""
    found = select(resource.c.id).where(
        resource.c.id == resource_id, resource.c.body_hash == digest
    )
    return tx.execute(found).first() is not None


def supersede(tx: Transaction, ids: Iterable[UUID]) -> None:
    """Newer versions are on their way: these are no longer current."""
    with driver(tx).cursor() as cursor:
        cursor.execute(
            "UPDATE resource SET current = false WHERE id = ANY(%s) AND current", [list(ids)]
        )


def ids_of_references(
    tx: Transaction, *, source_id: UUID, references: Sequence[str]
) -> dict[str, UUID]:
    """Our ids of references that earlier imports of this source can answer."""
    found: dict[str, UUID] = {}
    with driver(tx).cursor() as cursor:
        for batch in _batches(references, 1000):
            cursor.execute(
                "SELECT reference, resource_id FROM known_reference "
                "WHERE source_id = %s AND reference = ANY(%s)",
                [source_id, batch],
            )
            found.update(cursor.fetchall())
    plain = [r for r in references if r not in found and r.count("/") == 1 and "?" not in r]
    keys = [(kind, key) for kind, _, key in (r.partition("/") for r in plain)]
    there = versions_known(tx, source_id=source_id, keys=keys)
    return found | {f"{kind}/{key}": known.id for (kind, key), known in there.items()}


def remember_references(tx: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Keep by which references patients and master data are spoken of."""
    if rows:
        tx.execute(upsert(known_reference).on_conflict_do_nothing(), rows)


def names_of_ids(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, str]:
    """Names of providers (and display texts of medications) by id."""
    # One array, however many: a group names tens of thousands, more than parameters may be.
    wanted = any_(literal(list(ids), ARRAY(UUID_COLUMN)))
    named = select(provider.c.id, provider.c.name).where(provider.c.id == wanted)
    told = select(resource.c.id, resource.c.display).where(
        resource.c.id == wanted, resource.c.current,
        resource.c.type.in_(("Medication", "Condition")), resource.c.display.is_not(None),
    )  # fmt: skip
    return {row[0]: row[1] for row in tx.execute(named.union_all(told))}


def people_known(tx: Transaction, ids: Iterable[UUID]) -> dict[UUID, tuple[str, date | None]]:
    """Family name and birth date of patients by id."""
    rows = tx.execute(
        select(patient.c.id, patient.c.family, patient.c.birth_date).where(
            patient.c.id.in_(list(ids))
        )
    )
    return {row.id: (row.family, row.birth_date) for row in rows}


def link_panels(tx: Transaction, links: Sequence[tuple[UUID, UUID, str | None]]) -> None:
    """Say of results that came earlier which report (id, name) lists them."""
    if not links:
        return
    with driver(tx).cursor() as cursor:
        cursor.execute(
            "UPDATE lab_result l SET panel_id = p.panel_id, panel = p.panel "
            "FROM unnest(%s::uuid[], %s::uuid[], %s::text[]) AS p(id, panel_id, panel) "
            "WHERE l.id = p.id AND l.panel_id IS NULL",
            [list(part) for part in zip(*links, strict=True)],
        )


def record_dispensed(
    tx: Transaction, fillings: Sequence[tuple[UUID, date | None, int | None]]
) -> None:
    """Set the last filling of medicines: day and days of supply, where newer than known."""
    with driver(tx).cursor() as cursor:
        cursor.executemany(
            "UPDATE medication SET filled_on = %(on)s, supply_days = "
            "coalesce(%(days)s, supply_days) WHERE id = %(id)s AND "
            "(filled_on IS NULL OR filled_on <= %(on)s)",
            [{"id": i, "on": on, "days": days} for i, on, days in fillings],
        )


def waiting_for_patient(
    tx: Transaction, *, source_id: UUID, last: list[str], limit: int
) -> list[Any]:
    """Resources whose patient has come since, those of the types ``last`` at the end; ``body`` as
    text, so that decimals stay exact."""
    found = text(
        "SELECT r.id, r.version, k.resource_id AS patient_id, r.body::text AS body, r.received_at "
        "FROM resource r JOIN known_reference k "
        "ON k.source_id = r.source_id AND k.reference = r.patient_reference "
        "AND k.type = 'Patient' WHERE r.source_id = :source_id AND r.current "
        "AND r.patient_reference IS NOT NULL ORDER BY r.type = ANY(:last) LIMIT :limit"
    )
    return list(tx.execute(found, {"source_id": source_id, "last": last, "limit": limit}))


def count_waiting(tx: Transaction, *, source_id: UUID) -> int:
    """How many resources of a source still wait for their patient."""
    waiting = select(func.count()).select_from(resource).where(
        resource.c.source_id == source_id,
        resource.c.patient_reference.is_not(None),
        resource.c.current,
    )  # fmt: skip
    return int(tx.execute(waiting).scalar_one())


def sealed_contents(tx: Transaction, *, resource_id: UUID, version: int) -> list[Any]:
    """The sealed contents of one version: (position, sealed_for, content_sealed)."""
    c = attachment.c
    found = select(c.position, c.sealed_for, c.content_sealed).where(
        c.resource_id == resource_id, c.version == version
    )
    return list(tx.execute(found))


def give_patient(tx: Transaction, rows: Sequence[tuple[UUID, UUID, int]]) -> None:
    """Resources found their patient: (patient's id, id, version)."""
    with driver(tx).cursor() as cursor:
        cursor.executemany(
            "UPDATE resource SET patient_id = %s, patient_reference = NULL "
            "WHERE id = %s AND version = %s",
            rows,
        )


def _batches(items: Sequence[Any], size: int) -> Iterable[list[Any]]:
    for start in range(0, len(items), size):
        yield list(items[start : start + size])
