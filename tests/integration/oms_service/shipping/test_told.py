"""What customers were told, written down once by channel and window."""

import threading
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.ports.timeline import Subject
from oms_service.runtime import Runtime
from oms_service.shipping import timeline, told
from oms_service.shipping.windows import Window
from tests.factories.orders import MadeOrder, make_shipped_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def order(runtime: Runtime) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shipped_order(uow, make_shop(uow))


def window(clock: StandingClock, days: int) -> Window:
    start = clock.now() + timedelta(days=days)
    return Window(start, start + timedelta(hours=10))


def tell(runtime: Runtime, order: MadeOrder, said: Window, channel: str = "web_chat") -> bool:
    with runtime.unit_of_work(SYSTEM) as uow:
        return told.told(
            uow, order_id=order.id, parcel_id=None, window=said, channel=channel, reason="weather"
        )


def rows(runtime: Runtime) -> list[tuple[object, ...]]:
    query = "SELECT channel, window_from, said_at, again_at FROM tellings ORDER BY id"
    with runtime.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_window_is_written_once_a_channel(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    first = window(clock, 1)
    begun = clock.now()
    assert tell(runtime, order, first)
    clock.advance(hours=1)
    assert not tell(runtime, order, first)
    assert tell(runtime, order, first, "portal")
    assert rows(runtime) == [
        ("web_chat", first.start, begun, None),
        ("portal", first.start, begun + timedelta(hours=1), None),
    ]


def test_a_window_said_anew_after_another_is_the_newest_again(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    first, other = window(clock, 1), window(clock, 3)
    begun = clock.now()
    tell(runtime, order, first)
    clock.advance(hours=1)
    tell(runtime, order, other)
    clock.advance(hours=1)
    assert tell(runtime, order, first)
    assert not tell(runtime, order, first)
    assert [row[1:] for row in rows(runtime)] == [
        (first.start, begun, begun + timedelta(hours=2)),
        (other.start, begun + timedelta(hours=1), None),
    ]


def test_a_parcel_and_its_order_are_told_apart(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    said = window(clock, 1)
    with runtime.unit_of_work(SYSTEM) as uow:
        parcel_id = uow.session.scalar(text("SELECT id FROM parcels"))
        for one in (None, parcel_id, parcel_id):
            told.told(uow, order_id=order.id, parcel_id=one, window=said, channel="mail")
    assert len(rows(runtime)) == 2


def test_eight_at_once_write_one_row(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    said = window(clock, 1)
    start = threading.Barrier(8)
    wrote: list[bool] = []

    def run() -> None:
        start.wait()
        wrote.append(tell(runtime, order, said))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wrote) == [False] * 7 + [True]
    assert len(rows(runtime)) == 1


def test_the_past_tells_colleagues_what_was_told_and_customers_nothing_twice(
    runtime: Runtime, order: MadeOrder, clock: StandingClock
) -> None:
    first, other = window(clock, 1), window(clock, 3)
    for said in (first, other, first):
        clock.advance(hours=1)
        tell(runtime, order, said)
    with runtime.database.looking() as session:
        entries = timeline.entries(session, Subject((order.id,)))
    found = [one for one in entries if one.kind == "parcel.told"]
    assert [one.facts["from"] for one in found] == [
        first.start.isoformat(),
        first.start.isoformat(),
        other.start.isoformat(),
    ]
    assert {(one.channel, one.is_public) for one in found} == {("web_chat", False)}
