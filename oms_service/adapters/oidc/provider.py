"""A provider as settings name it: where it is, and who we are there."""

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

_SLUG: Final = re.compile(r"[a-z0-9-]{1,40}")
#: On this very machine nobody reads on the way.
_HERE: Final = frozenset({"localhost", "127.0.0.1", "::1"})
#: Its web sign-in signs with the channel's secret, and wants that secret in the body.
_LINE: Final = "line"


@dataclass(frozen=True)
class Provider:
    """One provider of sign-ins; ``slug`` is how addresses and settings call it."""

    slug: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)

    @property
    def signs_by_secret(self) -> bool:
        """Whether it signs with the secret we share (HS256), as LINE does, and not with a key."""
        return self.slug == _LINE

    @property
    def wants_secret_in_body(self) -> bool:
        return self.slug == _LINE


def parse(value: str) -> tuple[Provider, ...]:
    """Read ``slug=issuer,client-id,secret``, several separated by spaces.

    Raises:
        ValueError: one is not of that form, is named twice, or could be read on the way.
    """
    found = tuple(_one(item) for item in value.split())
    if len({one.slug for one in found}) != len(found):
        raise ValueError("must name each provider once")
    return found


def is_safe(url: str) -> bool:
    """Whether nobody can read on the way: over https, or on this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)


def _one(item: str) -> Provider:
    slug, _, rest = item.partition("=")
    said = rest.split(",")
    if not _SLUG.fullmatch(slug) or len(said) != 3 or not all(said):  # noqa: PLR2004 - as said
        raise ValueError("must be slug=issuer,client-id,secret, separated by spaces")
    issuer, client_id, secret = said
    if not is_safe(issuer) or urlsplit(issuer).query or urlsplit(issuer).fragment:
        raise ValueError("must name issuers that start with https:")
    return Provider(slug, issuer, client_id, secret)
