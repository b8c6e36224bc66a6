"""The made past becomes rows, through the bulk doors, in the caller's transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from oms_service.customers import bulk as customers
from oms_service.customers.states import Tier
from oms_service.demo_shop.journeys import Standing, foretold, stand
from oms_service.demo_shop.people import Person
from oms_service.demo_shop.result import DemoOrder, DemoReturn
from oms_service.demo_shop.sales import Parcel, Sale, World
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import bulk as inventory
from oms_service.kernel.actors import SYSTEM, customer
from oms_service.kernel.languages import Language
from oms_service.kernel.text import digits_key, mail_key, order_key, phone_key, postal_key
from oms_service.orders import bulk as orders
from oms_service.orders.policy import Sums, derive
from oms_service.orders.states import HoldReason
from oms_service.payments import bulk as payments
from oms_service.payments.states import EntryKind, MethodKind
from oms_service.ports.carrier import CarrierStatus
from oms_service.returns import bulk as returns
from oms_service.shipping import bulk as shipping
from oms_service.shipping.numbers import tracking_key
from oms_service.shipping.states import Jeopardy

CURRENCY = "JPY"
#: From so many orders on somebody is a silver or gold customer.
_SILVER, _GOLD = 6, 12
_BRANDS = ("visa", "mastercard", "jcb", "amex")


@dataclass
class Rows:
    """What is going to be written about orders."""

    heads: list[orders.OrderRow] = field(default_factory=list)
    taxes: list[orders.TaxRow] = field(default_factory=list)
    lines: list[orders.LineRow] = field(default_factory=list)
    log: list[orders.LogRow] = field(default_factory=list)
    holds: list[orders.HoldRow] = field(default_factory=list)
    shipments: list[shipping.ShipmentRow] = field(default_factory=list)
    parcels: list[shipping.ParcelRow] = field(default_factory=list)
    contents: list[shipping.ContentRow] = field(default_factory=list)
    scans: list[shipping.ScanRow] = field(default_factory=list)
    promises: list[shipping.PromiseRow] = field(default_factory=list)
    forecasts: list[shipping.ForecastRow] = field(default_factory=list)
    entries: list[payments.EntryRow] = field(default_factory=list)
    refunds: list[payments.RefundRow] = field(default_factory=list)
    announced: list[returns.ReturnRow] = field(default_factory=list)
    return_lines: list[returns.ReturnLineRow] = field(default_factory=list)


class Writer:
    """Writes one ``World``; keeps what ``DemoShop`` tells of it."""

    def __init__(self, uow: UnitOfWork, world: World, channels: Mapping[str, int]) -> None:
        self._uow = uow
        self._world = world
        self._channels = channels
        self._rows = Rows()
        self.customer_ids: list[int] = []
        self.standings: dict[int, list[Standing]] = {}
        self.told: list[tuple[Sale, DemoOrder]] = []
        self.returns: list[DemoReturn] = []

    def write(self) -> Rows:
        session, sales = self._uow.session, self._world.sales
        self._people()
        methods = self._methods()
        boxes = sum(len(shipment.parcels) for sale in sales for shipment in sale.shipments)
        self._shipment_ids = iter(
            shipping.reserve_shipments(session, sum(len(sale.shipments) for sale in sales))
        )
        self._parcel_ids = iter(shipping.reserve_parcels(session, boxes))
        self._return_ids = iter(returns.reserve(session, sum(len(sale.returns) for sale in sales)))
        self._refund_ids = iter(
            payments.reserve_refunds(session, sum(len(sale.refunds) for sale in sales))
        )
        for sale in sales:
            self._sale(sale, methods)
        rows = self._rows
        orders.add(session, rows.heads, rows.lines, rows.log, rows.holds)
        orders.add_taxes(session, rows.taxes)
        shipping.add(session, rows.shipments, rows.parcels, rows.contents)
        shipping.add_words(session, rows.scans, rows.promises)
        shipping.add_forecasts(session, rows.forecasts)
        returns.add(session, rows.announced, rows.return_lines)
        payments.add_entries(session, rows.entries, rows.refunds)
        inventory.write_ledger(
            session, self._world.shelves.in_order(), self._world.shelves.allocations()
        )
        return rows

    # -- people and how they pay

    def _people(self) -> None:
        session, people = self._uow.session, self._world.people
        bought: dict[int, list[datetime]] = {}
        for sale in self._world.sales:
            bought.setdefault(sale.person, []).append(sale.placed_at)
        self.customer_ids = customers.reserve(session, len(people))
        identities: list[customers.IdentityRow] = []
        addresses: list[customers.AddressRow] = []
        rows: list[customers.CustomerRow] = []
        for number, (person, customer_id) in enumerate(zip(people, self.customer_ids, strict=True)):
            times = bought.get(number, [self._world.now])
            since = min(times) - timedelta(minutes=4)
            rows.append(_customer_row(person, customer_id, since, len(times)))
            identities.append(customers.mail(customer_id, person.mail))
            identities.append(customers.phone(customer_id, person.phone))
            addresses.append(_address_row(person, customer_id))
        customers.add(session, rows, identities, addresses)

    def _methods(self) -> dict[tuple[int, MethodKind], int]:
        pairs = dict.fromkeys(
            (sale.person, sale.method) for sale in self._world.sales if sale.method is not None
        )
        pairs |= {(person, MethodKind.STORE_CREDIT): None for person in self._world.balances}
        ids = payments.reserve_methods(self._uow.session, len(pairs))
        found: dict[tuple[int, MethodKind], int] = {}
        rows = []
        for (person, kind), method_id in zip(pairs, ids, strict=True):
            found[person, kind] = method_id
            is_card = kind is MethodKind.CARD
            is_stored = kind is MethodKind.STORE_CREDIT
            rows.append(
                payments.MethodRow(
                    id=method_id,
                    customer_id=self.customer_ids[person],
                    kind=kind,
                    token=f"demo-{kind}-{person}",
                    brand=_BRANDS[person % len(_BRANDS)] if is_card else "",
                    last_four=f"{(person * 7_919) % 10_000:04}" if is_card else "",
                    currency=CURRENCY if is_stored else None,
                    balance_minor=self._world.balances[person] if is_stored else None,
                )
            )
        stored = [
            payments.StoredValueRow(
                method_id=found[person, MethodKind.STORE_CREDIT],
                amount_minor=amount,
                cause=cause,
                actor=SYSTEM.ref,
                at=when,
                key=f"demo:{found[person, MethodKind.STORE_CREDIT]}:{number}",
            )
            for number, (person, amount, cause, when) in enumerate(self._world.stored)
        ]
        payments.add_methods(self._uow.session, rows, stored)
        return found

    # -- one order

    def _sale(self, sale: Sale, methods: Mapping[tuple[int, MethodKind], int]) -> None:
        customer_id = self.customer_ids[sale.person]
        method_id = methods[sale.person, sale.method] if sale.method is not None else None
        lines = _lines(sale)
        self._rows.lines += lines
        self._rows.heads.append(self._head(sale, lines, customer_id))
        self._rows.taxes += [
            orders.TaxRow(
                order_id=sale.id,
                rate_bp=one.rate_bp,
                taxable_minor=one.taxable_minor,
                tax_minor=one.tax_minor,
            )
            for one in sale.totals.taxes
        ]
        self._log(sale, customer_id)
        for number in range(1, len(sale.shipments) + 1):
            self._ship(sale, number)
        told = DemoOrder(
            order_id=sale.id,
            number=sale.number,
            customer_id=customer_id,
            channel=sale.channel,
            language=self._world.people[sale.person].language,
            placed_at=sale.placed_at,
            line_ids=tuple(line.id for line in lines),
            delivered_at=sale.completed_at,
            cause=_cause(self.standings.get(sale.id, [])),
        )
        self.told.append((sale, told))
        return_ids = self._returns(sale, told, method_id, customer_id)
        self._money(sale, method_id, return_ids)

    def _head(
        self, sale: Sale, lines: Sequence[orders.LineRow], customer_id: int
    ) -> orders.OrderRow:
        person, totals = self._world.people[sale.person], sale.totals
        states = derive(
            [line.counters for line in lines],
            _sums(sale),
            total_minor=totals.total_minor,
            is_held=sale.is_held,
        )
        return orders.OrderRow(
            id=sale.id,
            number=sale.number,
            number_key=order_key(sale.number),
            digits_key=digits_key(sale.number),
            channel_id=self._channels[sale.channel],
            external_ref=sale.number,
            customer_id=customer_id,
            language=person.language,
            currency=CURRENCY,
            placed_at=sale.placed_at,
            created_at=sale.placed_at,
            ship_to=dict(sale.ship_to) if sale.ship_to else None,
            mail_key=mail_key(person.mail),
            phone_key=phone_key(person.phone),
            postal_key=postal_key(str((sale.ship_to or {}).get("postal_code", ""))),
            items_minor=totals.items_minor,
            discount_minor=totals.discount_minor,
            shipping_minor=totals.shipping_minor,
            tax_minor=totals.tax_minor,
            total_minor=totals.total_minor,
            cancel_reason=sale.cancel_reason,
            order_state=states.order,
            payment_state=states.payment,
            fulfilment_state=states.fulfilment,
        )

    def _log(self, sale: Sale, customer_id: int) -> None:
        by_customer = customer(customer_id).ref
        steps: list[tuple[str, datetime, str, dict[str, object]]] = [
            ("placed", sale.placed_at, by_customer, {})
        ]
        if sale.cancelled_at is not None:
            by = SYSTEM.ref if sale.cancel_reason == "unpaid" else by_customer
            steps.append(("cancelled", sale.cancelled_at, by, {"reason": sale.cancel_reason}))
        if sale.completed_at is not None:
            steps.append(("completed", sale.completed_at, SYSTEM.ref, {}))
        if sale.is_held:
            reason = HoldReason.PAYMENT
            steps.append(("held", sale.placed_at, SYSTEM.ref, {"reason": str(reason)}))
            self._rows.holds.append(
                orders.HoldRow(
                    order_id=sale.id, reason=reason, held_at=sale.placed_at, held_by=SYSTEM.ref
                )
            )
        self._rows.log += [
            orders.LogRow(
                order_id=sale.id, kind=kind, at=when, actor=actor, channel=sale.channel, data=data
            )
            for kind, when, actor, data in steps
        ]

    def _ship(self, sale: Sale, shipment_number: int) -> None:
        shipment = sale.shipments[shipment_number - 1]
        shipment_id = next(self._shipment_ids)
        self._rows.shipments.append(
            shipping.ShipmentRow(
                id=shipment_id,
                number=f"S-{sale.number}-{shipment_number}",
                order_id=sale.id,
                location_id=self._world.locations[shipment.location],
                origin_region=_ORIGINS[shipment.location],
                destination_region=str((sale.ship_to or {}).get("region", "")),
                created_at=shipment.at,
            )
        )
        for parcel in shipment.parcels:
            parcel_id = next(self._parcel_ids)
            now = stand(parcel.words, parcel.lane, parcel.handed_at, self._world.now)
            self.standings.setdefault(sale.id, []).append(now)
            self._rows.parcels.append(
                shipping.ParcelRow(
                    id=parcel_id,
                    shipment_id=shipment_id,
                    carrier=parcel.carrier,
                    tracking_number=parcel.number,
                    tracking_key=tracking_key(parcel.number),
                    status=now.status,
                    status_at=now.status_at,
                    handed_over_at=parcel.handed_at,
                    delivered_at=now.delivered_at,
                    promised_from=now.promised.start if now.promised else None,
                    promised_until=now.promised.until if now.promised else None,
                    estimated_from=now.estimated.start if now.estimated else None,
                    estimated_until=now.estimated.until if now.estimated else None,
                    estimated_at=now.estimated_at,
                    estimate_reason=now.estimate_reason,
                    because=now.because.as_json() if now.because else {},
                    jeopardy=now.verdict.jeopardy,
                    cause=now.verdict.cause,
                    suggestion=now.verdict.suggestion,
                    look_again_at=now.look_again_at,
                    weight_g=sum(
                        sale.lines[place].choice.thing.weight_g * units
                        for place, units in parcel.units.items()
                    ),
                )
            )
            self._rows.contents += [
                shipping.ContentRow(
                    parcel_id=parcel_id, order_line_id=sale.lines[place].id, quantity=units
                )
                for place, units in parcel.units.items()
            ]
            self._heard(sale.id, parcel_id, now)
            self._foretold(sale, parcel_id, parcel, now, origin_region=_ORIGINS[shipment.location])

    def _heard(self, order_id: int, parcel_id: int, now: Standing) -> None:
        self._rows.scans += [
            shipping.ScanRow(
                parcel_id=parcel_id,
                event_key=f"demo:{number}",
                status=word.status,
                occurred_at=word.at,
                received_at=min(word.at + timedelta(minutes=3), self._world.now),
                place=word.place,
                reason=word.reason,
                carrier_words=word.words,
                estimate_from=word.estimate.start if word.estimate else None,
                estimate_until=word.estimate.until if word.estimate else None,
            )
            for number, word in enumerate(now.heard, start=1)
        ]
        self._rows.promises += [
            shipping.PromiseRow(
                order_id=order_id,
                parcel_id=parcel_id,
                window_from=window.start,
                window_until=window.until,
                said_at=when,
                channel="system",
                reason=reason,
            )
            for when, window, reason in now.told
        ]

    def _foretold(
        self, sale: Sale, parcel_id: int, parcel: Parcel, now: Standing, *, origin_region: str
    ) -> None:
        came = now.delivered_at
        told = [window for when, window, _ in now.told if came is not None and when <= came]
        self._rows.forecasts += [
            shipping.ForecastRow(
                order_id=sale.id,
                parcel_id=parcel_id,
                stage=one.stage,
                said_at=one.at,
                early=one.estimate.window.start,
                median=min(
                    one.estimate.window.until, max(one.estimate.window.start, one.estimate.median)
                ),
                late=one.estimate.window.until,
                promised_until=one.promised_until,
                chance_late=min(1.0, max(0.0, one.estimate.chance_after(one.promised_until))),
                is_at_risk=one.is_at_risk,
                carrier=parcel.carrier,
                origin_region=origin_region,
                destination_region=str((sale.ship_to or {}).get("region", "")),
                delivered_at=came,
                told_until=told[-1].until if told else None,
            )
            for one in foretold(parcel.words, parcel.lane, parcel.handed_at, self._world.now)
        ]

    def _returns(
        self, sale: Sale, told: DemoOrder, method_id: int | None, customer_id: int
    ) -> dict[int, int]:
        """The ids of the order's returns, by their place in it."""
        ids: dict[int, int] = {}
        for place, coming in enumerate(sale.returns):
            ids[place] = return_id = next(self._return_ids)
            self._rows.announced.append(
                returns.ReturnRow(
                    id=return_id,
                    number=coming.number,
                    order_id=sale.id,
                    state=coming.state,
                    channel="webchat",
                    refund_minor=coming.refund,
                    fee_minor=coming.fee,
                    currency=CURRENCY,
                    refund_method_id=method_id,
                    referred_by_rule="approval" if coming.is_referred else "",
                    requested_by=customer(customer_id).ref,
                    requested_at=coming.requested_at,
                    decided_by=SYSTEM.ref if coming.decided_at else None,
                    decided_at=coming.decided_at,
                    version=1 + bool(coming.decided_at) + bool(coming.received_at),
                    key=f"demo:{return_id}",
                )
            )
            self._rows.return_lines += [
                returns.ReturnLineRow(
                    return_id=return_id,
                    order_line_id=sale.lines[line].id,
                    quantity=units,
                    reason=coming.reason,
                    received=units if coming.received_at else 0,
                    disposition=coming.disposition,
                )
                for line, units in coming.units.items()
            ]
            self.returns.append(
                DemoReturn(
                    return_id=return_id,
                    number=coming.number,
                    order=told,
                    state=coming.state,
                    is_referred=coming.is_referred,
                )
            )
        return ids

    def _money(self, sale: Sale, method_id: int | None, return_ids: Mapping[int, int]) -> None:
        refund_ids: dict[int, int] = {}
        for refund in sale.refunds:
            refund_ids[id(refund)] = refund_id = next(self._refund_ids)
            place = sale.returns.index(refund.coming) if refund.coming else None
            self._rows.refunds.append(
                payments.RefundRow(
                    id=refund_id,
                    order_id=sale.id,
                    return_id=return_ids[place] if place is not None else None,
                    method_id=method_id,
                    amount_minor=refund.amount,
                    currency=CURRENCY,
                    reason=refund.reason,
                    state=refund.state,
                    requested_by=SYSTEM.ref,
                    requested_at=refund.requested_at,
                    settled_at=refund.paid_at,
                    key=f"demo:{refund_id}",
                )
            )
        self._rows.entries += [
            payments.EntryRow(
                order_id=sale.id,
                method_id=method_id,
                kind=entry.kind,
                amount_minor=entry.amount,
                currency=CURRENCY,
                refund_id=refund_ids[id(entry.refund)] if entry.refund else None,
                actor=SYSTEM.ref,
                at=entry.at,
                key=f"demo:{sale.id}:{number}",
            )
            for number, entry in enumerate(sale.ledger, start=1)
        ]


_ORIGINS = {"tokyo": "東京都", "osaka": "大阪府", "fukuoka": "福岡県"}


def is_in_flight(standings: Sequence[Standing]) -> bool:
    return any(one.status is not CarrierStatus.DELIVERED for one in standings)


def is_late(standings: Sequence[Standing]) -> bool:
    return any(
        one.status is not CarrierStatus.DELIVERED and one.verdict.jeopardy is not Jeopardy.ON_TIME
        for one in standings
    )


def _cause(standings: Sequence[Standing]) -> str:
    """Why the order is late, by its newest reason; nothing once it has arrived."""
    reasons = [
        word.reason
        for one in standings
        if one.status is not CarrierStatus.DELIVERED
        for word in one.heard
        if word.reason
    ]
    return reasons[-1] if reasons else ""


def _sums(sale: Sale) -> Sums:
    def of(kind: EntryKind) -> int:
        return sum(entry.amount for entry in sale.ledger if entry.kind is kind)

    return Sums(
        authorized=of(EntryKind.AUTHORIZED),
        voided=of(EntryKind.VOIDED),
        captured=of(EntryKind.CAPTURED),
        refunded=of(EntryKind.REFUNDED),
    )


def _lines(sale: Sale) -> list[orders.LineRow]:
    return [
        orders.LineRow(
            id=line.id,
            order_id=sale.id,
            position=position,
            variant_id=line.variant_id,
            sku=line.choice.sku,
            name=line.choice.thing.name,
            options=line.choice.options,
            unit_price_minor=line.choice.price,
            discount_minor=line.discount,
            tax_rate_bp=line.choice.thing.tax_rate_bp,
            ordered=line.units,
            allocated=line.allocated,
            backordered=line.missing,
            shipped=line.shipped,
            delivered=line.delivered,
            cancelled=line.cancelled,
            return_requested=line.return_requested,
            returned=line.returned,
            refunded=line.refunded,
        )
        for position, line in enumerate(sale.lines, start=1)
    ]


def _customer_row(
    person: Person, customer_id: int, since: datetime, bought: int
) -> customers.CustomerRow:
    tier = Tier.GOLD if bought >= _GOLD else Tier.SILVER if bought >= _SILVER else Tier.STANDARD
    return customers.CustomerRow(
        id=customer_id,
        family_name=person.family,
        given_name=person.given,
        family_name_kana=person.family_kana,
        given_name_kana=person.given_kana,
        search=customers.search_text(
            f"{person.family}{person.given}",
            person.recipient,
            person.family_kana,
            person.given_kana,
            person.mail,
            person.phone,
        ),
        language=Language(person.language),
        tier=tier,
        created_at=since,
    )


def _address_row(person: Person, customer_id: int) -> customers.AddressRow:
    where = person.address
    return customers.AddressRow(
        customer_id=customer_id,
        recipient=where["recipient"],
        country=where["country"],
        postal_code=where["postal_code"],
        region=where["region"],
        city=where["city"],
        line1=where["line1"],
        line2=where["line2"],
        phone=where["phone"],
    )
