"""Finding orders by whatever people type: a number, a name, a mail address, a phone number."""

from dataclasses import replace

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from oms_service.customers import queries as customers
from oms_service.orders.listing import Wanted

#: More people of one name than this do not narrow anything down.
MOST_PEOPLE = 20


def with_people(reader: Session | Connection, wanted: Wanted) -> Wanted:
    """The same wish, with the customers that the typed words fit."""
    if not wanted.typed.strip():
        return wanted
    found = customers.search(reader, wanted.typed, limit=MOST_PEOPLE)
    return replace(wanted, customer_ids=tuple(one.id for one in found))
