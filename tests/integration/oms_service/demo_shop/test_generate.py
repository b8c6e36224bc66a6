"""The demo shop: the same from the same seed, adding up, alive at whatever time it is made."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from oms_service.demo_shop import commands
from oms_service.demo_shop.generate import NotEmpty, generate
from oms_service.demo_shop.result import DemoShop
from oms_service.infra.db import Database
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.reconcile import audit
from oms_service.runtime import Runtime
from tests.fakes.clock import StandingClock
from tests.services import Databases

MANY = 400


def make(runtime: Runtime, *, many: int = MANY, seed: int = 7) -> DemoShop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return generate(uow, many=many, seed=seed)


def rows(runtime: Runtime, query: str) -> list[tuple[Any, ...]]:
    with runtime.database.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


#: Everything that does not hang on internal ids.
LOOKS = (
    (
        "SELECT number, placed_at, total_minor, order_state, payment_state, fulfilment_state,"
        " mail_key FROM orders ORDER BY number"
    ),
    (
        "SELECT tracking_key, status, status_at, estimated_until, jeopardy FROM parcels"
        " ORDER BY tracking_key"
    ),
    (
        "SELECT sku, l.code, on_hand, allocated FROM stock_levels s JOIN variants v"
        " ON v.id = s.variant_id JOIN locations l ON l.id = s.location_id ORDER BY 1, 2"
    ),
    "SELECT number, state, refund_minor, requested_at FROM returns ORDER BY number",
)


def looks(runtime: Runtime) -> list[list[tuple[Any, ...]]]:
    return [rows(runtime, query) for query in LOOKS]


def test_the_shop_has_what_was_asked_for_and_adds_up(runtime: Runtime) -> None:
    shop = make(runtime)
    assert shop.counts["orders"] == MANY
    assert rows(runtime, "SELECT count(*) FROM orders") == [(MANY,)]
    assert audit(runtime.database) == ()
    assert shop.in_flight
    assert shop.late
    assert shop.waiting
    assert shop.cancelled
    assert {one.language for one in shop.delivered} == {"ja", "en"}


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 21, 15, 0, tzinfo=UTC),
        datetime(2027, 1, 3, 2, 30, tzinfo=UTC),
        datetime(2028, 2, 29, 11, 59, 59, tzinfo=UTC),
        datetime(2026, 7, 15, 21, 45, tzinfo=UTC),
    ],
    ids=["midnight", "new year", "leap day evening", "summer morning"],
)
def test_it_adds_up_and_is_alive_at_any_time(
    runtime: Runtime, clock: StandingClock, now: datetime
) -> None:
    clock.set(now)
    shop = make(runtime, many=150)
    assert audit(runtime.database) == ()
    assert shop.in_flight
    future = rows(
        runtime,
        "SELECT (SELECT max(placed_at) FROM orders), (SELECT max(occurred_at) FROM scans),"
        " (SELECT max(at) FROM stock_movements), (SELECT max(at) FROM payment_entries),"
        " (SELECT max(requested_at) FROM returns), (SELECT max(handed_over_at) FROM parcels)",
    )[0]
    assert all(moment is None or moment <= now for moment in future)
    scenes = {order.number: order for order in shop.scenes.values()}
    assert scenes["A-10423"] in shop.late
    assert scenes["A-10423"].cause == "snow"


def test_the_scenes_are_in_their_plight(runtime: Runtime, clock: StandingClock) -> None:
    make(runtime, many=60)
    states = {
        number: states
        for number, *states in rows(
            runtime,
            "SELECT o.number, o.order_state, o.payment_state, o.fulfilment_state,"
            " array_agg(p.status ORDER BY p.id) FROM orders o"
            " LEFT JOIN shipments s ON s.order_id = o.id"
            " LEFT JOIN parcels p ON p.shipment_id = s.id"
            " WHERE o.number LIKE 'A-10%' GROUP BY o.id",
        )
    }
    assert states == {
        "A-10388": ["completed", "paid", "delivered", ["delivered"]],
        "A-10402": ["placed", "unpaid", "shipped", ["attempted"]],
        "A-10407": ["completed", "paid", "delivered", ["delivered"]],
        "A-10415": ["placed", "paid", "shipped", ["in_transit"]],
        "A-10419": ["placed", "paid", "partially_delivered", ["delivered", "in_transit"]],
        "A-10423": ["placed", "paid", "shipped", ["delayed"]],
        "A-10431": ["placed", "paid", "shipped", ["out_for_delivery"]],
        "A-10434": ["placed", "authorized", "allocated", [None]],
        "A-10436": ["on_hold", "unpaid", "allocated", [None]],
    }
    ((jeopardy, reason, promised, estimated),) = rows(
        runtime,
        "SELECT p.jeopardy, p.estimate_reason, p.promised_until, p.estimated_until FROM parcels p"
        " JOIN shipments s ON s.id = p.shipment_id JOIN orders o ON o.id = s.order_id"
        " WHERE o.number = 'A-10423'",
    )
    assert (jeopardy, reason) == ("late", "snow")
    assert promised < clock.now() < estimated


def test_the_same_seed_makes_the_same_shop(
    runtime: Runtime, databases: Databases, clock: StandingClock
) -> None:
    make(runtime)
    first = looks(runtime)
    with databases.a_clone() as url:
        other = replace(runtime, database=Database(url, pool_size=2))
        make(other)
        assert looks(other) == first
        other.database.close()
    with databases.a_clone() as url:
        other = replace(runtime, database=Database(url, pool_size=2))
        make(other, seed=8)
        assert looks(other)[0] != first[0]
        other.database.close()


def test_december_sells_more_than_february(runtime: Runtime) -> None:
    make(runtime, many=1_200)
    sold = dict(
        rows(runtime, "SELECT to_char(placed_at, 'YYYY-MM'), count(*) FROM orders GROUP BY 1")
    )
    assert sold["2025-12"] > 1.5 * sold["2026-02"]
    assert sold["2026-10"] > 1.1 * sold["2025-10"]


def test_a_shop_that_sells_already_is_left_alone(runtime: Runtime) -> None:
    make(runtime, many=20)
    before = looks(runtime)
    with pytest.raises(NotEmpty):
        make(runtime)
    assert looks(runtime) == before


def test_scans_tell_one_story_a_parcel(runtime: Runtime) -> None:
    """Delivered last, nothing after it, and nothing before the handing over."""
    make(runtime)
    assert rows(
        runtime,
        "SELECT count(*) FROM scans s JOIN parcels p ON p.id = s.parcel_id"
        " WHERE s.occurred_at < p.handed_over_at OR s.occurred_at > p.delivered_at",
    ) == [(0,)]
    assert rows(runtime, "SELECT count(*) FROM scans WHERE status = 'unknown'") == [(0,)]


def test_nobody_pays_twice_and_refunds_follow_returns(runtime: Runtime) -> None:
    make(runtime, many=1_000)
    assert rows(
        runtime,
        "SELECT count(*) FROM refunds f JOIN returns r ON r.id = f.return_id"
        " WHERE f.amount_minor <> r.refund_minor",
    ) == [(0,)]
    assert rows(
        runtime,
        "SELECT count(*) FROM (SELECT order_id FROM payment_entries WHERE kind = 'captured'"
        " GROUP BY 1 HAVING count(*) > 1) twice",
    ) == [(0,)]


def test_the_command_makes_the_shop_with_what_packages_above_add(runtime: Runtime) -> None:
    seen: list[int] = []

    def add(uow: UnitOfWork, shop: DemoShop) -> None:
        seen.append(shop.scenes["A-10423"].order_id)
        assert uow.now - timedelta(days=8) < shop.scenes["A-10423"].placed_at

    command = commands.command(lambda: [add])
    done = CliRunner().invoke(command, ["--orders", "30", "--json"], obj=lambda: runtime)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["counts"]["orders"] == 30
    assert len(seen) == 1
    again = CliRunner().invoke(command, ["--orders", "30"], obj=lambda: runtime)
    assert again.exit_code == 1
    assert "There is a shop in this database already" in again.stderr
