"""Shelves, the packing page, and why stock is as it is: what people see of the warehouse."""

import json
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from oms_service.access.states import Role
from oms_service.console import commands
from oms_service.console.warehouse_words import why_service
from oms_service.importing.report import Damaged
from oms_service.importing.tables.run import How, load_file
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.dispatch import packing, picking
from oms_service.operations.dispatch.packing import CollectedHere
from oms_service.operations.money import at_the_door
from oms_service.operations.rules import sourcing_rules
from oms_service.operations.sources import sending
from oms_service.orders import queries as orders
from oms_service.orders.models import Order
from oms_service.payments import service as payments
from oms_service.payments.service import NewEntry
from oms_service.payments.states import EntryKind, MethodKind
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.shipping.services import NewService, offer_service
from oms_service.warehouse import queries, work
from oms_service.warehouse.work import NewBin
from oms_service.web import csrf
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, proof, sign_in
from tests.factories.warehouse import PICKER, furnish

SHELVES = "/console/warehouse/shelves"


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
        furnish(uow, shop)
        make_staff(uow, Role.OPERATIONS)
        sourcing_rules.adopt(
            uow,
            channel_id=shop.channel_id,
            rules={"promise_days": 10},
            text={},
            known_locations=frozenset({"tokyo"}),
        )
        for service, price, cash in (("cheap", 500, False), ("door", 700, True)):
            offer_service(
                uow,
                NewService(
                    carrier="yamato",
                    service=service,
                    name={"ja": f"{service}便", "en": f"The {service} one"},
                    currency="JPY",
                    rates={"steps": [{"up_to_g": 20_000, "by_distance": [price]}]},
                    remote={"areas": []},
                    max_weight_g=20_000,
                    max_sides_mm=2_000,
                    max_longest_mm=1_700,
                    has_cash_on_delivery=cash,
                ),
            )
    return shop


@pytest.fixture
def staff(app: Flask, shop: Shop) -> FlaskClient:
    client = app.test_client()
    sign_in(client, "operations@shop.example")
    return client


def shelves(runtime: Runtime, shop: Shop) -> list[tuple[int, str, str]]:
    with runtime.database.looking() as session:
        found = queries.bins(session, shop.location_id).items
    return [(one.variant_id, one.zone, one.code) for one in found]


def test_shelves_are_kept_on_a_page(staff: FlaskClient, runtime: Runtime, shop: Shop) -> None:
    page = staff.get(f"{SHELVES}?lang=en").text
    assert page.index("A-10") < page.index("B-2")
    sent = {csrf.FIELD: proof(staff, SHELVES), "code": "coffee", "zone": "C", "shelf": "C-1"}
    assert (
        "lies on shelf C-1"
        in staff.post(f"{SHELVES}?lang=en", data=sent, follow_redirects=True).text
    )
    assert shelves(runtime, shop) == [(shop.mug_id, "B", "B-2"), (shop.coffee_id, "C", "C-1")]
    for wrong in ({"code": "nothing"}, {"shelf": ""}, {"shelf": "x" * 61}):
        assert staff.post(SHELVES, data={**sent, **wrong}).status_code == 422
    assert shelves(runtime, shop) == [(shop.mug_id, "B", "B-2"), (shop.coffee_id, "C", "C-1")]
    staff.post(SHELVES, data={**sent, "zone": "", "shelf": ""})
    assert shelves(runtime, shop) == [(shop.mug_id, "B", "B-2")]
    staff.get(SHELVES)
    assert "COFFEE" not in staff.get(f"{SHELVES}?lang=en&q=mug").text
    assert "見つかりません" in staff.get(f"{SHELVES}?lang=ja&q=zzz").text


def test_shelves_out_of_a_file_name_the_wrong_rows(
    runtime: Runtime, shop: Shop, tmp_path: Path
) -> None:
    path = tmp_path / "bins.csv"
    path.write_text(
        "sku,location,zone,shelf\nMUG,tokyo,A,A-01\nNOPE,tokyo,A,A-02\nCOFFEE,mars,,A-03\n"
        "COFFEE,tokyo,Z,\nMUG,tokyo,A,A-09\n",
        encoding="utf-8",
    )
    with pytest.raises(Damaged) as refused:
        load_file(runtime, "bins", path, How(channel="web"))
    assert [one.where for one in refused.value.problems] == ["row 6", "row 3", "row 4", "row 5"]
    assert shelves(runtime, shop)[0] == (shop.coffee_id, "A", "A-10")
    path.write_text("sku,location,zone,shelf\nMUG,tokyo,A,A-01\nCOFFEE,tokyo,,\n", encoding="utf-8")
    load_file(runtime, "bins", path, How(channel="web"))
    assert shelves(runtime, shop) == [(shop.mug_id, "A", "A-01")]


def test_a_shelf_said_twice_at_once_is_the_last_one(runtime: Runtime, shop: Shop) -> None:
    said = [
        NewBin(location_id=shop.location_id, variant_id=shop.mug_id, zone="", code=code)
        for code in ("M-1", "M-2")
    ]
    with runtime.unit_of_work(SYSTEM) as uow:
        work.shelve(uow, said)
    assert (shop.mug_id, "", "M-2") in shelves(runtime, shop)


def picked(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, items={"COFFEE": 2}, number="A-10500")
    drain(runtime)
    with runtime.unit_of_work(PICKER) as uow:
        (one,) = queries.fulfilments_of(uow.session, order.id)
        picking.pick_for(uow, one.id, [("COFFEE", 2)], key="k")
        packing.begin(uow, one.id, box_code="S")
    return order


def test_the_page_says_by_whom_a_box_goes_and_why(
    staff: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    order = picked(runtime, shop)
    with runtime.unit_of_work(PICKER) as uow:
        (one,) = queries.fulfilments_of(uow.session, order.id)
        (box,) = queries.boxes_of(uow.session, order.id)
        box = packing.fill(uow, box.id, {order.line_ids[0]: 2})
    path = f"/console/warehouse/fulfilments/{one.number}"
    page = staff.get(f"{path}?lang=en").text
    for words in ("Proposed", "The cheap one", "Cheapest", "¥500"):
        assert words in page
    assert "Costs ¥200 more" in page
    fields = {csrf.FIELD: proof(staff, path), "version": str(box.version), "weight_g": "320"}
    staff.post(f"/console/warehouse/boxes/{box.number}/close", data=fields)
    page = staff.get(f"{path}?lang=ja").text
    assert "この便を選んだ理由" in page
    assert f"/boxes/{box.number}/slip.pdf" in page
    assert f"/boxes/{box.number}/label.pdf" in page
    kept = choice_of(runtime, box.id)
    said = why_service(kept, Language.JAPANESE)
    assert said is not None
    assert (said.service, said.cost) == ("cheap", Money(500, "JPY"))
    assert said.others == (("yamato", "door", ("送料が200円高いため",)),)
    assert why_service({}, Language.ENGLISH) is None


def test_the_promised_day_and_cash_at_the_door_decide_too(runtime: Runtime, shop: Shop) -> None:
    order = picked(runtime, shop)
    with runtime.unit_of_work(SYSTEM) as uow:
        (one,) = queries.fulfilments_of(uow.session, order.id)
        view = orders.by_id(uow.session, order.id)
        assert view.placed_at is not None
        tokyo = ZoneInfo("Asia/Tokyo")
        day = view.placed_at.astimezone(tokyo).date() + timedelta(days=10)
        assert sending.promised_day(uow.session, view, zone=tokyo) == day
        assert at_the_door.to_collect(uow.session, order.id) is None
        method_id = payments.add_method(
            uow,
            customer_id=shop.customer_id,
            kind=MethodKind.CASH_ON_DELIVERY,
            token="at-the-door",
        )
        payments.record(
            uow,
            NewEntry(
                order_id=order.id,
                kind=EntryKind.AUTHORIZED,
                amount=Money(1_000, "JPY"),
                key="door",
                method_id=method_id,
            ),
        )
        assert at_the_door.to_collect(uow.session, order.id) == 1_000
        seen = packing.propose_service(uow.session, one, weight_g=320, size_mm=(206, 156, 106))
    assert seen is not None
    assert seen.service == "door"
    assert seen.why["others"][0]["why_not"][0]["code"] == "no_cash_on_delivery"


def choice_of(runtime: Runtime, box_id: int) -> dict[str, object]:
    with runtime.database.looking() as session:
        return dict(queries.box(session, box_id).choice)


def test_stock_why_tells_every_movement(runtime: Runtime, shop: Shop) -> None:
    picked(runtime, shop)

    def why(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(commands.stock, ["why", *arguments], obj=lambda: runtime)
        return done.exit_code, done.output

    code, told = why("COFFEE", "--location", "tokyo")
    assert code == 0
    assert told.splitlines()[0] == "COFFEE at tokyo: 10 on hand, 2 allocated, 8 to promise"
    assert "allocated" in told.splitlines()[-1]
    rows = [json.loads(line) for line in why("COFFEE", "--json")[1].splitlines()]
    assert rows[-1]["on_hand_after"] == 10
    assert rows[-1]["allocated_after"] == 2
    assert why("NOPE")[0] == 1
    assert "there are tokyo" in why("COFFEE", "--location", "mars")[1]


def test_nothing_is_lost_between_a_scan_and_the_box(runtime: Runtime, shop: Shop) -> None:
    """Whoever packs dies after the scan and, tried again, half-way through packing."""
    order = picked(runtime, shop)
    with runtime.database.looking() as session:
        (one,) = queries.fulfilments_of(session, order.id)
        (box,) = queries.boxes_of(session, order.id)
    assert (one.picked, one.packed) == (2, 0)

    class _DiedError(Exception):
        pass

    def pack_and_die() -> None:
        with runtime.unit_of_work(PICKER) as uow:
            packing.fill(uow, box.id, {order.line_ids[0]: 2})
            packing.close(uow, box.id, packing.Weighed(weight_g=320))
            raise _DiedError

    with pytest.raises(_DiedError):
        pack_and_die()
    with runtime.database.looking() as session:
        assert queries.fulfilment(session, one.id) == one
        assert queries.boxes_of(session, order.id) == (box,)
    for _ in range(2):
        with runtime.unit_of_work(PICKER) as uow:
            assert packing.begin(uow, one.id, box_code="S").id == box.id
            packing.fill(uow, box.id, {order.line_ids[0]: 2})
    with runtime.unit_of_work(PICKER) as uow:
        packing.close(uow, box.id, packing.Weighed(weight_g=320))
    with runtime.database.looking() as session:
        now = queries.fulfilment(session, one.id)
    assert (now.picked, now.packed) == (2, 2)


def test_what_a_customer_fetches_is_packed_for_no_carrier(
    runtime: Runtime, shop: Shop, staff: FlaskClient
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop, items={"COFFEE": 1}, number="A-10501")
    drain(runtime)
    with runtime.unit_of_work(PICKER) as uow:
        (one,) = queries.fulfilments_of(uow.session, order.id)
        picking.pick_for(uow, one.id, [("COFFEE", 1)], key="k")
        uow.session.get_one(Order, order.id).pickup_location_id = shop.location_id
    with pytest.raises(CollectedHere), runtime.unit_of_work(PICKER) as uow:
        packing.begin(uow, one.id, box_code="S")
    page = staff.get(f"/console/warehouse/fulfilments/{one.number}?lang=en").text
    assert "The customer fetches this here." in page
    assert "Pack into this box" not in page
