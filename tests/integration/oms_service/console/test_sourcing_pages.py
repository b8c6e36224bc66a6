"""The pages about where orders ship from."""

from collections.abc import Mapping

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service import relay
from oms_service.access.states import Role
from oms_service.console.sourcing import AMOUNTS
from oms_service.inventory import places
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import in_both
from oms_service.operations.reconcile import audit
from oms_service.operations.rules.sourcing_rules import SOURCING
from oms_service.runtime import Runtime
from oms_service.sales import queries as sales
from oms_service.shipping import services
from oms_service.shipping.services import NewService
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import make_staff, post, sign_in
from tests.factories.stock import make_location, stock_up


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=10)
        make_staff(uow, Role.OPERATIONS)
        make_staff(uow, Role.WAREHOUSE)
        osaka = make_location(uow, "osaka", region="大阪府")
        stock_up(uow, shop.coffee_id, osaka, 10)
        services.offer_service(
            uow,
            NewService(
                carrier="yamato",
                service="takkyubin",
                name=in_both("TA-Q-BIN"),
                currency="JPY",
                max_weight_g=30_000,
                rates={"steps": [{"up_to_g": 30_000, "by_distance": [900, 1_000, 1_100]}]},
                remote={},
            ),
        )
        return shop


@pytest.fixture
def staff(app: Flask, runtime: Runtime, shop: Shop) -> FlaskClient:
    client = app.test_client()
    sign_in(client, "operations@shop.example")
    return client


def rules(**more: object) -> Mapping[str, object]:
    return dict.fromkeys(AMOUNTS, "100") | {"version": "0"} | more


def adopted(runtime: Runtime, shop: Shop) -> Mapping[str, object] | None:
    with runtime.database.looking() as session:
        held = sales.policy(session, shop.channel_id, SOURCING, at=runtime.clock.now())
        return held.rules if held else None


def test_an_order_says_where_it_ships_from_and_why_not_elsewhere(
    staff: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    page = staff.get(f"/console/orders/{order.number}?lang=en").get_data(as_text=True)
    assert "Where it ships from, and why" in page
    assert "Sends everything in one go, and best by the rules" in page
    assert "Sending from here would cost ¥200 more" in page
    page = staff.get(f"/console/orders/{order.number}?lang=ja").get_data(as_text=True)
    assert "送料の目安が200円高くなるため" in page


def test_a_location_is_closed_its_orders_move_and_it_opens_again(
    staff: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    assert (
        post(staff, "/console/sourcing/locations/tokyo/close", {"reason": "staff"}).status_code
        == 303
    )
    relay.drain(runtime)
    with runtime.database.looking() as session:
        (pick,) = stock.promised(session, order.line_ids)
        assert pick.location_id != shop.location_id
        assert places.shipping_point(session, shop.location_id).closed_for == "staff"
    page = staff.get("/console/sourcing?lang=en").get_data(as_text=True)
    assert "Not sending now" in page
    assert "Too few people" in page
    post(staff, "/console/sourcing/locations/tokyo/open")
    with runtime.database.looking() as session:
        assert not places.shipping_point(session, shop.location_id).is_closed
    assert audit(runtime.database) == ()


def test_a_reason_nobody_knows_closes_nothing(
    staff: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    post(staff, "/console/sourcing/locations/tokyo/close", {"reason": "\0mood"})
    with runtime.database.looking() as session:
        assert not places.shipping_point(session, shop.location_id).is_closed


def test_rules_are_put_in_force_as_a_new_version(
    staff: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    answer = post(
        staff,
        "/console/sourcing/rules/web",
        rules(judge_first="split", excluded_locations="tokyo", priority="osaka tokyo"),
    )
    assert answer.status_code == 303
    found = adopted(runtime, shop)
    assert found is not None
    assert (found["judge_first"], found["excluded_locations"]) == (["split"], ["tokyo"])
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
        (pick,) = stock.promised(uow.session, order.line_ids)
    assert pick.location_id != shop.location_id
    assert post(staff, "/console/sourcing/rules/web", rules()).status_code == 422


WRONG: tuple[Mapping[str, object], ...] = (
    {"split_minor": "-1"},
    {"split_minor": "99999999999999999999"},
    {"split_minor": "１"},
    {"most_locations": "0"},
    {"priority": "nowhere"},
    {"priority": "tokyo tokyo"},
    {"judge_first": "mood", "excluded_locations": "moon"},
    {"promise_days": "61"},
)


def test_wrong_rules_are_named_and_change_nothing(
    staff: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    for wrong in WRONG:
        assert post(staff, "/console/sourcing/rules/web", rules(**wrong)).status_code == 422
    assert adopted(runtime, shop) is None


def test_a_service_is_edited_once_for_each_version(
    staff: FlaskClient, runtime: Runtime, shop: Shop
) -> None:
    with runtime.database.looking() as session:
        (known,) = services.services(session)
    path = f"/console/sourcing/services/{known.id}"
    shown = staff.get(path).text
    assert 'name="step-0-by_distance" value="900 1000 1100"' in shown
    form = {
        "version": "1",
        "is_active": "yes",
        "max_weight_g": "25000",
        "extra_days": "0",
        "step-0-up_to_g": "25000",
        "step-0-by_distance": "700",
        "step-1-up_to_g": "",
        "area-0-region": "",
        "area-1-region": "沖縄県",
        "area-1-postal_prefixes": "907, 906-0",
        "area-1-surcharge_minor": "600",
        "area-1-extra_days": "",
        "area-2-region": "東京都",
        "area-2-postal_prefixes": "100-2",
        "area-2-not_served": "yes",
    }
    assert post(staff, path, form).status_code == 303
    assert post(staff, path, form).status_code == 422
    wrong: tuple[tuple[dict[str, str], str], ...] = (
        ({"max_weight_g": "0"}, "max_weight_g"),
        ({"step-0-up_to_g": "", "step-0-by_distance": ""}, "Enter 1 to 40 rows of prices."),
        ({"step-0-by_distance": "700 x"}, "Row 1: Enter one price"),
        ({"step-0-by_distance": ""}, "Row 1: Enter one price"),
        ({"step-0-up_to_g": "0"}, "Row 1: Enter a weight"),
        ({"step-0-up_to_g": "99999999999999999999"}, "Row 1: Enter a weight"),
        ({"area-1-postal_prefixes": "12345678"}, "Row 1: Enter the beginnings of postal codes"),
        ({"area-1-extra_days": "4000000"}, "Row 1: Enter a number of days"),
        ({"area-2-surcharge_minor": "NaN"}, "Row 2: Enter a whole number"),
        ({"area-2-places": "atlantis"}, "Row 2: Enter codes of islands"),
        ({"area-2-region": "x" * 61}, "Row 2: Enter a prefecture"),
        ({"area-2-region": "", "area-2-postal_prefixes": ""}, "Row 2: Enter a prefecture"),
    )
    for change, says in wrong:
        refused = post(staff, f"{path}?lang=en", form | {"version": "2"} | change)
        assert (refused.status_code, says in refused.text) == (422, True), change
    with runtime.database.looking() as session:
        (now,) = services.services(session)
    assert (now.version, now.max_weight_g) == (2, 25_000)
    assert now.rates == {"steps": [{"up_to_g": 25_000, "by_distance": [700]}]}
    assert now.remote == {
        "areas": [
            {"region": "沖縄県", "postal_prefixes": ["907", "9060"], "surcharge_minor": 600},
            {"region": "東京都", "postal_prefixes": ["1002"], "is_served": False},
        ]
    }


def test_a_location_is_rated(staff: FlaskClient, runtime: Runtime, shop: Shop) -> None:
    path = "/console/sourcing/locations/tokyo"
    form = {"version": "1", "priority": "5", "handling_minor": "30"}
    assert post(staff, path, form).status_code == 303
    assert post(staff, path, form | {"version": "2", "priority": "10001"}).status_code == 422
    assert post(staff, path, form).status_code == 422
    with runtime.database.looking() as session:
        place = places.shipping_point(session, shop.location_id)
    assert (place.ships_orders, place.priority, place.handling_minor) == (False, 5, 30)


def test_who_may_not_change_it_may_look_and_the_unknown_is_not_found(
    app: Flask, runtime: Runtime, shop: Shop, staff: FlaskClient
) -> None:
    assert staff.get("/console/sourcing/rules/nowhere").status_code == 404
    assert staff.get("/console/sourcing/locations/nowhere").status_code == 404
    assert staff.get("/console/sourcing/services/9999999").status_code == 404
    client = app.test_client()
    sign_in(client, "warehouse@shop.example")
    assert client.get("/console/sourcing").status_code == 200
    assert client.get("/console/sourcing/rules/web").status_code == 403
    assert post(client, "/console/sourcing/locations/tokyo/close").status_code == 403
