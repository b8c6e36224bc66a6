"""From the text of a retail file to its checked contents, or to a list of what is wrong."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

from oms_service.importing.report import Damaged, Problem
from oms_service.importing.retail.file import (
    ARRIVED,
    CURRENCY,
    OPEN,
    RetailAddress,
    RetailFile,
    RetailLine,
    RetailMethod,
    RetailOrder,
    RetailParcel,
    RetailPayment,
    RetailProduct,
    RetailUser,
    RetailVariant,
    Status,
)
from oms_service.importing.shape import Spot, Wrong
from oms_service.kernel.money import Money
from oms_service.kernel.text import digits_key, mail_key, order_key

T = TypeVar("T")

SOURCES: Final = ("credit_card", "paypal", "gift_card")
_STATUSES: Final = {str(status): status for status in Status} | {
    "pending (items modified)": Status.PENDING_MODIFIED,
    "pending (item modifed)": Status.PENDING_MODIFIED,
    "pending (items modifed)": Status.PENDING_MODIFIED,
}
_ID: Final = 60
_LONGEST_NUMBER: Final = 40
_MOST_PROBLEMS: Final = 100


def read_file(path: Path) -> RetailFile:
    """The same from a file in UTF-8."""
    try:
        return read(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        says = f"is not UTF-8: {error.reason} at byte {error.start}"
        raise Damaged([Problem(where="the file", field="", says=says)]) from None


def read(text: str) -> RetailFile:
    """Everything in the file, checked.

    Raises:
        Damaged: with a place and a sentence for each row that is wrong (the first hundred).
    """
    try:
        whole = Spot(json.loads(text, parse_float=Decimal, parse_constant=_no_number))
    except (ValueError, RecursionError) as error:
        raise Damaged([Problem(where="the file", field="", says=f"is no JSON: {error}")]) from None
    problems: list[Problem] = []
    products = _rows(whole, "products", _product, problems)
    users = _rows(whole, "users", _user, problems)
    known = _Known(whole, products, users)
    orders = _rows(whole, "orders", lambda name, spot: _order(name, spot, known), problems)
    problems += _collisions(products, users, orders)
    if problems:
        raise Damaged(problems[:_MOST_PROBLEMS])
    return RetailFile(
        products=products,
        users=users,
        orders=orders,
        warnings=tuple(_doubts(orders)),
    )


class _ToldAlready(Exception):
    """A row that points at a wrong one: the wrong one is complained of, not this."""


class _Known:
    """What orders may refer to, and what they refer to in vain for a reason told elsewhere."""

    def __init__(
        self, whole: Spot, products: Iterable[RetailProduct], users: Iterable[RetailUser]
    ) -> None:
        self.variants = {one.item_id: one for product in products for one in product.variants}
        self.methods = {user.user_id: {one.method_id for one in user.methods} for user in users}
        self._wrong_users = _inside(whole.value, "users").keys() - self.methods.keys()
        self._wrong_items = {
            item
            for product in _inside(whole.value, "products").values()
            for item in _inside(product, "variants")
        } - self.variants.keys()

    def variant(self, spot: Spot) -> RetailVariant:
        item_id = spot.text(longest=_ID)
        if item_id in self._wrong_items:
            raise _ToldAlready
        if item_id not in self.variants:
            raise spot.wrong(f"no product has the item {item_id!r}")
        return self.variants[item_id]

    def user(self, spot: Spot) -> str:
        user_id = spot.text(longest=_ID)
        if user_id in self._wrong_users:
            raise _ToldAlready
        if user_id not in self.methods:
            raise spot.wrong(f"no user is called {user_id!r}")
        return user_id


def _inside(value: object, name: str) -> dict[str, object]:
    """A member that is an object, or an empty one; here nothing is complained of."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _rows(
    whole: Spot, name: str, reader: Callable[[str, Spot], T], problems: list[Problem]
) -> tuple[T, ...]:
    found = []
    try:
        for key, spot in whole.at(name).named():
            try:
                found.append(reader(key, spot))
            except _ToldAlready:
                continue
            except Wrong as wrong:
                problems.append(wrong.problem)
    except Wrong as wrong:
        problems.append(wrong.problem)
    return tuple(found)


def _product(name: str, spot: Spot) -> RetailProduct:
    product_id = _same(spot.at("product_id"), name)
    return RetailProduct(
        product_id=product_id,
        name=spot.at("name").text(longest=200),
        variants=tuple(
            RetailVariant(
                item_id=_same(one.at("item_id"), key),
                product_id=product_id,
                options=one.at("options").words(longest=120),
                is_available=one.at("available").flag(),
                price_minor=one.at("price").money(CURRENCY),
            )
            for key, one in spot.at("variants").named()
        ),
    )


def _user(name: str, spot: Spot) -> RetailUser:
    names = spot.at("name")
    mail = spot.at("email")
    address = mail.text(longest=320)
    if address.count("@") != 1 or address.startswith("@") or address.endswith("@"):
        raise mail.wrong(f"{address!r} is not a mail address")
    return RetailUser(
        user_id=_same(spot.at("user_id"), name),
        first_name=names.at("first_name").text(longest=80),
        last_name=names.at("last_name").text(longest=80),
        email=address,
        address=_address(spot.at("address")),
        methods=tuple(_method(key, one) for key, one in spot.at("payment_methods").named()),
    )


def _address(spot: Spot) -> RetailAddress:
    return RetailAddress(
        address1=spot.at("address1").text(longest=160),
        address2=spot.at("address2").text(longest=160, may_be_empty=True),
        city=spot.at("city").text(longest=80),
        state=spot.at("state").text(longest=60),
        zip=spot.at("zip").text(longest=12),
        country=spot.at("country").text(longest=60),
    )


def _method(name: str, spot: Spot) -> RetailMethod:
    source = spot.at("source").one_of(
        lambda word: word if word in SOURCES else None, known=", ".join(SOURCES)
    )
    balance = spot.at("balance").money(CURRENCY) if source == "gift_card" else None
    last_four = spot.at("last_four").text(longest=4) if source == "credit_card" else ""
    return RetailMethod(
        method_id=_same(spot.at("id"), name),
        source=source,
        brand=spot.at("brand").text(longest=40) if source == "credit_card" else "",
        last_four=last_four,
        balance_minor=balance,
    )


def _order(name: str, spot: Spot, known: _Known) -> RetailOrder:
    order_id = _same(spot.at("order_id"), name)
    if not digits_key(order_id) or len(order_id) > _LONGEST_NUMBER:
        raise spot.at("order_id").wrong("should have a digit and at most 40 characters")
    user_id = known.user(spot.at("user_id"))
    status = spot.at("status").one_of(_STATUSES.get, known=", ".join(Status))
    lines = _lines(spot.at("items"), known)
    units = {line.item_id: line.quantity for line in lines}
    methods = known.methods[user_id]
    return RetailOrder(
        order_id=order_id,
        user_id=user_id,
        status=status,
        address=_address(spot.at("address")),
        lines=lines,
        parcels=_parcels(spot.at("fulfillments"), units, status),
        payments=tuple(_payment(one, methods) for one in spot.at("payment_history").each()),
        cancel_reason=_optional(spot.find("cancel_reason")),
        coming_back=_coming_back(spot, units, status),
        wanted_instead=_instead(spot.find("exchange_new_items"), known, status),
        refund_method_id=_refund_method(spot.find("return_payment_method_id"), methods),
    )


def _lines(spot: Spot, known: _Known) -> tuple[RetailLine, ...]:
    found: dict[str, RetailLine] = {}
    for one in spot.each():
        line = _line(one, known)
        before = found.get(line.item_id)
        if before is None:
            found[line.item_id] = line
        elif before.price_minor != line.price_minor:
            raise one.at("price").wrong("differs from the price of the same item above")
        else:
            found[line.item_id] = _more(before)
    if not found:
        raise spot.wrong("is empty")
    return tuple(found.values())


def _line(spot: Spot, known: _Known) -> RetailLine:
    variant = known.variant(spot.at("item_id"))
    product = spot.at("product_id")
    if product.text(longest=_ID) != variant.product_id:
        raise product.wrong(f"item {variant.item_id} belongs to product {variant.product_id}")
    return RetailLine(
        item_id=variant.item_id,
        product_id=variant.product_id,
        name=spot.at("name").text(longest=200),
        options=spot.at("options").words(longest=120),
        price_minor=spot.at("price").money(CURRENCY),
        quantity=1,
    )


def _more(line: RetailLine) -> RetailLine:
    return RetailLine(
        item_id=line.item_id,
        product_id=line.product_id,
        name=line.name,
        options=line.options,
        price_minor=line.price_minor,
        quantity=line.quantity + 1,
    )


def _parcels(spot: Spot, units: Mapping[str, int], status: Status) -> tuple[RetailParcel, ...]:
    left = Counter(units)
    found: list[RetailParcel] = []
    for one in spot.each():
        contents: Counter[str] = Counter()
        for item in one.at("item_ids").each():
            item_id = item.text(longest=_ID)
            if left[item_id] <= 0:
                raise item.wrong(f"item {item_id} is not, or not so often, in this order")
            left[item_id] -= 1
            contents[item_id] += 1
        numbers = list(one.at("tracking_id").each())
        if not numbers:
            raise one.at("tracking_id").wrong("is empty")
        found += [
            RetailParcel(
                tracking=_tracking(number),
                place=number.path,
                contents=dict(contents) if number is numbers[0] else {},
            )
            for number in numbers
        ]
    if status in OPEN and found:
        raise spot.wrong(f"an order that is {status} cannot have been sent")
    return tuple(found)


def _tracking(spot: Spot) -> str:
    number = spot.text(longest=_ID)
    if not order_key(number):
        raise spot.wrong("has neither letters nor digits")
    return number


def _payment(spot: Spot, methods: set[str]) -> RetailPayment:
    kind = spot.at("transaction_type").one_of(
        lambda word: word if word in {"payment", "refund"} else None, known="payment, refund"
    )
    return RetailPayment(
        is_refund=kind == "refund",
        amount_minor=spot.at("amount").money(CURRENCY, at_least=1),
        method_id=_own_method(spot.at("payment_method_id"), methods),
    )


def _own_method(spot: Spot, methods: set[str]) -> str:
    method = spot.text(longest=120)
    if method not in methods:
        raise spot.wrong(f"the customer has no payment method {method!r}")
    return method


def _refund_method(spot: Spot, methods: set[str]) -> str:
    return _own_method(spot, methods) if spot.is_there else ""


def _coming_back(spot: Spot, units: Mapping[str, int], status: Status) -> dict[str, int]:
    name = {
        Status.RETURN_REQUESTED: "return_items",
        Status.EXCHANGE_REQUESTED: "exchange_items",
    }.get(status)
    if name is None:
        return {}
    left, found = Counter(units), Counter[str]()
    for item in spot.at(name).each():
        item_id = item.text(longest=_ID)
        if left[item_id] <= 0:
            raise item.wrong(f"item {item_id} is not, or not so often, in this order")
        left[item_id] -= 1
        found[item_id] += 1
    if not found:
        raise spot.at(name).wrong("is empty")
    return dict(found)


def _instead(spot: Spot, known: _Known, status: Status) -> tuple[str, ...]:
    if status is not Status.EXCHANGE_REQUESTED or not spot.is_there:
        return ()
    return tuple(known.variant(item).item_id for item in spot.each())


def _optional(spot: Spot) -> str:
    return spot.text(longest=_ID, may_be_empty=True) if spot.is_there else ""


def _same(spot: Spot, name: str) -> str:
    """A row's own id, which must be what the row is filed under."""
    found = spot.text(longest=_ID)
    if found != name:
        raise spot.wrong(f"{found!r} is filed under {name!r}")
    return found


def _collisions(
    products: Iterable[RetailProduct],
    users: Iterable[RetailUser],
    orders: Iterable[RetailOrder],
) -> list[Problem]:
    """What each row may say, but not two of them."""
    named: list[tuple[str, str, str, str]] = [
        (f'products["{p.product_id}"].variants["{v.item_id}"]', "item_id", v.item_id, v.item_id)
        for p in products
        for v in p.variants
    ]
    named += [(f'users["{u.user_id}"]', "email", mail_key(u.email), u.email) for u in users]
    for order in orders:
        where = f'orders["{order.order_id}"]'
        named.append((where, "order_id", order_key(order.order_id), order.order_id))
        named += [
            (one.place, "tracking_id", order_key(one.tracking), one.tracking)
            for one in order.parcels
        ]
    first: dict[tuple[str, str], str] = {}
    problems = []
    for where, field, key, shown in named:
        before = first.setdefault((field, key), where)
        if before != where:
            problems.append(
                Problem(where=where, field=field, says=f"{shown!r} stands at {before} already")
            )
    return problems


def _doubts(orders: Iterable[RetailOrder]) -> list[str]:
    """What may be right but should be looked at."""
    found = []
    for order in orders:
        paid, owed = order.paid_minor(), order.items_minor
        if paid != owed:
            found.append(
                f"{order.order_id}: items come to {_said(owed)}, payments to {_said(paid)}"
            )
        if order.paid_minor(refunds=True) > paid:
            found.append(f"{order.order_id}: more was refunded than paid")
        sent = sum(sum(parcel.contents.values()) for parcel in order.parcels)
        if order.status in ARRIVED and sent != sum(line.quantity for line in order.lines):
            found.append(f"{order.order_id}: is {order.status}, but not every item was sent")
    return found


def _said(minor: int) -> str:
    return f"{Money(minor, CURRENCY).decimal} {CURRENCY}"


def _no_number(name: str) -> Decimal:
    raise ValueError(f"{name} is not a number")
