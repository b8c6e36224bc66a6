"""TCP ports of this machine: which are free, which are taken."""

import secrets
import socket
from collections.abc import Callable
from typing import Final

from oms_service.embedded.failures import CannotStart

LOCALHOST: Final = "127.0.0.1"
#: Linux gives outgoing connections ports from 32768 on: a server drawn from below meets none.
LOWEST: Final = 20_000
HOW_MANY: Final = 12_000
#: Between choosing a port and listening on it somebody else may take it, this often in a row.
TRIES: Final = 5


def is_free(port: int, host: str = LOCALHOST) -> bool:
    """Whether a server could listen there now; connections that linger do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """``count`` ports in a row that nobody listens on; another process will hardly draw them."""
    while True:
        first = LOWEST + secrets.randbelow(HOW_MANY)
        ports = [first + offset for offset in range(count)]
        if all(is_free(port) for port in ports):
            return ports


def a_free_port(wanted: int | None = None) -> int:
    """``wanted`` where it is free, else any port that is."""
    if wanted and is_free(wanted):
        return wanted
    return free_ports(1)[0]


def on_a_free_port(start: Callable[[int], None], wanted: int | None = None) -> None:
    """Call ``start(port)``; once more with another port where somebody was quicker to take it.

    Raises:
        CannotStart: as ``start`` said, when the port was not the reason.
    """
    for left in reversed(range(TRIES)):
        port = a_free_port(wanted)
        try:
            start(port)
        except CannotStart:
            if is_free(port) or not left:
                raise
        else:
            return


def is_answering(port: int) -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOCALHOST, port)) == 0
