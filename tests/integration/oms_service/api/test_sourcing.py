"""``/v1/orders/…/sourcing`` and the preview: why goods come from where."""

import pytest

from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.orders import MadeOrder, make_order
from tests.factories.shop import Shop, make_shop
from tests.factories.stock import make_location, stock_up
from tests.integration.oms_service.api.conftest import Ask


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=3)
        osaka = make_location(uow, "osaka", region="大阪府")
        stock_up(uow, shop.coffee_id, osaka, 3)
        return shop


@pytest.fixture
def placed(runtime: Runtime, shop: Shop) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_order(uow, shop, items={"COFFEE": 2}, number="A-7")


def test_an_order_tells_its_decisions(ask: Ask, placed: MadeOrder) -> None:
    answer = ask("get", "/v1/orders/A-7/sourcing")
    assert answer.status_code == 200
    (decision,) = answer.get_json()["decisions"]
    assert decision["kind"] == "promised"
    assert decision["picks"] == [{"sku": "COFFEE", "location": "tokyo", "quantity": 2}]
    chosen, other = decision["locations"]
    assert (chosen["location"], chosen["is_chosen"]) == ("tokyo", True)
    assert (other["location"], other["is_chosen"]) == ("osaka", False)
    assert other["causes"][0]["code"] == "farther"
    assert other["causes"][0]["words"]["en"] == "Sending from here would cost 300 more"


def test_a_basket_is_split_where_it_must_be_and_holds_nothing(ask: Ask, shop: Shop) -> None:
    asked = {"channel": "web", "lines": [{"sku": "COFFEE", "quantity": 7}], "region": "東京都"}
    answer = ask("post", "/v1/sourcing/preview", json=asked)
    assert answer.status_code == 200
    assert answer.get_json()["picks"] == [
        {"sku": "COFFEE", "location": "tokyo", "quantity": 3},
        {"sku": "COFFEE", "location": "osaka", "quantity": 3},
    ]
    assert answer.get_json()["waiting"] == [{"sku": "COFFEE", "quantity": 1}]
    assert answer.get_json()["is_exact"]
    assert ask("post", "/v1/sourcing/preview", json=asked).json == answer.json


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"channel": "moon"}, 404),
        ({"lines": []}, 422),
        ({"lines": [{"sku": "NOTHING", "quantity": 1}]}, 422),
        ({"lines": [{"sku": "COFFEE", "quantity": 0}]}, 422),
        ({"lines": [{"sku": "COFFEE", "quantity": 10**20}]}, 422),
        ({"region": "\0"}, 422),
        ({"more": 1}, 422),
    ],
)
def test_a_wrong_question_is_named(
    ask: Ask, shop: Shop, changed: dict[str, object], status: int
) -> None:
    asked = {"channel": "web", "lines": [{"sku": "COFFEE", "quantity": 1}]} | changed
    assert ask("post", "/v1/sourcing/preview", json=asked).status_code == status


def test_an_unknown_order_is_not_found(ask: Ask) -> None:
    assert ask("get", "/v1/orders/A-404/sourcing").status_code == 404
