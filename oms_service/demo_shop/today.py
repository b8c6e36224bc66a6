"""What the demo shop is at today, done through the services: orders at every step of their way.

Each step is written as it would have been at its own time. ``docs/demo.md`` lists the orders
from here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from oms_service.catalog import queries as catalog
from oms_service.customers import joining
from oms_service.demo_shop.catalogue import choices
from oms_service.demo_shop.people import PLACES, Person
from oms_service.demo_shop.places import GINZA, WEB
from oms_service.demo_shop.result import DemoShop
from oms_service.demo_shop.scenes import person
from oms_service.demo_shop.season import ZONE, day_of
from oms_service.demo_shop.supplies import INSPECTED, Supplies
from oms_service.documents.issuer import Issuer
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.inventory import service as inventory
from oms_service.inventory.service import Why
from oms_service.kernel.actors import SYSTEM, Actor
from oms_service.kernel.languages import Words
from oms_service.kernel.money import Money
from oms_service.operations.dispatch import fulfilling, packing, picking, shipping
from oms_service.operations.dispatch.packing import Weighed
from oms_service.operations.dispatch.picking import WantedList
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.operations.money import billing, refunding
from oms_service.operations.money.refunding import RefundReason, Wish
from oms_service.operations.pickup import collecting
from oms_service.operations.placement import drafting, placing, selling
from oms_service.operations.placement.drafting import Draft
from oms_service.operations.placement.placing import Payment, PlaceOrder, WantedLine
from oms_service.operations.placement.quoting import Basket, quote
from oms_service.operations.returning import claiming, exchanging, receiving, returns, scanning
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders import queries as orders
from oms_service.orders import service as order_service
from oms_service.payments import gift_cards
from oms_service.payments import service as payments
from oms_service.payments.gift_cards import NewCard
from oms_service.payments.states import EntryKind, MethodKind, RefundPart
from oms_service.pickup import queries as pickups
from oms_service.pickup.policy import Terms
from oms_service.pickup.service import set_terms
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.returns.service import Arrived
from oms_service.returns.states import ClaimReason, Condition, Disposition, Finding, Remedy
from oms_service.returns.states import ReturnReason as Reason
from oms_service.sales import queries as sales
from oms_service.sales.states import SellingMode
from oms_service.shipping.events import ParcelDelivered
from oms_service.shipping.service import NewParcel
from oms_service.warehouse import queries as work
from oms_service.warehouse import service as boxes
from oms_service.warehouse.queries import Fulfilment, PackedBox

_CURRENCY: Final = "JPY"
_PORTAL: Final = "portal"
_COLLECTED_IN: Final = "ginza"
#: Where customers collect things: the address in both languages, latitude and longitude.
_COUNTERS: Final = {
    "ginza": ("東京都中央区銀座0-0-0", "0-0-0 Ginza, Chuo-ku, Tokyo", 35.671, 139.765),
    "yokohama": ("神奈川県横浜市西区幸0-0-0", "0-0-0 Saiwai, Nishi-ku, Yokohama", 35.466, 139.622),
    "umeda": ("大阪府大阪市北区梅田0-0-0", "0-0-0 Umeda, Kita-ku, Osaka", 34.702, 135.496),
    "sapporo": ("北海道札幌市中央区0-0-0", "0-0-0 Chuo-ku, Sapporo", 43.068, 141.351),
}


@dataclass(frozen=True, kw_only=True)
class House:
    """Who works here, what invoices name, and what codes of gift cards are made from."""

    issuer: Issuer
    secret: str
    agent: Actor = SYSTEM
    picker: Actor = SYSTEM
    seller: Actor = SYSTEM


_YUKI: Final = person(
    "小林/優希/コバヤシ/ユウキ", "yuki.kobayashi@example.jp", "090-0123-4580", "杉並区", "4-12-8"
)
_AOI: Final = person(
    "加藤/葵/カトウ/アオイ", "aoi.kato@example.jp", "090-0123-4581", "西宮市", "2-3-15"
)
_DAISUKE: Final = person(
    "吉田/大輔/ヨシダ/ダイスケ", "daisuke.yoshida@example.jp", "090-0123-4582", "奈良市", "1-6-4"
)
_GRACE: Final = person(
    "Bennett/Grace//", "grace.bennett@example.com", "090-0123-4583", "港区", "6-1-3"
)
_KAZUYA: Final = person(
    "松本/和也/マツモト/カズヤ",
    "kazuya.matsumoto@example.jp",
    "090-0123-4584",
    "熊本市中央区",
    "5-9-21",
    "サンハイツ 203",
)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One order of today, and how it came where it is."""

    number: str
    who: Person
    plight: Words
    goods: tuple[tuple[str, int], ...]
    play: Callable[["Today", "Scene"], None]
    hours: float
    """How long ago it was placed."""
    pays: MethodKind = MethodKind.CARD


@dataclass(frozen=True)
class Sold:
    """An order as it was placed: its id, its customer, and what pays for it."""

    order_id: int
    customer_id: int
    method_id: int


class Today:
    """Plays the scenes, in one transaction."""

    def __init__(self, uow: UnitOfWork, shop: DemoShop, house: House) -> None:
        self.house = house
        self.shop = shop
        self._uow = uow
        skus = [choice.sku for choice in choices()]
        found = catalog.variants_by_sku(uow.session, skus)
        self.variants = {sku: found[sku].id for sku in skus}
        self._parcels = 0

    def play(self) -> None:
        self._put_in_line()
        self._open_counters()
        Supplies(self._uow, self.shop, self.variants, self.house.picker).stage()
        self._sell_what_is_not_there()
        for scene in SCENES:
            scene.play(self, scene)
        self._drafts()
        self._gift_card()

    def ago(self, hours: float, actor: Actor = SYSTEM) -> UnitOfWork:
        """The same transaction as it would have been some hours ago, in that name."""
        return replace(self._uow, now=self._uow.now - timedelta(hours=hours), actor=actor)

    # -- buying

    def place(
        self,
        scene: Scene,
        *,
        channel: str = WEB,
        by: Actor = SYSTEM,
        is_paid: bool = False,
        collected_in: int | None = None,
    ) -> Sold:
        """The order of a scene; a card's money is promised, or here where it ``is_paid``.

        ``collected_in`` is the shop where its customer fetches it; else it is sent.
        """
        uow = self.ago(scene.hours, by)
        customer_id = self.customer(scene.who)
        method_id = self._method(uow, customer_id, scene)
        lines = [WantedLine(sku=sku, quantity=units) for sku, units in scene.goods]
        ship_to = scene.who.address if collected_in is None else None
        total = quote(
            uow,
            Basket(
                channel=sales.channel(uow.session, channel),
                lines=lines,
                ship_to=ship_to,
                shipping_minor=None,
            ),
        ).total
        placed = placing.place(
            uow,
            PlaceOrder(
                channel=channel,
                external_ref=scene.number,
                number=scene.number,
                customer_id=customer_id,
                language=scene.who.language,
                lines=lines,
                ship_to=ship_to,
                mail=scene.who.mail,
                phone=scene.who.phone,
                shipping_minor=None,
                payments=_paid(scene, total, method_id, is_paid=is_paid),
                pay_by=None if scene.pays in _PAID_AS else method_id,
                placed_at=uow.now,
                pickup_location_id=collected_in,
            ),
        )
        return Sold(placed.order.id, customer_id, method_id)

    def customer(self, who: Person) -> int:
        person_known = joining.Person(
            scope=WEB,
            ref=who.mail,
            mail=who.mail,
            phone=who.phone,
            family_name=who.family,
            given_name=who.given,
            family_name_kana=who.family_kana,
            given_name_kana=who.given_kana,
            language=who.language,
            address=who.address,
        )
        return joining.known_or_new(self.ago(400), person_known).customer_id

    def _method(self, uow: UnitOfWork, customer_id: int, scene: Scene) -> int:
        if scene.pays is MethodKind.STORE_CREDIT:
            method_id = gift_cards.store_credit(uow, customer_id=customer_id, currency=_CURRENCY)
            payments.change_balance(
                uow,
                method_id,
                Money(_CREDIT, _CURRENCY),
                cause="goodwill",
                key=f"demo:{scene.number}",
            )
            return method_id
        return payments.add_method(
            uow,
            customer_id=customer_id,
            kind=scene.pays,
            token=f"demo-{scene.pays}-{scene.who.mail}",
            last_four="4242" if scene.pays is MethodKind.CARD else "",
        )

    # -- sending

    def to_do(self, sold: Sold, hours: float) -> tuple[Fulfilment, ...]:
        """What the locations have to do for an order, the one with the most first."""
        uow = self.ago(hours)
        order_service.hold_against_others(uow, sold.order_id)
        found = fulfilling.align(uow, sold.order_id).values()
        return tuple(sorted(found, key=lambda one: (-one.wanted, one.location_id)))

    def pick(self, fulfilment: Fulfilment, hours: float) -> None:
        """Everything of it is in the picker's hands."""
        uow = self.ago(hours, self.house.picker)
        by_id = {variant_id: sku for sku, variant_id in self.variants.items()}
        picking.pick_for(
            uow,
            fulfilment.id,
            [(by_id[line.variant_id], line.wanted) for line in fulfilment.lines if line.wanted],
            key=f"demo:{fulfilment.order_id}:{fulfilment.location_id}",
        )

    def pack(self, fulfilment: Fulfilment, hours: float) -> list[PackedBox]:
        """What is picked lies in closed boxes, as proposed."""
        uow = self.ago(hours, self.house.picker)
        packed = []
        now = work.fulfilment(uow.session, fulfilment.id)
        for filled in packing.propose(uow.session, now).boxes:
            box = packing.begin(uow, now.id, box_code=filled.kind.code)
            box = packing.fill(uow, box.id, filled.units)
            now = work.fulfilment(uow.session, fulfilment.id)
            weight = packing.expected_weight(uow.session, now, box) or 1_000
            packed.append(packing.close(uow, box.id, Weighed(weight_g=weight + _PAPER_G)))
        return packed

    def label(self, packed: Sequence[PackedBox], hours: float) -> None:
        """The boxes have tracking numbers of their carriers."""
        for box in packed:
            uow = self.ago(hours, self.house.picker)
            boxes.give_tracking(uow, box.id, box.carrier, self._number())

    def _number(self) -> str:
        self._parcels += 1
        digits = f"{_FIRST_NUMBER + self._parcels}"
        return "-".join((digits[:4], digits[4:8], digits[8:]))

    def hand_over(self, packed: Sequence[PackedBox], hours: float) -> None:
        for box in packed:
            shipping.hand_over_box(self.ago(hours, self.house.picker), box.id)

    def send(self, sold: Sold, hours: float) -> None:
        """Picked, packed, labelled and with the carrier, from everywhere."""
        for fulfilment in self.to_do(sold, hours + 3):
            self.pick(fulfilment, hours + 2)
            packed = self.pack(fulfilment, hours + 1)
            self.label(packed, hours + 1)
            self.hand_over(packed, hours)

    def deliver(self, sold: Sold, *, sent: float, arrived: float) -> None:
        """Sent in one parcel by each location and delivered, so many hours ago."""
        for fulfilment in self.to_do(sold, sent + 1):
            number = self._number()
            (parcel_id,) = shipping.hand_over(
                self.ago(sent, self.house.picker),
                HandOver(
                    order_id=sold.order_id,
                    number=f"S-{number}",
                    location_id=fulfilment.location_id,
                    parcels=[
                        NewParcel(
                            carrier=_CARRIER,
                            tracking_number=number,
                            lines={
                                line.order_line_id: line.wanted
                                for line in fulfilment.lines
                                if line.wanted
                            },
                        )
                    ],
                ),
            )
            facts = [
                ScanFact(
                    carrier=_CARRIER,
                    tracking_number=number,
                    event_key=f"demo:{status}",
                    status=status,
                    occurred_at=self._uow.now - timedelta(hours=hours),
                    carrier_words=words,
                )
                for status, hours, words in (
                    (CarrierStatus.IN_TRANSIT, sent - 2, "荷物受付"),
                    (CarrierStatus.OUT_FOR_DELIVERY, arrived + 4, "配達中"),
                    (CarrierStatus.DELIVERED, arrived, "配達完了"),
                )
            ]
            uow = self.ago(arrived)
            scanning.record(uow, facts, zone=ZONE)
            delivered = ParcelDelivered(
                order_id=sold.order_id, parcel_id=parcel_id, delivered_at=uow.now.isoformat()
            )
            shipping.mark_delivered(uow, delivered)

    def most_in_one_place(self, skus: Sequence[str]) -> dict[str, int]:
        """The most units that one location has to sell, by SKU."""
        most = dict.fromkeys(skus, 0)
        by_id = {self.variants[sku]: sku for sku in skus}
        for level in stock.availability(self._uow.session, list(by_id)):
            sku = by_id[level.variant_id]
            most[sku] = max(most[sku], level.free)
        return most

    def line_ids(self, sold: Sold) -> list[int]:
        return [line.id for line in orders.lines(self._uow.session, sold.order_id)]

    # -- what is not about one order

    def _put_in_line(self) -> None:
        """Every order of the past that is still to leave stands on the boards of its locations."""
        for order in self.shop.waiting:
            uow = replace(self._uow, now=order.placed_at)
            order_service.hold_against_others(uow, order.order_id)
            fulfilling.align(uow, order.order_id)

    def _open_counters(self) -> None:
        """The terms on which shops hand over what customers collect."""
        for code, (ja, en, latitude, longitude) in _COUNTERS.items():
            set_terms(
                self._uow,
                self.shop.locations[code],
                Terms(address={"ja": ja, "en": en}, latitude=latitude, longitude=longitude),
            )

    def _sell_what_is_not_there(self) -> None:
        """The holiday blend is a pre-order; the kettle that is being inspected may wait."""
        today = day_of(self._uow.now)
        for sku, mode, days in (
            ("HOLIDAY-200G", SellingMode.PREORDER, 8),
            ("HOLIDAY-500G", SellingMode.PREORDER, 8),
            (INSPECTED, SellingMode.BACKORDER, 10),
        ):
            selling.sell(
                self.ago(72),
                variant_id=self.variants[sku],
                channel_id=None,
                mode=mode,
                limit_units=500,
                ships_by=today + timedelta(days=days),
                version=0,
            )

    def _drafts(self) -> None:
        """Two orders that agents put together and have not placed."""
        for number, (who, goods) in enumerate(
            ((_YUKI, (("DRIPPER-1-2-WHITE", 1),)), (_GRACE, (("TUMBLER-480ML-GREEN", 2),)))
        ):
            drafting.keep(
                self.ago(5 + number, self.house.agent),
                Draft(
                    channel=WEB,
                    customer_id=self.customer(who),
                    lines=[WantedLine(sku=sku, quantity=units) for sku, units in goods],
                    ship_to=who.address,
                    mail=who.mail,
                    phone=who.phone,
                    language=who.language,
                ),
                key=f"demo-{number}",
            )

    def _gift_card(self) -> None:
        """One card is a customer's by now, another is still to be given away."""
        uow = self.ago(30, self.house.agent)
        cards = [
            gift_cards.issue(
                uow,
                NewCard(amount=Money(amount, _CURRENCY), cause="goodwill", key=f"demo:{amount}"),
                secret=self.house.secret,
            )
            for amount in (3_000, 5_000)
        ]
        gift_cards.claim(uow, cards[0].code, customer_id=self.customer(_YUKI))


def add(uow: UnitOfWork, shop: DemoShop, house: House) -> None:
    """Let the shop be at work: everything of ``SCENES``, and what colleagues and suppliers do."""
    Today(uow, shop, house).play()


#: Who carried what is delivered.
_CARRIER: Final = "yamato"
#: What a customer has to spend who pays by store credit.
_CREDIT: Final = 20_000
#: The leaflet and the paper around the goods.
_PAPER_G: Final = 15
#: Tracking numbers of today's boxes; those of the past are drawn, and hardly ever begin so.
_FIRST_NUMBER: Final = 300_000_000_000
#: Methods whose money is promised or here when the order comes in.
_PAID_AS: Final[Mapping[MethodKind, EntryKind]] = {
    MethodKind.CARD: EntryKind.AUTHORIZED,
    MethodKind.CASH: EntryKind.CAPTURED,
}


def _paid(scene: Scene, total: Money, method_id: int, *, is_paid: bool) -> list[Payment]:
    if scene.pays not in _PAID_AS:
        return []
    kind = EntryKind.CAPTURED if is_paid else _PAID_AS[scene.pays]
    ref = f"demo-{scene.number}" if scene.pays is MethodKind.CARD else ""
    return [Payment(kind=kind, amount=total, method_id=method_id, provider_ref=ref)]


# The plots


def _is_open(today: Today, scene: Scene) -> None:
    today.to_do(today.place(scene), scene.hours)


def _is_being_picked(today: Today, scene: Scene) -> None:
    (here, *_) = today.to_do(today.place(scene), scene.hours)
    uow = today.ago(0.4, today.house.picker)
    walk = picking.start(
        uow, WantedList(location_id=here.location_id, fulfilment_id=here.id), key="demo-walk"
    )
    first = walk.tasks[0]
    sku = next(sku for sku, one in today.variants.items() if one == first.variant_id)
    picking.scan(uow, first.id, code=sku, quantity=first.quantity)


def _is_packed(today: Today, scene: Scene) -> None:
    for here in today.to_do(today.place(scene), scene.hours):
        today.pick(here, 2)
        today.pack(here, 1.5)


def _is_labelled(today: Today, scene: Scene) -> None:
    for here in today.to_do(today.place(scene), scene.hours):
        today.pick(here, 3)
        today.label(today.pack(here, 2.5), 2)


def _is_gone(today: Today, scene: Scene) -> None:
    today.send(today.place(scene, is_paid=True), 1)


def _is_split(today: Today, scene: Scene) -> None:
    """One line from two locations: one parcel is gone, the other has its label."""
    most = today.most_in_one_place([sku for sku, _ in scene.goods])
    sku = min(most, key=lambda one: (most[one], one))
    sold = today.place(replace(scene, goods=((sku, most[sku] + 1),)))
    first, *rest = today.to_do(sold, scene.hours)
    today.pick(first, 6)
    packed = today.pack(first, 5)
    today.label(packed, 4)
    today.hand_over(packed, 3)
    for other in rest:
        today.pick(other, 2)
        today.label(today.pack(other, 1.5), 1)


def _exchanges(today: Today, scene: Scene) -> None:
    sold = today.place(scene, is_paid=True)
    today.deliver(sold, sent=scene.hours - 20, arrived=50)
    (line_id,) = today.line_ids(sold)
    exchanging.request(
        today.ago(6),
        exchanging.WantedExchange(
            order_id=sold.order_id,
            swaps=[
                exchanging.WantedSwap(
                    line_id=line_id, sku="TSHIRT-L-NAVY", quantity=1, reason=Reason.WRONG_SIZE
                )
            ],
            channel=_PORTAL,
            key=f"demo:{scene.number}",
        ),
    )


def _claims(today: Today, scene: Scene) -> None:
    sold = today.place(scene, is_paid=True)
    today.deliver(sold, sent=scene.hours - 20, arrived=26)
    first, *_ = today.line_ids(sold)
    claiming.request(
        today.ago(3),
        claiming.WantedClaim(
            order_id=sold.order_id,
            lines=[claiming.ClaimedLine(line_id=first, quantity=1, reason=ClaimReason.DAMAGED)],
            remedy=Remedy.REPLACEMENT,
            channel=_PORTAL,
            key=f"demo:{scene.number}",
            evidence=frozenset({"photo"}),
        ),
    )


def _comes_back_damaged(today: Today, scene: Scene) -> None:
    sold = today.place(scene)
    today.deliver(sold, sent=scene.hours - 20, arrived=140)
    (line_id,) = today.line_ids(sold)
    asked = returns.request(
        today.ago(100),
        returns.Wanted(
            order_id=sold.order_id,
            lines=[
                returns.WantedLine(
                    line_id=line_id,
                    quantity=2,
                    reason=Reason.CHANGED_MIND,
                    condition=Condition.UNOPENED,
                )
            ],
            channel=_PORTAL,
            key=f"demo:{scene.number}",
        ),
    )
    receiving.receive(
        today.ago(4, today.house.picker),
        asked.view.id,
        version=asked.view.version,
        arrived={
            line_id: [
                Arrived(quantity=1, disposition=Disposition.RESTOCK),
                Arrived(quantity=1, disposition=Disposition.DISCARD, finding=Finding.DAMAGED),
            ]
        },
        location_id=today.shop.locations["tokyo"],
    )


def _waits_for_a_second_person(today: Today, scene: Scene) -> None:
    sold = today.place(scene, is_paid=True)
    today.deliver(sold, sent=scene.hours - 20, arrived=72)
    refunding.request(
        today.ago(2, today.house.agent),
        Wish(
            order_id=sold.order_id,
            amount=Money(4_000, _CURRENCY),
            part=RefundPart.GOODWILL,
            reason=RefundReason.QUALITY,
            key=f"demo-{scene.number}",
            givers=[Giver.AGENT],
            to_store_credit=True,
        ),
    )


def _is_billed(today: Today, scene: Scene) -> None:
    sold = today.place(scene, is_paid=True)
    today.deliver(sold, sent=scene.hours - 20, arrived=30)
    billing.issue_invoice(today.ago(5, today.house.agent), sold.order_id, issuer=today.house.issuer)


def _is_sold_in_the_shop(today: Today, scene: Scene) -> None:
    today.to_do(today.place(scene, channel=GINZA, by=today.house.seller), scene.hours)


def _is_ready_in_the_shop(today: Today, scene: Scene) -> None:
    shop = today.shop.locations[_COLLECTED_IN]
    uow = today.ago(scene.hours)
    inventory.receive(
        uow,
        {(today.variants[sku], shop): units for sku, units in scene.goods},
        Why(key=f"demo:{scene.number}", cause="supplier"),
    )
    sold = today.place(scene, is_paid=True, collected_in=shop)
    waiting = pickups.of_order(uow.session, sold.order_id)
    if waiting is not None:
        collecting.make_ready(today.ago(1, today.house.seller), waiting.id)


def _only_placed(today: Today, scene: Scene) -> None:
    today.place(scene)


SCENES: Final = (
    Scene(
        number="A-10441",
        who=_YUKI,
        plight={"ja": "ピッキング待ち", "en": "to be picked"},
        goods=(("MUG-WHITE", 2), ("DRIP-10", 1)),
        play=_is_open,
        hours=5,
    ),
    Scene(
        number="A-10442",
        who=_AOI,
        plight={"ja": "ピッキング中", "en": "being picked; one of two lines is done"},
        goods=(("TSHIRT-M-WHITE", 1), ("SENCHA-LEAF", 2)),
        play=_is_being_picked,
        hours=8,
    ),
    Scene(
        number="A-10443",
        who=_DAISUKE,
        plight={"ja": "梱包済み・送り状待ち", "en": "packed; its box has no label yet"},
        goods=(("TUMBLER-350ML-BLACK", 1), ("HOJICHA-LEAF", 1)),
        play=_is_packed,
        hours=9,
    ),
    Scene(
        number="A-10444",
        who=_GRACE,
        plight={"ja": "集荷待ち", "en": "labelled; waits for the carrier"},
        goods=(("SWEAT-M-GREY", 1),),
        play=_is_labelled,
        hours=10,
    ),
    Scene(
        number="A-10445",
        who=_KAZUYA,
        plight={"ja": "本日出荷", "en": "handed over today"},
        goods=(("BOARD-SMALL", 1), ("SOCKS-M-GREY", 3)),
        play=_is_gone,
        hours=22,
    ),
    Scene(
        number="A-10446",
        who=_KAZUYA,
        plight={"ja": "不正注文の確認中", "en": "held: somebody looks whether it is fraud"},
        goods=(("KETTLE-STEEL", 20), ("PAN-26CM", 12)),
        play=_only_placed,
        hours=7,
    ),
    Scene(
        number="A-10447",
        who=_AOI,
        plight={
            "ja": "コンビニ支払い待ち(払込番号あり)",
            "en": "waits for konbini payment, with a slip",
        },
        goods=(("SHIRT-L-WHITE", 1),),
        play=_only_placed,
        hours=1,
        pays=MethodKind.KONBINI,
    ),
    Scene(
        number="A-10448",
        who=_DAISUKE,
        plight={"ja": "取り寄せ(入荷待ち)", "en": "back-order: all of its kettles are inspected"},
        goods=((INSPECTED, 1),),
        play=_only_placed,
        hours=20,
    ),
    Scene(
        number="A-10449",
        who=_GRACE,
        plight={"ja": "予約商品", "en": "pre-order with a day by which it leaves"},
        goods=(("HOLIDAY-500G", 2),),
        play=_only_placed,
        hours=30,
    ),
    Scene(
        number="A-10450",
        who=_YUKI,
        plight={
            "ja": "1明細を2拠点から2個口で出荷",
            "en": "one line from two locations: one parcel is gone, one waits for the carrier",
        },
        goods=(("SOCKS-S-BLACK", 1), ("SOCKS-L-GREY", 1), ("TOWEL-FACE-NAVY", 1)),
        play=_is_split,
        hours=26,
    ),
    Scene(
        number="A-10451",
        who=_AOI,
        plight={"ja": "サイズ交換", "en": "an exchange for another size"},
        goods=(("TSHIRT-M-NAVY", 1),),
        play=_exchanges,
        hours=120,
    ),
    Scene(
        number="A-10452",
        who=_DAISUKE,
        plight={"ja": "破損の申し出", "en": "a claim: a mug arrived broken"},
        goods=(("MUG-BLACK", 1), ("BEANS-DECAF-200G-BEANS", 1)),
        play=_claims,
        hours=96,
    ),
    Scene(
        number="A-10453",
        who=_GRACE,
        plight={
            "ja": "返品1点が破損して到着",
            "en": "came back: one of two was damaged; paid by store credit",
        },
        goods=(("TOWEL-BATH-GREY", 2),),
        play=_comes_back_damaged,
        hours=260,
        pays=MethodKind.STORE_CREDIT,
    ),
    Scene(
        number="A-10454",
        who=_KAZUYA,
        plight={"ja": "返金の承認待ち", "en": "goodwill that a second person has to approve"},
        goods=(("KNIT-M-GREY", 1),),
        play=_waits_for_a_second_person,
        hours=170,
    ),
    Scene(
        number="A-10455",
        who=_DAISUKE,
        plight={"ja": "適格請求書を発行済み(8%と10%)", "en": "has an invoice with 8 % and 10 %"},
        goods=(("BEANS-ETHIOPIA-200G-BEANS", 2), ("DRIPPER-1-4-BLACK", 1)),
        play=_is_billed,
        hours=110,
    ),
    Scene(
        number="A-10456",
        who=_YUKI,
        plight={
            "ja": "銀座店で受け取り、準備済み",
            "en": "ready to be collected in the Ginza shop",
        },
        goods=(("MUG-WHITE", 1), ("HOJICHA-LEAF", 1)),
        play=_is_ready_in_the_shop,
        hours=6,
    ),
    Scene(
        number="G-900001",
        who=_YUKI,
        plight={"ja": "銀座店で購入、ご自宅へ配送", "en": "bought in the Ginza shop, sent home"},
        goods=(("APRON-NAVY", 1),),
        play=_is_sold_in_the_shop,
        hours=3,
        pays=MethodKind.CASH,
    ),
)


def as_markdown() -> str:
    """The table of ``docs/demo.md``."""
    lines = ["| Order | Customer | Mail | Postal code | What is with it |", "|---|---|---|---|---|"]
    lines += [
        f"| `{scene.number}` | {scene.who.recipient} | {scene.who.mail}"
        f" | {PLACES[scene.who.place][3]} | {scene.plight['en']} |"
        for scene in SCENES
    ]
    return "\n".join(lines) + "\n"
