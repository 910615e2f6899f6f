"""Programs that come from the machine's package manager, installed when they are missing.

`python -m portico_ops.system_packages chromium rabbitmq-server` makes sure of both.
"""

import os
import shutil
import subprocess
import sys
from contextlib import suppress

PACKAGES = {
    # program → what apt-get is asked for; the fonts are for what the browser draws
    "chromium": ("chromium", "fonts-liberation"),
    "rabbitmq-server": ("rabbitmq-server",),
}
ALSO_KNOWN_AS = {"chromium": ("chromium-browser", "google-chrome")}


class NotInstallable(Exception):
    """A program is missing and cannot be installed from here; the message says why."""


def ensure(program: str) -> None:
    """Install a program unless it is on the machine. Raises NotInstallable."""
    if any(shutil.which(name) for name in (program, *ALSO_KNOWN_AS.get(program, ()))):
        return
    print(f"Installing {program} …", flush=True)
    install_with_apt(*PACKAGES[program])


def install_with_apt(*packages: str) -> None:
    """Install Debian packages as root, or by sudo where it asks for nothing."""
    if shutil.which("apt-get") is None:
        raise NotInstallable("apt-get is not here")
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if as_root and shutil.which("sudo") is None:
        raise NotInstallable("apt-get needs root")
    # RUNLEVEL=1 keeps a package from starting a service of the system's beside our private one.
    quiet = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", "apt-get"]
    with suppress(NotInstallable):  # the lists that are here may do, and the next line will say
        _run([*quiet, "update", "-qq"])
    _run([*quiet, "install", "-y", "-qq", "--no-install-recommends", *packages])


def _run(command: list[str]) -> None:
    result = subprocess.run(
        command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if result.returncode:
        said = (result.stderr or result.stdout).strip().splitlines()[-3:]
        raise NotInstallable(" ".join(said) or command[-1])


def main(programs: list[str]) -> int:
    """Ensure each; exit status 1 with one line a program that could not be had."""
    status = 0
    for program in programs:
        try:
            ensure(program)
        except NotInstallable as problem:
            print(f"{program} is missing and could not be installed: {problem}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
