"""The keys without which a backup cannot be read: kept apart, and told by their fingerprints."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from portico_ops.backup.manifest import KEYS_FILE, BackupUnusable, Manifest, open_private
from portico_ops.credentials import write_secret
from portico_ops.installation import Installation

# What each is for: sealed columns, sealed fields of events, hashes of codes and addresses.
KEYS = ("master-keys", "transit-key", "pepper")
GIVEN_AS = {name: f"PORTICO_{name.upper().replace('-', '_')}" for name in KEYS}


def keys_of(installation: Installation) -> dict[str, str]:
    """The installation's keys by the names of their files, those from a vault included."""
    secrets = installation.secrets()
    return {n: installation.given.get(GIVEN_AS[n]) or secrets[n] for n in KEYS}


def fingerprints(keys: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What tells whether a key is the right one; of 256 random bits nothing can be guessed."""
    return {name: tuple(_print(one) for one in text.split(",")) for name, text in keys.items()}


def write_keys(folder: Path, keys: Mapping[str, str]) -> None:
    """Beside the backup, for its owner's eyes only."""
    with open_private(folder / KEYS_FILE) as file:
        json.dump(dict(keys), file, indent=1)


def put_back_keys(folder: Path, installation: Installation) -> None:
    """Make the backup's keys this installation's. Raises BackupUnusable where there are none."""
    try:
        found = json.loads((folder / KEYS_FILE).read_text())
        keys = {name: str(found[name]) for name in KEYS}
    except (OSError, ValueError, KeyError):
        raise BackupUnusable(f"{folder} holds no {KEYS_FILE}: it was taken without.") from None
    for name, text in keys.items():
        write_secret(installation.home.secrets / name, text)


def check_keys(manifest: Manifest, keys: Mapping[str, str]) -> None:
    """Raises BackupUnusable where what was sealed could not be opened with these keys."""
    ours = fingerprints(keys)
    wrong = [name for name, prints in manifest.keys.items() if not {*prints} <= {*ours[name]}]
    if wrong:
        raise BackupUnusable(
            f"The backup was made with other keys ({', '.join(wrong)}). Put these secrets back "
            "first, or restore with --with-secrets where the backup holds them."
        )


def _print(key: str) -> str:
    return hashlib.sha256(b"portico backup:" + key.strip().encode()).hexdigest()[:16]
