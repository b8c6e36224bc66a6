"""Ports for servers of tests, from a range that no outgoing connection is ever given."""

import secrets
from typing import Final

from oms_service.embedded.ports import is_free

#: Linux gives outgoing connections ports from 32768 on.
LOWEST: Final = 20_000
HOW_MANY: Final = 12_000


def free_ports(count: int) -> list[int]:
    """``count`` ports in a row that nobody listens on; another process will hardly draw them."""
    while True:
        first = LOWEST + secrets.randbelow(HOW_MANY)
        ports = [first + offset for offset in range(count)]
        if all(is_free(port) for port in ports):
            return ports
