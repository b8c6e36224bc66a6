"""The addresses of pages about orders."""

import re
from typing import Final

from flask import url_for

from oms_service.kernel.text import order_key

_SAFE: Final = re.compile(r"[A-Za-z0-9._-]+")


def url_of(number: str) -> str:
    """The page of an order."""
    return url_for("portal.order", number=plain_number(number))


def plain_number(number: str) -> str:
    """An order's number without what an address would not carry, such as ``#``."""
    plain = number.removeprefix("#")
    return plain if _SAFE.fullmatch(plain) else order_key(number)
