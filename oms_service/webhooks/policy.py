"""Which events an endpoint wants, which addresses are allowed, and when to try again."""

import ipaddress
import re
from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

MOST_PATTERNS: Final = 50
LONGEST_URL: Final = 500
LONGEST_LABEL: Final = 80

#: What is of the house alone and told to nobody outside, whatever they listen to: who comes and
#: goes, keys of programs, what somebody took out as a file, and whose browser rings.
OF_THE_HOUSE: Final = frozenset(
    {"api_key", "export", "ring", "sign_in", "staff", "webhook_endpoint"}
)

#: Waits before the second, third, ... try; the twelfth try is the last, after about a day.
BACKOFF_S: Final = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 14400, 21600, 21600)
MOST_TRIES: Final = len(BACKOFF_S) + 1
#: Up to a quarter more, so that what failed together does not come back together.
JITTER: Final = 0.25
#: An endpoint that has answered nothing well for so long is switched off.
OFF_AFTER: Final = timedelta(days=5)
#: The longest pause of an endpoint that fails; the first is two seconds.
LONGEST_REST_S: Final = 300

_PATTERN: Final = re.compile(r"\*|[a-z_]+\.(\*|[a-z_]+)")
_HOST: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9-]+)*", re.IGNORECASE
)
#: IPv6 ranges that carry an IPv4 address: what lies behind them cannot be seen from outside.
_TUNNELS: Final = tuple(
    ipaddress.IPv6Network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)


def is_pattern(text: str, names: Collection[str]) -> bool:
    """Whether ``text`` is ``*``, ``order.*`` or an event's name, and means any event at all."""
    if not _PATTERN.fullmatch(text):
        return False
    return any(wants([text], name) for name in names)


def wants(patterns: Iterable[str], name: str) -> bool:
    """Whether one of ``patterns`` means the event called ``name``."""
    subject = name.partition(".")[0]
    if subject in OF_THE_HOUSE:
        return False
    return any(one in {"*", name, f"{subject}.*"} for one in patterns)


def url_problem(url: str, *, private: bool) -> str:
    """What is wrong with an address as written; empty when nothing is.

    Args:
        url: as somebody typed it.
        private: whether plain HTTP and addresses of our own network are allowed.
    """
    if not 1 <= len(url) <= LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        return f"must be an https URL of at most {LONGEST_URL} characters"
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return "is not a URL"
    schemes = {"https", "http"} if private else {"https"}
    if parts.scheme not in schemes:
        return "must begin with https://"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "must not carry a user, a password or a fragment"
    return _host_problem(host, private=private)


def _host_problem(host: str, *, private: bool) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host) or host.rpartition(".")[2].isdigit():
            return "does not name a host"
        is_local = "." not in host or host.lower().endswith((".localhost", ".local", ".internal"))
        return "names a host of a private network" if is_local and not private else ""
    return "" if private or is_public(str(address)) else "is an address of a private network"


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet at large.

    Loopback, private, link-local (where clouds keep their metadata), multicast and reserved
    addresses do not, nor what hides one of them inside IPv6.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        elif any(found in tunnel for tunnel in _TUNNELS):
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def wait_s(tries: int, spread: float) -> float | None:
    """How long to wait after the try of that number; None when it was the last.

    Args:
        tries: made so far, from 1 on.
        spread: from 0 to 1, drawn anew each time.
    """
    if tries >= MOST_TRIES:
        return None
    return BACKOFF_S[tries - 1] * (1 + JITTER * spread)


def rest_s(failures: int) -> int:
    """How long an endpoint is left alone after so many failures in a row."""
    return min(LONGEST_REST_S, 1 << min(failures, 10))
