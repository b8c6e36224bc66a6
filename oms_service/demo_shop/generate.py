"""The whole demo shop from a seed: the same seed at the same moment makes the same shop."""

import random
from bisect import bisect
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import accumulate, count
from typing import Final

from oms_service.catalog import boxes
from oms_service.catalog import bulk as catalog
from oms_service.demo_shop import people, places, rooms, scenes, season, senders
from oms_service.demo_shop.catalogue import PREORDER, Choice, choices
from oms_service.demo_shop.places import GINZA, MARKETPLACE, SHARES, STOCK_OF, UMEDA, WEB
from oms_service.demo_shop.result import DemoShop
from oms_service.demo_shop.sales import Sale, Script, World
from oms_service.demo_shop.scenes import SCENES, Scene
from oms_service.demo_shop.writing import CURRENCY, Rows, Writer, is_in_flight, is_late
from oms_service.infra import bulk
from oms_service.infra.progress import Tell, silently
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory.service import open_location
from oms_service.inventory.states import MovementKind
from oms_service.kernel.errors import NotFound
from oms_service.operations.rules import exchange_rules, placing_rules, policy, sourcing_rules
from oms_service.orders import bulk as orders
from oms_service.payments.states import MethodKind
from oms_service.sales import queries as sales_queries
from oms_service.sales import service as sales
from oms_service.shipping.calendars import service as calendars
from oms_service.shipping.calendars.days import OWN
from oms_service.shipping.calendars.service import NewHoliday
from oms_service.shipping.services import offer_service
from oms_service.warehouse import work

DEFAULT_ORDERS: Final = 5_000
DEFAULT_SEED: Final = 7
MOST_ORDERS: Final = 200_000
_MOST_LINES: Final = 4
_PEOPLE_PER_ORDER: Final = 0.45
_OPENING: Final = {"tokyo": 60, "osaka": 45, "fukuoka": 30}
_OPENING_IN_SHOPS: Final = 18
_CREDIT: Final = 5_000


class NotEmpty(Exception):
    """The shop sells already; a made past would get between its own."""


def generate(
    uow: UnitOfWork,
    *,
    many: int = DEFAULT_ORDERS,
    seed: int = DEFAULT_SEED,
    tell: Tell = silently,
) -> DemoShop:
    """Make the shop in an empty database: ``many`` orders, the scenes among them.

    Raises:
        NotEmpty: there is a shop already.
    """
    if _sells(uow):
        raise NotEmpty
    chance = random.Random(seed)  # noqa: S311 - a shop, not a secret
    now = uow.now.replace(microsecond=0)
    bulk.alone(uow.session)
    tell("shop", 0, None)
    channels = _open_channels(uow, season.Calendar(now).opening)
    locations = {place.code: open_location(uow, place) for place in places.LOCATIONS}
    _open_ways(uow, channels, frozenset(locations))
    _open_calendars(uow, locations)
    variants = _catalogue(uow)
    for box in rooms.BOXES:
        boxes.keep(uow, box)
    work.shelve(uow, rooms.bins(variants, locations))
    buyers = max(20, int(many * _PEOPLE_PER_ORDER))
    everybody = [*scenes.people(), *(people.invent(chance, n) for n in range(1, buyers + 1))]
    world = World(chance, now, locations, everybody)
    maker = _Maker(uow, world, variants, many)
    maker.open()
    tell("orders", 0, many)
    maker.plan()
    world.play()
    tell("rows", many, many)
    writer = Writer(uow, world, channels)
    rows = writer.write()
    return _told(writer, rows, now, channels, locations)


def _sells(uow: UnitOfWork) -> bool:
    try:
        sales_queries.channel(uow.session, WEB)
    except NotFound:
        return False
    return True


def _open_channels(uow: UnitOfWork, opening: datetime) -> dict[str, int]:
    found = {}
    for wanted in places.CHANNELS:
        channel = sales.open_channel(uow, wanted)
        found[wanted.code] = channel.id
        policy.adopt(
            uow,
            channel_id=channel.id,
            rules=places.return_rules(wanted.code),
            text=places.return_text(wanted.code),
            since=opening,
        )
        for kind, rules, text in (
            (placing_rules.SHIPPING, places.SHIPPING_CHARGES, places.CHARGES_TEXT),
            (placing_rules.HOLDS, places.hold_rules(wanted.code), {}),
        ):
            placing_rules.adopt(
                uow, channel_id=channel.id, kind=kind, rules=rules, text=text, since=opening
            )
        exchange_rules.adopt(
            uow,
            channel_id=channel.id,
            rules=places.EXCHANGE_RULES,
            text=places.EXCHANGE_TEXT,
            since=opening,
        )
    return found


def _open_ways(uow: UnitOfWork, channels: Mapping[str, int], codes: frozenset[str]) -> None:
    """The carriers' services, and the rules by which locations send."""
    for service in senders.SERVICES:
        offer_service(uow, service)
    for channel_id in channels.values():
        sourcing_rules.adopt(
            uow, channel_id=channel_id, rules=senders.RULES, text={}, known_locations=codes
        )


def _open_calendars(uow: UnitOfWork, locations: Mapping[str, int]) -> None:
    """The days on which locations send."""
    for code, days in senders.WORKING_DAYS.items():
        calendars.set_location(uow, locations[code], days, version=0)
    for month, day in senders.NEW_YEAR:
        holiday = NewHoliday(day=date(uow.now.year + 1, month, day), name=senders.NEW_YEAR_NAME)
        calendars.set_holiday(uow, OWN, holiday)


def _catalogue(uow: UnitOfWork) -> dict[str, tuple[int, Choice]]:
    every = list(choices())
    things = list(dict.fromkeys(choice.thing.code for choice in every))
    product_ids = dict(zip(things, catalog.reserve_products(uow.session, len(things)), strict=True))
    ids = catalog.reserve_variants(uow.session, len(every))
    by_code = {choice.thing.code: choice.thing for choice in every}
    catalog.add(
        uow.session,
        [
            catalog.ProductRow(
                id=product_ids[code],
                code=code,
                name=thing.name,
                description=thing.description,
                category=thing.category,
                is_final_sale=thing.is_final_sale,
            )
            for code, thing in by_code.items()
        ],
        [
            catalog.VariantRow(
                id=variant_id,
                product_id=product_ids[choice.thing.code],
                sku=choice.sku,
                options=choice.options,
                option_words=choice.option_words,
                tax_rate_bp=choice.thing.tax_rate_bp,
                cost_minor=choice.price * 45 // 100,
                cost_currency=CURRENCY,
                weight_g=choice.thing.weight_g,
                length_mm=size[0],
                width_mm=size[1],
                height_mm=size[2],
                barcode=_barcode(number),
            )
            for number, (choice, variant_id, size) in enumerate(
                zip(every, ids, map(rooms.size_mm, every), strict=True), start=1
            )
        ],
        [
            catalog.PriceRow(
                variant_id=variant_id,
                currency=CURRENCY,
                channel_id=None,
                amount_minor=choice.price,
            )
            for choice, variant_id in zip(every, ids, strict=True)
        ],
    )
    return {choice.sku: (variant_id, choice) for choice, variant_id in zip(every, ids, strict=True)}


def _barcode(number: int) -> str:
    """A JAN code with its check digit, of the range that shops keep for themselves."""
    digits = f"20{number:010}"
    odd, even = sum(map(int, digits[::2])), sum(map(int, digits[1::2]))
    return f"{digits}{-(odd + 3 * even) % 10}"


class _Maker:
    """Puts every order of the past on the agenda."""

    def __init__(
        self, uow: UnitOfWork, world: World, variants: dict[str, tuple[int, Choice]], many: int
    ) -> None:
        self._world = world
        self._many = many
        self._variants = variants
        self._every = list(variants.values())
        self._by_id = dict(self._every)
        self._calendar = season.Calendar(world.now)
        self._taste = {month: list(self._tastes(month)) for month in range(1, 13)}
        whole = many + len(SCENES)
        self._order_ids = iter(orders.reserve_orders(uow.session, whole))
        self._line_ids = iter(orders.reserve_lines(uow.session, whole * _MOST_LINES))
        self._numbers = {
            WEB: (f"A-{number}" for number in count(20_001)),
            MARKETPLACE: (f"M-{number}" for number in count(7_000_001)),
            GINZA: (f"G-{number:06}" for number in count(1)),
            UMEDA: (f"U-{number:06}" for number in count(1)),
        }

    def open(self) -> None:
        """Opening stock everywhere, and store credit for some."""
        world, opening = self._world, self._calendar.opening
        for code, place in world.locations.items():
            units = _OPENING.get(code, _OPENING_IN_SHOPS)
            for variant_id, choice in self._every:
                if choice.thing.demand == PREORDER:
                    world.preordered.add(variant_id)
                    continue
                often = max(1.0, choice.thing.demand / 2)
                world.shelves.move(
                    MovementKind.OPENING,
                    (variant_id, place),
                    int(units * often),
                    opening,
                    cause="opening",
                )
        for person in range(len(SCENES), len(world.people), 25):
            world.give_credit(person, _CREDIT, "gift", opening + timedelta(hours=1))

    def plan(self) -> None:
        ordinary = max(0, self._many - len(SCENES))
        for moment in self._calendar.draw(self._world.chance, ordinary):
            self._world.soon(moment, self._buy)
        for number, scene in enumerate(SCENES):
            self._plan_scene(scene, number)

    def _buy(self, when: datetime) -> None:
        world = self._world
        channel = world.chance.choices(list(SHARES), list(SHARES.values()))[0]
        person = self._somebody()
        goods = self._basket(when, STOCK_OF.get(channel))
        if not goods:
            channel, goods = WEB, self._basket(when, None)
        is_sent = channel not in STOCK_OF
        lines, totals = world.settle(goods, when, is_sent=is_sent)
        sale = Sale(
            number=next(self._numbers[channel]),
            channel=channel,
            person=person,
            placed_at=when,
            lines=lines,
            totals=totals,
            method=self._method(channel, person, totals.total_minor),
            ship_to=world.people[person].address if is_sent else None,
        )
        self._name(sale)
        world.place(sale, when)

    def _plan_scene(self, scene: Scene, person: int) -> None:
        world = self._world
        when = world.now - scene.placed
        sent = scene.sent(world.now) if scene.sent else None
        if sent is not None:
            when = min(when, sent - timedelta(hours=1))

        def place(at: datetime) -> None:
            goods = [(*self._variants[sku], units) for sku, units in scene.goods]
            lines, totals = world.settle(goods, at, is_sent=True)
            sale = Sale(
                number=scene.number,
                channel=WEB,
                person=person,
                placed_at=at,
                lines=lines,
                totals=totals,
                method=scene.method,
                ship_to=world.people[person].address,
                scene=scene.number,
            )
            self._name(sale)
            self._stock_up(sale, at)
            world.place(sale, at, Script())
            if sent is not None:
                world.pay_and_send(sale, at, sent, _boxes(scene, sale, sent, world))

        world.soon(when, place)

    def _stock_up(self, sale: Sale, when: datetime) -> None:
        """A scene never waits for stock."""
        nearest = places.nearest(str((sale.ship_to or {})["region"]))[0]
        for line in sale.lines:
            spot = (line.variant_id, self._world.locations[nearest])
            self._world.shelves.move(
                MovementKind.RECEIVED, spot, line.units + 12, when, cause="supplier"
            )

    def _name(self, sale: Sale) -> None:
        sale.id = next(self._order_ids)
        for line in sale.lines:
            line.id = next(self._line_ids)

    def _somebody(self) -> int:
        """Some buy often, most seldom."""
        strangers = len(self._world.people) - len(SCENES)
        return len(SCENES) + int(strangers * self._world.chance.random() ** 1.7)

    def _basket(self, when: datetime, shop: str | None) -> list[tuple[int, Choice, int]]:
        """What is put in the basket; at a counter only what is on the shelf."""
        chance, world = self._world.chance, self._world
        taste = self._taste[season.day_of(when).month]
        goods: dict[int, tuple[int, Choice, int]] = {}
        for _ in range(chance.choices((1, 2, 3, 4), (55, 28, 12, 5))[0]):
            variant_id, choice = self._every[bisect(taste, chance.random() * taste[-1])]
            units = chance.choices((1, 2, 3), (80, 15, 5))[0]
            if shop is not None:
                place = (variant_id, world.locations[shop])
                units = min(units, max(0, world.shelves.free(place)))
            if units:
                goods[variant_id] = (variant_id, choice, units)
        if shop is None and self._is_preordered(when):
            variant_id = chance.choice(sorted(world.preordered))
            goods = {variant_id: (variant_id, self._by_id[variant_id], 1)}
        return list(goods.values())

    def _is_preordered(self, when: datetime) -> bool:
        is_recent = self._world.now - when < timedelta(days=season.BUSY_DAYS)
        return is_recent and self._world.chance.random() < 0.04  # noqa: PLR2004 - share of them

    def _method(self, channel: str, person: int, total: int) -> MethodKind | None:
        chance = self._world.chance
        if channel == MARKETPLACE:
            return None
        if channel in STOCK_OF:
            return chance.choices((MethodKind.CARD, MethodKind.CASH), (60, 40))[0]
        if self._world.balances.get(person, 0) >= total:
            return MethodKind.STORE_CREDIT
        return chance.choices(
            (MethodKind.CARD, MethodKind.KONBINI, MethodKind.CASH_ON_DELIVERY), (68, 21, 11)
        )[0]

    def _tastes(self, month: int) -> Iterator[float]:
        sizes: dict[str, int] = {}
        for _, choice in self._every:
            sizes[choice.thing.code] = sizes.get(choice.thing.code, 0) + 1
        yield from accumulate(
            choice.thing.demand
            * (2 if month in choice.thing.months else 1)
            / sizes[choice.thing.code]
            for _, choice in self._every
        )


def _boxes(scene: Scene, sale: Sale, sent: datetime, world: World) -> Script:
    return Script(
        parcels=tuple(
            (box.carrier, box.lines, box.trip(world.road(sale, box.carrier), sent, world.now))
            for box in scene.boxes
        ),
    )


def _told(
    writer: Writer, rows: Rows, now: datetime, channels: dict[str, int], locations: dict[str, int]
) -> DemoShop:
    standings = writer.standings
    told = writer.told
    in_flight = [pair for pair in told if is_in_flight(standings.get(pair[0].id, []))]
    return DemoShop(
        now=now,
        channels=channels,
        locations=locations,
        customers=tuple(writer.customer_ids),
        delivered=tuple(order for sale, order in told if sale.completed_at),
        in_flight=tuple(order for _, order in in_flight),
        late=tuple(order for sale, order in in_flight if is_late(standings[sale.id])),
        waiting=tuple(
            order
            for sale, order in told
            if not sale.shipments and not sale.completed_at and not sale.cancelled_at
        ),
        cancelled=tuple(order for sale, order in told if sale.cancelled_at),
        returns=tuple(writer.returns),
        scenes={sale.scene: order for sale, order in told if sale.scene},
        counts={
            "customers": len(writer.customer_ids),
            "orders": len(rows.heads),
            "order lines": len(rows.lines),
            "parcels": len(rows.parcels),
            "scans": len(rows.scans),
            "payments and refunds": len(rows.entries),
            "returns": len(rows.announced),
        },
    )
