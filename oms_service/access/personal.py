"""Who sees personal data of customers: everybody else reads a mask, on pages and over the API.

Customers and guests see what their own pages show, which is theirs.
"""

from typing import Final

from oms_service.access import guard
from oms_service.access.guard import Rule, Who
from oms_service.kernel.masking import Kind, masked

#: Whoever has this sees names, addresses, contacts and words of customers.
PERMISSION: Final = "customers:personal"


def may_see(also: str = "") -> bool:
    """Whether whoever sent this request sees personal data.

    Args:
        also: another permission that is enough here, since its work cannot be done without them.
    """
    enough = {PERMISSION, also} - {""}
    match guard.current_rule():
        case Rule(who=Who.STAFF):
            me = guard.staff()
            return any(me.may(one) for one in enough)
        case Rule(who=Who.KEY):
            return not enough.isdisjoint(guard.api_key().scopes)
        case Rule():
            return True
        case None:
            return False


def shown(value: object, kind: str = Kind.WORDS, also: str = "") -> str:
    """``value`` as this request's sender may see it: as it is, or masked."""
    said = str(value) if value is not None else ""
    return said if may_see(also) else masked(said, Kind(kind))
