"""The same actions through the product's own services, each in a transaction of its customer."""

import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import text

from oms_service.catalog import queries as catalog
from oms_service.importing.retail.load import CHANNEL
from oms_service.infra import relay
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import customer
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.operations.changes import changing, moving_house
from oms_service.operations.changes.change_wishes import (
    CallOff,
    PayOtherwise,
    ShipElsewhere,
    Swap,
    SwapItems,
    Wish,
)
from oms_service.operations.returning import exchanging, returns
from oms_service.operations.returning.exchanging import WantedExchange, WantedSwap
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView, OrderView
from oms_service.relay import drain
from oms_service.returns.states import ReturnReason
from oms_service.runtime import Runtime
from tests.acceptance.retail_state import COUNTRIES

_ROUNDS: Final = 20


class Services:
    """The product with the shop of a file in it, spoken to as that shop's tools are called."""

    def __init__(self, runtime: Runtime, key: str) -> None:
        self._runtime = runtime
        self._key = key
        self._done = 0

    def do(self, name: str, arguments: Mapping[str, Any]) -> str:
        """One action by the name of its tool; tools that only read do nothing.

        Returns:
            Why it was refused; empty when it was done.
        """
        action = _WRITING.get(name)
        if action is None:
            return ""
        self._done += 1
        try:
            inspect.signature(action).bind(self, **arguments)
            action(self, **arguments)
        except (DomainError, TypeError) as error:
            return _said(error)
        finally:
            settle(self._runtime)
        return ""

    def cancel_pending_order(self, order_id: str, reason: str) -> None:
        self._change(order_id, lambda _uow, _order: CallOff(reason=reason.replace(" ", "_")))

    def modify_pending_order_address(self, order_id: str, **address: str) -> None:
        def wish(uow: UnitOfWork, order: OrderView) -> Wish:
            before = orders.destination(uow.session, order.id)
            recipient = str(before.get("recipient", ""))
            return ShipElsewhere(address=_address(**address) | {"recipient": recipient})

        self._change(order_id, wish)

    def modify_pending_order_payment(self, order_id: str, payment_method_id: str) -> None:
        self._change(
            order_id,
            lambda uow, order: PayOtherwise(
                method_id=_method(uow, order.customer_id, payment_method_id)
            ),
        )

    def modify_pending_order_items(
        self,
        order_id: str,
        item_ids: Sequence[str],
        new_item_ids: Sequence[str],
        payment_method_id: str,
    ) -> None:
        def wish(uow: UnitOfWork, order: OrderView) -> Wish:
            pairs = _pairs(item_ids, new_item_ids)
            known = catalog.variants_by_sku(uow.session, {new for _, new in pairs})
            if {new for _, new in pairs} - known.keys():
                raise Invalid("no such item", {"new_item_ids": "are not in the catalogue"})
            return SwapItems(
                swaps=[
                    Swap(line_id=line.id, quantity=units, variant_id=known[new].id)
                    for (old, new), count in pairs.items()
                    for line, units in _lines(uow, order, old, count)
                ],
                method_id=_method(uow, order.customer_id, payment_method_id),
            )

        self._change(order_id, wish)

    def modify_user_address(self, user_id: str, **address: str) -> None:
        with self._runtime.database.looking() as session:
            person = session.scalar(
                text("SELECT customer_id FROM identities WHERE kind = 'external' AND key = :key"),
                {"key": f"{CHANNEL}:{user_id}"},
            )
        if person is None:
            raise NotFound("no such customer")
        with self._runtime.unit_of_work(customer(person)) as uow:
            moving_house.change_default_address(uow, person, _address(**address))

    def return_delivered_order_items(
        self, order_id: str, item_ids: Sequence[str], payment_method_id: str
    ) -> None:
        with self._of(order_id) as (uow, order):
            wanted = [
                WantedLine(line_id=line.id, quantity=units, reason=ReturnReason.OTHER)
                for item, count in Counter(item_ids).items()
                for line, units in _lines(uow, order, item, count)
            ]
            returns.request(
                uow,
                Wanted(
                    order_id=order.id,
                    lines=wanted,
                    channel=CHANNEL,
                    key=self._own_key,
                    refund_method_id=_method(uow, order.customer_id, payment_method_id),
                ),
            )

    def exchange_delivered_order_items(
        self,
        order_id: str,
        item_ids: Sequence[str],
        new_item_ids: Sequence[str],
        payment_method_id: str,
    ) -> None:
        with self._of(order_id) as (uow, order):
            swaps = [
                WantedSwap(line_id=line.id, sku=new, quantity=units, reason=ReturnReason.OTHER)
                for (old, new), count in _pairs(item_ids, new_item_ids).items()
                for line, units in _lines(uow, order, old, count)
            ]
            exchanging.request(
                uow,
                WantedExchange(
                    order_id=order.id,
                    swaps=swaps,
                    channel=CHANNEL,
                    key=self._own_key,
                    method_id=_method(uow, order.customer_id, payment_method_id),
                ),
            )

    @property
    def _own_key(self) -> str:
        return f"{self._key}:{self._done}"

    def _change(self, number: str, wish: Callable[[UnitOfWork, OrderView], Wish]) -> None:
        with self._of(number) as (uow, order):
            changing.request(
                uow,
                changing.Wanted(
                    order_id=order.id,
                    wish=wish(uow, order),
                    channel=CHANNEL,
                    key=self._own_key,
                    version=order.version,
                ),
            )

    @contextmanager
    def _of(self, number: str) -> Iterator[tuple[UnitOfWork, OrderView]]:
        """A transaction of the customer whose order it is."""
        with self._runtime.database.reading() as connection:
            order = orders.find(connection, number)
        if order.number != number:
            raise NotFound("no such order")
        with self._runtime.unit_of_work(customer(order.customer_id)) as uow:
            yield uow, order


def settle(runtime: Runtime) -> None:
    """Let everything follow that follows of itself: reactions, and what goes to the world."""
    for _ in range(_ROUNDS):
        drain(runtime)
        with runtime.database.reading() as connection:
            due = connection.scalars(
                text("SELECT id FROM effects WHERE state = 'waiting' AND attempts = 0 ORDER BY id")
            ).all()
        if not due:
            return
        for effect_id in due:
            relay.run_effect(runtime.tools, effect_id)


def _pairs(item_ids: Sequence[str], new_item_ids: Sequence[str]) -> Counter[tuple[str, str]]:
    if len(item_ids) != len(new_item_ids) or not item_ids:
        raise Invalid("each item needs one in its place", {"new_item_ids": "are not as many"})
    return Counter(zip(item_ids, new_item_ids, strict=True))


def _lines(uow: UnitOfWork, order: OrderView, sku: str, count: int) -> list[tuple[LineView, int]]:
    """The line of an item and how many of it; more than it has are for the policy to refuse."""
    found = [
        line
        for line in orders.lines(uow.session, order.id)
        if line.sku == sku and line.counters.wanted
    ]
    if not found:
        raise Invalid("no such item", {"item_ids": "are not in this order"})
    return [(found[0], count)]


def _method(uow: UnitOfWork, customer_id: int, token: str) -> int:
    """The customer's method of that name; unknown and somebody else's alike."""
    found = uow.session.scalar(
        text("SELECT id FROM payment_methods WHERE customer_id = :customer AND token = :token"),
        {"customer": customer_id, "token": token},
    )
    if found is None:
        raise Invalid("no such payment method", {"payment_method_id": "is not the customer's"})
    return int(found)


def _address(
    *,
    address1: str,
    address2: str,
    city: str,
    state: str,
    country: str,
    zip: str,  # noqa: A002 - as the tools have it
) -> dict[str, str]:
    return {
        "country": COUNTRIES.get(country.upper(), country.upper()[:2]),
        "postal_code": zip,
        "region": state,
        "city": city,
        "line1": address1,
        "line2": address2,
        "phone": "",
    }


def _said(error: Exception) -> str:
    decision = getattr(error, "decision", None)
    if decision is not None:
        return ", ".join(str(cause.code) for cause in decision.causes)
    return getattr(error, "code", "") + f": {error}"


_WRITING: Final = {
    action.__name__: action
    for action in (
        Services.cancel_pending_order,
        Services.modify_pending_order_address,
        Services.modify_pending_order_payment,
        Services.modify_pending_order_items,
        Services.modify_user_address,
        Services.return_delivered_order_items,
        Services.exchange_delivered_order_items,
    )
}
