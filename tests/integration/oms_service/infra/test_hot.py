"""Hot reads: the same rows as by SQLAlchemy's own way, the same errors, nothing unseen."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import pytest
from sqlalchemy import (
    Float,
    Integer,
    Numeric,
    String,
    bindparam,
    cast,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from oms_service.infra.hot import Hot, named, value
from oms_service.infra.outbox import Delivery, DeliveryState, OutboxRow
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.ids import event_id
from oms_service.runtime import Runtime
from tests.queries import counted


class Row(NamedTuple):
    outbox_id: int
    state: DeliveryState
    done_at: datetime | None
    name: str


STATEMENT = (
    select(Delivery.outbox_id, Delivery.state, Delivery.done_at, OutboxRow.name)
    .join(OutboxRow, OutboxRow.id == Delivery.outbox_id)
    .where(Delivery.subscriber == bindparam("subscriber", type_=String))
    .where(Delivery.state == DeliveryState.DONE)
    .limit(5)
)
HOT = Hot(STATEMENT, Row)
WRITE = Hot(
    insert(OutboxRow).returning(OutboxRow.aggregate),
    value,
    columns=(
        "event_id",
        "name",
        "version",
        "aggregate",
        "payload",
        "occurred_at",
        "correlation_id",
        "actor",
    ),
)


@pytest.fixture(autouse=True)
def a_delivery(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        event = OutboxRow(
            event_id=uow.correlation_id,
            name="test.read",
            version=1,
            aggregate="thing:1",
            payload={},
            occurred_at=uow.now,
            correlation_id=uow.correlation_id,
            actor="system",
        )
        uow.session.add(event)
        uow.session.flush()
        uow.session.add(
            Delivery(outbox_id=event.id, subscriber="it", state=DeliveryState.DONE, done_at=uow.now)
        )


def test_rows_are_those_of_the_ordinary_way_types_and_all(runtime: Runtime) -> None:
    with runtime.database.reading() as connection:
        (ordinary,) = connection.execute(STATEMENT, {"subscriber": "it"})
        (hot,) = HOT.all(connection, subscriber="it")
    assert hot == tuple(ordinary)
    assert hot.state is DeliveryState.DONE
    assert hot.done_at == runtime.clock.now()


def test_numbers_that_are_not_whole_are_floats_or_exact_as_their_types_say(
    runtime: Runtime,
) -> None:
    numbers = select(
        cast(literal("1.5"), Float).label("near"), cast(literal("2.50"), Numeric).label("exact")
    )
    with runtime.database.reading() as connection:
        (ordinary,) = connection.execute(numbers)
        found = named(numbers).one(connection)
    assert found == tuple(ordinary) == (1.5, Decimal("2.50"))
    assert [type(one) for one in found] == [float, Decimal]


def test_a_session_sees_what_it_has_not_flushed_yet(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            OutboxRow(
                event_id=uow.correlation_id,
                name="test.new",
                version=1,
                aggregate="thing:2",
                payload={},
                occurred_at=uow.now,
                correlation_id=uow.correlation_id,
                actor="system",
            )
        )
        by_name = select(OutboxRow.name).where(OutboxRow.name == bindparam("name", type_=String))
        assert Hot(by_name, str).first(uow.session, name="test.new") == "test.new"


def test_what_fits_nothing_is_none(runtime: Runtime) -> None:
    with runtime.database.reading() as connection:
        assert HOT.first(connection, subscriber="nobody") is None


def test_whoever_watches_statements_sees_it(runtime: Runtime) -> None:
    with runtime.database.reading() as connection, counted(runtime.database) as sent:
        HOT.all(connection, subscriber="it")
    assert len(sent) == 1


def test_a_refused_statement_and_one_said_while_rows_are_made_leave_the_others_right(
    runtime: Runtime,
) -> None:
    broken = Hot(select(1 / bindparam("by", type_=Integer)), value)
    with runtime.database.reading() as connection:
        with pytest.raises(DataError):
            broken.all(connection, by=0)

        def with_another(*columns: object) -> tuple[object, object]:
            return columns[0], HOT.one(connection, subscriber="it").outbox_id

        asked = select(literal("a").label("said")).union_all(select(literal("b")))
        rows = Hot(select(asked.subquery()), with_another).all(connection)
        of_it = HOT.one(connection, subscriber="it").outbox_id
    assert sorted(rows) == [("a", of_it), ("b", of_it)]


def test_a_lost_connection_is_an_error_as_always_and_is_not_used_again(runtime: Runtime) -> None:
    with runtime.database.reading() as connection:
        HOT.all(connection, subscriber="it")
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    with runtime.database.reading() as connection, pytest.raises(OperationalError):
        HOT.all(connection, subscriber="it")
    with runtime.database.reading() as connection:
        assert len(HOT.all(connection, subscriber="it")) == 1


def test_rows_are_written_in_one_go_and_answered_in_their_order(runtime: Runtime) -> None:
    rows = [{"event_id": event_id(runtime.clock.now()), "aggregate": f"thing:{n}"} for n in (3, 4)]
    with runtime.unit_of_work(SYSTEM) as uow, counted(runtime.database) as sent:
        shared = {
            "name": "test.many",
            "version": 1,
            "payload": ["of", ["many"]],
            "occurred_at": uow.now,
            "correlation_id": uow.correlation_id,
            "actor": "system",
        }
        written = WRITE.each(uow.session, [shared | row for row in rows])
        assert WRITE.each(uow.session, []) == []
    assert written == ["thing:3", "thing:4"]
    assert len(sent) == 1
    with runtime.database.looking() as session:
        rows_kept = session.scalars(select(OutboxRow).where(OutboxRow.name == "test.many")).all()
    payloads: list[object] = [row.payload for row in rows_kept]
    assert payloads == [["of", ["many"]]] * 2


def test_a_refusal_within_a_transaction_is_sqlalchemys_and_undoes_all(runtime: Runtime) -> None:
    def write_twice() -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            row = {
                "event_id": uow.correlation_id,
                "name": "test.twice",
                "version": 1,
                "aggregate": "thing:5",
                "payload": {},
                "occurred_at": uow.now,
                "correlation_id": uow.correlation_id,
                "actor": "system",
            }
            WRITE.run(uow.session, **row)
            WRITE.run(uow.session, **row)

    with pytest.raises(IntegrityError) as refused:
        write_twice()
    assert getattr(refused.value.orig, "sqlstate", "") == "23505"
    with runtime.database.looking() as session:
        twice = select(OutboxRow.id).where(OutboxRow.name == "test.twice")
        assert session.scalars(twice).all() == []
