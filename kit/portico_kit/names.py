"""Names of hosts are looked up by the operating system, in a thread beside eventlet's hub.

eventlet would bring a resolver of its own. To load it takes half a second of a processor at every
start, and it knows the system's rules (hosts file, search domains of a cluster) by guess only.
"""

from __future__ import annotations

import socket
from typing import Any

from eventlet import tpool
from eventlet.green import socket as green_socket
from eventlet.patcher import original

_SYSTEM = original("socket").getaddrinfo


def install() -> None:
    """Make every look-up leave the hub to others. Call after ``eventlet.monkey_patch()``."""
    socket.getaddrinfo = green_socket.getaddrinfo = look_up


def look_up(
    host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
) -> Any:
    """As ``socket.getaddrinfo``, from a thread; what is an address already is answered at once.

    Raises socket.gaierror.
    """
    asked = (host, port, family, type, proto)
    try:
        return _SYSTEM(*asked, flags | socket.AI_NUMERICHOST)
    except socket.gaierror:
        return tpool.execute(_SYSTEM, *asked, flags)
