"""One reading of what happened, in a number of queries that does not grow."""

from sqlalchemy import text

from oms_service import relay as process
from oms_service.history import queries
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.operations.money import billing
from oms_service.operations.returning import claiming, exchanging, receiving, returns
from oms_service.operations.returning.claiming import ClaimedLine, WantedClaim
from oms_service.operations.returning.exchanging import WantedExchange, WantedSwap
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.operations.rules import policy
from oms_service.operations.rules.payment_rules import Giver
from oms_service.returns.states import ClaimReason, Remedy, ReturnReason
from oms_service.runtime import Runtime
from tests.factories.coming_back import adopt_claims, adopt_exchanges, make_sibling
from tests.factories.documents import ISSUER
from tests.factories.orders import MadeOrder, make_delivered_order
from tests.factories.shop import Shop, make_shop
from tests.queries import counted

#: Orders 3, payments 2, returns 2, shipping 3; what other packages add is bounded, too.
MOST = 20


def sent_back(runtime: Runtime) -> tuple[Shop, MadeOrder]:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        policy.adopt(uow, channel_id=shop.channel_id, rules={"window_days": 30}, text={})
        order = make_delivered_order(uow, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        line = WantedLine(line_id=order.line_ids[0], quantity=1, reason=ReturnReason.CHANGED_MIND)
        view = returns.request(
            uow, Wanted(order_id=order.id, lines=[line], channel="webchat", key="k")
        ).view
        receiving.receive(uow, view.id, version=view.version)
    process.drain(runtime)
    return shop, order


def test_an_orders_past_is_told_in_order(runtime: Runtime) -> None:
    _, order = sent_back(runtime)
    with runtime.database.looking() as session:
        told = queries.timeline(session, runtime.timeline, order.id)
    assert [one.at for one in told] == sorted(one.at for one in told if one.at)
    kinds = [one.kind for one in told]
    for kind in (
        "order.placed",
        "payment.captured",
        "parcel.handed_over",
        "order.completed",
        "return.requested",
        "return.approved",
        "return.received",
        "refund.requested",
    ):
        assert kinds.count(kind) == 1, kind
    assert kinds[0] == "order.placed"
    assert {one.order_id for one in told} == {order.id}


def test_exchanges_claims_and_papers_are_part_of_the_past(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        adopt_exchanges(uow, shop)
        adopt_claims(uow, shop)
        make_sibling(uow, shop, "SMALL", price=600)
        order = make_delivered_order(uow, shop)
        billing.issue_invoice(uow, order.id, issuer=ISSUER)
    line_id = order.line_ids[0]
    with runtime.unit_of_work(staff(3)) as uow:
        swaps = [WantedSwap(line_id=line_id, sku="SMALL", quantity=1)]
        swap = exchanging.request(
            uow, WantedExchange(order_id=order.id, swaps=swaps, channel="desk", key="x")
        ).view
        receiving.receive(uow, swap.id, version=swap.version)
        broken = ClaimedLine(line_id=line_id, quantity=1, reason=ClaimReason.DEFECTIVE)
        claim = claiming.request(
            uow,
            WantedClaim(
                order_id=order.id,
                lines=[broken],
                remedy=Remedy.REPLACEMENT,
                channel="desk",
                key="c",
            ),
        ).view
        claiming.approve(uow, claim.id, version=claim.version, givers={Giver.LEAD})
    with runtime.database.looking() as session:
        told = queries.timeline(session, runtime.timeline, order.id)
    facts = {one.kind: one.facts for one in told}
    assert facts["document.invoice"]["number"] == "I-000001"
    assert facts["exchange.sent"]["amount_minor"] == -400
    assert facts["claim.requested"]["number"] == facts["claim.replaced"]["number"] == claim.number


def test_queries_do_not_grow_with_what_happened(runtime: Runtime) -> None:
    shop, order = sent_back(runtime)
    with runtime.database.looking() as session, counted(runtime.database) as for_one:
        queries.timeline(session, runtime.timeline, order.id)
    with runtime.unit_of_work(SYSTEM) as uow:
        for _ in range(4):
            make_delivered_order(uow, shop)
    with runtime.database.looking() as session, counted(runtime.database) as for_five:
        told = queries.for_customer(session, runtime.timeline, shop.customer_id)
    assert len({one.order_id for one in told if one.order_id}) == 5
    assert len(for_one) <= MOST
    assert len(for_five) <= MOST


def test_nothing_internal_stands_in_the_public_past(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_delivered_order(uow, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        line = WantedLine(line_id=order.line_ids[0], quantity=1, reason=ReturnReason.OTHER)
        view = returns.request(
            uow, Wanted(order_id=order.id, lines=[line], channel="desk", key="k")
        ).view
    with runtime.unit_of_work(staff(3)) as uow:
        returns.reject(uow, view.id, version=view.version, note="an internal remark")
    with runtime.database.looking() as session:
        told = queries.timeline(session, runtime.timeline, order.id)
    assert "return.rejected" in [one.kind for one in queries.public(told)]
    assert "remark" not in repr(told)


def test_a_time_nobody_knows_stays_unknown(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_delivered_order(uow, shop, days_ago=3)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE orders SET placed_at = NULL"))
    with runtime.database.looking() as session:
        told = queries.timeline(session, runtime.timeline, order.id)
    assert (told[0].kind, told[0].at) == ("order.placed", None)
