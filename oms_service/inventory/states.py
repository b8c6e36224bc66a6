"""Words about stock."""

from enum import StrEnum


class LocationKind(StrEnum):
    """What sort of place keeps stock."""

    WAREHOUSE = "warehouse"
    SHOP = "shop"


class MovementKind(StrEnum):
    """Why a level changed; each kind moves its own columns, see ``inventory.policy``."""

    OPENING = "opening"
    RECEIVED = "received"
    ALLOCATED = "allocated"
    RELEASED = "released"
    SHIPPED = "shipped"
    RESERVED = "reserved"
    UNRESERVED = "unreserved"
    RETURNED = "returned"
    ADJUSTED = "adjusted"
    TRANSFERRED_OUT = "transferred_out"
    TRANSFERRED_IN = "transferred_in"
    SET_ASIDE = "set_aside"
