"""Returned goods lock levels in the order everybody does, whatever becomes of them."""

from sqlalchemy import text

from oms_service.inventory import service
from oms_service.inventory.service import Why
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.shop import make_shop


def test_levels_are_taken_in_one_order_for_shelf_and_quarantine(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        shelf = {(shop.mug_id, shop.location_id): 1}
        aside = {(shop.coffee_id, shop.location_id): 2}
        assert shop.coffee_id < shop.mug_id
        service.take_back(uow, shelf, aside, Why(key="r", cause="return:1", reason="back"))
        rows = uow.session.execute(
            text(
                "SELECT variant_id, kind FROM stock_movements WHERE cause = 'return:1' ORDER BY id"
            )
        )
        taken = [tuple(row) for row in rows]
    assert taken == [(shop.coffee_id, "set_aside"), (shop.mug_id, "returned")]
