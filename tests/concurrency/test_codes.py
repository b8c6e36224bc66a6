"""Guessing at a code from many sides at once: five tries are five tries."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import select

from oms_service.access import codes
from oms_service.access.models import LoginCode
from oms_service.conversations.models import Message
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.shop import make_customer

MAIL = "misaki.sato@example.jp"
THREADS = 10


@pytest.fixture
def code(runtime: Runtime) -> str:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_customer(uow, MAIL)
        codes.send_code(uow, MAIL, Language.ENGLISH)
    with runtime.database.looking() as session:
        text = session.scalars(select(Message.text)).one()
    return text.removeprefix("Your code is ")[:6]


def all_at_once(runtime: Runtime, guesses: list[str]) -> list[int | None]:
    start = Barrier(len(guesses))

    def attempt(guess: str) -> int | None:
        start.wait()
        with runtime.unit_of_work(SYSTEM) as uow:
            return codes.check_code(uow, MAIL, guess)

    with ThreadPoolExecutor(len(guesses)) as threads:
        return list(threads.map(attempt, guesses))


def counted(runtime: Runtime) -> int:
    with runtime.database.looking() as session:
        return session.scalars(select(LoginCode.attempts)).one()


def test_ten_wrong_guesses_at_once_count_five_and_void_the_code(
    runtime: Runtime, code: str
) -> None:
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert all_at_once(runtime, [wrong] * THREADS) == [None] * THREADS
    assert counted(runtime) == 5
    assert all_at_once(runtime, [code]) == [None]
    assert counted(runtime) == 5


def test_the_right_code_from_ten_sides_at_once_lets_one_in(runtime: Runtime, code: str) -> None:
    answers = all_at_once(runtime, [code] * THREADS)
    assert len([one for one in answers if one is not None]) == 1
    assert counted(runtime) == 1
