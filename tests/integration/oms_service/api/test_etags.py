"""Answers without a version of their own get one from what they say."""

import pytest

from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.money import Money
from oms_service.runtime import Runtime
from tests.factories.orders import MadeOrder, make_order, pay
from tests.factories.shop import make_shop
from tests.integration.oms_service.api.conftest import Ask


@pytest.fixture
def order(runtime: Runtime) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_order(uow, make_shop(uow))


@pytest.mark.parametrize("part", ["payments", "changes", "documents", "sourcing"])
def test_a_caller_who_has_the_newest_gets_no_body(ask: Ask, order: MadeOrder, part: str) -> None:
    first = ask("GET", f"/v1/orders/{order.number}/{part}")
    assert first.status_code == 200
    again = ask(
        "GET",
        f"/v1/orders/{order.number}/{part}",
        headers={"If-None-Match": first.headers["ETag"]},
    )
    assert (again.status_code, again.data) == (304, b"")
    older = ask("GET", f"/v1/orders/{order.number}/{part}", headers={"If-None-Match": '"another"'})
    assert (older.status_code, older.json) == (200, first.json)


def test_what_has_changed_has_another_version(ask: Ask, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        unpaid = make_order(uow, make_shop(uow), is_paid=False)
    where = f"/v1/orders/{unpaid.number}/payments"
    before = ask("GET", where).headers["ETag"]
    with runtime.unit_of_work(SYSTEM) as uow:
        pay(uow, unpaid.id, Money(100, "JPY"))
    assert ask("GET", where, headers={"If-None-Match": before}).status_code == 200
