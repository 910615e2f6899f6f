"""Looking a name up takes as long as it takes, and nobody else waits for it."""

import subprocess
import sys

PROGRAM = """
import portico_kit.runner
import socket
import sys
import eventlet
from portico_kit import names

def slow(host, port, *rest):
    if rest[-1] & socket.AI_NUMERICHOST:
        raise socket.gaierror
    eventlet.patcher.original("time").sleep(1)
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

assert "eventlet.support.greendns" not in sys.modules
print(socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)[0][4])
print(socket.getaddrinfo("localhost", "http", socket.AF_INET, socket.SOCK_STREAM)[0][4])
try:
    socket.getaddrinfo("nobody.invalid", 80)
except socket.gaierror:
    print("unknown")
names._SYSTEM = slow
ticks, looked_up = [], eventlet.spawn(socket.getaddrinfo, "slow.example", 80)
while not looked_up.dead:
    ticks.append(1)
    eventlet.sleep(0.01)
print(len(ticks) > 5, looked_up.wait()[0][4])
"""


def test_a_slow_name_server_holds_nobody_up():
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60
    )
    first, second, third, fourth = ended.stdout.splitlines() or [ended.stderr] * 4
    assert first == second == "('127.0.0.1', 80)"
    assert third == "unknown"
    assert fourth == "True ('127.0.0.1', 80)"
