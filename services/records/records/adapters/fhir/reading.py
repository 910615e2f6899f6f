"""Streams FHIR R4 out of files, entry by entry, in constant memory.

Understands bundles of any kind, NDJSON (bulk export) and single resources; plain or gzip.
Whatever cannot become part of a record is yielded all the same with its ``problem``, so that it
can be kept and reported. A file that is broken raises BrokenFile.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .canonical import NotStorable, canonical_bytes, content_hash, kept_bytes
from .files import BrokenFile, is_ndjson, lines_of, open_bytes, top_level_type
from .identity import LONGEST_KEY, identity_of, told_apart_by
from .stream import DECODER, JsonStream
from .vocabulary import NOT_FOR_A_RECORD, RESOURCE_TYPES

LARGEST_SINGLE = 64 * 1024 * 1024
_WORD = re.compile(r"[A-Za-z]{1,64}")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Entry:
    """One resource as it was read. ``position`` counts entries from 0, NDJSON lines from 1.

    ``key`` says which thing of its source it is; ``digest`` says which version of it.
    """

    position: int
    full_url: str | None
    resource: dict[str, Any]
    type: str
    key: str
    canonical: bytes
    digest: bytes
    problem: str | None = None


def read_entries(path: Path) -> Iterator[Entry]:
    """Every entry of the file, in order. Raises BrokenFile, possibly midway."""
    position = -1
    try:
        for position, full_url, resource in _raw_entries(path):
            yield _entry(position, full_url, resource)
    except BrokenFile:
        raise
    except (EOFError, zlib.error, OSError) as problem:
        raise BrokenFile(f"unreadable: {_first_line(problem)}", entry=position + 1) from None
    except RecursionError:
        raise BrokenFile("nested too deeply", entry=position + 1) from None
    except ValueError as problem:
        raise BrokenFile(f"not JSON: {_first_line(problem)}", entry=position + 1) from None


def _raw_entries(path: Path) -> Iterator[tuple[int, str | None, Any]]:
    if is_ndjson(path):
        yield from _lines(path)
    elif top_level_type(path) == "Bundle":
        yield from _bundle(path)
    else:
        yield 0, None, _single(path)


def _bundle(path: Path) -> Iterator[tuple[int, str | None, Any]]:
    with open_bytes(path) as content:
        stream = JsonStream(content)
        for key in stream.members():
            if key != "entry" or stream.begins() != "[":
                stream.skip()
                continue
            for position, entry in enumerate(stream.items()):
                yield position, *_unwrapped(entry)


def _unwrapped(entry: Any) -> tuple[str | None, Any]:
    """An entry's fullUrl and resource; what has no resource (a DELETE) stands for itself."""
    if not isinstance(entry, dict):
        return None, entry
    return _address(entry.get("fullUrl")), entry.get("resource", entry)


def _address(full_url: Any) -> str | None:
    """An address that the database can hold; None for anything else."""
    if not isinstance(full_url, str) or "\x00" in full_url:
        return None
    return None if _LONE_SURROGATE.search(full_url) else full_url


def _lines(path: Path) -> Iterator[tuple[int, str | None, Any]]:
    for number, line in lines_of(path):
        try:
            yield number, None, DECODER.decode(line.decode())
        except RecursionError:
            raise BrokenFile("nested too deeply", entry=number) from None
        except ValueError as problem:
            raise BrokenFile(f"not JSON: {_first_line(problem)}", entry=number) from None


def _single(path: Path) -> Any:
    with open_bytes(path) as content:
        text = content.read(LARGEST_SINGLE + 1)
    if len(text) > LARGEST_SINGLE:
        raise BrokenFile("a single resource of more than 64 MB")
    if not text.strip():
        raise BrokenFile("empty")
    found = DECODER.decode(text.decode())
    if not isinstance(found, dict):
        raise BrokenFile("neither a bundle nor a resource")
    return found


def _entry(position: int, full_url: str | None, resource: Any) -> Entry:
    problem = _problem_of(resource)
    if problem is None:
        try:
            return _sound_entry(position, full_url, resource)
        except NotStorable as refused:
            problem = str(refused)
    kept = kept_bytes(resource)
    digest = content_hash(kept)
    return Entry(
        position, full_url, {}, _called(resource), f"sha256:{digest.hex()}", kept, digest, problem
    )


def _called(resource: Any) -> str:
    """What it says that it is, where that is a word: it goes into reports and the database."""
    kind = resource.get("resourceType") if isinstance(resource, dict) else None
    return kind if isinstance(kind, str) and _WORD.fullmatch(kind) else "?"


def _sound_entry(position: int, full_url: str | None, resource: dict[str, Any]) -> Entry:
    kind = resource["resourceType"]
    canonical = canonical_bytes(resource)
    digest = content_hash(told_apart_by(resource, canonical))
    key = identity_of(resource, full_url=full_url, digest=digest)
    if len(key) > LONGEST_KEY:
        raise NotStorable(f"an id of {len(key)} characters")
    return Entry(position, full_url, resource, kind, key, canonical, digest)


def _problem_of(resource: Any) -> str | None:
    if not isinstance(resource, dict):
        return "not a resource"
    kind = resource.get("resourceType")
    if kind is None:
        return "no resourceType"
    if not isinstance(kind, str) or kind not in RESOURCE_TYPES:
        return "resourceType is not of FHIR R4"
    if kind in NOT_FOR_A_RECORD:
        return f"{kind} is no part of a record"
    return None


def _first_line(problem: BaseException) -> str:
    # Python's own messages name places and expectations, never the text itself.
    said = str(problem).strip().split("\n")[0][:120]
    return said or type(problem).__name__
