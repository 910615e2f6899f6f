"""Finding RabbitMQ on the machine, or installing it with the machine's own package manager."""

import shutil
import subprocess
from pathlib import Path

from portico_ops.servers.process import ServerFailed
from portico_ops.system_packages import NotInstallable, install_with_apt

HOW_ELSE = (
    "RabbitMQ is not on this machine and could not be installed ({why}).\n"
    "Any one of these helps:\n"
    "  - install the package `rabbitmq-server` (Debian, Ubuntu) or `rabbitmq` (Homebrew);\n"
    "  - docker run -d -p 5672:5672 rabbitmq:4, then\n"
    "    PORTICO_AMQP_URL=amqp://guest:guest@127.0.0.1:5672/ make up;\n"
    "  - docker compose up, which brings the whole system."
)


def rabbitmq_script() -> Path:
    """The server's own start script, installed first when it is missing."""
    found = _find()
    if found is None:
        _install()
        found = _find()
    if found is None:
        raise ServerFailed(HOW_ELSE.format(why="its start script is not where it is expected"))
    return found


def _find() -> Path | None:
    # Debian's /usr/sbin/rabbitmq-server switches to the system's user; the script behind it
    # runs as whoever calls it, which a private node needs.
    candidates = [
        Path("/usr/lib/rabbitmq/bin/rabbitmq-server"),
        Path("/opt/homebrew/opt/rabbitmq/sbin/rabbitmq-server"),
        Path("/usr/local/opt/rabbitmq/sbin/rabbitmq-server"),
    ]
    on_path = shutil.which("rabbitmq-server")
    if on_path and Path(on_path).resolve().name != "rabbitmq-script-wrapper":
        candidates.append(Path(on_path))
    return next((path for path in candidates if path.exists()), None)


def _install() -> None:
    if shutil.which("brew") and not shutil.which("apt-get"):
        _brew()
        return
    try:
        print("Installing RabbitMQ (package rabbitmq-server) …", flush=True)
        install_with_apt("rabbitmq-server")
    except NotInstallable as problem:
        raise ServerFailed(HOW_ELSE.format(why=problem)) from None


def _brew() -> None:
    command = ["brew", "install", "rabbitmq"]
    result = subprocess.run(command, check=False, capture_output=True, text=True)
    if result.returncode:
        last = result.stderr.strip().splitlines()[-3:]
        raise ServerFailed(HOW_ELSE.format(why=" ".join(last)))
