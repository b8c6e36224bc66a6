"""Somebody ends mail of a kind by its link while another choice of theirs is being kept."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import text

from notifications import preferences, stop_pages
from notifications.rules import Kind
from oms_service.conversations.channels import WEBCHAT
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from tests.factories.shop import make_customer

WAITING = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def test_the_last_way_that_is_ended_ends_the_kind(runtime: Runtime) -> None:
    """Both are heard: no way is left, which is one word against the kind as a whole."""
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)

    def press() -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            stop_pages.end(uow, customer, Kind.DELIVERY)

    with ThreadPoolExecutor(1) as threads:
        with runtime.unit_of_work(SYSTEM) as uow:
            wanted = {(Kind.DELIVERY, WEBCHAT): False}
            preferences.choose(uow, customer, wanted, source="portal")
            pressed = threads.submit(press)
            with runtime.database.reading() as connection:
                while not pressed.done() and not connection.scalar(WAITING):
                    connection.rollback()
            assert not pressed.done(), "one choice is kept after the other"
        pressed.result()
    with runtime.database.looking() as session:
        assert preferences.of(session, customer).refuses(Kind.DELIVERY)
