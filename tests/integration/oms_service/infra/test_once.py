"""What one look asks twice is read once; whoever changes something is told the truth."""

from collections.abc import Iterator

import pytest
from flask import Flask

from oms_service.access import guard, queries
from oms_service.access.states import Role
from oms_service.infra import once
from oms_service.kernel.actors import SYSTEM
from oms_service.orders import queries as orders
from oms_service.runtime import Runtime, reading, runtime
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.factories.staff import make_staff
from tests.queries import counted


@pytest.fixture
def look() -> Iterator[None]:
    once.begin()
    yield
    once.end()


@pytest.mark.usefixtures("look")
def test_the_same_question_is_asked_once_by_whichever_reader(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        made = [make_order(uow, shop) for _ in range(2)]
    one, other = (order.id for order in made)
    with (
        runtime.database.reading() as connection,
        runtime.database.looking() as session,
        counted(runtime.database) as sent,
    ):
        first = orders.by_id(connection, one)
        assert orders.by_id(session, one) is first
        assert orders.by_id(connection, other).id == other
        lines = orders.lines_of(session, [one])
        lines.clear()
        assert list(orders.lines_of(connection, [one])) == [one]
    assert len(sent) == 3


@pytest.mark.usefixtures("look")
def test_what_was_found_by_its_number_is_not_asked_for_by_its_id(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_order(uow, make_shop(uow))
    with runtime.database.looking() as session, counted(runtime.database) as sent:
        found = orders.find(session, made.number)
        assert orders.by_id(session, made.id) is found
        assert orders.by_ids(session, [made.id]) == {made.id: found}
    assert len(sent) == 1
    with runtime.unit_of_work(SYSTEM) as uow, counted(runtime.database) as sent:
        orders.find(uow.session, made.number)
        orders.by_id(uow.session, made.id)
    assert len(sent) == 2


@pytest.mark.usefixtures("look")
def test_a_transaction_is_always_answered_by_the_database(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.AGENT)
        before = queries.staff_names(uow.session)
        make_staff(uow, Role.LEAD, mail="lead@shop.example")
        assert len(queries.staff_names(uow.session)) == len(before) + 1


@pytest.mark.usefixtures("look")
def test_what_was_kept_is_forgotten_when_something_was_changed(runtime: Runtime) -> None:
    with runtime.database.reading() as connection:
        assert queries.staff_names(connection) == {}
        with runtime.unit_of_work(SYSTEM) as uow:
            colleague = make_staff(uow, Role.AGENT)
        assert list(queries.staff_names(connection)) == [colleague.id]


def test_without_a_look_nothing_is_kept(runtime: Runtime) -> None:
    with runtime.database.reading() as connection, counted(runtime.database) as sent:
        queries.staff_names(connection)
        queries.staff_names(connection)
    assert len(sent) == 2


def test_only_a_request_that_looks_keeps_what_it_read_and_no_longer_than_it(app: Flask) -> None:
    sent: list[int] = []

    @app.route("/twice", methods=["GET", "POST"], endpoint="twice")
    @guard.public(reason="a page of this test alone")
    def twice() -> str:
        with counted(runtime().database) as asked:
            queries.staff_names(reading())
            queries.staff_names(reading())
        sent.append(len(asked))
        return ""

    app.config["PROPAGATE_EXCEPTIONS"] = True
    client = app.test_client()
    for method in ("GET", "GET", "POST"):
        client.open("/twice", method=method)
    assert sent[:2] == [1, 1]
    with runtime_of(app).database.reading() as connection, counted(runtime_of(app).database) as now:
        queries.staff_names(connection)
    assert len(now) == 1


def runtime_of(app: Flask) -> Runtime:
    with app.app_context():
        return runtime()
