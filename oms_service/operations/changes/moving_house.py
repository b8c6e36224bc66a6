"""A customer's addresses change; orders that are placed already keep theirs."""

from collections.abc import Mapping
from typing import Any

from oms_service.customers import addresses
from oms_service.customers import queries as customers
from oms_service.customers.addresses import AddressView
from oms_service.customers.events import CustomerAddressChanged
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.operations.placement import addressing


def change_default_address(
    uow: UnitOfWork, customer_id: int, address: Mapping[str, Any]
) -> AddressView:
    """Let a customer's parcels go somewhere else from now on; said again alike, nothing changes.

    Args:
        uow: the transaction.
        customer_id: whose.
        address: the parts that ``addressing.PARTS`` names; a missing recipient stays who it was.

    Raises:
        NotFound: no such customer, or erased.
        Invalid: a part that cannot be read, or that lacks; ``fields`` says which.
    """
    before = addresses.default(uow.session, customer_id)
    known = customers.find(uow.session, customer_id)
    if known is None:
        raise NotFound("no such customer")
    recipient = before.recipient if before else known.name
    checked = addressing.check({**address, "recipient": address.get("recipient") or recipient})
    if checked.lacks:
        wrong = {f"address.{name}": says for name, says in checked.lacks.items()}
        raise Invalid("nothing can be sent to this address", wrong)
    if addresses.set_default(uow, customer_id, checked.address):
        uow.emit(CustomerAddressChanged(customer_id=customer_id))
    return AddressView(**checked.address)


def add_address(uow: UnitOfWork, customer_id: int, address: Mapping[str, Any]) -> bool:
    """Keep one more address of a customer; said again alike, nothing changes and it is False.

    Raises:
        NotFound: no such customer, or erased.
        Invalid: a part that cannot be read, or that lacks; ``fields`` says which.
        TooManyAddresses: one customer keeps no more.
    """
    checked = _whole(address)
    was = addresses.default(uow.session, customer_id)
    is_new = addresses.add(uow, customer_id, checked)
    if is_new and was is None:
        uow.emit(CustomerAddressChanged(customer_id=customer_id))
    return is_new


def change_address(
    uow: UnitOfWork, customer_id: int, address_id: int, address: Mapping[str, Any]
) -> None:
    """Write one of a customer's addresses anew.

    Raises:
        NotFound: no such address of theirs.
        Invalid: as in ``add_address``.
    """
    checked = _whole(address)
    if addresses.change(uow, customer_id, address_id, checked).is_default:
        uow.emit(CustomerAddressChanged(customer_id=customer_id))


def remove_address(uow: UnitOfWork, customer_id: int, address_id: int) -> None:
    """Keep an address no longer; removed twice, it is removed once.

    Raises:
        NotFound: no such customer, or erased.
    """
    if addresses.remove(uow, customer_id, address_id):
        uow.emit(CustomerAddressChanged(customer_id=customer_id))


def choose_address(uow: UnitOfWork, customer_id: int, address_id: int) -> None:
    """Let parcels go to another one of a customer's addresses from now on.

    Raises:
        NotFound: no such address of theirs.
    """
    if addresses.choose(uow, customer_id, address_id):
        uow.emit(CustomerAddressChanged(customer_id=customer_id))


def _whole(address: Mapping[str, Any]) -> Mapping[str, str]:
    checked = addressing.check(address)
    if checked.lacks:
        wrong = {f"address.{name}": says for name, says in checked.lacks.items()}
        raise Invalid("nothing can be sent to this address", wrong)
    return checked.address
