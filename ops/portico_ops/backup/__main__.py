"""Back up the servers named in the environment, then end: the `backup` job of a deployment."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from portico_kit.settings import SettingsMissing, text_of
from portico_ops.backup.keys import KEYS
from portico_ops.backup.manifest import BackupUnusable
from portico_ops.backup.taking import forget_old, write_backup
from portico_ops.processes import BACKUP, SERVICES


def main() -> int:
    """A new folder with all six databases; then old ones go. Exit status 1 with one clear text."""
    try:
        told = _told(os.environ)
        to, kept = Path(told["PORTICO_BACKUPS"]), int(told["PORTICO_BACKUPS_KEPT"])
        urls = {name: told[f"PORTICO_{name.upper()}_OWNER_DATABASE_URL"] for name in SERVICES}
        keys = {name: told[f"PORTICO_{name.upper().replace('-', '_')}"] for name in KEYS}
        folder, manifest = write_backup(urls, keys, to=to, with_secrets=False, say=print)
        # Only now: a backup that fails takes nothing away.
        old = forget_old(to, kept=max(1, kept))
    except (BackupUnusable, SettingsMissing, OSError, ValueError) as problem:
        print(f"backup: {problem}", file=sys.stderr)
        return 1
    print(f"As of {manifest.taken_at:%Y-%m-%d %H:%M:%S} UTC: {folder}; {len(old)} older ones gone.")
    return 0


def _told(environment: Mapping[str, str]) -> dict[str, str]:
    found = {name: text_of(name, environment) for name in (*BACKUP.settings, *BACKUP.secrets)}
    if missing := [name for name, text in found.items() if text is None]:
        raise SettingsMissing(f"not set: {', '.join(missing)} (each also as …_FILE)")
    return {name: text or "" for name, text in found.items()}


if __name__ == "__main__":
    sys.exit(main())
