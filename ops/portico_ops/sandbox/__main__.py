"""`python -m portico_ops.sandbox`: mail, texts and cards on this machine only, in one process."""

from __future__ import annotations

import os
import sys

import uvicorn

from portico_ops.sandbox.app import create
from portico_ops.sandbox.settings import BadSettings, read_settings


def main() -> int:
    """Run until told to stop; 2 when the settings cannot be used."""
    try:
        settings = read_settings(os.environ)
    except BadSettings as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 2
    uvicorn.run(
        create(settings),
        host=settings.host,
        port=settings.web_port,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
