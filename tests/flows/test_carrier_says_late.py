"""Walk C above the parcel: the customer is told, one case opens, and settles itself."""

from dataclasses import replace
from datetime import datetime

from cases import queries, service
from cases.states import CaseState
from cases.views import CaseView
from notifications.reactions import Telling
from oms_service.conversations import queries as conversations
from oms_service.conversations.channels import MAIL as MAIL_CHANNEL
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.text import mail_key
from oms_service.operations.dispatch import shipping as operations_shipping
from oms_service.operations.dispatch.shipping import HandOver
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import service as shipping
from oms_service.shipping.service import NewParcel
from tests.factories.cases import make_agent
from tests.factories.orders import CARRIER, MAIL, TOKYO, MadeOrder, make_order, make_shipped_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

LATE = ("2026-11-25T00:00:00+09:00", "2026-11-27T00:00:00+09:00")
LATER = ("2026-11-27T00:00:00+09:00", "2026-11-29T00:00:00+09:00")
GOOD = ("2026-11-23T14:00:00+09:00", "2026-11-23T16:00:00+09:00")


def shipped(runtime: Runtime) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_shipped_order(uow, make_shop(uow), number="A-10423")
    drain(runtime)
    return order


def scan(
    runtime: Runtime,
    order: MadeOrder,
    window: tuple[str, str],
    status: CarrierStatus = CarrierStatus.DELAYED,
) -> None:
    start, until = (datetime.fromisoformat(one) for one in window)
    with runtime.unit_of_work(SYSTEM) as uow:
        fact = ScanFact(
            carrier=CARRIER,
            tracking_number=order.tracking_number,
            event_key=f"{status}-{uow.now.isoformat()}",
            status=status,
            occurred_at=uow.now,
            reason="snow" if status is CarrierStatus.DELAYED else "",
            estimate_from=start,
            estimate_until=until,
        )
        shipping.record_scans(uow, [fact], zone=TOKYO)
    drain(runtime)


def delay_case(runtime: Runtime, order: MadeOrder) -> CaseView | None:
    with runtime.database.reading() as connection:
        return queries.open_of_order(connection, order.id, "delay")


def mails(runtime: Runtime) -> list[str]:
    """What was written to the customer, but for the order, its leaving and its coming."""
    with runtime.database.reading() as connection:
        thread = conversations.open_of(connection, MAIL_CHANNEL, mail_key(MAIL))
        said = conversations.thread(connection, thread.id) if thread else []
    usual = ("ご注文ありがとうございます。", "を発送しました。", "をお届けしました。")
    return [one.text for one in said if not any(words in one.text for words in usual)]


def test_late_is_told_and_opens_one_case_that_settles_itself(
    runtime: Runtime, clock: StandingClock
) -> None:
    order = shipped(runtime)
    clock.advance(hours=6)
    scan(runtime, order, LATE)
    (told,) = mails(runtime)
    assert (
        "大雪のため、配送に遅れが出ています。新しいお届け予定は11月25日(水)~26日(木)です。" in told
    )
    opened = delay_case(runtime, order)
    assert opened is not None
    assert (opened.state, opened.failed_rule) == (CaseState.NEW, "late")

    clock.advance(hours=1)
    scan(runtime, order, LATER)
    assert len(mails(runtime)) == 1
    again = delay_case(runtime, order)
    assert again is not None
    assert again.id == opened.id

    clock.advance(hours=1)
    scan(runtime, order, GOOD, CarrierStatus.IN_TRANSIT)
    assert delay_case(runtime, order) is None
    with runtime.database.reading() as connection:
        settled = queries.by_id(connection, opened.id)
    assert (settled.state, settled.resolution) == (CaseState.RESOLVED, "recovered")

    # What waited for the morning is overtaken: instead of a further delay its end is told.
    clock.advance(days=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert Telling(TOKYO).speak_due(uow) == 1
    first, last = mails(runtime)
    assert first == told
    assert "先にお知らせした遅れが解消し、当初の予定どおりお届けできる見込みです。" in last


def test_by_night_the_customer_sleeps_and_hears_it_in_the_morning(
    runtime: Runtime, clock: StandingClock
) -> None:
    order = shipped(runtime)
    clock.set(datetime.fromisoformat("2026-11-22T23:00:00+09:00"))
    scan(runtime, order, LATE)
    assert mails(runtime) == []
    clock.set(datetime.fromisoformat("2026-11-23T08:00:00+09:00"))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert Telling(TOKYO).speak_due(uow) == 1
    assert len(mails(runtime)) == 1
    clock.advance(minutes=1)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert Telling(TOKYO).speak_due(uow) == 0


def test_a_case_somebody_is_at_does_not_settle_itself(
    runtime: Runtime, clock: StandingClock
) -> None:
    order = shipped(runtime)
    clock.advance(hours=6)
    scan(runtime, order, LATE)
    opened = delay_case(runtime, order)
    assert opened is not None
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
    with runtime.unit_of_work(staff(agent)) as uow:
        service.note(uow, opened.id, "倉庫に確認中")
    clock.advance(hours=1)
    scan(runtime, order, GOOD, CarrierStatus.IN_TRANSIT)
    assert delay_case(runtime, order) is not None


def test_a_late_parcel_that_arrives_settles_what_nobody_has_touched(
    runtime: Runtime, clock: StandingClock
) -> None:
    order = shipped(runtime)
    clock.advance(hours=6)
    scan(runtime, order, LATE)
    opened = delay_case(runtime, order)
    assert opened is not None
    told = mails(runtime)
    clock.set(datetime.fromisoformat("2026-11-25T15:00:00+09:00"))
    scan(runtime, order, LATE, CarrierStatus.DELIVERED)
    assert delay_case(runtime, order) is None
    with runtime.database.reading() as connection:
        settled = queries.by_id(connection, opened.id)
    assert (settled.state, settled.resolution) == (CaseState.RESOLVED, "arrived")
    assert mails(runtime) == told


def test_nobody_is_told_in_the_morning_of_what_came_in_the_night(
    runtime: Runtime, clock: StandingClock
) -> None:
    order = shipped(runtime)
    clock.set(datetime.fromisoformat("2026-11-22T23:59:00+09:00"))
    scan(runtime, order, LATE)
    clock.advance(hours=7)
    scan(runtime, order, LATE, CarrierStatus.DELIVERED)
    clock.advance(hours=2)
    with runtime.unit_of_work(SYSTEM) as uow:
        # That it came is what waited; that it would be late is not told any more.
        assert Telling(TOKYO).speak_due(uow) == 1
    assert mails(runtime) == []


def test_one_parcel_back_in_time_takes_no_word_about_the_other_away(
    runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        made = make_order(uow, shop, items={"COFFEE": 1, "MUG": 1})
        numbers = ("400000000001", "400000000002")
        operations_shipping.hand_over(
            uow,
            HandOver(
                order_id=made.id,
                number="S-1",
                location_id=shop.location_id,
                parcels=[
                    NewParcel(carrier=CARRIER, tracking_number=number, lines={line: 1})
                    for number, line in zip(numbers, made.line_ids, strict=True)
                ],
            ),
        )
    drain(runtime)
    clock.set(datetime.fromisoformat("2026-11-22T23:00:00+09:00"))
    first, second = (replace(made, tracking_number=number) for number in numbers)
    scan(runtime, second, LATE)
    scan(runtime, first, LATE)
    clock.advance(minutes=30)
    scan(runtime, second, GOOD, CarrierStatus.IN_TRANSIT)
    clock.set(datetime.fromisoformat("2026-11-23T08:00:00+09:00"))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert Telling(TOKYO).speak_due(uow) == 1
    assert len(mails(runtime)) == 1
