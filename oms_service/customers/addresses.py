"""Where customers live: the one address that orders go to unless they say otherwise."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from oms_service.customers import service
from oms_service.customers.models import Address
from oms_service.infra.uow import UnitOfWork

Reader = Session | Connection


@dataclass(frozen=True, kw_only=True)
class AddressView:
    """An address. Personal: for who it is of, and for who sends something there."""

    recipient: str
    country: str
    postal_code: str
    region: str
    city: str
    line1: str
    line2: str
    phone: str


PARTS: Final = tuple(AddressView.__dataclass_fields__)


def default(reader: Reader, customer_id: int) -> AddressView | None:
    """The customer's default address, if there is one."""
    query = select(*(getattr(Address, name) for name in PARTS)).where(
        Address.customer_id == customer_id, Address.is_default
    )
    row = reader.execute(query).one_or_none()
    return AddressView(**row._mapping) if row else None  # noqa: SLF001 - SQLAlchemy's public name


def at_postal_code(reader: Reader, customer_ids: Collection[int], key: str) -> set[int]:
    """Those of some customers who have an address with that postal code, as it is compared."""
    plain = func.upper(func.regexp_replace(Address.postal_code, "[^0-9A-Za-z]", "", "g"))
    query = select(Address.customer_id).where(Address.customer_id.in_(customer_ids), plain == key)
    return set(reader.execute(query).scalars())


def set_default(uow: UnitOfWork, customer_id: int, address: Mapping[str, Any]) -> bool:
    """Let this be the customer's default address; False when it was already.

    The customer is locked, so that of two who ask at once the later holds, and there is one.

    Args:
        uow: the transaction.
        customer_id: whose.
        address: the parts of ``AddressView``, brought to one form by ``placement.addressing``.

    Raises:
        NotFound: no such customer, or erased.
    """
    customer = service.held(uow, customer_id)
    wanted = AddressView(**{name: str(address.get(name, "")) for name in PARTS})
    if default(uow.session, customer.id) == wanted:
        return False
    row = uow.session.scalar(
        select(Address).where(Address.customer_id == customer.id, Address.is_default)
    )
    if row is None:
        uow.session.add(Address(customer_id=customer.id, is_default=True, **asdict(wanted)))
    else:
        for name, value in asdict(wanted).items():
            setattr(row, name, value)
    uow.session.flush()
    return True
