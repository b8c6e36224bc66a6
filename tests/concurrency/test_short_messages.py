"""Codes, words and reports about short messages from many sides at once: each counts once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import TypeVar

import pytest
from flask import Flask

from notifications.rules import Kind
from notifications.sms import numbers
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.effects import settle
from tests.factories.shop import make_customer
from tests.fakes.clock import StandingClock
from tests.fakes.receiver import Receiver, a_receiver
from tests.integration.notifications.sms.house import (
    NUMBER,
    OTHER_NUMBER,
    SECRET,
    Phones,
    said,
    status,
)
from tests.integration.notifications.sms.test_hook import tell

THREADS = 8
T = TypeVar("T")


@pytest.fixture
def provider() -> Iterator[Receiver]:
    with a_receiver() as receiver:
        yield receiver


@pytest.fixture
def settings(settings: Settings, provider: Receiver) -> Settings:
    return replace(settings, sms_url=provider.url, sms_hook_secret=SECRET)


@pytest.fixture
def phones(app: Flask, runtime: Runtime, clock: StandingClock, provider: Receiver) -> Phones:
    return Phones(app, runtime, clock, provider)


@pytest.fixture
def customers(runtime: Runtime) -> tuple[int, int]:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_customer(uow), make_customer(uow, "emma.brown@example.com")


def at_once(acts: Sequence[Callable[[], T]]) -> list[T]:
    start = Barrier(len(acts))

    def one(act: Callable[[], T]) -> T:
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(one, acts))


def entering(runtime: Runtime, customer_id: int, code: str) -> Callable[[], bool]:
    def enter() -> bool:
        with runtime.unit_of_work(SYSTEM) as uow:
            return numbers.prove(uow, customer_id, code, source="portal") is not None

    return enter


def asking(runtime: Runtime, customer_id: int, number: str = NUMBER) -> Callable[[], bool]:
    def ask() -> bool:
        with runtime.unit_of_work(SYSTEM) as uow:
            return numbers.ask(uow, customer_id, number, language=Language.ENGLISH, shop="MINATO")

    return ask


def test_a_code_asked_for_from_many_sides_is_sent_once(
    phones: Phones, runtime: Runtime, customers: tuple[int, int]
) -> None:
    sent = at_once([asking(runtime, customers[0])] * THREADS)
    assert sum(sent) == 1
    settle(runtime)
    assert len(phones.got) == 1


def test_the_same_code_from_many_sides_proves_one_number_once(
    phones: Phones, runtime: Runtime, customers: tuple[int, int]
) -> None:
    asking(runtime, customers[0])()
    code = phones.code()
    assert at_once([entering(runtime, customers[0], code)] * THREADS) == [True] * THREADS
    assert phones.rows("SELECT customer_id, number FROM sms_numbers") == [(customers[0], NUMBER)]
    assert phones.consents(customers[0]) == [("sms", "sms", True, "portal")]
    assert phones.rows("SELECT attempts FROM sms_codes") == [(1,)]


def test_wrong_codes_at_once_count_five_and_void_the_code(
    phones: Phones, runtime: Runtime, customers: tuple[int, int]
) -> None:
    asking(runtime, customers[0])()
    code = phones.code()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert not any(at_once([entering(runtime, customers[0], wrong)] * THREADS))
    assert phones.rows("SELECT attempts FROM sms_codes") == [(5,)]
    assert not entering(runtime, customers[0], code)()


def test_two_who_prove_one_number_at_once_leave_it_with_one_of_them(
    phones: Phones, runtime: Runtime, customers: tuple[int, int]
) -> None:
    codes = []
    for customer_id in customers:
        asking(runtime, customer_id)()
        codes.append(phones.code())
    both = [entering(runtime, *each) for each in zip(customers, codes, strict=True)]
    assert at_once(both) == [True, True]
    ((owner, number),) = phones.rows("SELECT customer_id, number FROM sms_numbers")
    assert number == NUMBER
    (loser,) = {*customers} - {owner}
    assert phones.consents(int(str(owner))) == [("sms", "sms", True, "portal")]
    assert phones.consents(loser)[-1] == ("sms", "sms", False, numbers.GONE_ON)
    threads = phones.rows(
        "SELECT customer_id FROM conversations WHERE channel = 'sms' AND closed_at IS NULL"
    )
    assert threads in ([(owner,)], [])


def test_stop_from_many_sides_ends_once_and_is_answered_once(
    phones: Phones, runtime: Runtime, customers: tuple[int, int]
) -> None:
    phones.proves(customers[0], only=(Kind.DELIVERY,))
    tells = [
        (lambda place=place: phones.tells(said("STOP", key=f"in-{place % 2}")))
        for place in range(THREADS)
    ]
    assert at_once(tells) == [204] * THREADS
    settle(runtime)
    assert phones.number_of(customers[0]) is None
    assert phones.consents(customers[0])[-2:] == [
        ("notice.delivery", "sms", False, numbers.BY_TEXT),
        ("sms", "sms", False, numbers.BY_TEXT),
    ]
    assert len(phones.consents(customers[0])) == 4
    assert len(phones.got) == 2, "the code, and one word that it has ended"
    assert phones.rows("SELECT count(*) FROM fallout") == [(0,)]


def test_stop_while_the_number_is_proven_anew_leaves_one_clear_word(
    phones: Phones, runtime: Runtime, customers: tuple[int, int]
) -> None:
    phones.proves(customers[0])
    phones.clock.advance(hours=1)
    asking(runtime, customers[0])()
    code = phones.code()
    done = at_once(
        [entering(runtime, customers[0], code), lambda: phones.tells(said("停止")) == 204]
    )
    assert done == [True, True]
    has_one = phones.number_of(customers[0]) is not None
    assert phones.consents(customers[0])[-1][2] is has_one
    assert phones.rows("SELECT count(*) FROM fallout") == [(0,)]


def test_one_failure_told_by_many_hooks_is_said_by_the_next_way_once(
    phones: Phones, runtime: Runtime, customers: tuple[int, int]
) -> None:
    phones.proves(customers[0], only=(Kind.DELIVERY,))
    message_id = tell(runtime, customers[0])
    settle(runtime)
    tells = [
        (lambda place=place: phones.tells(status(message_id, "failed", id=f"try-{place}")))
        for place in range(THREADS)
    ]
    assert at_once(tells) == [204] * THREADS
    settle(runtime)
    assert phones.rows("SELECT channel, tried FROM notices") == [("mail", "sms")]
    assert phones.rows("SELECT count(*) FROM messages WHERE key LIKE 'notice:%'") == [(2,)]
    log = "SELECT count(*) FROM delivery_log WHERE message_id = :id AND state = 'failed'"
    assert phones.rows(log, id=message_id) == [(1,)]


def test_one_text_told_by_many_hooks_is_one_message_of_one_case(
    phones: Phones, runtime: Runtime, customers: tuple[int, int]
) -> None:
    phones.proves(customers[0])
    tells = [
        (lambda place=place: phones.tells(said("Where is it?") | {"to": str(place)}))
        for place in range(THREADS)
    ]
    assert at_once(tells) == [204] * THREADS
    assert phones.rows("SELECT count(*) FROM messages WHERE direction = 'in'") == [(1,)]
    assert phones.rows("SELECT count(*) FROM cases") == [(1,)]
    with runtime.database.looking() as session:
        assert numbers.whose(session, OTHER_NUMBER) is None
