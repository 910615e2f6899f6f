"""PostgreSQL refuses to run as root: when we are root, it runs as a user of its own."""

import functools
import os
import pwd
import shutil
import subprocess
from pathlib import Path

from portico_ops.servers.process import ServerFailed

USER = "portico-postgres"


def as_unprivileged(command: list[str], *, touching: Path) -> list[str]:
    """The same command, run as our unprivileged user when we are root.

    A checkout under a closed folder (/root, say) is still reachable: the process keeps the
    capability to pass through it, so that no folder's permissions have to be changed.
    """
    if os.geteuid() != 0:
        return command
    user, setpriv = _user(), shutil.which("setpriv")
    if setpriv is None:
        raise ServerFailed("running as root needs `setpriv` (package util-linux)")
    who = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
    if not (_is_open(Path(command[0])) and _is_open(touching)):
        who += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [setpriv, *who, *command]


def give_to_unprivileged(path: Path) -> None:
    """Hand a file or a folder (not what is in it) to our unprivileged user when we are root."""
    if os.geteuid() == 0:
        os.chown(path, _user().pw_uid, _user().pw_gid)


@functools.cache
def _user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER],
            check=False, capture_output=True,
        )  # fmt: skip
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        return pwd.getpwnam("nobody")


def _is_open(path: Path) -> bool:
    """True when everybody may pass through each folder above this path."""
    return all(parent.stat().st_mode & 0o001 for parent in path.resolve().parents)
