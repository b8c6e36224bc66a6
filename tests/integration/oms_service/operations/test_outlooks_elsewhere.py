"""Outlooks where the usual does not hold: other zones and countries, clocks that are wrong."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import service as inventory
from oms_service.inventory.service import NewLocation
from oms_service.inventory.states import LocationKind
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.ids import readable_code
from oms_service.kernel.languages import Language
from oms_service.operations import reconcile
from oms_service.operations.outlook import assessing
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import PlaceOrder, WantedLine
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.sales import service as sales
from oms_service.sales.service import NewChannel
from oms_service.sales.states import ChannelKind, TaxMode
from oms_service.shipping import outlooks
from oms_service.shipping import service as shipping
from oms_service.shipping.models import LeadTime
from oms_service.shipping.queries import Outlook, ParcelView, parcels_of
from oms_service.shipping.service import FROM_THE_FUTURE
from oms_service.shipping.states import Cause, Jeopardy, Stage
from oms_service.shipping.sweeps import sweep_jeopardy
from tests.factories.orders import CARRIER, SHIP_TO, TOKYO, MadeOrder, pay, ship
from tests.factories.pickups import place_for_pickup, stocked_counter
from tests.factories.shop import Shop, make_customer, make_shop
from tests.factories.stock import make_variant, stock_up
from tests.fakes.clock import StandingClock

NEW_YORK = ZoneInfo("America/New_York")
CALIFORNIA = {
    **SHIP_TO,
    "recipient": "Ann Lee",
    "country": "US",
    # Looks like one of Okinawa's.
    "postal_code": "90701",
    "region": "CA",
    "city": "Artesia",
}


def american_shop(uow: UnitOfWork) -> Shop:
    channel = sales.open_channel(
        uow,
        NewChannel(
            code="web",
            name={"ja": "アメリカ", "en": "America"},
            kind=ChannelKind.WEB,
            currency="USD",
            tax_mode=TaxMode.EXCLUSIVE,
            zone="America/New_York",
            locale=Language.ENGLISH,
        ),
    )
    location_id = inventory.open_location(
        uow,
        NewLocation(
            code="ny",
            kind=LocationKind.WAREHOUSE,
            name={"ja": "ニューヨーク", "en": "New York"},
            zone="America/New_York",
            country="US",
            region="NY",
        ),
    )
    coffee = make_variant(uow, "COFFEE", price=1_000, currency="USD")
    stock_up(uow, coffee, location_id, 100)
    uow.session.add(
        LeadTime(carrier="", origin_region="NY", destination_region="CA", usual_days=2, late_days=3)
    )
    return Shop(channel.id, location_id, make_customer(uow), coffee, coffee)


def order_to(uow: UnitOfWork, shop: Shop, ship_to: dict[str, str]) -> MadeOrder:
    wanted = PlaceOrder(
        channel="web",
        external_ref=readable_code(12),
        customer_id=shop.customer_id,
        lines=[WantedLine(sku="COFFEE", quantity=1)],
        ship_to=ship_to,
        mail="ann@example.com",
    )
    placed = placing.place(uow, wanted)
    pay(uow, placed.order.id, placed.order.total)
    return MadeOrder(placed.order.id, placed.order.number, placed.line_ids)


def believed(runtime: Runtime, order: MadeOrder) -> tuple[Outlook, list[ParcelView]]:
    with runtime.database.looking() as session:
        outlook = outlooks.of_order(session, order.id)
        assert outlook is not None
        return outlook, parcels_of(session, [order.id])


def sweep(runtime: Runtime) -> None:
    """In the zone of the house, whatever the channel's."""
    with runtime.unit_of_work(SYSTEM) as uow:
        sweep_jeopardy(TOKYO)(uow)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        assessing.sweep(uow)
    drain(runtime)


def said(runtime: Runtime, order: MadeOrder, at: datetime, status: CarrierStatus) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=order.tracking_number,
            event_key=f"{status}-{at.isoformat()}",
            status=status,
            occurred_at=at,
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)
    drain(runtime)


@pytest.mark.parametrize(
    ("placed_at", "first", "last"),
    [
        # Placed on Friday before the clocks go back, and before they go forward.
        (datetime(2026, 10, 30, 14, tzinfo=UTC), (2026, 11, 1), (2026, 11, 3)),
        (datetime(2027, 3, 12, 15, tzinfo=UTC), (2027, 3, 14), (2027, 3, 16)),
    ],
)
def test_a_shop_in_new_york_promises_its_own_days_and_keeps_them(
    runtime: Runtime,
    clock: StandingClock,
    placed_at: datetime,
    first: tuple[int, int, int],
    last: tuple[int, int, int],
) -> None:
    clock.set(placed_at)
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = american_shop(uow)
        order = order_to(uow, shop, CALIFORNIA)
    drain(runtime)
    whole, _ = believed(runtime, order)
    assert whole.promised is not None
    begin, end = (at.astimezone(NEW_YORK) for at in (whole.promised.start, whole.promised.until))
    assert (begin.year, begin.month, begin.day, begin.hour) == (*first, 0)
    assert (end.year, end.month, end.day, end.hour) == (*last, 0)

    clock.advance(hours=5)
    with runtime.unit_of_work(SYSTEM) as uow:
        gone = ship(uow, shop, order)
    drain(runtime)
    _, (left,) = believed(runtime, order)
    clock.advance(hours=6)
    said(runtime, gone, clock.now(), CarrierStatus.IN_TRANSIT)
    clock.advance(hours=5)
    sweep(runtime)
    now, (parcel,) = believed(runtime, order)
    # Looked at by a house in Tokyo, its days are those of New York still.
    assert parcel.promised == parcel.estimated == left.estimated == whole.promised
    assert (now.stage, now.jeopardy) == (Stage.HANDED_OVER, Jeopardy.ON_TIME)
    assert list(reconcile.audit(runtime.database)) == []


@pytest.mark.parametrize(
    "ship_to",
    [
        CALIFORNIA,
        {**SHIP_TO, "country": "FR", "region": "", "postal_code": "90000", "city": "Belfort"},
    ],
)
def test_where_nothing_is_known_of_the_road_nothing_is_promised_and_silence_still_heard(
    runtime: Runtime, clock: StandingClock, ship_to: dict[str, str]
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = order_to(uow, shop, ship_to)
    drain(runtime)
    whole, _ = believed(runtime, order)
    assert (whole.promised, whole.estimated, whole.jeopardy) == (None, None, Jeopardy.ON_TIME)
    with runtime.unit_of_work(SYSTEM) as uow:
        gone = ship(uow, shop, order)
    drain(runtime)
    clock.advance(days=3)
    sweep(runtime)
    # Once somebody had to look at it, it does not become history by waiting longer.
    for _ in range(4):
        now, (parcel,) = believed(runtime, order)
        assert (now.jeopardy, now.cause) == (Jeopardy.STALLED, Cause.SILENCE)
        assert parcel.promised is None
        clock.advance(days=9)
        sweep(runtime)
    said(runtime, gone, clock.now(), CarrierStatus.DELIVERED)
    assert believed(runtime, order)[0].stage is Stage.DELIVERED


def test_what_is_fetched_in_a_shop_has_no_delivery(runtime: Runtime, clock: StandingClock) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        counter = stocked_counter(uow, shop, 5)
        placed, _ = place_for_pickup(uow, shop, counter)
        pay(uow, placed.order.id, placed.order.total)
    drain(runtime)
    clock.advance(days=20)
    sweep(runtime)
    with runtime.database.looking() as session:
        assert outlooks.of_order(session, placed.order.id) is None


def test_carriers_clocks_may_be_wrong(runtime: Runtime, clock: StandingClock) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = order_to(uow, shop, SHIP_TO)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        gone = ship(uow, shop, order)
    drain(runtime)
    clock.advance(minutes=10)
    # Days behind: the parcel was with us then, and is not silent for that.
    said(runtime, gone, clock.now() - timedelta(days=6), CarrierStatus.IN_TRANSIT)
    now, (parcel,) = believed(runtime, order)
    assert (parcel.status, parcel.jeopardy) == (CarrierStatus.IN_TRANSIT, Jeopardy.ON_TIME)
    assert now.jeopardy is Jeopardy.ON_TIME
    # A little ahead: taken as it is. More than that: not taken at all.
    said(runtime, gone, clock.now() + timedelta(minutes=59), CarrierStatus.OUT_FOR_DELIVERY)
    with runtime.unit_of_work(SYSTEM) as uow:
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=gone.tracking_number,
            event_key="tomorrow",
            status=CarrierStatus.DELIVERED,
            occurred_at=clock.now() + timedelta(minutes=61),
        )
        done = shipping.record_scans(uow, [fact], zone=TOKYO)
    assert [(one.why, one.fact) for one in done.refused] == [(FROM_THE_FUTURE, fact)]
    _, (parcel,) = believed(runtime, order)
    assert parcel.status is CarrierStatus.OUT_FOR_DELIVERY
    assert parcel.estimated is not None
    assert parcel.estimated.until > clock.now()


def test_what_comes_after_the_end_moves_nothing(runtime: Runtime, clock: StandingClock) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = order_to(uow, shop, SHIP_TO)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        gone = ship(uow, shop, order)
    drain(runtime)
    clock.advance(hours=20)
    came_at = clock.now()
    said(runtime, gone, came_at, CarrierStatus.DELIVERED)
    before = believed(runtime, order)
    clock.advance(days=9)
    for status in (CarrierStatus.RETURNING, CarrierStatus.FAILURE, CarrierStatus.DELAYED):
        said(runtime, gone, clock.now(), status)
        said(runtime, gone, came_at - timedelta(hours=1), status)
    sweep(runtime)
    after = believed(runtime, order)
    assert (after[0].stage, after[0].version) == (before[0].stage, before[0].version)
    assert (after[1][0].status, after[1][0].delivered_at) == (CarrierStatus.DELIVERED, came_at)
    assert after[1][0].jeopardy is Jeopardy.ON_TIME
    assert list(reconcile.audit(runtime.database)) == []
