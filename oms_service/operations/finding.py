"""Finding orders by whatever people type: a number, a name, a mail address, a phone number."""

from dataclasses import replace

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from oms_service.customers import queries as customers
from oms_service.orders.listing import Wanted

#: More people of one name than this do not narrow anything down.
MOST_PEOPLE = 20


def with_people(reader: Session | Connection, wanted: Wanted, *, sees_people: bool) -> Wanted:
    """The same wish, with the customers that the typed words fit.

    Whoever does not see who customers are finds orders by their numbers alone: else they would
    learn of a name or an address by trying it.
    """
    if not wanted.typed.strip():
        return wanted
    if not sees_people:
        return replace(wanted, by_number_only=True)
    found = customers.search(reader, wanted.typed, limit=MOST_PEOPLE)
    return replace(wanted, customer_ids=tuple(one.id for one in found))
