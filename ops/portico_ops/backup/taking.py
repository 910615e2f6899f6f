"""Taking a backup: one moment of six databases, streamed into files, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from datetime import UTC
from importlib.metadata import version
from pathlib import Path

import psycopg
from psycopg import sql

from portico_ops.backup.keys import fingerprints, keys_of, write_keys
from portico_ops.backup.manifest import FILE, BackupUnusable, Manifest, Part, sum_of
from portico_ops.backup.moment import Moment, one_moment
from portico_ops.backup.programs import run_program
from portico_ops.installation import Installation
from portico_ops.processes import SERVICES

Say = Callable[[str], None]
TABLES = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY c.relname"
)


def take_backup(
    installation: Installation, *, to: Path, with_secrets: bool, say: Say
) -> tuple[Path, Manifest]:
    """Write a backup into a new folder under `to`, named after its moment; both are returned.

    Nothing has to stop meanwhile. Raises BackupUnusable; then no new folder is there.
    """
    secrets = installation.secrets()
    urls = {service: secrets[f"{service}-owner-database-url"] for service in SERVICES}
    return write_backup(urls, keys_of(installation), to=to, with_secrets=with_secrets, say=say)


def write_backup(
    urls: Mapping[str, str], keys: Mapping[str, str], *, to: Path, with_secrets: bool, say: Say
) -> tuple[Path, Manifest]:
    """The same, of the databases at the owners' `urls`, by service."""
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with one_moment(urls) as moment:
            folder = to / f"{moment.taken_at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
            half = folder.with_suffix(".half")
            half.mkdir(mode=0o700)
            try:
                manifest = _fill(half, moment, urls, fingerprints(keys), say)
                if with_secrets:
                    write_keys(half, keys)
                _keep(half, folder)
            finally:
                shutil.rmtree(half, ignore_errors=True)
    except psycopg.Error as problem:
        said = problem.diag.message_primary or type(problem).__name__
        raise BackupUnusable(f"PostgreSQL does not answer as it should: {said}") from None
    return folder, manifest


def forget_old(to: Path, *, kept: int) -> list[Path]:
    """Remove all but the newest backups, and halves that somebody left who was killed; which."""
    whole = sorted(path.parent for path in to.glob(f"*Z/{FILE}"))
    old = [*whole[:-kept], *to.glob("*.half")]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return old


def _fill(
    half: Path,
    moment: Moment,
    urls: Mapping[str, str],
    keys: Mapping[str, tuple[str, ...]],
    say: Say,
) -> Manifest:
    parts = {}
    for service, url in urls.items():
        parts[service] = _dump(half, service, url, moment)
        rows, size = sum(parts[service].rows.values()), parts[service].bytes / 1e6
        say(f"{service}: {rows:,} rows, {size:,.1f} MB")
    manifest = Manifest(
        taken_at=moment.taken_at,
        release=version("portico-kit"),
        server=next(iter(moment.holders.values())).info.server_version,
        keys=keys,
        parts=parts,
    )
    manifest.write(half)
    return manifest


def _dump(half: Path, service: str, url: str, moment: Moment) -> Part:
    path = half / f"{service}.dump"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    run_program(
        "pg_dump", url, "--format=custom", "--lock-wait-timeout=60s",
        f"--snapshot={moment.snapshots[service]}", f"--file={path}",
    )  # fmt: skip
    holder = moment.holders[service]
    found = holder.execute("SELECT version_num FROM alembic_version").fetchone()
    assert found is not None
    return Part(
        revision=found[0],
        file=path.name,
        bytes=path.stat().st_size,
        sha256=sum_of(path),
        rows=rows_of(holder),
    )


def rows_of(connection: psycopg.Connection) -> dict[str, int]:
    """How many rows each table has: what a restore is checked against."""
    count = sql.SQL("SELECT count(*) FROM public.{}")
    return {
        name: int(connection.execute(count.format(sql.Identifier(name))).fetchone()[0])  # type: ignore[index]
        for (name,) in connection.execute(TABLES).fetchall()
    }


def _keep(half: Path, folder: Path) -> None:
    for path in half.iterdir():
        _flush(path)
    half.rename(folder)
    _flush(folder.parent)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
