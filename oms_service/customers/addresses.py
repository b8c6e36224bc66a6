"""Where customers live: their addresses, and the one that orders go to unless told otherwise."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Final

from sqlalchemy import Connection, func, select, update
from sqlalchemy.orm import Session

from oms_service.customers import service
from oms_service.customers.models import Address
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, NotFound

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
#: More addresses than anybody's family has.
MOST: Final = 20


class TooManyAddresses(DomainError):
    """One customer keeps no more; another one has to go first."""

    code: ClassVar[str] = "too-many-addresses"


@dataclass(frozen=True)
class Kept:
    """One address of a customer's book."""

    id: int
    address: AddressView
    is_default: bool


def book(reader: Reader, customer_id: int) -> tuple[Kept, ...]:
    """All addresses of a customer, the default one first, then the oldest."""
    query = (
        select(Address.id, Address.is_default, *(getattr(Address, name) for name in PARTS))
        .where(Address.customer_id == customer_id)
        .order_by(Address.is_default.desc(), Address.id)
    )
    return tuple(
        Kept(row.id, AddressView(**{name: getattr(row, name) for name in PARTS}), row.is_default)
        for row in reader.execute(query)
    )


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
    wanted = _view_of(address)
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


def add(uow: UnitOfWork, customer_id: int, address: Mapping[str, Any]) -> bool:
    """Keep one more address; False when it was kept already. The first is the default one.

    Raises:
        TooManyAddresses: the book is full.
        NotFound: no such customer, or erased.
    """
    customer = service.held(uow, customer_id)
    wanted = _view_of(address)
    known = book(uow.session, customer.id)
    if any(one.address == wanted for one in known):
        return False
    if len(known) >= MOST:
        raise TooManyAddresses("no more addresses are kept")
    uow.session.add(Address(customer_id=customer.id, is_default=not known, **asdict(wanted)))
    uow.session.flush()
    return True


def change(uow: UnitOfWork, customer_id: int, address_id: int, address: Mapping[str, Any]) -> Kept:
    """Write an address of the book anew; what it was before is gone.

    Raises:
        NotFound: no such address of theirs, no such customer, or erased.
    """
    row = _row(uow, customer_id, address_id)
    for name, value in asdict(_view_of(address)).items():
        setattr(row, name, value)
    uow.session.flush()
    return Kept(row.id, _view_of(address), row.is_default)


def remove(uow: UnitOfWork, customer_id: int, address_id: int) -> bool:
    """Keep an address no longer; of the default one the oldest other takes its place.

    Returns:
        Whether the default address is another one now. Removed twice, it is removed once.
    """
    customer = service.held(uow, customer_id)
    try:
        row = _row(uow, customer.id, address_id)
    except NotFound:
        return False
    was_default = row.is_default
    uow.session.delete(row)
    uow.session.flush()
    if not was_default:
        return False
    query = select(Address).where(Address.customer_id == customer.id).order_by(Address.id).limit(1)
    heir = uow.session.scalar(query)
    if heir is not None:
        heir.is_default = True
        uow.session.flush()
    return True


def choose(uow: UnitOfWork, customer_id: int, address_id: int) -> bool:
    """Let an address of the book be the default one; False when it was already.

    Raises:
        NotFound: no such address of theirs, no such customer, or erased.
    """
    row = _row(uow, customer_id, address_id)
    if row.is_default:
        return False
    uow.session.execute(
        update(Address)
        .where(Address.customer_id == row.customer_id, Address.is_default)
        .values(is_default=False)
    )
    row.is_default = True
    uow.session.flush()
    return True


def _row(uow: UnitOfWork, customer_id: int, address_id: int) -> Address:
    """An address of a customer, who is held."""
    customer = service.held(uow, customer_id)
    row = uow.session.scalar(
        select(Address).where(Address.id == address_id, Address.customer_id == customer.id)
    )
    if row is None:
        raise NotFound("no such address")
    return row


def _view_of(address: Mapping[str, Any]) -> AddressView:
    return AddressView(**{name: str(address.get(name, "")) for name in PARTS})
