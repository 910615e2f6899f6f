"""Make `.venv` and install everything into it: needs Python 3.11 or newer, and nothing else.

Run by `make`. Third-party packages come from requirements.lock and must match its hashes; our
own packages are installed from this checkout, so that an edit needs no reinstall.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
UV_VERSION = "0.13.9"
NEEDED = (3, 11)
OURS = ("contracts", "kit", "gateway", "ops", *(f"services/{name}" for name in (
    "identity", "records", "messaging", "scheduling", "billing", "notifications"
)))  # fmt: skip


def main() -> int:
    """Make or complete the environment; say plainly what is missing if it cannot be."""
    if sys.version_info < NEEDED:
        have = ".".join(map(str, sys.version_info[:3]))
        print(f"Portico needs Python 3.11 or newer; {sys.executable} is {have}.\n"
              "Name a newer one: make up PYTHON=python3.12", file=sys.stderr)  # fmt: skip
        return 1
    try:
        make_venv()
        install()
    except subprocess.CalledProcessError as problem:
        print(f"This did not work: {' '.join(map(str, problem.cmd))}", file=sys.stderr)
        return 1
    (VENV / ".installed").touch()
    return 0


def make_venv() -> None:
    """Make the environment unless it is there; Debian keeps what this needs in a package."""
    if PYTHON.exists():
        return
    print("Making .venv …", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], check=False, capture_output=True)
    if made.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "update", "-qq", env=quiet)
        run("apt-get", "install", "-y", "-qq", "python3-venv", env=quiet)
    run(sys.executable, "-m", "venv", VENV)


def install() -> None:
    """Third-party packages by the lock's hashes, then ours, editable."""
    print("Installing packages …", flush=True)
    if not UV.exists():
        run(PYTHON, "-m", "pip", "install", "--quiet", f"uv=={UV_VERSION}")
    pip = [UV, "pip", "install", "--quiet", "--python", PYTHON]
    run(*pip, "--require-hashes", "-r", ROOT / "requirements.lock")
    editable = [word for folder in OURS for word in ("-e", ROOT / folder)]
    run(*pip, "--no-deps", "--no-build-isolation", *editable)


def run(*command: object, env: dict[str, str] | None = None) -> None:
    """Run a command; its output is shown, and a failure raises CalledProcessError."""
    subprocess.run([str(word) for word in command], check=True, stdin=subprocess.DEVNULL, env=env)


if __name__ == "__main__":
    sys.exit(main())
