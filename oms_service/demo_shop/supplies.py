"""Goods on their way and goods being counted in the demo shop, through the services of stock."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from oms_service.demo_shop.result import DemoShop
from oms_service.demo_shop.season import day_of
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import counting, handling, purchasing, queries, transfers
from oms_service.inventory.counting import NewCount
from oms_service.inventory.purchasing import Came, NewPurchase
from oms_service.inventory.queries import LevelView
from oms_service.inventory.states import Handling
from oms_service.inventory.transfers import NewTransfer
from oms_service.kernel.actors import Actor

#: A batch of it is being inspected, so that none of it can be sold.
INSPECTED = "KETTLE-COPPER"
_ROASTER, _POTTERY, _METAL = "みなと焙煎所", "多治見の窯", "燕三条金工"
#: In Tokyo, and how many units lie between what is free and the point of ordering more.
_WATCHED = {
    "BEANS-BRAZIL-200G-BEANS": 3,
    "TOWEL-BATH-WHITE": 5,
    "MUG-BLACK": 0,
    "PAN-24CM": -8,
    "DRIP-30": -10,
}


class Supplies:
    """What suppliers, colleagues and trucks are at; ``by`` is the colleague who does it."""

    def __init__(
        self, uow: UnitOfWork, shop: DemoShop, variants: Mapping[str, int], by: Actor
    ) -> None:
        self._uow = uow
        self._places = shop.locations
        self._variants = variants
        self._by = by

    def stage(self) -> None:
        self._purchases()
        self._transfers()
        self._count()
        self._inspect()
        self._reorder_points()

    def _ago(self, **ago: float) -> UnitOfWork:
        """The same transaction as it would have been some time ago, in a colleague's name."""
        return replace(self._uow, now=self._uow.now - timedelta(**ago), actor=self._by)

    def _purchases(self) -> None:
        """One is due, one late, one came short and partly damaged."""
        today = day_of(self._uow.now)
        due = self._ago(days=4)
        purchasing.order(
            due,
            NewPurchase(
                supplier=_ROASTER,
                reference="2611-A",
                location_id=self._places["tokyo"],
                expected_on=today + timedelta(days=6),
                units={
                    self._variants["HOLIDAY-200G"]: 240,
                    self._variants["HOLIDAY-500G"]: 120,
                },
                key="demo:due",
            ),
        )
        late = self._ago(days=15)
        purchasing.order(
            late,
            NewPurchase(
                supplier=_METAL,
                reference="KT-118",
                location_id=self._places["osaka"],
                expected_on=today - timedelta(days=2),
                units={self._variants[INSPECTED]: 36, self._variants["KETTLE-STEEL"]: 48},
                key="demo:late",
            ),
        )
        short = purchasing.order(
            self._ago(days=12),
            NewPurchase(
                supplier=_POTTERY,
                location_id=self._places["tokyo"],
                expected_on=today - timedelta(days=1),
                units={self._variants["MUG-NAVY"]: 60, self._variants["MUG-GREEN"]: 40},
                key="demo:short",
            ),
        )
        purchasing.receive(
            self._ago(hours=20),
            short.id,
            {
                self._variants["MUG-NAVY"]: Came(received=46, damaged=2),
                self._variants["MUG-GREEN"]: Came(received=40),
            },
            key="demo:short:1",
            delivery_note="D-20417",
        )

    def _transfers(self) -> None:
        """One is on the road; of the other a towel is missing."""
        today = day_of(self._uow.now)
        tokyo, osaka = self._places["tokyo"], self._places["osaka"]
        mug, mug_units = self._most_of("MUG-", tokyo, 6)
        drip, drip_units = self._most_of("DRIP-", tokyo, 12)
        road = transfers.request(
            self._ago(days=1),
            NewTransfer(
                from_location_id=tokyo,
                to_location_id=self._places["ginza"],
                units={mug: mug_units, drip: drip_units},
                expected_on=today,
                key="demo:road",
            ),
        )
        transfers.dispatch(self._ago(hours=18), road.id)
        towel, towels = self._most_of("TOWEL-", osaka, 8)
        differs = transfers.request(
            self._ago(days=3),
            NewTransfer(
                from_location_id=osaka,
                to_location_id=self._places["umeda"],
                units={towel: towels},
                expected_on=today - timedelta(days=1),
                key="demo:differs",
            ),
        )
        transfers.dispatch(self._ago(days=2), differs.id)
        transfers.receive(self._ago(days=1), differs.id, {towel: Came(received=towels - 1)})

    def _count(self) -> None:
        """A sheet is half counted, and one shelf holds less than the books say."""
        place = self._places["osaka"]
        counted = [self._variants[sku] for sku in ("SOCKS-S-BLACK", "SOCKS-M-BLACK")]
        rest = [self._variants[sku] for sku in ("SOCKS-L-BLACK", "SOCKS-S-GREY", "SOCKS-M-GREY")]
        sheet = counting.start(
            self._ago(hours=2),
            NewCount(location_id=place, variant_ids=[*counted, *rest], key="demo:count"),
        )
        booked = {
            one.variant_id: one.on_hand
            for one in queries.availability(self._uow.session, counted)
            if one.location_id == place
        }
        counting.enter(
            self._ago(hours=1),
            sheet.id,
            {counted[0]: booked[counted[0]], counted[1]: max(0, booked[counted[1]] - 1)},
        )

    def _inspect(self) -> None:
        """Every free unit of one variant is set apart: whoever wants it waits."""
        units = {
            (one.variant_id, one.location_id): one.free
            for one in self._levels(INSPECTED)
            if one.free > 0
        }
        if units:
            handling.handle(
                self._ago(days=2),
                Handling.QUARANTINE,
                units,
                reason="doubtful",
                key="demo:inspect",
            )

    def _reorder_points(self) -> None:
        """Some goods in Tokyo are at the point at which somebody should order more."""
        tokyo = self._places["tokyo"]
        for sku, below in _WATCHED.items():
            (level,) = (one for one in self._levels(sku) if one.location_id == tokyo)
            handling.keep_back(
                self._ago(days=1),
                (level.variant_id, tokyo),
                safety=0,
                reorder_point=max(0, level.free + below),
            )

    def _most_of(self, begins: str, location_id: int, wanted: int) -> tuple[int, int]:
        """Of the goods whose SKU begins so, those with the most to spare there: variant, units."""
        ids = [one for sku, one in self._variants.items() if sku.startswith(begins)]
        free = {
            one.variant_id: one.free
            for one in queries.availability(self._uow.session, ids)
            if one.location_id == location_id
        }
        most = max(free, key=lambda one: (free[one], -one))
        return most, min(wanted, free[most])

    def _levels(self, sku: str) -> tuple[LevelView, ...]:
        return queries.availability(self._uow.session, [self._variants[sku]])
