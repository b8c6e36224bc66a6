"""Numbers of documents under threads: no gap, no twin, one document for one thing."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from oms_service.documents import queries
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.money import billing
from oms_service.runtime import Runtime
from tests.factories.documents import ISSUER
from tests.factories.orders import make_order
from tests.factories.shop import make_shop

THREADS = 8


class Called(Exception):
    """Somebody pulled the plug."""


def test_numbers_have_no_gap_though_half_of_the_transactions_fail(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        orders = [make_order(uow, shop).id for _ in range(24)]

    def issue(order_id: int) -> str:
        with runtime.unit_of_work(SYSTEM) as uow:
            number = billing.issue_invoice(uow, order_id, issuer=ISSUER).number
            if order_id % 2:
                raise Called
        return number

    with ThreadPoolExecutor(THREADS) as pool:
        waits = [pool.submit(issue, order_id) for order_id in orders]
    numbers = sorted(one.result() for one in waits if one.exception() is None)
    assert {type(one.exception()) for one in waits} == {type(None), Called}
    assert numbers == [f"I-{number:06d}" for number in range(1, len(numbers) + 1)]


@pytest.mark.parametrize("kind", ["invoice", "receipt"])
def test_one_order_asked_by_many_at_once_gets_one_document(runtime: Runtime, kind: str) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow))

    def issue(_turn: int) -> str:
        issue_it = billing.issue_invoice if kind == "invoice" else billing.issue_receipt
        with runtime.unit_of_work(SYSTEM) as uow:
            return issue_it(uow, order.id, issuer=ISSUER).number

    with ThreadPoolExecutor(THREADS) as pool:
        numbers = set(pool.map(issue, range(16)))
    with runtime.database.looking() as session:
        made = queries.documents_of(session, order.id)
    assert numbers == {made[0].number}
    assert len(made) == 1


def test_a_receipt_is_the_original_for_one_of_many(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow))
        made = billing.issue_receipt(uow, order.id, issuer=ISSUER)

    def print_it(_turn: int) -> bool:
        with runtime.unit_of_work(SYSTEM) as uow:
            return billing.print_out(uow, made).is_reissue

    with ThreadPoolExecutor(THREADS) as pool:
        marked = list(pool.map(print_it, range(16)))
    assert sorted(marked) == [False] + [True] * 15
