"""Orders out of rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice, pairwise
from typing import Any, Final

from oms_service.catalog import bulk as catalog
from oms_service.catalog.bulk import Sellable
from oms_service.importing.promising import promise_stock
from oms_service.importing.report import IMPORTER, Problem
from oms_service.importing.tables.columns import Status
from oms_service.importing.tables.loader import Group, Work, sift, twice
from oms_service.importing.tables.people import PLACE, People, full_name
from oms_service.importing.tables.reading import Row, at
from oms_service.inventory import bulk as inventory
from oms_service.kernel.text import digits_key, mail_key, order_key, phone_key, postal_key
from oms_service.operations.placement.pricing import Priced, Totals, price
from oms_service.orders import bulk as orders
from oms_service.orders.policy import Sums, derive
from oms_service.payments import bulk as payments
from oms_service.payments.states import EntryKind, MethodKind
from oms_service.ports.carrier import UNNAMED, CarrierStatus
from oms_service.shipping import bulk as shipping
from oms_service.shipping.states import FINAL

#: What may differ between the rows of one order.
OF_A_LINE: Final = frozenset(
    {
        "sku",
        "quantity",
        "unit_price",
        "line_discount",
        "carrier",
        "tracking_number",
        "shipped_at",
        "delivered_at",
    }
)
_STATES: Final = {
    Status.OPEN: CarrierStatus.UNKNOWN,
    Status.SHIPPED: CarrierStatus.UNKNOWN,
    Status.CANCELLED: CarrierStatus.UNKNOWN,
    Status.DELIVERED: CarrierStatus.DELIVERED,
}
_SENT: Final = frozenset({Status.SHIPPED, Status.DELIVERED})


@dataclass
class _Rows:
    """What one chunk is going to write."""

    heads: list[orders.OrderRow] = field(default_factory=list)
    taxes: list[orders.TaxRow] = field(default_factory=list)
    lines: list[orders.LineRow] = field(default_factory=list)
    log: list[orders.LogRow] = field(default_factory=list)
    entries: list[payments.EntryRow] = field(default_factory=list)
    shipments: list[shipping.ShipmentRow] = field(default_factory=list)
    parcels: list[shipping.ParcelRow] = field(default_factory=list)
    contents: list[shipping.ContentRow] = field(default_factory=list)


@dataclass(frozen=True)
class _Sale:
    """One order with what its rows point at."""

    group: Group
    order_id: int
    customer_id: int
    method_id: int | None
    goods: tuple[Sellable, ...]
    totals: Totals

    @property
    def first(self) -> Mapping[str, Any]:
        return self.group[0].values

    @property
    def status(self) -> Status:
        return self.first["status"] or Status.OPEN


class OrdersLoader:
    """``oms import orders``: what is new, with its customers; stock for open orders at the end."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._people = People(work)
        self._seen: set[str] = set()
        self._numbers: dict[str, str] = {}
        self._parcels: dict[tuple[str, str], str] = {}
        self._goods: dict[str, Sellable] = {}
        self._waiting: list[orders.LineRow] = []

    def take(self, groups: Sequence[Group]) -> list[Problem]:
        problems = twice(groups, ["order_ref"], self._seen)
        problems += [problem for group in groups for problem in _odd(group)]
        good = sift(groups, problems)
        session, channel = self._work.uow.session, self._work.channel
        known = orders.known(session, channel.id, (_ref(group) for group in good))
        fresh = [group for group in good if _ref(group) not in known]
        problems += self._strange(fresh)
        totals, unpriced = _price(sift(fresh, problems), self._goods, self._work)
        problems += unpriced
        fresh = sift(fresh, problems)
        self._write(fresh, totals)
        self._work.report.count(
            "orders", new=len(fresh), unchanged=len(good) - self._new_of(good, known)
        )
        return problems

    def finish(self) -> None:
        """Open orders take what stock there is, in the order of the file."""
        uow, report = self._work.uow, self._work.report
        promised = promise_stock(uow, self._waiting, inventory.warehouses(uow.session))
        waiting = sum(line.backordered for line in self._waiting)
        report.notes["units promised to open orders"] = promised
        report.notes["units backordered"] = waiting - promised

    @staticmethod
    def _new_of(good: Sequence[Group], known: set[str]) -> int:
        return sum(_ref(group) not in known for group in good)

    def _strange(self, groups: Sequence[Group]) -> list[Problem]:
        """SKUs nobody knows; order and tracking numbers that somebody else has."""
        session = self._work.uow.session
        skus = {row.values["sku"] for group in groups for row in group} - self._goods.keys()
        self._goods |= catalog.sellable(session, skus)
        keys = {_number(group): order_key(_number(group)) for group in groups}
        taken = orders.taken_numbers(session, keys.values())
        problems = [
            at(row.number, "sku", f"{row.values['sku']!r} is not known")
            for group in groups
            for row in group
            if row.values["sku"] not in self._goods
        ]
        for group in groups:
            key = keys[_number(group)]
            if key in taken or self._numbers.setdefault(key, _ref(group)) != _ref(group):
                says = f"{_number(group)!r} is the number of another order"
                problems.append(at(group[0].number, "number", says))
        return problems + self._shared_parcels(groups)

    def _shared_parcels(self, groups: Sequence[Group]) -> list[Problem]:
        rows = [(group, row) for group in groups for row in group if row.values["tracking_number"]]
        by_carrier: dict[str, set[str]] = {}
        for _, row in rows:
            carrier, key = _parcel_key(row)
            by_carrier.setdefault(carrier, set()).add(key)
        taken = {
            (carrier, key)
            for carrier, keys in by_carrier.items()
            for key in shipping.known(self._work.uow.session, carrier, keys)
        }
        return [
            at(row.number, "tracking_number", "belongs to a parcel of another order")
            for group, row in rows
            if _parcel_key(row) in taken
            or self._parcels.setdefault(_parcel_key(row), _ref(group)) != _ref(group)
        ]

    def _write(self, groups: Sequence[Group], totals: Mapping[int, Totals]) -> None:
        if not groups:
            return
        session = self._work.uow.session
        people, new_people = self._people.find([group[0] for group in groups])
        self._work.report.count("customers", new=len(new_people))
        methods = self._methods(groups, people)
        order_ids = orders.reserve_orders(session, len(groups))
        line_ids = iter(orders.reserve_lines(session, sum(len(group) for group in groups)))
        rows = _Rows()
        sales: list[tuple[_Sale, list[orders.LineRow]]] = []
        for group, order_id in zip(groups, order_ids, strict=True):
            first = group[0]
            customer_id = people[first.number]
            sale = _Sale(
                group,
                order_id,
                customer_id,
                methods.get((customer_id, first.values["payment_method"])),
                tuple(self._goods[row.values["sku"]] for row in group),
                totals[first.number],
            )
            lines = self._lines(sale, line_ids)
            rows.lines += lines
            rows.heads.append(self._head(sale, lines))
            rows.taxes += _taxes(sale)
            rows.entries += self._entries(sale)
            rows.log += self._log(sale)
            sales.append((sale, lines))
            if sale.status is Status.OPEN:
                self._waiting += lines
        self._ship(rows, [pair for pair in sales if pair[0].status in _SENT])
        orders.add(session, rows.heads, rows.lines, rows.log)
        orders.add_taxes(session, rows.taxes)
        shipping.add(session, rows.shipments, rows.parcels, rows.contents)
        payments.add_entries(session, rows.entries)
        self._work.report.count("order lines", new=len(rows.lines))
        self._work.report.count("parcels", new=len(rows.parcels))

    def _methods(
        self, groups: Sequence[Group], people: Mapping[int, int]
    ) -> dict[tuple[int, MethodKind | None], int]:
        """One method a customer and kind: the file names no card, so neither do we."""
        wanted: dict[tuple[int, MethodKind | None], str] = {}
        for group in groups:
            kind = group[0].values["payment_method"]
            if kind is not None and kind not in payments.STORED:
                wanted[people[group[0].number], kind] = f"{self._work.channel.code}:{kind}"
        session = self._work.uow.session
        known = payments.known_methods(session, (customer_id for customer_id, _ in wanted))
        new = [pair for pair, token in wanted.items() if (pair[0], token) not in known]
        rows = [
            payments.MethodRow(id=method_id, customer_id=pair[0], kind=pair[1], token=wanted[pair])
            for pair, method_id in zip(
                new, payments.reserve_methods(session, len(new)), strict=True
            )
            if pair[1] is not None
        ]
        payments.add_methods(session, rows, [])
        return {
            pair: known[pair[0], token]
            for pair, token in wanted.items()
            if (pair[0], token) in known
        } | {(row.customer_id, row.kind): row.id for row in rows}

    def _lines(self, sale: _Sale, ids: Iterator[int]) -> list[orders.LineRow]:
        found = []
        pairs = zip(sale.group, sale.goods, sale.totals.discounts, strict=True)
        for position, ((row, goods, off), line_id) in enumerate(
            zip(pairs, islice(ids, len(sale.group)), strict=True), start=1
        ):
            units = row.values["quantity"]
            found.append(
                orders.LineRow(
                    id=line_id,
                    order_id=sale.order_id,
                    position=position,
                    variant_id=goods.variant_id,
                    sku=goods.sku,
                    name=goods.name,
                    options=goods.options,
                    unit_price_minor=row.values["unit_price"],
                    discount_minor=off,
                    tax_rate_bp=goods.tax_rate_bp,
                    ordered=units,
                    backordered=units if sale.status is Status.OPEN else 0,
                    shipped=units if sale.status in _SENT else 0,
                    delivered=units if sale.status is Status.DELIVERED else 0,
                    cancelled=units if sale.status is Status.CANCELLED else 0,
                )
            )
        return found

    def _head(self, sale: _Sale, lines: Sequence[orders.LineRow]) -> orders.OrderRow:
        values, totals, channel = sale.first, sale.totals, self._work.channel
        states = derive(
            [line.counters for line in lines],
            Sums(captured=values["paid"] or 0, refunded=values["refunded"] or 0),
            total_minor=totals.total_minor,
        )
        number = _number(sale.group)
        return orders.OrderRow(
            id=sale.order_id,
            number=number,
            number_key=order_key(number),
            digits_key=digits_key(number),
            channel_id=channel.id,
            external_ref=values["order_ref"],
            customer_id=sale.customer_id,
            language=values["language"] or channel.locale,
            currency=channel.currency,
            placed_at=values["placed_at"],
            created_at=self._work.uow.now,
            ship_to=_ship_to(values),
            mail_key=mail_key(values["mail"] or ""),
            phone_key=phone_key(values["phone"] or ""),
            postal_key=postal_key(values["postal_code"] or ""),
            items_minor=totals.items_minor,
            discount_minor=totals.discount_minor,
            shipping_minor=totals.shipping_minor,
            tax_minor=totals.tax_minor,
            total_minor=totals.total_minor,
            order_state=states.order,
            payment_state=states.payment,
            fulfilment_state=states.fulfilment,
        )

    def _entries(self, sale: _Sale) -> list[payments.EntryRow]:
        values = sale.first
        wanted = (
            (EntryKind.CAPTURED, values["paid"], values["paid_at"]),
            (EntryKind.REFUNDED, values["refunded"], None),
        )
        return [
            payments.EntryRow(
                order_id=sale.order_id,
                method_id=sale.method_id,
                kind=kind,
                amount_minor=amount,
                currency=self._work.channel.currency,
                actor=IMPORTER.ref,
                at=when,
                key=f"import:{sale.order_id}:{kind}",
            )
            for kind, amount, when in wanted
            if amount
        ]

    def _log(self, sale: _Sale) -> list[orders.LogRow]:
        kinds: list[tuple[str, datetime | None]] = [("placed", sale.first["placed_at"])]
        if sale.status is Status.CANCELLED:
            kinds.append(("cancelled", None))
        return [
            orders.LogRow(
                order_id=sale.order_id,
                kind=kind,
                at=when,
                actor=IMPORTER.ref,
                channel=self._work.channel.code,
                data={},
            )
            for kind, when in kinds
        ]

    def _ship(self, rows: _Rows, sent: Sequence[tuple[_Sale, list[orders.LineRow]]]) -> None:
        boxes = [(sale, lines, _boxes(sale.group)) for sale, lines in sent]
        boxes = [(sale, lines, packed) for sale, lines, packed in boxes if packed]
        session = self._work.uow.session
        shipment_ids = shipping.reserve_shipments(session, len(boxes))
        parcel_ids = iter(
            shipping.reserve_parcels(session, sum(len(packed) for _, _, packed in boxes))
        )
        for (sale, lines, packed), shipment_id in zip(boxes, shipment_ids, strict=True):
            rows.shipments.append(
                shipping.ShipmentRow(
                    id=shipment_id,
                    number=f"S-{sale.order_id}",
                    order_id=sale.order_id,
                    location_id=None,
                    created_at=_first_of(sale.group, "shipped_at"),
                )
            )
            for (carrier, key), positions in packed.items():
                parcel_id = next(parcel_ids)
                inside = [sale.group[position] for position in positions]
                delivered_at = _first_of(inside, "delivered_at")
                rows.parcels.append(
                    shipping.ParcelRow(
                        id=parcel_id,
                        shipment_id=shipment_id,
                        carrier=carrier,
                        tracking_number=inside[0].values["tracking_number"],
                        tracking_key=key,
                        status=_STATES[sale.status],
                        status_at=delivered_at,
                        handed_over_at=_first_of(inside, "shipped_at"),
                        delivered_at=delivered_at,
                        look_again_at=(
                            None
                            if _STATES[sale.status] in FINAL
                            else _first_of(inside, "shipped_at")
                        ),
                    )
                )
                rows.contents += [
                    shipping.ContentRow(
                        parcel_id=parcel_id,
                        order_line_id=lines[position].id,
                        quantity=lines[position].ordered,
                    )
                    for position in positions
                ]


def _taxes(sale: _Sale) -> list[orders.TaxRow]:
    return [
        orders.TaxRow(
            order_id=sale.order_id,
            rate_bp=one.rate_bp,
            taxable_minor=one.taxable_minor,
            tax_minor=one.tax_minor,
        )
        for one in sale.totals.taxes
    ]


def _odd(group: Group) -> list[Problem]:
    """What is wrong with an order as a whole."""
    first = group[0]
    problems = [
        at(row.number, name, "differs from the first row of this order")
        for row in group[1:]
        for name, value in row.values.items()
        if name not in OF_A_LINE and value is not None and value != first.values[name]
    ]
    values = first.values
    if not (values["customer_ref"] or values["mail"] or values["phone"]):
        problems.append(at(first.number, "mail", "one of customer_ref, mail and phone is needed"))
    if not digits_key(_number(group)):
        problems.append(at(first.number, "number", "should have a digit"))
    if len(_number(group)) > 40:  # noqa: PLR2004 - the column's length
        problems.append(at(first.number, "number", "is longer than 40 characters"))
    if (values["refunded"] or 0) > (values["paid"] or 0):
        problems.append(at(first.number, "refunded", "is more than was paid"))
    problems += [problem for row in group for problem in _odd_times(row, values)]
    return problems


def _odd_times(row: Row, values: Mapping[str, Any]) -> Iterable[Problem]:
    status = values["status"] or Status.OPEN
    if row.values["tracking_number"] and status not in _SENT:
        yield at(row.number, "tracking_number", f"an order that is {status} was not sent")
    if row.values["delivered_at"] and status is not Status.DELIVERED:
        yield at(row.number, "delivered_at", f"an order that is {status} has not arrived")
    steps = ("placed_at", "shipped_at", "delivered_at")
    known = [(name, row.values[name]) for name in steps if row.values[name]]
    for (earlier, before), (later, after) in pairwise(known):
        if after < before:
            yield at(row.number, later, f"is before {earlier}")


def _price(
    groups: Sequence[Group], goods: Mapping[str, Sellable], work: Work
) -> tuple[dict[int, Totals], list[Problem]]:
    """The money of each order, by the number of its first row."""
    totals: dict[int, Totals] = {}
    problems = []
    for group in groups:
        first = group[0]
        try:
            totals[first.number] = price(
                [
                    Priced(
                        unit_price_minor=row.values["unit_price"],
                        quantity=row.values["quantity"],
                        tax_rate_bp=goods[row.values["sku"]].tax_rate_bp,
                        discount_minor=row.values["line_discount"] or 0,
                    )
                    for row in group
                ],
                mode=work.channel.tax_mode,
                discount_minor=first.values["order_discount"] or 0,
                shipping_minor=first.values["shipping_fee"] or 0,
            )
        except ValueError:
            problems.append(at(first.number, "order_discount", "takes off more than the price"))
    return totals, problems


def _ref(group: Group) -> str:
    return str(group[0].values["order_ref"])


def _number(group: Group) -> str:
    return group[0].values["number"] or _ref(group)


def _parcel_key(row: Row) -> tuple[str, str]:
    return row.values["carrier"] or UNNAMED, order_key(row.values["tracking_number"])


def _boxes(group: Group) -> dict[tuple[str, str], list[int]]:
    """The places of an order's rows in its group, by parcel."""
    found: dict[tuple[str, str], list[int]] = {}
    for position, row in enumerate(group):
        if row.values["tracking_number"]:
            found.setdefault(_parcel_key(row), []).append(position)
    return found


def _first_of(rows: Sequence[Row], name: str) -> datetime | None:
    return next((row.values[name] for row in rows if row.values[name]), None)


def _ship_to(values: Mapping[str, Any]) -> dict[str, Any] | None:
    if not any(values[name] for name in PLACE):
        return None
    return {
        "recipient": values["recipient"] or full_name(values),
        "country": values["country"] or "JP",
        **{name: values[name] or "" for name in (*PLACE, "line2", "phone")},
    }
