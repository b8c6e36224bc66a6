"""A shop to talk about: things in versions, rules for what comes back, orders of every kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from oms_service.catalog.models import Price, Product, Variant
from oms_service.infra.uow import UnitOfWork
from oms_service.payments.states import MethodKind
from tests.factories.coming_back import adopt_claims, adopt_exchanges, adopt_returns
from tests.factories.money import make_balance, make_card, make_method
from tests.factories.orders import make_delivered_order, make_order, ship
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.stock import stock_up

_COLOURS = {"blue": "青", "red": "赤", "black": "黒", "white": "白"}
#: By product: its names, and its versions with price and stock.
_THINGS: Mapping[str, tuple[str, str, Mapping[tuple[str, str], tuple[int, int]]]] = {
    "TEE": (
        "コットンTシャツ",
        "Cotton T-shirt",
        {
            ("blue", "M"): (2_000, 900),
            ("red", "M"): (2_000, 900),
            ("red", "L"): (2_200, 900),
            ("black", "M"): (2_000, 0),
        },
    ),
    "LAMP": (
        "デスクランプ",
        "Desk lamp",
        {
            ("black", "S"): (5_000, 900),
            ("red", "S"): (5_000, 900),
            ("white", "S"): (4_800, 900),
        },
    ),
}
#: What each kind of order holds.
CONTENTS: Mapping[str, Mapping[str, int]] = {
    "open": {"TEE-BLUE-M": 2, "MUG": 1},
    "second": {"LAMP-BLACK-S": 1},
    "sent": {"MUG": 1},
    "arrived": {"COFFEE": 3, "MUG": 1},
    "worn": {"TEE-BLUE-M": 1, "LAMP-BLACK-S": 1},
    "old": {"MUG": 1},
}


@dataclass(frozen=True)
class Talker:
    """A customer, and their orders' numbers by kind."""

    customer_id: int
    mail: str
    numbers: Mapping[str, str]


def make_talking_shop(uow: UnitOfWork) -> Shop:
    shop = make_shop(uow, stock=900)
    mug = uow.session.get_one(Variant, shop.mug_id)
    uow.session.get_one(Product, mug.product_id).name = {"ja": "マグカップ", "en": "Mug"}
    for code, (ja, en, versions) in _THINGS.items():
        product = Product(
            code=f"P-{code}", name={"ja": ja, "en": en}, description={}, category="home"
        )
        uow.session.add(product)
        uow.session.flush()
        for (colour, size), (price, stock) in versions.items():
            variant = Variant(
                product_id=product.id,
                sku=f"{code}-{colour}-{size}".upper(),
                options={"color": colour, "size": size},
                option_words={"ja": {"color": _COLOURS[colour], "size": size}},
                tax_rate_bp=1_000,
            )
            uow.session.add(variant)
            uow.session.flush()
            uow.session.add(Price(variant_id=variant.id, currency="JPY", amount_minor=price))
            uow.session.flush()
            if stock:
                stock_up(uow, variant.id, shop.location_id, stock)
    adopt_returns(uow, shop)
    adopt_exchanges(uow, shop)
    adopt_claims(uow, shop, at_once_up_to_minor=100_000)
    return shop


def make_talker(uow: UnitOfWork, shop: Shop, number: int, kinds: Sequence[str]) -> Talker:
    """A customer with orders of these kinds, a credit card, a gift card and PayPal.

    ``number`` tells them apart: their orders are A-{number}1, A-{number}2, ...
    """
    mail = f"talker{number}@example.jp"
    theirs = replace(shop, customer_id=make_customer(uow, mail))
    card = make_card(uow, theirs, f"pm_{number}")
    make_balance(uow, theirs, 50_000, name=f"gift_{number}")
    make_method(uow, theirs, MethodKind.PAYPAL, name=f"paypal_{number}")
    numbers = {kind: f"A-{number}{place}" for place, kind in enumerate(kinds, start=1)}
    for kind, its in numbers.items():
        items, of = CONTENTS[kind], theirs.customer_id
        if kind in {"open", "second"}:
            make_order(uow, shop, items=items, number=its, customer_id=of, method_id=card)
        elif kind == "sent":
            ship(uow, shop, make_order(uow, shop, items=items, number=its, customer_id=of))
        else:
            make_delivered_order(
                uow,
                shop,
                items=items,
                number=its,
                customer_id=of,
                days_ago=60 if kind == "old" else 3,
                method_id=card,
            )
    return Talker(theirs.customer_id, mail, numbers)
