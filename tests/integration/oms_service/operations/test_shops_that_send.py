"""Shops that send: from their own shelf, and what they sold from somewhere else's."""

from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.placement import placing
from oms_service.operations.placement.placing import Payment, PlaceOrder, WantedLine
from oms_service.operations.reconcile import audit
from oms_service.orders import queries as orders
from oms_service.orders.states import PaymentState
from oms_service.payments.states import EntryKind
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.sales import service as sales
from oms_service.sales.service import NewChannel
from oms_service.sales.states import ChannelKind, TaxMode
from oms_service.warehouse import queries as work
from oms_service.warehouse.states import WorkState
from tests.factories.orders import SHIP_TO, make_order
from tests.factories.pickups import make_counter
from tests.factories.shop import make_shop
from tests.factories.stock import stock_up


def test_a_shop_sends_what_only_it_has(runtime: Runtime) -> None:
    """The warehouse goes first; what it lacks is on the shop's list of work."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=2)
        ginza = make_counter(uow)
        stock_up(uow, shop.coffee_id, ginza, 5)
        small = make_order(uow, shop, items={"COFFEE": 2})
        large = make_order(uow, shop, items={"COFFEE": 3})
    drain(runtime)
    with runtime.database.looking() as session:
        (at_home,) = work.fulfilments_of(session, small.id)
        (in_shop,) = work.fulfilments_of(session, large.id)
        board = work.page(session, location_id=ginza, states=[WorkState.OPEN])
    assert (at_home.location_id, in_shop.location_id) == (shop.location_id, ginza)
    assert [one.id for one in board.items] == [in_shop.id]
    assert audit(runtime.database) == ()


def test_a_shop_sells_what_it_has_not_and_it_is_sent_home(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=5)
        make_counter(uow)
        sales.open_channel(
            uow,
            NewChannel(
                code="shop-ginza",
                name={"ja": "銀座店", "en": "Ginza shop"},
                kind=ChannelKind.SHOP,
                currency="JPY",
                tax_mode=TaxMode.INCLUSIVE,
                zone="Asia/Tokyo",
                locale=Language.JAPANESE,
            ),
        )
    with runtime.unit_of_work(staff(7)) as uow:
        placed = placing.place(
            uow,
            PlaceOrder(
                channel="shop-ginza",
                external_ref="till-1",
                customer_id=shop.customer_id,
                lines=[WantedLine(sku="COFFEE", quantity=2)],
                ship_to=SHIP_TO,
                payments=[Payment(kind=EntryKind.CAPTURED, amount=Money(2_000, "JPY"))],
            ),
        )
    drain(runtime)
    with runtime.database.looking() as session:
        order = orders.by_id(session, placed.order.id)
        (pick,) = stock.promised(session, placed.line_ids)
    assert order.payment_state is PaymentState.PAID
    assert (pick.location_id, pick.quantity) == (shop.location_id, 2)
    assert audit(runtime.database) == ()
