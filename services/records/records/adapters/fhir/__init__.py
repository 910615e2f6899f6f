"""Reads FHIR R4 (https://hl7.org/fhir/R4/) as real systems write it; never touches a database."""

from .attachments import without_content
from .canonical import canonical_bytes
from .files import BrokenFile, NothingToRead, file_hash, find_files, is_ndjson
from .reading import Entry, read_entries

__all__ = [
    "BrokenFile",
    "Entry",
    "NothingToRead",
    "canonical_bytes",
    "file_hash",
    "find_files",
    "is_ndjson",
    "read_entries",
    "without_content",
]
