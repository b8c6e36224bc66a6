"""A small shop that keeps a retail file in memory and obeys its written policy to the letter.

It knows nothing of the product: what it says should come of an action is worked out here, from
the file and the policy alone.
"""

import copy
import inspect
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from tests.acceptance.retail_state import Address, Ledger, OrderState, ShopState, address

PENDING = "pending"
MODIFIED = "pending (item modified)"
DELIVERED = "delivered"
CANCELLED = "cancelled"
RETURNED = "return requested"
EXCHANGED = "exchange requested"
REASONS = frozenset({"no longer needed", "ordered by mistake"})
#: Spellings of one status that such files use.
_SPELLINGS = {
    "pending (items modified)": MODIFIED,
    "pending (item modifed)": MODIFIED,
    "pending (items modifed)": MODIFIED,
}


class Refused(Exception):
    """The policy does not allow it, or there is no such thing; nothing was changed."""


class Simulator:
    """The shop of one file. Every action either changes it as the policy says, or raises."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._users: dict[str, Any] = copy.deepcopy(data["users"])
        self._orders: dict[str, Any] = copy.deepcopy(data["orders"])
        self._variants = {
            item_id: {**variant, "product_id": product["product_id"]}
            for product in data["products"].values()
            for item_id, variant in product["variants"].items()
        }
        self._balances = {
            f"{user_id}/{method_id}": cents(method["balance"])
            for user_id, user in self._users.items()
            for method_id, method in user["payment_methods"].items()
            if method["source"] == "gift_card"
        }
        #: Orders whose payment method was changed, which is done once.
        self._paid_otherwise: set[str] = set()

    def do(self, name: str, arguments: Mapping[str, Any]) -> None:
        """One action by the name of its tool; tools that only read change nothing.

        Raises:
            Refused: as the policy says.
        """
        action = _WRITING.get(name)
        if action is None:
            return
        try:
            inspect.signature(action).bind(self, **arguments)
        except TypeError as error:
            raise Refused(str(error)) from None
        action(self, **arguments)

    def state(self) -> ShopState:
        return ShopState(
            orders={number: self._state_of(order) for number, order in self._orders.items()},
            addresses={user_id: _address(user["address"]) for user_id, user in self._users.items()},
            balances=dict(self._balances),
        )

    def cancel_pending_order(self, order_id: str, reason: str) -> None:
        order = self._pending(order_id)
        if reason not in REASONS:
            raise Refused(f"the reason {reason!r} is not accepted")
        order["status"] = CANCELLED
        order["cancel_reason"] = reason
        for method, left in self._left(order).items():
            self._pay(order, "refund", method, left)

    def modify_pending_order_address(
        self,
        order_id: str,
        address1: str,
        address2: str,
        city: str,
        state: str,
        country: str,
        zip: str,  # noqa: A002 - as the tool has it
    ) -> None:
        order = self._pending(order_id)
        order["address"] = _written(address1, address2, city, state, country, zip)

    def modify_pending_order_payment(self, order_id: str, payment_method_id: str) -> None:
        order = self._pending(order_id)
        self._own_method(order, payment_method_id)
        if order_id in self._paid_otherwise:
            raise Refused("the payment method was changed before")
        left = self._left(order)
        if set(left) == {payment_method_id}:
            raise Refused("that is the original payment method")
        total = sum(left.values())
        self._check_balance(order, payment_method_id, total)
        self._pay(order, "payment", payment_method_id, total)
        for method, amount in left.items():
            self._pay(order, "refund", method, amount)
        self._paid_otherwise.add(order_id)

    def modify_pending_order_items(
        self,
        order_id: str,
        item_ids: Sequence[str],
        new_item_ids: Sequence[str],
        payment_method_id: str,
    ) -> None:
        order = self._pending(order_id)
        difference = self._swap_price(order, item_ids, new_item_ids)
        self._own_method(order, payment_method_id)
        self._check_balance(order, payment_method_id, difference)
        kind = "payment" if difference > 0 else "refund"
        self._pay(order, kind, payment_method_id, abs(difference))
        for old, new in zip(item_ids, new_item_ids, strict=True):
            item = next(one for one in order["items"] if one["item_id"] == old)
            item["item_id"] = new
            item["price"] = self._variants[new]["price"]
            item["options"] = self._variants[new]["options"]
        order["status"] = MODIFIED

    def modify_user_address(
        self,
        user_id: str,
        address1: str,
        address2: str,
        city: str,
        state: str,
        country: str,
        zip: str,  # noqa: A002 - as the tool has it
    ) -> None:
        if user_id not in self._users:
            raise Refused(f"no user {user_id!r}")
        self._users[user_id]["address"] = _written(address1, address2, city, state, country, zip)

    def return_delivered_order_items(
        self, order_id: str, item_ids: Sequence[str], payment_method_id: str
    ) -> None:
        order = self._with_status(order_id, DELIVERED)
        self._own_method(order, payment_method_id)
        is_gift_card = _card(order, payment_method_id) in self._balances
        if not is_gift_card and payment_method_id not in self._left(order):
            raise Refused("the money goes back the way it came, or to a gift card")
        self._check_items(order, item_ids)
        order["status"] = RETURNED
        order["return_items"] = list(item_ids)
        order["return_payment_method_id"] = payment_method_id

    def exchange_delivered_order_items(
        self,
        order_id: str,
        item_ids: Sequence[str],
        new_item_ids: Sequence[str],
        payment_method_id: str,
    ) -> None:
        order = self._with_status(order_id, DELIVERED)
        difference = self._swap_price(order, item_ids, new_item_ids)
        self._own_method(order, payment_method_id)
        self._check_balance(order, payment_method_id, difference)
        order["status"] = EXCHANGED
        order["exchange_items"] = list(item_ids)
        order["exchange_new_items"] = list(new_item_ids)
        order["exchange_payment_method_id"] = payment_method_id
        order["exchange_price_difference"] = difference

    def _with_status(self, order_id: str, status: str) -> dict[str, Any]:
        order: dict[str, Any] | None = self._orders.get(order_id)
        if order is None:
            raise Refused(f"no order {order_id!r}")
        if _status(order) != status:
            raise Refused(f"the order is {order['status']}, not {status}")
        return order

    def _pending(self, order_id: str) -> dict[str, Any]:
        """A pending order; one whose items were modified is none any more."""
        return self._with_status(order_id, PENDING)

    def _own_method(self, order: Mapping[str, Any], method_id: str) -> None:
        if method_id not in self._users[order["user_id"]]["payment_methods"]:
            raise Refused(f"the user has no payment method {method_id!r}")

    def _check_balance(self, order: Mapping[str, Any], method_id: str, amount: int) -> None:
        card = _card(order, method_id)
        if card in self._balances and self._balances[card] < amount:
            raise Refused("the gift card does not hold as much")

    def _check_items(self, order: Mapping[str, Any], item_ids: Sequence[str]) -> None:
        if not item_ids:
            raise Refused("no items are named")
        there = Counter(item["item_id"] for item in order["items"])
        if Counter(item_ids) - there:
            raise Refused("these items are not, or not so often, in the order")

    def _swap_price(
        self, order: Mapping[str, Any], item_ids: Sequence[str], new_item_ids: Sequence[str]
    ) -> int:
        """The difference in price of all pairs, once each of them is allowed."""
        self._check_items(order, item_ids)
        if len(item_ids) != len(new_item_ids):
            raise Refused("each item needs one in its place")
        difference = 0
        for old, new in zip(item_ids, new_item_ids, strict=True):
            item = next(one for one in order["items"] if one["item_id"] == old)
            variant = self._variants.get(new)
            if variant is None or variant["product_id"] != item["product_id"]:
                raise Refused(f"{new!r} is no item of the same product")
            if old == new:
                raise Refused("the new item is the old one")
            if not variant["available"]:
                raise Refused(f"{new!r} is not available")
            difference += cents(variant["price"]) - cents(item["price"])
        return difference

    def _left(self, order: Mapping[str, Any]) -> dict[str, int]:
        """What each method has paid and not got back."""
        left = Ledger()
        for entry in order["payment_history"]:
            sign = 1 if entry["transaction_type"] == "payment" else -1
            left.add(entry["payment_method_id"], sign * cents(entry["amount"]))
        return _settled(left.as_mapping())

    def _pay(self, order: dict[str, Any], kind: str, method_id: str, amount: int) -> None:
        """Write an entry; a gift card is charged and refunded at once."""
        if not amount:
            return
        order["payment_history"].append(
            {
                "transaction_type": kind,
                "amount": Decimal(amount) / 100,
                "payment_method_id": method_id,
            }
        )
        card = _card(order, method_id)
        if card in self._balances:
            self._balances[card] += amount if kind == "refund" else -amount

    def _state_of(self, order: Mapping[str, Any]) -> OrderState:
        paid, refunded = Ledger(), Ledger()
        for entry in order["payment_history"]:
            side = paid if entry["transaction_type"] == "payment" else refunded
            side.add(entry["payment_method_id"], cents(entry["amount"]))
        returned = order.get("return_items", [])
        prices = {item["item_id"]: cents(item["price"]) for item in order["items"]}
        pairs = zip(
            order.get("exchange_items", []), order.get("exchange_new_items", []), strict=False
        )
        return OrderState(
            status=_status(order),
            cancel_reason=order.get("cancel_reason", ""),
            address=_address(order["address"]),
            items=tuple(sorted((item["item_id"], cents(item["price"])) for item in order["items"])),
            paid=paid.as_mapping(),
            refunded=refunded.as_mapping(),
            return_items=tuple(sorted(returned)),
            return_method=order.get("return_payment_method_id", ""),
            return_cents=sum(prices[item] for item in returned),
            exchange_pairs=tuple(sorted(pairs)),
            exchange_method=order.get("exchange_payment_method_id", ""),
            exchange_cents=order.get("exchange_price_difference", 0),
        )


def cents(amount: object) -> int:
    """Dollars as the file writes them, in whole cents."""
    return int((Decimal(str(amount)) * 100).to_integral_value())


def _card(order: Mapping[str, Any], method_id: str) -> str:
    """Under which name a gift card's balance is kept: two users may call theirs alike."""
    return f"{order['user_id']}/{method_id}"


def _settled(left: Mapping[str, int]) -> dict[str, int]:
    """A refund that went to another method than paid counts against those that did pay."""
    owing = -sum(amount for amount in left.values() if amount < 0)
    found = {}
    for method, amount in left.items():
        taken = min(max(0, amount), owing)
        owing -= taken
        if amount - taken > 0:
            found[method] = amount - taken
    return found


def _status(order: Mapping[str, Any]) -> str:
    said = str(order["status"])
    return _SPELLINGS.get(said, said)


def _written(
    address1: str, address2: str, city: str, state: str, country: str, code: str
) -> dict[str, str]:
    return {
        "address1": address1,
        "address2": address2,
        "city": city,
        "state": state,
        "country": country,
        "zip": code,
    }


def _address(raw: Mapping[str, str]) -> Address:
    return address(
        line1=raw["address1"],
        line2=raw["address2"],
        city=raw["city"],
        region=raw["state"],
        country=raw["country"],
        postal_code=raw["zip"],
    )


#: The tools that change something; all others only read.
_WRITING = {
    action.__name__: action
    for action in (
        Simulator.cancel_pending_order,
        Simulator.modify_pending_order_address,
        Simulator.modify_pending_order_payment,
        Simulator.modify_pending_order_items,
        Simulator.modify_user_address,
        Simulator.return_delivered_order_items,
        Simulator.exchange_delivered_order_items,
    )
}
WRITING = frozenset(_WRITING)
