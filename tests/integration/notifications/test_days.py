"""A new day is told to those who wait, with a link that opens their choices."""

import re
from datetime import date

from flask import Flask
from sqlalchemy import text

from oms_service.kernel.actors import SYSTEM
from oms_service.operations.changes import cancelling
from oms_service.operations.placement import selling
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.sales.states import SellingMode
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop


def sell(runtime: Runtime, shop: Shop, day: date, version: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        selling.sell(
            uow,
            variant_id=shop.coffee_id,
            channel_id=None,
            mode=SellingMode.PREORDER,
            limit_units=None,
            ships_by=day,
            version=version,
        )


def messages(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as connection:
        query = text(
            "SELECT m.text FROM notices n JOIN messages m ON m.id = n.message_id"
            " WHERE n.template = 'date_moved' ORDER BY m.id"
        )
        return list(connection.execute(query).scalars())


def test_who_waits_is_told_once_and_can_choose(app: Flask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow, stock=1)
    sell(runtime, shop, date(2026, 12, 10), 0)
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-1", items={"COFFEE": 1})
        make_order(uow, shop, number="A-2", items={"COFFEE": 1})
        gone = make_order(uow, shop, number="A-3", items={"COFFEE": 1})
    drain(runtime)
    assert messages(runtime) == []
    sell(runtime, shop, date(2026, 12, 20), 1)
    with runtime.unit_of_work(SYSTEM) as uow:
        cancelling.cancel(uow, gone.id, reason="no_longer_needed")
    drain(runtime)
    drain(runtime)
    (said,) = messages(runtime)
    assert "ご注文 A-2 のうち、ドリップコーヒーは入荷待ちです。" in said
    assert "12月20日(日)までに発送いたします。" in said
    found = re.search(r"https?://[^/]+(/waiting/\S+)", said)
    assert found
    page = app.test_client().get(f"{found[1]}?lang=en")
    says = re.sub(r"</?span[^>]*>", "", page.text)
    assert (page.status_code, "It leaves us by Sun 20 Dec." in says) == (200, True)
