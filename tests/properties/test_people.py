"""Whoever is merged with whom, in whatever order: undone backwards, nothing has happened."""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oms_service.customers import queries as customers
from oms_service.customers import service as records
from oms_service.customers.states import IdentityKind
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.people import People
from oms_service.orders import queries as orders
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_agent, make_case, make_chat
from tests.factories.orders import make_order
from tests.factories.people import Database, everything
from tests.factories.shop import make_customer, make_shop

TOLD = frozenset({"customer_merges", "outbox", "deliveries", "effects"})
PEOPLE = 4


@dataclass(frozen=True)
class Crowd:
    """Four records, each with an order, a case, a chat and the phone they all share."""

    runtime: Runtime
    people: People
    ids: tuple[int, ...]
    start: Database


@pytest.fixture
def crowd(runtime: Runtime) -> Crowd:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_agent(uow)
        ids = (
            shop.customer_id,
            *(make_customer(uow, f"{n}@example.jp") for n in range(1, PEOPLE)),
        )
        for one in ids:
            records.add_identity(uow, one, IdentityKind.PHONE, "03-1234-5678")
            order = make_order(uow, shop, customer_id=one)
            chat = make_chat(uow, customer_id=one)
            make_case(uow, order_id=order.id, customer_id=one, conversation_id=chat.id)
    drain(runtime)
    return Crowd(runtime, People(runtime.keepers), ids, everything(runtime, but=TOLD))


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)).filter(
            lambda pair: pair[0] != pair[1]
        ),
        max_size=5,
    )
)
def test_any_merges_undone_backwards_leave_all_as_it_was(
    crowd: Crowd, pairs: list[tuple[int, int]]
) -> None:
    runtime, made, groups = crowd.runtime, [], {one: {one} for one in crowd.ids}
    for kept, merged in pairs:
        one, other = crowd.ids[kept], crowd.ids[merged]
        with runtime.unit_of_work(SYSTEM) as uow:
            merge = crowd.people.merge(uow, kept_id=one, merged_id=other)
        assert merge.is_new == (groups[one] is not groups[other])
        if merge.is_new:
            made.append(merge.id)
            joined = groups[one] | groups[other]
            groups |= dict.fromkeys(joined, joined)
    drain(runtime)
    with runtime.database.reading() as connection:
        for one, group in groups.items():
            root = customers.root(connection, one)
            assert set(customers.family(connection, root)) == group
            assert len(orders.ids_of_customer(connection, root)) == len(group)
    for merge_id in reversed(made):
        with runtime.unit_of_work(SYSTEM) as uow:
            assert crowd.people.undo_merge(uow, merge_id).is_new
    drain(runtime)
    assert everything(runtime, but=TOLD) == crowd.start
