"""Customers hear once that their goods have left, in one notice for what leaves together."""

from datetime import datetime

from sqlalchemy import text

from notifications.rules import PURPOSE
from oms_service.customers.models import Consent
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.dispatch import shipping
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping.service import NewParcel
from tests.factories.orders import MadeOrder, deliver, make_order, make_shipped_order
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock


def told(runtime: Runtime) -> list[tuple[str, int, bool]]:
    """State, number of parcels and whether more follows, of each notice that something left."""
    with runtime.database.looking() as session:
        query = text("SELECT state, facts FROM notices WHERE template = 'shipped' ORDER BY id")
        rows = session.execute(query).all()
    return [(row.state, len(row.facts["parcels"]), row.facts["more_follows"]) for row in rows]


def said(runtime: Runtime) -> list[str]:
    with runtime.database.looking() as session:
        query = text(
            "SELECT m.text FROM notices n JOIN messages m ON m.id = n.message_id"
            " WHERE n.template = 'shipped' ORDER BY m.id"
        )
        return list(session.execute(query).scalars())


def send(uow: UnitOfWork, shop: Shop, order: MadeOrder, number: str) -> None:
    """One unit of the order leaves in a parcel of its own."""
    (held,) = stock.promised(uow.session, order.line_ids)
    parcel = NewParcel(carrier="yamato", tracking_number=number, lines={held.order_line_id: 1})
    handed = HandOver(
        order_id=order.id, number=f"S-{number}", location_id=shop.location_id, parcels=[parcel]
    )
    shipping.hand_over(uow, handed)


def test_two_boxes_of_one_hand_over_are_one_notice(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop, items={"COFFEE": 3}, number="A-10423")
    with runtime.unit_of_work(SYSTEM) as uow:
        send(uow, shop, order, "111122223333")
        send(uow, shop, order, "111122224444")
    drain(runtime)
    assert told(runtime) == [("spoken", 2, True)]
    (words,) = said(runtime)
    lines = words.split("\n")
    assert lines[0].startswith("ご注文 A-10423(")
    assert lines[0].endswith(")を発送しました。")
    assert lines[2:5] == [
        "ヤマト運輸(お問い合わせ番号 1111-2222-3333)",
        "ヤマト運輸(お問い合わせ番号 1111-2222-4444)",
        "残りの商品は、準備が整いしだい別のお荷物でお送りします。",
    ]
    assert [line.split("/t/")[0] for line in lines if "://" in line] == [
        "http://localhost:8000"
    ] * 2


def test_what_leaves_in_the_afternoon_is_told_the_next_morning_together(
    runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop, items={"COFFEE": 3})
    for hours, number in enumerate(("111122223333", "111122224444", "111122225555")):
        clock.advance(hours=hours)
        with runtime.unit_of_work(SYSTEM) as uow:
            send(uow, shop, order, number)
        drain(runtime)
    assert told(runtime) == [("spoken", 1, True), ("suppressed", 1, True), ("waiting", 2, False)]


def test_what_came_before_the_morning_or_left_long_ago_is_not_told(
    runtime: Runtime, clock: StandingClock
) -> None:
    clock.set(datetime.fromisoformat("2026-11-22T22:00:00+09:00"))
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_shipped_order(uow, shop)
    drain(runtime)
    assert told(runtime) == [("waiting", 1, False)]
    clock.advance(hours=9)
    with runtime.unit_of_work(SYSTEM) as uow:
        deliver(uow, order, clock.now())
        make_shipped_order(uow, shop)
    clock.advance(days=2)
    drain(runtime)
    assert told(runtime) == [("suppressed", 1, False)]


def test_who_wants_no_updates_is_not_told(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        no = Consent(
            customer_id=shop.customer_id,
            channel="mail",
            purpose=PURPOSE,
            granted=False,
            source="test",
            at=uow.now,
        )
        uow.session.add(no)
        make_shipped_order(uow, shop)
    drain(runtime)
    assert told(runtime) == [("suppressed", 1, False)]
    assert said(runtime) == []
