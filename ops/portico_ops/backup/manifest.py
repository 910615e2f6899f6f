"""What a backup says of itself: when, of which release, how many rows, and each file's sum."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

FILE, KEYS_FILE = "manifest.json", "keys.json"
FORMAT = 1
BLOCK = 1 << 20


class BackupUnusable(Exception):
    """A backup cannot be taken or restored; the message says why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One database: its newest migration, its file, and the rows of each table."""

    revision: str
    file: str
    bytes: int
    sha256: str
    rows: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """The whole backup. `taken_at` is the moment that it holds, by the database's clock; `keys`
    are fingerprints: they tell whether a key is the right one, and not the key.
    """

    taken_at: datetime
    release: str
    server: int
    keys: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, Part]

    def write(self, folder: Path) -> None:
        """Last of all: a folder without it is no backup."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=1, default=datetime.isoformat)
        path = folder / FILE
        with open_private(path) as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Raises BackupUnusable where there is none, or one of another form."""
        try:
            found = json.loads((folder / FILE).read_text())
        except (OSError, ValueError):
            raise BackupUnusable(
                f"{folder} holds no backup: {FILE} is missing or broken."
            ) from None
        if found.pop("format", None) != FORMAT:
            raise BackupUnusable(f"{folder} was written by a release that this one cannot read.")
        parts = {name: Part(**part) for name, part in found.pop("parts").items()}
        keys = {name: tuple(prints) for name, prints in found.pop("keys").items()}
        taken_at = datetime.fromisoformat(found.pop("taken_at"))
        return cls(taken_at=taken_at, keys=keys, parts=parts, **found)

    def check_files(self, folder: Path) -> None:
        """Raises BackupUnusable where a file is missing or not as it was written."""
        for name, part in self.parts.items():
            path = folder / part.file
            if not path.exists() or sum_of(path) != part.sha256:
                raise BackupUnusable(f"{path} is not as it was written: {name} cannot be restored.")


def sum_of(path: Path) -> str:
    """The SHA-256 of a file, read a block at a time."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def open_private(path: Path, mode: str = "w") -> TextIO:
    """Open a file for writing ("w") or adding ("a") that only its owner can read from the first.

    To add means to add lines: half a one, which somebody left who was killed, goes.
    """
    how = os.O_APPEND if mode == "a" else os.O_TRUNC
    file = os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR | how, 0o600), mode)
    if mode == "a":
        os.ftruncate(file.fileno(), path.read_bytes().rfind(b"\n") + 1)
    return file
