"""Orders while the past is made: what they are, and every step they take, at its time."""

import heapq
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from oms_service.demo_shop import journeys, season
from oms_service.demo_shop.catalogue import Choice
from oms_service.demo_shop.people import Person
from oms_service.demo_shop.places import DEPOTS, RETURN_FEE, STOCK_OF, nearest
from oms_service.demo_shop.shelves import Shelves
from oms_service.inventory.states import MovementKind
from oms_service.kernel.ids import READABLE
from oms_service.operations.placement.pricing import Priced, Totals, price
from oms_service.orders.policy import PricedLine, line_values, value_of_units
from oms_service.payments.states import EntryKind, MethodKind, RefundState
from oms_service.ports.carrier import CarrierStatus
from oms_service.returns.states import Disposition, ReturnReason, ReturnState
from oms_service.sales.states import TaxMode
from oms_service.shipping.lanes import Lane, usual

#: An order from so much on is sent free.
FREE_FROM: Final = 8_000
DELIVERY_FEE: Final = 660
#: Stock is ordered anew when fewer than so many units are free.
LOW: Final = 12


@dataclass
class Line:
    """One line and how far its units got."""

    variant_id: int
    choice: Choice
    units: int
    discount: int = 0
    allocated: int = 0
    shipped: int = 0
    delivered: int = 0
    cancelled: int = 0
    return_requested: int = 0
    returned: int = 0
    refunded: int = 0
    id: int = 0

    @property
    def missing(self) -> int:
        return self.units - self.cancelled - self.allocated - self.shipped


@dataclass
class Money:
    """One entry of the payments ledger."""

    kind: EntryKind
    amount: int
    at: datetime
    refund: "Refund | None" = None


@dataclass
class Refund:
    """Money on its way back."""

    amount: int
    reason: str
    requested_at: datetime
    coming: "Return | None" = None
    paid_at: datetime | None = None

    @property
    def state(self) -> RefundState:
        return RefundState.PAID if self.paid_at else RefundState.REQUESTED


@dataclass
class Return:
    """Goods coming back; ``units`` by place of the line in its order."""

    number: str
    units: dict[int, int]
    reason: ReturnReason
    refund: int
    fee: int
    requested_at: datetime
    state: ReturnState = ReturnState.REQUESTED
    is_referred: bool = False
    decided_at: datetime | None = None
    received_at: datetime | None = None
    disposition: Disposition | None = None


@dataclass
class Parcel:
    """One box; ``units`` by place of the line in its order."""

    carrier: str
    number: str
    units: dict[int, int]
    handed_at: datetime
    lane: Lane | None
    words: Sequence[journeys.Word]


@dataclass
class Shipment:
    location: str
    at: datetime
    parcels: list[Parcel]


@dataclass
class Sale:
    """One order of the past, on its way to the present."""

    number: str
    channel: str
    person: int
    placed_at: datetime
    lines: list[Line]
    totals: Totals
    method: MethodKind | None
    ship_to: Mapping[str, Any] | None
    scene: str = ""
    warehouse: str = ""
    is_held: bool = False
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    completed_at: datetime | None = None
    ledger: list[Money] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    returns: list[Return] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    id: int = 0

    @property
    def is_paid(self) -> bool:
        return any(entry.kind is EntryKind.CAPTURED for entry in self.ledger)

    @property
    def cause(self) -> str:
        return f"order:{self.id}"


@dataclass(frozen=True)
class Script:
    """What is fixed of a scene's order; whatever is not given, chance decides."""

    #: The carrier's words by parcel; each parcel holds the lines at these places.
    parcels: tuple[tuple[str, tuple[int, ...], tuple[journeys.Word, ...]], ...] = ()


class World:
    """The shop's past: a queue of things to happen, played in the order of their times."""

    def __init__(
        self,
        chance: random.Random,
        now: datetime,
        locations: Mapping[str, int],
        people: Sequence[Person],
    ) -> None:
        self.chance = chance
        self.now = now
        self.shelves = Shelves()
        self.locations = locations
        self.people = people
        self.sales: list[Sale] = []
        #: Variants that cannot be had yet.
        self.preordered: set[int] = set()
        #: Store credit by person, and every change of it: person, amount, cause, time.
        self.balances: dict[int, int] = {}
        self.stored: list[tuple[int, int, str, datetime]] = []
        self._agenda: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._steps = 0
        self._waiting: dict[tuple[int, int], list[tuple[Sale, Line]]] = {}
        self._ordered: set[tuple[int, int]] = set()
        self._numbers: set[str] = set()

    def soon(self, when: datetime, step: Callable[[datetime], None]) -> None:
        """Let ``step`` happen at ``when``, unless that is still to come."""
        if when <= self.now:
            self._steps += 1
            heapq.heappush(self._agenda, (when, self._steps, step))

    def play(self) -> None:
        while self._agenda:
            when, _, step = heapq.heappop(self._agenda)
            step(when)

    # -- selling

    def settle(
        self, wanted: Sequence[tuple[int, Choice, int]], when: datetime, *, is_sent: bool
    ) -> tuple[list[Line], Totals]:
        """Lines and their money as of ``when``: promotions, delivery, tax."""
        sale = season.promotion(season.day_of(when))
        percent = sale.percent if sale else 0
        priced = [
            Priced(
                unit_price_minor=choice.price,
                quantity=units,
                tax_rate_bp=choice.thing.tax_rate_bp,
                discount_minor=choice.price * units * percent // 100,
            )
            for _, choice, units in wanted
        ]
        worth = sum(one.net_minor for one in priced)
        fee = DELIVERY_FEE if is_sent and worth < FREE_FROM else 0
        totals = price(priced, mode=TaxMode.INCLUSIVE, shipping_minor=fee)
        lines = [
            Line(variant_id, choice, units, off)
            for (variant_id, choice, units), off in zip(wanted, totals.discounts, strict=True)
        ]
        return lines, totals

    def place(self, sale: Sale, when: datetime, script: Script | None = None) -> None:
        """A customer orders; everything that follows is put on the agenda."""
        self.sales.append(sale)
        if sale.channel in STOCK_OF:
            self._sell_at_the_counter(sale, when)
            return
        sale.warehouse = self._choose(sale)
        for line in sale.lines:
            self._allocate(sale, line, when)
        total = sale.totals.total_minor
        match sale.method:
            case MethodKind.CARD:
                sale.ledger.append(Money(EntryKind.AUTHORIZED, total, when))
            case MethodKind.KONBINI:
                sale.is_held = True
                self._await_konbini(sale, when, script)
            case MethodKind.CASH_ON_DELIVERY:
                pass
            case _:
                sale.ledger.append(Money(EntryKind.CAPTURED, total, when))
                self._credit(sale, -total, when)
        if script is None and self.chance.random() < 0.02:  # noqa: PLR2004 - share of second thoughts
            hours = timedelta(minutes=self.chance.randint(5, 90))
            self.soon(when + hours, lambda at: self.cancel(sale, at, "changed_mind"))
        self._plan_shipping(sale, when, script)

    def _sell_at_the_counter(self, sale: Sale, when: datetime) -> None:
        place = self.locations[STOCK_OF[sale.channel]]
        for line in sale.lines:
            spot = (line.variant_id, place)
            self.shelves.promise(line.id, spot, line.units, when, sale.cause)
            self.shelves.send(line.id, when, sale.cause)
            line.shipped = line.delivered = line.units
            self._refill(spot, when)
        sale.ledger.append(Money(EntryKind.CAPTURED, sale.totals.total_minor, when))
        sale.completed_at = when

    def _choose(self, sale: Sale) -> str:
        """The nearest warehouse that has everything, else the nearest."""
        region = str((sale.ship_to or {}).get("region", ""))
        order = nearest(region)
        for code in order:
            place = self.locations[code]
            if all(
                self.shelves.free((line.variant_id, place)) >= line.units for line in sale.lines
            ):
                return code
        return order[0]

    def _allocate(self, sale: Sale, line: Line, when: datetime) -> None:
        spot = (line.variant_id, self.locations[sale.warehouse])
        units = min(line.missing, max(self.shelves.free(spot), 0))
        if units:
            self.shelves.promise(line.id, spot, units, when, sale.cause)
            line.allocated += units
        if line.missing:
            self._waiting.setdefault(spot, []).append((sale, line))
        self._refill(spot, when)

    def _refill(self, spot: tuple[int, int], when: datetime) -> None:
        """Order more of what runs low; shops are refilled from a warehouse overnight."""
        if spot in self._ordered or spot[0] in self.preordered or self.shelves.free(spot) >= LOW:
            return
        self._ordered.add(spot)
        days = self.chance.randint(2, 6)
        self.soon(
            season.at(season.day_of(when) + timedelta(days=days), 10, self.chance.randint(0, 59)),
            lambda at: self._receive(spot, at),
        )

    def _receive(self, spot: tuple[int, int], when: datetime) -> None:
        self._ordered.discard(spot)
        waiting = self._waiting.pop(spot, [])
        owed = sum(line.missing for _, line in waiting)
        units = self.chance.choice((24, 36, 48)) + owed
        self.shelves.move(MovementKind.RECEIVED, spot, units, when, cause="supplier")
        for sale, line in waiting:
            if line.missing and sale.cancelled_at is None:
                self._allocate(sale, line, when)
                self._plan_shipping(sale, when, None)

    def pay_and_send(self, sale: Sale, placed: datetime, sent: datetime, script: Script) -> None:
        """A scene's order goes its own way."""
        if sale.is_held:
            halfway = placed + (sent - placed) / 2
            self.soon(halfway, lambda at: self._pay_at_konbini(sale, at))
        self.soon(sent, lambda at: self._ship(sale, at, script))

    # -- paying

    def _await_konbini(self, sale: Sale, when: datetime, script: Script | None) -> None:
        if script is not None:
            return
        if self.chance.random() < 0.94:  # noqa: PLR2004 - share of those who do pay
            hours = timedelta(minutes=self.chance.randint(20, 3_400))
            self.soon(when + hours, lambda at: self._pay_at_konbini(sale, at))
        else:
            self.soon(when + timedelta(days=4), lambda at: self.cancel(sale, at, "unpaid"))

    def _pay_at_konbini(self, sale: Sale, when: datetime) -> None:
        if sale.cancelled_at is None:
            sale.is_held = False
            sale.ledger.append(Money(EntryKind.CAPTURED, sale.totals.total_minor, when))
            self._plan_shipping(sale, when, None)

    def cancel(self, sale: Sale, when: datetime, reason: str) -> None:
        """Called off, if nothing has left yet."""
        if sale.shipments or sale.cancelled_at is not None:
            return
        sale.cancelled_at, sale.cancel_reason, sale.is_held = when, reason, False
        for line in sale.lines:
            self.shelves.release(line.id, when, sale.cause)
            line.allocated, line.cancelled = 0, line.units
        total = sale.totals.total_minor
        if sale.is_paid:
            refund = Refund(total, "order_cancelled", when, paid_at=when)
            sale.refunds.append(refund)
            sale.ledger.append(Money(EntryKind.REFUNDED, total, when, refund))
            self._credit(sale, total, when)
        elif sale.ledger:
            sale.ledger.append(Money(EntryKind.VOIDED, total, when))

    def give_credit(self, person: int, amount: int, cause: str, when: datetime) -> None:
        """Change somebody's store credit."""
        self.balances[person] = self.balances.get(person, 0) + amount
        self.stored.append((person, amount, cause, when))

    def _credit(self, sale: Sale, amount: int, when: datetime) -> None:
        if sale.method is MethodKind.STORE_CREDIT:
            self.give_credit(sale.person, amount, sale.cause, when)

    # -- sending

    def _plan_shipping(self, sale: Sale, when: datetime, script: Script | None) -> None:
        if script is not None or sale.scene or sale.is_held:
            return
        if any(line.missing for line in sale.lines):
            return
        local = when.astimezone(season.ZONE)
        day = local.date() + timedelta(days=0 if local.hour < 13 else 1)  # noqa: PLR2004 - cut-off
        if self.chance.random() < 0.08:  # noqa: PLR2004 - share of busy days
            day += timedelta(days=1)
        leaves = season.at(day, 16, self.chance.randint(0, 59), self.chance.randint(0, 59))
        self.soon(leaves, lambda at: self._ship(sale, at, None))

    def _ship(self, sale: Sale, when: datetime, script: Script | None) -> None:
        if sale.cancelled_at is not None or sale.shipments:
            return
        for line in sale.lines:
            self.shelves.send(line.id, when, sale.cause)
            line.shipped, line.allocated = line.allocated, 0
        parcels = self._scripted(sale, when, script) if script else self._packed(sale, when)
        sale.shipments.append(Shipment(sale.warehouse, when, parcels))
        if sale.method is MethodKind.CARD:
            sale.ledger.append(Money(EntryKind.CAPTURED, sale.totals.total_minor, when))
        for parcel in parcels:
            last = parcel.words[-1]
            if last.status is CarrierStatus.DELIVERED:
                self.soon(last.at, self._arrival(sale, parcel))

    def _packed(self, sale: Sale, when: datetime) -> list[Parcel]:
        lines = list(enumerate(sale.lines))
        split = len(lines) > 1 and self.chance.random() < 0.08  # noqa: PLR2004 - share of two boxes
        boxes = [lines[:1], lines[1:]] if split else [lines]
        carrier = self.chance.choices(("yamato", "sagawa", "japanpost"), (55, 25, 20))[0]
        found = []
        for box in boxes:
            road = self.road(sale, carrier)
            region = str((sale.ship_to or {}).get("region", ""))
            cause = journeys.trouble(
                self.chance,
                season.day_of(when),
                region,
                is_recent=self.now - when < timedelta(days=season.BUSY_DAYS),
            )
            found.append(
                Parcel(
                    carrier,
                    self._tracking(carrier),
                    {place: line.shipped for place, line in box},
                    when,
                    road.lane,
                    journeys.travel(self.chance, road, when, cause),
                )
            )
        return found

    def _scripted(self, sale: Sale, when: datetime, script: Script) -> list[Parcel]:
        return [
            Parcel(
                carrier,
                self._tracking(carrier),
                {place: sale.lines[place].shipped for place in places},
                when,
                self.road(sale, carrier).lane,
                words,
            )
            for carrier, places, words in script.parcels
        ]

    def road(self, sale: Sale, carrier: str) -> journeys.Road:
        ship_to = sale.ship_to or {}
        region = str(ship_to.get("region", ""))
        city = str(ship_to.get("city", ""))
        origin = {"tokyo": "東京都", "osaka": "大阪府", "fukuoka": "福岡県"}[sale.warehouse]
        depot = DEPOTS[sale.warehouse]
        return journeys.Road(carrier, depot, city, usual(origin, region))

    def _tracking(self, carrier: str) -> str:
        """A number nobody else has; post numbers have eleven digits."""
        digits = 11 if carrier == "japanpost" else 12
        while True:
            number = "".join(self.chance.choice("0123456789") for _ in range(digits))
            if number not in self._numbers:
                self._numbers.add(number)
                return "-".join((number[:4], number[4:8], number[8:]))

    # -- arriving and coming back

    def _arrival(self, sale: Sale, parcel: Parcel) -> Callable[[datetime], None]:
        def arrive(when: datetime) -> None:
            for place, units in parcel.units.items():
                sale.lines[place].delivered += units
            if any(line.delivered < line.units for line in sale.lines):
                return
            sale.completed_at = when
            if sale.method is MethodKind.CASH_ON_DELIVERY:
                sale.ledger.append(Money(EntryKind.CAPTURED, sale.totals.total_minor, when))
            is_recent = self.now - when < timedelta(days=season.BUSY_DAYS)
            share, longest = (0.2, 3.0) if is_recent else (0.07, 16.0)
            if not sale.scene and self.chance.random() < share:
                days = self.chance.uniform(0.1, longest)
                self.soon(when + timedelta(days=days), lambda at: self._ask_back(sale, at))

        return arrive

    def _ask_back(self, sale: Sale, when: datetime) -> None:
        reason = self.chance.choices(
            (
                ReturnReason.CHANGED_MIND,
                ReturnReason.WRONG_SIZE,
                ReturnReason.DAMAGED,
                ReturnReason.DEFECTIVE,
                ReturnReason.WRONG_ITEM,
            ),
            (30, 30, 18, 14, 8),
        )[0]
        is_fault = reason not in {ReturnReason.CHANGED_MIND, ReturnReason.WRONG_SIZE}
        wanted = [
            place
            for place, line in enumerate(sale.lines)
            if is_fault
            or (
                line.choice.thing.category not in {"coffee", "tea"}
                and not line.choice.thing.is_final_sale
            )
        ]
        if not wanted:
            return
        place = self.chance.choice(wanted)
        line = sale.lines[place]
        units = self.chance.randint(1, line.units)
        worth = value_of_units(self._values(sale)[place], line.units, before=0, units=units)
        fee = 0 if is_fault else min(RETURN_FEE, worth)
        if worth <= fee:
            return
        coming = Return(
            number=self._return_number(),
            units={place: units},
            reason=reason,
            refund=worth - fee,
            fee=fee,
            requested_at=when,
            is_referred=is_fault or worth > 10_000,  # noqa: PLR2004 - as the channel's rules say
        )
        sale.returns.append(coming)
        line.return_requested += units
        if not coming.is_referred:
            self._decide(sale, coming, when)
            return
        wait = timedelta(hours=self.chance.uniform(4, 60))
        self.soon(when + wait, lambda at: self._decide(sale, coming, at))

    def _decide(self, sale: Sale, coming: Return, when: datetime) -> None:
        coming.state, coming.decided_at = ReturnState.APPROVED, when
        if coming.is_referred and self.chance.random() < 0.08:  # noqa: PLR2004 - share refused
            coming.state = ReturnState.REJECTED
            for place, units in coming.units.items():
                sale.lines[place].return_requested -= units
            return
        days = timedelta(days=self.chance.uniform(2, 7))
        self.soon(when + days, lambda at: self._receive_back(sale, coming, at))

    def _receive_back(self, sale: Sale, coming: Return, when: datetime) -> None:
        is_sound = coming.reason in {
            ReturnReason.CHANGED_MIND,
            ReturnReason.WRONG_SIZE,
            ReturnReason.WRONG_ITEM,
        }
        coming.state, coming.received_at = ReturnState.RECEIVED, when
        coming.disposition = Disposition.RESTOCK if is_sound else Disposition.DISCARD
        for place, units in coming.units.items():
            line = sale.lines[place]
            line.return_requested -= units
            line.returned += units
            if is_sound:
                spot = (line.variant_id, self.locations[sale.warehouse])
                cause = f"return:{coming.number}"
                self.shelves.move(MovementKind.RETURNED, spot, units, when, cause=cause)
        refund = Refund(coming.refund, "return", when, coming)
        sale.refunds.append(refund)
        wait = timedelta(hours=self.chance.uniform(1, 30))
        self.soon(when + wait, lambda at: self._pay_back(sale, refund, at))

    def _pay_back(self, sale: Sale, refund: Refund, when: datetime) -> None:
        refund.paid_at = when
        sale.ledger.append(Money(EntryKind.REFUNDED, refund.amount, when, refund))
        self._credit(sale, refund.amount, when)
        for place, units in (refund.coming.units if refund.coming else {}).items():
            sale.lines[place].refunded += units

    def _values(self, sale: Sale) -> list[int]:
        values = line_values(
            [
                PricedLine(
                    line_id=place,
                    ordered=line.units,
                    unit_price_minor=line.choice.price,
                    discount_minor=line.discount,
                    tax_rate_bp=line.choice.thing.tax_rate_bp,
                )
                for place, line in enumerate(sale.lines)
            ],
            added_tax_minor=0,
        )
        return [values[place] for place in range(len(sale.lines))]

    def _return_number(self) -> str:
        return "R-" + "".join(self.chance.choice(READABLE) for _ in range(8))
