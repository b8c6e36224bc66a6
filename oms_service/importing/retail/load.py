"""A checked retail file becomes rows, in the caller's transaction.

What the file does not say stays unknown: orders have no date, parcels no times and no estimate,
their carrier is ``other``. Three things had to be chosen, and the report repeats them:

- **Stock.** "available" is no quantity. An available variant opens with ``opening_stock`` units
  by a ledger entry of kind ``opening``, an unavailable one with none. Pending orders take their
  units from these, in the order of the file; what is left over of an order is backordered.
  History that was sent before needs no movement: the opening was counted after it.
- **Cancelled orders with a tracking number** keep the number as a parcel with nothing in it: it
  was issued, but a cancelled unit is not a shipped one.
- **Exchange requests** are delivered orders with a log entry that names the wanted items.

A row that is in the shop already is left as it is, so a second run changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from oms_service.catalog import bulk as catalog
from oms_service.customers import bulk as customers
from oms_service.customers.states import IdentityKind
from oms_service.importing.promising import promise_stock
from oms_service.importing.report import IMPORTER, Damaged, Problem, Report
from oms_service.importing.retail import policies
from oms_service.importing.retail.file import (
    ARRIVED,
    CURRENCY,
    RetailAddress,
    RetailFile,
    RetailMethod,
    RetailOrder,
    RetailProduct,
    RetailUser,
    RetailVariant,
    Status,
)
from oms_service.infra import bulk
from oms_service.infra.progress import Tell, silently
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import bulk as inventory
from oms_service.inventory.service import NewLocation, open_location
from oms_service.inventory.states import LocationKind
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language, in_both
from oms_service.kernel.text import digits_key, mail_key, order_key, postal_key
from oms_service.orders import bulk as orders
from oms_service.orders.policy import Sums, derive
from oms_service.orders.states import ChangeKind, ChangeState
from oms_service.payments import bulk as payments
from oms_service.payments.states import EntryKind, MethodKind
from oms_service.ports.carrier import UNNAMED, CarrierStatus
from oms_service.returns import bulk as returns
from oms_service.returns.states import ReturnReason, ReturnState
from oms_service.sales import queries as sales_queries
from oms_service.sales import service as sales
from oms_service.sales.states import ChannelKind, TaxMode
from oms_service.shipping import bulk as shipping

CHANNEL: Final = "retail"
WAREHOUSE: Final = "retail-warehouse"
#: Units an available variant opens with unless told otherwise.
OPENING_STOCK: Final = 10
ZONE: Final = "America/New_York"
_COUNTRIES: Final = {"USA": "US", "CANADA": "CA", "JAPAN": "JP", "UK": "GB"}
_METHODS: Final = {
    "credit_card": MethodKind.CARD,
    "paypal": MethodKind.PAYPAL,
    "gift_card": MethodKind.GIFT_CARD,
}


@dataclass
class _Rows:
    """What one load is going to write about orders."""

    heads: list[orders.OrderRow] = field(default_factory=list)
    lines: list[orders.LineRow] = field(default_factory=list)
    log: list[orders.LogRow] = field(default_factory=list)
    changes: list[orders.ChangeRow] = field(default_factory=list)
    shipments: list[shipping.ShipmentRow] = field(default_factory=list)
    parcels: list[shipping.ParcelRow] = field(default_factory=list)
    contents: list[shipping.ContentRow] = field(default_factory=list)
    entries: list[payments.EntryRow] = field(default_factory=list)
    announced: list[returns.ReturnRow] = field(default_factory=list)
    return_lines: list[returns.ReturnLineRow] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Shop:
    """What orders of the file point at."""

    channel_id: int
    variants: dict[str, int]
    people: dict[str, int]
    methods: dict[tuple[int, str], int]
    users: dict[str, RetailUser]
    now: datetime


def load(
    uow: UnitOfWork,
    file: RetailFile,
    *,
    opening_stock: int = OPENING_STOCK,
    tell: Tell = silently,
) -> Report:
    """Write what is not there yet.

    Raises:
        Damaged: a row of the file contradicts what the shop has already.
    """
    report = Report(warnings=list(file.warnings))
    session = uow.session
    bulk.alone(session)
    is_new = not _has_channel(session)
    channel = sales.open_channel(
        uow,
        sales.NewChannel(
            code=CHANNEL,
            name={"ja": "リテール(USD)", "en": "Retail (USD)"},
            kind=ChannelKind.WEB,
            currency=CURRENCY,
            tax_mode=TaxMode.EXCLUSIVE,
            zone=ZONE,
            locale=Language.ENGLISH,
        ),
    )
    if is_new:
        policies.put_in_force(uow, channel.id)
    report.count("channels", new=int(is_new), unchanged=int(not is_new))
    warehouse = open_location(
        uow,
        NewLocation(
            code=WAREHOUSE,
            kind=LocationKind.WAREHOUSE,
            name={"ja": "リテール倉庫", "en": "Retail warehouse"},
            country="US",
            zone=ZONE,
        ),
    )
    tell("products", 0, len(file.products))
    variants = _products(uow, file, warehouse, opening_stock, report)
    tell("customers", 0, len(file.users))
    people = _users(uow, file.users, report)
    methods = _methods(uow, file.users, people, report)
    shop = _Shop(
        channel_id=channel.id,
        variants=variants,
        people=people,
        methods=methods,
        users={user.user_id: user for user in file.users},
        now=uow.now,
    )
    tell("orders", 0, len(file.orders))
    _orders(uow, file.orders, shop, warehouse, report)
    tell("orders", len(file.orders), len(file.orders))
    return report


def _has_channel(session: Session) -> bool:
    try:
        sales_queries.channel(session, CHANNEL)
    except NotFound:
        return False
    return True


def _products(
    uow: UnitOfWork, file: RetailFile, warehouse: int, opening_stock: int, report: Report
) -> dict[str, int]:
    session = uow.session
    every = [variant for product in file.products for variant in product.variants]
    known = catalog.products(session, (product.product_id for product in file.products))
    there = catalog.variants(session, (variant.item_id for variant in every))
    new_products = [one for one in file.products if one.product_id not in known]
    ids = {code: row.id for code, row in known.items()} | dict(
        zip(
            (one.product_id for one in new_products),
            catalog.reserve_products(session, len(new_products)),
            strict=True,
        )
    )
    _no_strangers(every, there, ids)
    new = [variant for variant in every if variant.item_id not in there]
    variant_ids = {sku: row.id for sku, row in there.items()} | dict(
        zip((one.item_id for one in new), catalog.reserve_variants(session, len(new)), strict=True)
    )
    catalog.add(
        session,
        [_product_row(one, ids[one.product_id]) for one in new_products],
        [_variant_row(one, ids[one.product_id], variant_ids[one.item_id]) for one in new],
        [
            catalog.PriceRow(
                variant_id=variant_ids[one.item_id],
                currency=CURRENCY,
                channel_id=None,
                amount_minor=one.price_minor,
            )
            for one in new
        ],
    )
    counts = [
        inventory.Count(
            variant_id=variant_ids[one.item_id],
            location_id=warehouse,
            on_hand=opening_stock if one.is_available else 0,
        )
        for one in new
    ]
    inventory.set_counted(
        session, counts, actor=uow.actor.ref, at=uow.now, cause=f"import:{CHANNEL}"
    )
    report.count("products", new=len(new_products), unchanged=len(known))
    report.count("variants", new=len(new), unchanged=len(there))
    report.count(
        "opening movements",
        new=sum(count.on_hand > 0 for count in counts),
    )
    report.notes["opening stock"] = (
        f"{opening_stock} units of each available variant, none of the others"
    )
    return variant_ids


def _no_strangers(
    every: Iterable[RetailVariant], there: dict[str, catalog.VariantRow], ids: dict[str, int]
) -> None:
    problems = [
        Problem(
            where=f'products["{one.product_id}"].variants["{one.item_id}"]',
            field="item_id",
            says=f"SKU {one.item_id} belongs to another product of the shop",
        )
        for one in every
        if one.item_id in there and there[one.item_id].product_id != ids[one.product_id]
    ]
    if problems:
        raise Damaged(problems)


def _product_row(one: RetailProduct, product_id: int) -> catalog.ProductRow:
    return catalog.ProductRow(
        id=product_id, code=one.product_id, name=in_both(one.name), description={}
    )


def _variant_row(one: RetailVariant, product_id: int, variant_id: int) -> catalog.VariantRow:
    return catalog.VariantRow(
        id=variant_id,
        product_id=product_id,
        sku=one.item_id,
        options=one.options,
        option_words={},
        tax_rate_bp=0,
    )


def _users(uow: UnitOfWork, users: Iterable[RetailUser], report: Report) -> dict[str, int]:
    session = uow.session
    people = list(users)
    by_name = {
        user.user_id: (
            IdentityKind.EXTERNAL,
            customers.external_key(user.user_id, scope=CHANNEL),
        )
        for user in people
    }
    by_mail = {user.user_id: (IdentityKind.MAIL, mail_key(user.email)) for user in people}
    known = customers.known(session, [*by_name.values(), *by_mail.values()])
    found: dict[str, int] = {}
    identities: list[customers.IdentityRow] = []
    rows: list[customers.CustomerRow] = []
    addresses: list[customers.AddressRow] = []
    strangers = []
    for user in people:
        name, mail = by_name[user.user_id], by_mail[user.user_id]
        if name in known:
            found[user.user_id] = known[name]
        elif mail in known:
            found[user.user_id] = known[mail]
            identities.append(customers.external(known[mail], user.user_id, scope=CHANNEL))
        else:
            strangers.append(user)
    reserved = customers.reserve(session, len(strangers))
    for user, customer_id in zip(strangers, reserved, strict=True):
        found[user.user_id] = customer_id
        rows.append(_customer_row(user, customer_id, uow.now))
        identities += [
            customers.mail(customer_id, user.email),
            customers.external(customer_id, user.user_id, scope=CHANNEL),
        ]
        addresses.append(_address_row(user, customer_id))
    customers.add(session, rows, identities, addresses)
    report.count("customers", new=len(strangers), unchanged=len(people) - len(strangers))
    return found


def _customer_row(user: RetailUser, customer_id: int, now: datetime) -> customers.CustomerRow:
    return customers.CustomerRow(
        id=customer_id,
        family_name=user.last_name,
        given_name=user.first_name,
        search=customers.search_text(user.first_name, user.last_name, user.email),
        language=Language.ENGLISH,
        created_at=now,
    )


def _address_row(user: RetailUser, customer_id: int) -> customers.AddressRow:
    where = user.address
    return customers.AddressRow(
        customer_id=customer_id,
        recipient=f"{user.first_name} {user.last_name}",
        country=_country(where),
        postal_code=where.zip,
        region=where.state,
        city=where.city,
        line1=where.address1,
        line2=where.address2,
    )


def _country(where: RetailAddress) -> str:
    name = where.country.upper()
    return _COUNTRIES.get(name, name[:2])


def _methods(
    uow: UnitOfWork, users: Iterable[RetailUser], people: dict[str, int], report: Report
) -> dict[tuple[int, str], int]:
    known = payments.known_methods(uow.session, people.values())
    new: list[tuple[int, RetailMethod]] = [
        (people[user.user_id], method)
        for user in users
        for method in user.methods
        if (people[user.user_id], method.method_id) not in known
    ]
    rows: list[payments.MethodRow] = []
    stored: list[payments.StoredValueRow] = []
    reserved = payments.reserve_methods(uow.session, len(new))
    for (customer_id, method), method_id in zip(new, reserved, strict=True):
        rows.append(
            payments.MethodRow(
                id=method_id,
                customer_id=customer_id,
                kind=_METHODS[method.source],
                token=method.method_id,
                brand=method.brand,
                last_four=method.last_four,
                currency=CURRENCY if method.balance_minor is not None else None,
                balance_minor=method.balance_minor,
            )
        )
        if method.balance_minor:
            stored.append(
                payments.StoredValueRow(
                    method_id=method_id,
                    amount_minor=method.balance_minor,
                    cause="opening",
                    actor=uow.actor.ref,
                    at=uow.now,
                    key=f"import:{CHANNEL}:opening:{method_id}",
                )
            )
    payments.add_methods(uow.session, rows, stored)
    report.count("payment methods", new=len(rows), unchanged=len(known))
    report.count("opening balances", new=len(stored))
    return known | {(row.customer_id, row.token): row.id for row in rows}


def _orders(
    uow: UnitOfWork,
    every: Iterable[RetailOrder],
    shop: _Shop,
    warehouse: int,
    report: Report,
) -> None:
    session = uow.session
    whole = list(every)
    known = orders.known(session, shop.channel_id, (one.order_id for one in whole))
    new = [one for one in whole if one.order_id not in known]
    _no_doubles(session, new)
    rows = _Rows()
    order_ids = orders.reserve_orders(session, len(new))
    line_ids = iter(orders.reserve_lines(session, sum(len(one.lines) for one in new)))
    shipment_ids = iter(shipping.reserve_shipments(session, sum(bool(o.parcels) for o in new)))
    parcel_ids = iter(shipping.reserve_parcels(session, sum(len(one.parcels) for one in new)))
    return_ids = iter(returns.reserve(session, len(new)))
    for one, order_id in zip(new, order_ids, strict=True):
        lines = _lines(one, order_id, shop, line_ids)
        rows.lines += lines
        rows.entries += _entries(one, order_id, shop)
        rows.heads.append(_order_row(one, order_id, lines, shop))
        rows.log += _log(one, order_id)
        if one.status is Status.PENDING_MODIFIED:
            rows.changes.append(_changed(one, order_id, shop))
        if one.parcels:
            _ship(rows, one, lines, next(shipment_ids), parcel_ids)
        if one.status is Status.RETURN_REQUESTED:
            _return(rows, one, lines, next(return_ids), shop)
    orders.add(session, rows.heads, rows.lines, rows.log, changes=rows.changes)
    shipping.add(session, rows.shipments, rows.parcels, rows.contents)
    returns.add(session, rows.announced, rows.return_lines)
    payments.add_entries(session, rows.entries)
    promised = promise_stock(uow, rows.lines, [warehouse])
    report.count("orders", new=len(new), unchanged=len(known))
    report.count("order lines", new=len(rows.lines))
    report.count("parcels", new=len(rows.parcels))
    report.count("payments and refunds", new=len(rows.entries))
    report.count("returns", new=len(rows.announced))
    report.notes["units promised to open orders"] = promised
    report.notes["units backordered"] = sum(line.backordered for line in rows.lines) - promised


def _no_doubles(session: Session, new: Iterable[RetailOrder]) -> None:
    """Order and tracking numbers are the shop's own only once."""
    whole = list(new)
    numbers = orders.taken_numbers(session, (order_key(one.order_id) for one in whole))
    parcels = shipping.known(
        session, UNNAMED, (order_key(p.tracking) for one in whole for p in one.parcels)
    )
    problems = [
        Problem(
            where=f'orders["{one.order_id}"]',
            field="order_id",
            says="an order of another channel has this number",
        )
        for one in whole
        if order_key(one.order_id) in numbers
    ]
    problems += [
        Problem(
            where=parcel.place,
            field="tracking_id",
            says=f"{parcel.tracking!r} belongs to another parcel of the shop",
        )
        for one in whole
        for parcel in one.parcels
        if order_key(parcel.tracking) in parcels
    ]
    if problems:
        raise Damaged(problems)


def _lines(
    one: RetailOrder, order_id: int, shop: _Shop, ids: Iterable[int]
) -> list[orders.LineRow]:
    sent: dict[str, int] = {}
    for parcel in one.parcels:
        for item_id, units in parcel.contents.items():
            sent[item_id] = sent.get(item_id, 0) + units
    is_cancelled = one.status is Status.CANCELLED
    found = []
    for position, (line, line_id) in enumerate(zip(one.lines, ids, strict=False), start=1):
        has_arrived = one.status in ARRIVED
        shipped = line.quantity if has_arrived else sent.get(line.item_id, 0)
        shipped = 0 if is_cancelled else shipped
        back = one.coming_back.get(line.item_id, 0)
        found.append(
            orders.LineRow(
                id=line_id,
                order_id=order_id,
                position=position,
                variant_id=shop.variants[line.item_id],
                sku=line.item_id,
                name=in_both(line.name),
                options=line.options,
                unit_price_minor=line.price_minor,
                tax_rate_bp=0,
                ordered=line.quantity,
                backordered=0 if is_cancelled else line.quantity - shipped,
                shipped=shipped,
                delivered=line.quantity if has_arrived else 0,
                cancelled=line.quantity if is_cancelled else 0,
                return_requested=back if one.status is Status.RETURN_REQUESTED else 0,
            )
        )
    return found


def _order_row(
    one: RetailOrder, order_id: int, lines: list[orders.LineRow], shop: _Shop
) -> orders.OrderRow:
    user = shop.users[one.user_id]
    owed = one.items_minor
    states = derive(
        [line.counters for line in lines],
        Sums(captured=one.paid_minor(), refunded=one.paid_minor(refunds=True)),
        total_minor=owed,
    )
    return orders.OrderRow(
        id=order_id,
        number=one.order_id,
        number_key=order_key(one.order_id),
        digits_key=digits_key(one.order_id),
        channel_id=shop.channel_id,
        external_ref=one.order_id,
        customer_id=shop.people[one.user_id],
        language=Language.ENGLISH,
        currency=CURRENCY,
        placed_at=None,
        created_at=shop.now,
        ship_to={
            "recipient": f"{user.first_name} {user.last_name}",
            "country": _country(one.address),
            "postal_code": one.address.zip,
            "region": one.address.state,
            "city": one.address.city,
            "line1": one.address.address1,
            "line2": one.address.address2,
            "phone": "",
        },
        mail_key=mail_key(user.email),
        postal_key=postal_key(one.address.zip),
        items_minor=owed,
        total_minor=owed,
        cancel_reason=one.cancel_reason,
        order_state=states.order,
        payment_state=states.payment,
        fulfilment_state=states.fulfilment,
    )


def _entries(one: RetailOrder, order_id: int, shop: _Shop) -> list[payments.EntryRow]:
    customer_id = shop.people[one.user_id]
    return [
        payments.EntryRow(
            order_id=order_id,
            method_id=shop.methods[customer_id, entry.method_id],
            kind=EntryKind.REFUNDED if entry.is_refund else EntryKind.CAPTURED,
            amount_minor=entry.amount_minor,
            currency=CURRENCY,
            actor=IMPORTER.ref,
            at=None,
            key=f"import:{CHANNEL}:{one.order_id}:{number}",
        )
        for number, entry in enumerate(one.payments, start=1)
    ]


def _log(one: RetailOrder, order_id: int) -> list[orders.LogRow]:
    kinds: list[tuple[str, dict[str, object]]] = [("placed", {})]
    if one.status is Status.PENDING_MODIFIED:
        kinds.append(("changed", {}))
    if one.status is Status.CANCELLED:
        kinds.append(("cancelled", {"reason": one.cancel_reason} if one.cancel_reason else {}))
    if one.status is Status.EXCHANGE_REQUESTED:
        kinds.append(
            (
                "exchange_requested",
                {"items": one.coming_back, "wanted": list(one.wanted_instead)},
            )
        )
    return [
        orders.LogRow(
            order_id=order_id, kind=kind, at=None, actor=IMPORTER.ref, channel=CHANNEL, data=data
        )
        for kind, data in kinds
    ]


def _changed(one: RetailOrder, order_id: int, shop: _Shop) -> orders.ChangeRow:
    """The items were changed once already; the file does not say from what."""
    return orders.ChangeRow(
        order_id=order_id,
        position=1,
        kind=ChangeKind.ITEMS,
        state=ChangeState.CONFIRMED,
        channel=CHANNEL,
        wish={},
        before_minor=one.items_minor,
        after_minor=one.items_minor,
        requested_by=IMPORTER.ref,
        requested_at=shop.now,
        decided_by=IMPORTER.ref,
        decided_at=shop.now,
        key=f"import:{CHANNEL}:{one.order_id}:changed",
    )


def _ship(
    rows: _Rows,
    one: RetailOrder,
    lines: list[orders.LineRow],
    shipment_id: int,
    ids: Iterable[int],
) -> None:
    rows.shipments.append(
        shipping.ShipmentRow(
            id=shipment_id,
            number=f"S-{order_key(one.order_id)}",
            order_id=lines[0].order_id,
            location_id=None,
            created_at=None,
        )
    )
    by_item = {line.sku: line for line in lines}
    for parcel, parcel_id in zip(one.parcels, ids, strict=False):
        rows.parcels.append(
            shipping.ParcelRow(
                id=parcel_id,
                shipment_id=shipment_id,
                carrier=UNNAMED,
                tracking_number=parcel.tracking,
                tracking_key=order_key(parcel.tracking),
                status=(
                    CarrierStatus.DELIVERED if one.status in ARRIVED else CarrierStatus.UNKNOWN
                ),
            )
        )
        if one.status is not Status.CANCELLED:
            rows.contents += [
                shipping.ContentRow(
                    parcel_id=parcel_id, order_line_id=by_item[item_id].id, quantity=units
                )
                for item_id, units in parcel.contents.items()
            ]


def _return(
    rows: _Rows, one: RetailOrder, lines: list[orders.LineRow], return_id: int, shop: _Shop
) -> None:
    coming = [line for line in lines if line.return_requested]
    customer_id = shop.people[one.user_id]
    rows.announced.append(
        returns.ReturnRow(
            id=return_id,
            number=f"R-{order_key(one.order_id)}",
            order_id=lines[0].order_id,
            state=ReturnState.REQUESTED,
            channel=CHANNEL,
            refund_minor=sum(line.unit_price_minor * line.return_requested for line in coming),
            currency=CURRENCY,
            refund_method_id=shop.methods.get((customer_id, one.refund_method_id)),
            requested_by=f"customer:{customer_id}",
            requested_at=shop.now,
            key=f"import:{CHANNEL}:{one.order_id}:return",
        )
    )
    rows.return_lines += [
        returns.ReturnLineRow(
            return_id=return_id,
            order_line_id=line.id,
            quantity=line.return_requested,
            reason=ReturnReason.OTHER,
        )
        for line in coming
    ]
