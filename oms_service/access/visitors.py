"""Who a visitor counts as, where nobody has signed in and limits still must hold."""

from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from flask import request

#: A house or a phone gets a whole network of IPv6, and could come from another address each time.
_ONE_HOUSE: Final = 64
#: So wide that a log of it tells of no single house.
_WIDER_OF_4: Final = 24
_WIDER_OF_6: Final = 48


def address() -> str:
    """The network address of this request's sender; of IPv6 the part that one household shares."""
    return household(request.remote_addr or "")


def network() -> str:
    """The wider network this request comes from, as it may be written down: of no one person."""
    return wider(request.remote_addr or "")


def wider(text: str) -> str:
    """``192.0.2.7`` is ``192.0.2.0/24``, ``2001:db8:1:2::7`` is ``2001:db8:1::/48``."""
    try:
        given = ip_address(text.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(given, IPv6Address) and given.ipv4_mapped is not None:
        given = given.ipv4_mapped
    bits = _WIDER_OF_6 if isinstance(given, IPv6Address) else _WIDER_OF_4
    return str(ip_network((given, bits), strict=False))


def household(text: str) -> str:
    """``2001:db8::7`` and ``2001:db8::8`` are one; text that is no address counts as it is."""
    try:
        given = ip_address(text.partition("%")[0])
    except ValueError:
        return text or "unknown"
    if not isinstance(given, IPv6Address):
        return str(given)
    if given.ipv4_mapped is not None:
        return str(given.ipv4_mapped)
    shift = 128 - _ONE_HOUSE
    return f"{IPv6Address(int(given) >> shift << shift)}/{_ONE_HOUSE}"
