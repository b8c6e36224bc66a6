"""Hot reads: the same rows as by SQLAlchemy's own way, the same errors, nothing unseen."""

from datetime import datetime
from typing import NamedTuple

import pytest
from sqlalchemy import String, bindparam, select, text
from sqlalchemy.exc import OperationalError

from oms_service.infra.hot import Hot
from oms_service.infra.outbox import Delivery, DeliveryState, OutboxRow
from oms_service.kernel.actors import SYSTEM
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
