"""Reads FHIR R4 (https://hl7.org/fhir/R4/) as real systems write it; never touches a database."""

from .attachments import contents_of, with_contents, without_contents
from .canonical import canonical_bytes
from .files import BrokenFile, NothingToRead, file_hash, find_files, is_ndjson
from .reading import Entry, read_entries

__all__ = [
    "BrokenFile",
    "Entry",
    "NothingToRead",
    "canonical_bytes",
    "contents_of",
    "file_hash",
    "find_files",
    "is_ndjson",
    "read_entries",
    "with_contents",
    "without_contents",
]
