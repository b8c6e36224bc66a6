"""Whatever order scans come in, and however often: one truth of the parcel."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.operations.returning import scanning
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.runtime import Runtime
from tests.factories.orders import CARRIER, TOKYO, MadeOrder, make_shipped_order
from tests.factories.shop import make_shop


@dataclass(frozen=True)
class Word:
    status: CarrierStatus
    minutes: int
    reason: str
    days: int | None


word = st.builds(
    Word,
    st.sampled_from(CarrierStatus),
    st.integers(0, 60 * 24 * 4),
    st.sampled_from(["", "snow", "no_one_home"]),
    st.none() | st.integers(0, 9),
)


def fact(runtime: Runtime, order: MadeOrder, number: int, one: Word) -> ScanFact:
    at = runtime.clock.now() - timedelta(minutes=one.minutes)
    start = None if one.days is None else runtime.clock.now() + timedelta(days=one.days)
    return ScanFact(
        carrier=CARRIER,
        tracking_number=order.tracking_number,
        event_key=f"e-{number}",
        status=one.status,
        occurred_at=at,
        reason=one.reason,
        carrier_words=str(one.status),
        estimate_from=start,
        estimate_until=start + timedelta(hours=2) if start else None,
    )


def truth(runtime: Runtime) -> list[list[tuple[Any, ...]]]:
    """What is believed and kept of the only parcel, without ids."""
    parcel = (
        "SELECT status, status_at, delivered_at, estimated_from, estimated_until, estimate_reason,"
        " promised_from, promised_until, jeopardy FROM parcels"
    )
    kept = "SELECT event_key, status, occurred_at, reason FROM scans ORDER BY event_key"
    told = "SELECT window_from, window_until, reason FROM promises ORDER BY 1, 2, 3"
    facts = (
        "SELECT name, payload->>'status', payload->>'occurred_at', payload->>'is_newest'"
        " FROM outbox WHERE name LIKE 'parcel.%' OR name LIKE 'shipment.%' ORDER BY 1, 3, 2, 4"
    )
    with runtime.database.reading() as connection:
        return [
            [tuple(row) for row in connection.execute(text(query))]
            for query in (parcel, kept, told, facts)
        ]


def taken(runtime: Runtime, order: MadeOrder, calls: Sequence[Sequence[ScanFact]]) -> Any:
    """What is believed after these calls, from the same beginning each time."""
    for table in ("scans", "promises", "outbox", "parcels"):
        _begin_again(runtime, table)
    for facts in calls:
        with runtime.unit_of_work(SYSTEM) as uow:
            scanning.record(uow, facts, zone=TOKYO)
    return truth(runtime)


def _begin_again(runtime: Runtime, table: str) -> None:
    """The rows as they were when this was called first."""
    with runtime.database.engine.begin() as connection:
        there = connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"kept_{table}"})
        if there is None:
            copy = f"CREATE TABLE kept_{table} AS SELECT * FROM {table}"  # noqa: S608 - our own names
            connection.execute(text(copy))
            return
        if table != "parcels":
            old = f"SELECT id FROM kept_{table}"  # noqa: S608 - as above
            connection.execute(text(f"DELETE FROM {table} WHERE id NOT IN ({old})"))  # noqa: S608 - as above
            return
        columns = connection.execute(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = 'parcels'")
        ).scalars()
        names = [name for name in columns if name != "id"]
        given_ = ", ".join(f"{name} = k.{name}" for name in names)
        back = f"UPDATE parcels SET {given_} FROM kept_parcels k WHERE k.id = parcels.id"  # noqa: S608 - as above
        connection.execute(text(back))


def test_one_transaction_tells_the_same_in_any_order_and_with_repetitions(
    runtime: Runtime,
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_shipped_order(uow, make_shop(uow))

    @how(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(word, min_size=1, max_size=6), st.randoms())
    def check(story: list[Word], dice: random.Random) -> None:
        facts = [fact(runtime, order, number, one) for number, one in enumerate(story)]
        plain = taken(runtime, order, [facts])
        shuffled = [*facts, *dice.choices(facts, k=3)]
        dice.shuffle(shuffled)
        assert taken(runtime, order, [shuffled]) == plain
        assert taken(runtime, order, [shuffled, facts, shuffled]) == plain

    check()


def test_one_call_each_ends_in_the_same_state_whatever_the_order(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_shipped_order(uow, make_shop(uow))

    @how(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(word, min_size=1, max_size=5), st.randoms())
    def check(story: list[Word], dice: random.Random) -> None:
        facts = [fact(runtime, order, number, one) for number, one in enumerate(story)]
        together = taken(runtime, order, [facts])
        shuffled = facts[:]
        dice.shuffle(shuffled)
        apart = taken(runtime, order, [[one] for one in shuffled])
        assert apart[:2] == together[:2]
        delivered = [row for row in apart[3] if row[0] == "parcel.delivered"]
        assert len(delivered) == any(one.status is CarrierStatus.DELIVERED for one in facts)

    check()
