"""Tracking numbers as people and carriers write them."""

from oms_service.kernel.text import order_key


def tracking_key(number: str) -> str:
    """A tracking number without its dress: ``1234-5678-9012`` is ``123456789012``."""
    return order_key(number)
