"""A wished day and hours of delivery: from placing over the warehouse to the carrier's file."""

import csv
import io
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from oms_service.adapters.carriers.programs import Contracts, b2_cloud
from oms_service.infra.outbox import OutboxRow
from oms_service.kernel.actors import SYSTEM, customer
from oms_service.operations.changes import changing, changing_preview
from oms_service.operations.changes.change_wishes import DeliverAt, ShipElsewhere
from oms_service.operations.changes.changing import Wanted
from oms_service.operations.dispatch import fulfilling, handing_off, packing, printing
from oms_service.operations.dispatch import shipping as dispatch
from oms_service.operations.dispatch.fulfilling import NotYet
from oms_service.operations.outlook import assessing
from oms_service.operations.placement import quoting
from oms_service.operations.placement.quoting import Basket, WantedLine
from oms_service.operations.rules.change_eligibility import ChangeRefused
from oms_service.operations.rules.eligibility import Code
from oms_service.operations.sources.wishing import WishRefused
from oms_service.orders import queries as orders
from oms_service.orders.changes import ChangeView
from oms_service.ports.labels import FILES
from oms_service.ports.registry import Adapters
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.sales import queries as sales
from oms_service.shipping import queries as parcels
from oms_service.shipping import services
from oms_service.shipping.because import Why
from oms_service.shipping.calendars import service as calendars
from oms_service.shipping.calendars.service import NewCarrierCalendar, NewCarrierWeek, NewWindow
from oms_service.shipping.services import NewService
from oms_service.shipping.windows import Window
from oms_service.shipping.wishes import Wish
from oms_service.warehouse import queries as work
from oms_service.warehouse.states import WorkState
from tests.factories.documents import ISSUER
from tests.factories.orders import SHIP_TO, MadeOrder, make_order, ship
from tests.factories.shop import Shop, make_shop
from tests.factories.warehouse import (
    COFFEE_BARCODE,
    fulfilment_of,
    furnish,
    label,
    pack_all,
    pick_all,
    start_list,
)
from tests.fakes.clock import StandingClock

TOKYO = ZoneInfo("Asia/Tokyo")
SUNDAY = date(2026, 11, 22)
THURSDAY = date(2026, 11, 26)
WISH = Wish(THURSDAY, "1416")
HOURS = Window(datetime(2026, 11, 26, 5, tzinfo=UTC), datetime(2026, 11, 26, 7, tzinfo=UTC))


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        furnish(uow, shop)
        return shop


def placed(runtime: Runtime, shop: Shop, wish: Wish = WISH) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_order(uow, shop, wish=wish)
    drain(runtime)
    return made


def wish_of(runtime: Runtime, order: MadeOrder) -> Wish:
    with runtime.database.reading() as connection:
        found = orders.by_id(connection, order.id)
    return Wish(found.deliver_on, found.delivery_window)


def ask(runtime: Runtime, order: MadeOrder, wish: Wish, *, key: str = "k1") -> ChangeView:
    asked = DeliverAt(deliver_on=wish.deliver_on, window=wish.hours)
    with runtime.unit_of_work(customer(1)) as uow:
        return changing.request(
            uow, Wanted(order_id=order.id, wish=asked, channel="portal", key=key)
        )


def facts(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(OutboxRow)) or 0


def sundays_off(runtime: Runtime) -> None:
    """The carrier delivers from Monday to Saturday, at two windows."""
    week = NewCarrierWeek(
        pickups=(True,) * 7,
        deliveries=(True,) * 6 + (False,),
        picks_up_on_holidays=True,
        delivers_on_holidays=True,
        exceptions={},
    )
    words = {"ja": "時間帯", "en": "Window"}
    hours = [time(at) for at in (14, 16, 18)]
    windows = [
        NewWindow(code="A", start=hours[0], until=hours[1], words=words),
        NewWindow(code="B", start=hours[1], until=hours[2], words=words),
    ]
    with runtime.unit_of_work(SYSTEM) as uow:
        for carrier in ("yamato", "sagawa", "japanpost"):
            new = NewCarrierCalendar(by_region={"": week}, windows=windows, without=[])
            calendars.set_carrier(uow, carrier, new, version=0)


def test_an_order_keeps_what_its_customer_wishes(runtime: Runtime, shop: Shop) -> None:
    assert wish_of(runtime, placed(runtime, shop)) == WISH


@pytest.mark.parametrize(
    ("wish", "code", "where"),
    [
        (Wish(THURSDAY, "0203"), Code.WINDOW_NOT_OFFERED, "delivery_window"),
        (Wish(None, "soon"), Code.WINDOW_NOT_OFFERED, "delivery_window"),
        (Wish(SUNDAY - timedelta(days=1)), Code.DAY_PAST, "deliver_on"),
        (Wish(SUNDAY), Code.DAY_TOO_SOON, "deliver_on"),
        (Wish(SUNDAY + timedelta(days=61)), Code.DAY_TOO_FAR, "deliver_on"),
        (Wish(SUNDAY + timedelta(days=7)), Code.DAY_CLOSED, "deliver_on"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_placed(
    runtime: Runtime, shop: Shop, wish: Wish, code: Code, where: str
) -> None:
    sundays_off(runtime)
    before = facts(runtime)
    with pytest.raises(WishRefused) as refused, runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, wish=wish)
    assert refused.value.cause.code is code
    assert list(refused.value.fields) == [where]
    assert facts(runtime) == before
    with runtime.database.looking() as session:
        assert orders.page_of_customer(session, shop.customer_id, cursor=None, limit=5).items == ()


def test_a_quote_lists_what_may_be_wished(runtime: Runtime, shop: Shop) -> None:
    sundays_off(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        basket = Basket(
            channel=sales.channel(uow.session, "web"),
            lines=[WantedLine(sku="COFFEE", quantity=1)],
            ship_to=SHIP_TO,
            wish=WISH,
        )
        reach = quoting.quote(uow, basket).reach
    assert reach is not None
    assert (reach.first, reach.last) == (date(2026, 11, 23), date(2027, 1, 21))
    assert [one.code for one in reach.windows] == ["A", "B"]


def test_goods_leave_in_time_and_not_before(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    order = placed(runtime, shop)
    with runtime.database.looking() as session:
        (found,) = work.fulfilments_of(session, order.id)
    assert found.state is WorkState.SCHEDULED
    assert found.ship_by == datetime(2026, 11, 25, 15, tzinfo=UTC)
    with pytest.raises(NotYet), runtime.unit_of_work(SYSTEM) as uow:
        fulfilling.begin(uow, found.id)
    clock.set(datetime(2026, 11, 24, 15, tzinfo=UTC))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert fulfilling.begin(uow, found.id).state is WorkState.OPEN


def test_the_wished_hours_are_what_is_promised_and_why(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop)
    with runtime.database.looking() as session:
        outlook = parcels.outlooks_of(session, [order.id])[order.id]
    assert (outlook.promised, outlook.estimated) == (HOURS, HOURS)
    assert outlook.because is not None
    assert outlook.because.why == Why.WISHED


def test_another_time_moves_the_work_and_the_promise(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop)
    ask(runtime, order, Wish(THURSDAY + timedelta(days=2), "1820"))
    drain(runtime)
    assert wish_of(runtime, order) == Wish(date(2026, 11, 28), "1820")
    with runtime.database.looking() as session:
        (found,) = work.fulfilments_of(session, order.id)
        outlook = parcels.outlooks_of(session, [order.id])[order.id]
    assert found.ship_by == datetime(2026, 11, 27, 15, tzinfo=UTC)
    assert found.not_before == datetime(2026, 11, 26, 15, tzinfo=UTC)
    assert outlook.estimated == Window(
        datetime(2026, 11, 28, 9, tzinfo=UTC), datetime(2026, 11, 28, 11, tzinfo=UTC)
    )


def test_any_time_lets_it_leave_at_once(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop)
    ask(runtime, order, Wish())
    drain(runtime)
    with runtime.database.looking() as session:
        (found,) = work.fulfilments_of(session, order.id)
    assert (found.state, found.not_before) == (WorkState.OPEN, None)
    assert found.ship_by == datetime(2026, 11, 22, 15, tzinfo=UTC)


def test_asked_twice_under_one_key_it_is_one_change(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop)
    first = ask(runtime, order, Wish(THURSDAY, "1820"))
    before = facts(runtime)
    assert ask(runtime, order, Wish(THURSDAY, "1820")).id == first.id
    assert facts(runtime) == before


def test_what_cannot_be_kept_is_no_change(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop)
    before = facts(runtime)
    for wish, code in (
        (WISH, Code.NOTHING_CHANGES),
        (Wish(SUNDAY), Code.DAY_TOO_SOON),
        (Wish(THURSDAY, "0203"), Code.WINDOW_NOT_OFFERED),
    ):
        with pytest.raises(ChangeRefused) as refused:
            ask(runtime, order, wish, key=str(wish))
        assert [one.code for one in refused.value.decision.causes] == [code]
    assert (wish_of(runtime, order), facts(runtime)) == (WISH, before)


def test_after_the_hand_over_the_carrier_is_asked(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        ship(uow, shop, order)
    with pytest.raises(ChangeRefused) as refused:
        ask(runtime, order, Wish(THURSDAY, "1820"))
    assert [one.code for one in refused.value.decision.causes] == [Code.WITH_CARRIER]
    assert wish_of(runtime, order) == WISH
    with runtime.database.looking() as session:
        offers = changing_preview.offers(session, order.id, now=runtime.clock.now())
        (parcel,) = parcels.parcels_of(session, [order.id])
    assert {one.kind: bool(one.causes) for one in offers}["delivery"] is True  # type: ignore[index]  # a kind is a text
    assert (parcel.estimated, parcel.estimate_reason) == (HOURS, Why.WISHED)


def test_an_address_that_cannot_be_reached_by_then_is_refused(runtime: Runtime, shop: Shop) -> None:
    order = placed(runtime, shop, Wish(date(2026, 11, 23)))
    far = {**SHIP_TO, "region": "沖縄県", "city": "那覇市", "postal_code": "900-0001"}
    wanted = Wanted(order_id=order.id, wish=ShipElsewhere(address=far), channel="portal", key="a")
    with pytest.raises(ChangeRefused) as refused, runtime.unit_of_work(customer(1)) as uow:
        changing.request(uow, wanted)
    assert [one.code for one in refused.value.decision.causes] == [Code.DAY_TOO_SOON]


def test_the_carrier_is_told_and_the_parcel_comes_then(
    runtime: Runtime, shop: Shop, clock: StandingClock
) -> None:
    order = placed(runtime, shop)
    clock.set(datetime(2026, 11, 25, 1, tzinfo=UTC))
    with runtime.unit_of_work(SYSTEM) as uow:
        found = fulfilment_of(uow, order, shop.location_id)
        fulfilling.begin(uow, found.id)
        pick_all(uow, start_list(uow, shop), {shop.coffee_id: COFFEE_BARCODE})
        box = pack_all(uow, fulfilling.begin(uow, found.id), weight_g=400)
    adapters = Adapters({(FILES, "yamato"): b2_cloud(Contracts(yamato_customer="045000000001"))})
    with runtime.database.looking() as session:
        made = handing_off.write_file(
            session, "yamato", adapters=adapters, issuer=ISSUER, now=clock.now()
        )
        slip = printing.packing_slip(session, box.number, issuer=ISSUER)
    head, line = csv.reader(io.StringIO(made.body.decode("cp932"), newline=""))
    cells = dict(zip(head, line, strict=True))
    assert (cells["出荷予定日"], cells["お届け予定日"], cells["配達時間帯"]) == (
        "2026/11/25",
        "2026/11/26",
        "1416",
    )
    assert slip.body.startswith(b"%PDF")
    with runtime.unit_of_work(SYSTEM) as uow:
        label(uow, box, "1234-5678-9012")
        dispatch.hand_over_box(uow, box.id)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        assessing.assess(uow, order.id)
        (parcel,) = parcels.parcels_of(uow.session, [order.id])
        outlook = parcels.outlooks_of(uow.session, [order.id])[order.id]
    assert (parcel.estimated, parcel.promised) == (HOURS, HOURS)
    assert outlook.estimated == HOURS


def test_a_service_that_cannot_be_told_is_not_chosen(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for service, price in (("takkyubin", 900), ("nekopos", 300)):
            services.offer_service(
                uow,
                NewService(
                    carrier="yamato",
                    service=service,
                    name={"ja": service, "en": service},
                    currency="JPY",
                    max_weight_g=1_000,
                    rates={"steps": [{"up_to_g": 1_000, "by_distance": [price]}]},
                    remote={"areas": []},
                ),
            )
    order = placed(runtime, shop)
    with runtime.database.looking() as session:
        (found,) = work.fulfilments_of(session, order.id)
        chosen = packing.propose_service(session, found, weight_g=100, size_mm=(200, 150, 10))
    assert chosen is not None
    assert (chosen.carrier, chosen.service) == ("yamato", "takkyubin")
    others = {one["service"]: one["why_not"][0]["code"] for one in chosen.why["others"]}
    assert others["nekopos"] == "wish_not_taken"
