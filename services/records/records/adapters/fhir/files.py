"""Finding, ordering and opening files of FHIR data."""

from __future__ import annotations

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import BinaryIO, cast

import orjson

from .stream import JsonStream
from .vocabulary import reading_rank

SUFFIXES = (".json", ".ndjson", ".json.gz", ".ndjson.gz")
UTF8_BOM = b"\xef\xbb\xbf"
# Bytes. A resource beyond this is no health record; memory must stay bounded.
LONGEST_LINE = 64 * 1024 * 1024


class BrokenFile(Exception):
    """A file that cannot be taken: ``reason`` in one line, ``entry`` its position if known."""

    def __init__(self, reason: str, *, entry: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.entry = entry


class NothingToRead(Exception):
    """A path that does not exist, or a folder without a file that we read."""


def is_ndjson(path: Path) -> bool:
    return path.name.lower().endswith((".ndjson", ".ndjson.gz"))


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Every readable file under the paths, in the order they should be taken.

    Master data and patients come before what points to them. Raises NothingToRead.
    """
    found: dict[Path, None] = {}
    for path in paths:
        files = [path] if path.is_file() else sorted(path.rglob("*")) if path.is_dir() else []
        wanted = [f for f in files if f.is_file() and f.name.lower().endswith(SUFFIXES)]
        if not wanted:
            raise NothingToRead(f"{path}: no FHIR file ({', '.join(SUFFIXES)}) is there")
        found.update(dict.fromkeys(wanted))
    return sorted(found, key=lambda f: (reading_rank(_type_at_a_glance(f)), f))


def open_bytes(path: Path) -> BinaryIO:
    """The file's bytes: gzip undone, a UTF-8 byte order mark skipped."""
    zipped = path.name.lower().endswith(".gz")
    raw = cast(BinaryIO, gzip.open(path) if zipped else path.open("rb"))  # noqa: SIM115
    buffered = io.BufferedReader(cast(io.RawIOBase, raw), 256 * 1024)
    try:
        if buffered.peek(3)[:3] == UTF8_BOM:
            buffered.read(3)
    except BaseException:
        buffered.close()
        raise
    return cast(BinaryIO, buffered)


def file_hash(path: Path) -> bytes:
    """SHA-256 of the stored bytes; decides whether a file was taken before."""
    with path.open("rb") as stored:
        return hashlib.file_digest(stored, "sha256").digest()


def top_level_type(path: Path) -> str | None:
    """The ``resourceType`` of a JSON file's outermost object, None where there is none."""
    with open_bytes(path) as content:
        stream = JsonStream(content)
        if stream.begins() != "{":
            return None
        for key in stream.members():
            if key == "resourceType":
                found = stream.value()
                return found if isinstance(found, str) else None
            stream.skip()
    return None


def _type_at_a_glance(path: Path) -> str | None:
    # A broken file must not stop the search: it gets its own line when its turn comes.
    try:
        if is_ndjson(path):
            return _type_of_first_line(path)
        return top_level_type(path)
    except (OSError, EOFError, ValueError, RecursionError, zlib.error):
        return None


def _type_of_first_line(path: Path) -> str | None:
    with open_bytes(path) as content:
        first = orjson.loads(content.readline(1 << 24) or b"null")
    kind = first.get("resourceType") if isinstance(first, dict) else None
    return kind if isinstance(kind, str) else None


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Numbered lines (from 1) that are not blank. Raises BrokenFile for one without an end."""
    with open_bytes(path) as content:
        for number in count(1):
            line = content.readline(LONGEST_LINE + 1)
            if not line:
                return
            if len(line) > LONGEST_LINE:
                raise BrokenFile("a line of more than 64 MB", entry=number)
            if line.strip():
                yield number, line
