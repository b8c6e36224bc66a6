"""Finding orders as people name them, and reading them without a query a row."""

import pytest

from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.orders import queries
from oms_service.runtime import Runtime
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_customer, make_shop
from tests.queries import counted


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.mark.parametrize(
    "typed",
    [
        "#W2611340",
        "W2611340",
        "w2611340",
        "＃Ｗ２６１１３４０",
        " #w 261 1340 ",
        "2611340",
        "２６１１３４０",
    ],
)
def test_an_order_is_found_however_it_is_typed(runtime: Runtime, shop: Shop, typed: str) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_order(uow, shop, number="#W2611340")
        make_order(uow, shop, number="#W9990001")
    with runtime.database.reading() as connection, counted(runtime.database) as sent:
        assert queries.find(connection, typed).id == made.id
    assert len(sent) == 1


def test_bare_digits_that_fit_two_orders_fit_none(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-10423")
        make_order(uow, shop, number="B-10423")
    with runtime.database.reading() as connection:
        with pytest.raises(NotFound):
            queries.find(connection, "10423")
        assert queries.find(connection, "a10423").number == "A-10423"


def test_a_number_of_digits_alone_wins_over_prefixed_ones(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for number in ("A-10423", "B-10423", "10423"):
            make_order(uow, shop, number=number)
    with runtime.database.reading() as connection:
        assert queries.find(connection, "10423").number == "10423"


def test_unknown_and_somebody_elses_are_the_same(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-1")
        other = make_customer(uow, "other@example.com")
    with runtime.database.reading() as connection:
        assert queries.own(connection, "A-1", shop.customer_id).number == "A-1"
        said = []
        for typed in ("A-1", "1", "A-2", "", "###"):
            with pytest.raises(NotFound) as unknown:
                queries.own(connection, typed, other)
            said.append((type(unknown.value), str(unknown.value)))
    assert len(set(said)) == 1


def test_a_customers_list_is_one_query_however_long(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for _ in range(5):
            make_order(uow, shop, items={"MUG": 1, "COFFEE": 2})
    with runtime.database.reading() as connection, counted(runtime.database) as sent:
        found = queries.summaries(connection, shop.customer_id)
    assert len(sent) == 1
    assert {(one.further_items, one.units) for one in found} == {(1, 3)}
    assert [one.order.id for one in found] == sorted((o.order.id for o in found), reverse=True)


def test_lines_of_many_orders_are_one_query(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = [make_order(uow, shop, items={"MUG": 1, "COFFEE": 2}) for _ in range(3)]
    with runtime.database.reading() as connection, counted(runtime.database) as sent:
        found = queries.lines_of(connection, [one.id for one in made])
    assert len(sent) == 1
    assert [tuple(line.id for line in found[one.id]) for one in made] == [
        one.line_ids for one in made
    ]


def test_proofs_are_those_given_with_the_order(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_order(uow, shop, number="A-1")
    with runtime.database.reading() as connection:
        proofs = queries.proofs(connection, "a1")
    assert (proofs.mail_key, proofs.phone_key, proofs.postal_key) == (
        "misaki.sato@example.jp",
        "819012345678",
        "1600022",
    )
