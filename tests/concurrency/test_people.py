"""The same two records merged from many sides at once, and merged while customers write."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from oms_service.conversations import service as conversations
from oms_service.infra.db import is_in_the_way
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.people import People
from oms_service.orders import queries as orders
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.factories.cases import make_chat
from tests.factories.orders import make_order
from tests.factories.shop import make_customer, make_shop

THREADS = 4
T = TypeVar("T")


def pressed_until_done(job: Callable[[], T]) -> T:
    """Merging gives way to whoever writes, and is asked for again."""
    while True:
        try:
            return job()
        except DBAPIError as error:
            if not is_in_the_way(error):
                raise


def test_two_records_merged_from_four_sides_are_merged_once(runtime: Runtime) -> None:
    people, start = People(runtime.keepers), Barrier(THREADS)
    with runtime.unit_of_work(SYSTEM) as uow:
        one, other = make_customer(uow), make_customer(uow, "b@example.jp")

    def merge(number: int) -> bool:
        kept, merged = (one, other) if number % 2 else (other, one)

        def press() -> bool:
            with runtime.unit_of_work(SYSTEM) as uow:
                return people.merge(uow, kept_id=kept, merged_id=merged).is_new

        start.wait()
        return pressed_until_done(press)

    with ThreadPoolExecutor(THREADS) as threads:
        assert sorted(threads.map(merge, range(THREADS))) == [False, False, False, True]
    drain(runtime)
    with runtime.database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM customer_merges")) == 1
        merged = text("SELECT count(*) FROM customers WHERE merged_into_id IS NOT NULL")
        assert connection.scalar(merged) == 1
        told = text("SELECT count(*) FROM outbox WHERE name = 'customer.merged'")
        assert connection.scalar(told) == 1


def test_whatever_is_bought_and_said_meanwhile_ends_with_the_record_that_was_kept(
    runtime: Runtime,
) -> None:
    people, start = People(runtime.keepers), Barrier(3)
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        merged = make_customer(uow, "b@example.jp")

    def buy() -> None:
        start.wait()
        for _ in range(8):
            with runtime.unit_of_work(SYSTEM) as uow:
                make_order(uow, shop, customer_id=merged)

    def talk() -> None:
        start.wait()
        for number in range(8):
            with runtime.unit_of_work(SYSTEM) as uow:
                chat = make_chat(uow, key=f"browser {number}")
                conversations.receive(uow, chat.id, key="m", text="hello")
                conversations.identify(uow, chat.id, merged)

    def press() -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            people.merge(uow, kept_id=shop.customer_id, merged_id=merged)

    def merge() -> None:
        start.wait()
        pressed_until_done(press)

    with ThreadPoolExecutor(3) as threads:
        for done in [threads.submit(job) for job in (buy, talk, merge)]:
            done.result()
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        people.merge(uow, kept_id=shop.customer_id, merged_id=merged)
        assert len(orders.ids_of_customer(uow.session, shop.customer_id)) == 8
        said = text("SELECT DISTINCT customer_id FROM conversations")
        assert uow.session.scalars(said).all() == [shop.customer_id]
