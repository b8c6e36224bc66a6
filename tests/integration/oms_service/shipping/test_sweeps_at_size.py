"""Twenty thousand parcels and orders: sweeps and scans read what is due, and nothing else."""

import pytest
from sqlalchemy import text

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.outlook import assessing
from oms_service.ports.carrier import CarrierStatus, ScanFact
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping import outlooks
from oms_service.shipping import service as shipping
from oms_service.shipping.sweeps import sweep_jeopardy
from tests.factories.orders import TOKYO, MadeOrder, make_order, ship
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

PARCELS = 20_000
#: Tables that grow with the shop.
GROWING = ("parcels", "shipments", "scans", "orders", "order_outlooks")

#: Few enough to be what a connection read before there was a past, and counted late.
FEW = 100
#: Let the server count this transaction as soon as it ends.
COUNT_AT_ONCE = text("SELECT pg_stat_force_next_flush()")

#: A shop's past: every hundredth order is under way, the others have arrived.
FILL = (
    (
        "INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', 1000000 + n,"
        " 'number', 'OLD-' || n, 'number_key', 'OLD' || n, 'external_ref', 'old-' || n))).*"
        " FROM orders o, generate_series(1, :count) n WHERE o.id = :order_id"
    ),
    (
        "INSERT INTO shipments (number, order_id, origin_region, destination_region, created_at)"
        " SELECT number, id, '東京都', '大阪府', :now FROM orders WHERE id > 1000000"
    ),
    (
        "INSERT INTO parcels (shipment_id, carrier, service, tracking_number, tracking_key, status,"
        " status_at, handed_over_at, estimate_reason, because, jeopardy, look_again_at)"
        " SELECT id, 'yamato', '', '9' || id, '9' || id,"
        " CASE WHEN id % 100 = 0 THEN 'in_transit' ELSE 'delivered' END, :now, :now, '', '{}',"
        " 'on_time', CASE WHEN id % 100 = 0 THEN CAST(:now AS timestamptz) + interval '1 day' END"
        " FROM shipments WHERE order_id > 1000000"
    ),
    (
        "INSERT INTO scans (parcel_id, event_key, status, occurred_at, received_at, place, reason,"
        " carrier_words) SELECT id, 'e', status, :now, :now, '', '', '' FROM parcels"
    ),
    (
        "INSERT INTO order_outlooks SELECT (jsonb_populate_record(o, jsonb_build_object('order_id',"
        " p.id, 'look_again_at', CASE WHEN p.id % 100 = 0"
        " THEN CAST(:now AS timestamptz) + interval '1 day' END, 'is_open', p.id % 100 = 0,"
        " 'stage', CASE WHEN p.id % 100 = 0 THEN 'handed_over' ELSE 'delivered' END))).*"
        " FROM order_outlooks o, orders p WHERE o.order_id = :order_id AND p.id > 1000000"
    ),
)


@pytest.fixture
def live(runtime: Runtime, clock: StandingClock) -> MadeOrder:
    """A parcel under way, among all the others."""
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
    drain(runtime)
    with runtime.database.engine.begin() as connection:
        known = {"order_id": order.id, "count": PARCELS, "now": clock.now()}
        for statement in FILL:
            connection.execute(text(statement), known)
        for table in GROWING:
            connection.execute(text(f"ANALYZE {table}"))
        connection.execute(COUNT_AT_ONCE)
    with runtime.unit_of_work(SYSTEM) as uow:
        gone = ship(uow, shop, order)
    drain(runtime)
    return gone


def read_through(runtime: Runtime) -> dict[str, int]:
    """How many rows of each table were ever read one after the other, without an index."""
    query = text("SELECT relname, seq_tup_read FROM pg_stat_user_tables")
    with runtime.database.looking() as session:
        return {row[0]: row[1] for row in session.execute(query) if row[0] in GROWING}


def counted(uow: UnitOfWork) -> None:
    uow.session.execute(COUNT_AT_ONCE)


def test_neither_sweeps_nor_scans_look_through_what_is_over(
    runtime: Runtime, clock: StandingClock, live: MadeOrder
) -> None:
    before = read_through(runtime)
    clock.advance(hours=5)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert sweep_jeopardy(TOKYO)(uow) == 1
        counted(uow)
    with runtime.unit_of_work(SYSTEM) as uow:
        assessing.sweep(uow)
        assessing.assess(uow, live.id)
        outlooks.in_doubt(uow.session, limit=10)
        outlooks.counts(uow.session)
        counted(uow)
    fact = ScanFact(
        carrier="yamato",
        tracking_number=live.tracking_number,
        event_key="here",
        status=CarrierStatus.IN_TRANSIT,
        occurred_at=clock.now(),
    )
    with runtime.unit_of_work(SYSTEM) as uow:
        assert shipping.record_scans(uow, [fact], zone=TOKYO).new == 1
        counted(uow)
    after = read_through(runtime)
    read = {table: after[table] - before[table] for table in GROWING if table in after}
    assert {table: rows for table, rows in read.items() if rows > FEW} == {}
    # The counter counts.
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("SELECT count(*) FROM parcels WHERE weight_g = 5"))
        counted(uow)
    assert read_through(runtime)["parcels"] - after["parcels"] > PARCELS
    # Looked at once, it is not found again before its time.
    with runtime.unit_of_work(SYSTEM) as uow:
        assert sweep_jeopardy(TOKYO)(uow) == 0
