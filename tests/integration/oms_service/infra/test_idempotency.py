"""A repeated request gets the first one's answer."""

import threading
from typing import TypedDict

import pytest

from oms_service.infra import idempotency
from oms_service.infra.idempotency import Answer, KeyInUse, KeyReused
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime


class Asked(TypedDict):
    scope: str
    key: str
    body: bytes


ASKED: Asked = {"scope": "key:1 POST /v1/orders", "key": "a-1", "body": b'{"n": 1}'}
OTHER: Asked = {**ASKED, "body": b'{"n": 2}'}


def test_the_first_answer_is_kept_and_given_again(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        assert idempotency.recall(uow, **ASKED) is None
        idempotency.remember(uow, **ASKED, answer=Answer(201, {"id": 7}))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert idempotency.recall(uow, **ASKED) == Answer(201, {"id": 7})


def test_another_body_with_the_same_key_is_refused(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        idempotency.recall(uow, **ASKED)
        idempotency.remember(uow, **ASKED, answer=Answer(201, None))
    with runtime.unit_of_work(SYSTEM) as uow, pytest.raises(KeyReused):
        idempotency.recall(uow, **OTHER)


def test_work_that_was_undone_leaves_the_key_free(runtime: Runtime) -> None:
    with pytest.raises(ZeroDivisionError), runtime.unit_of_work(SYSTEM) as uow:  # noqa: PT012
        idempotency.recall(uow, **ASKED)
        idempotency.remember(uow, **ASKED, answer=Answer(201, None))
        raise ZeroDivisionError
    with runtime.unit_of_work(SYSTEM) as uow:
        assert idempotency.recall(uow, **ASKED) is None


def test_of_many_at_once_one_works_and_the_others_are_told_so(runtime: Runtime) -> None:
    outcomes: list[str] = []
    inside = threading.Event()
    others_done = threading.Event()

    def first() -> None:
        with runtime.unit_of_work(SYSTEM) as uow:
            assert idempotency.recall(uow, **ASKED) is None
            inside.set()
            assert others_done.wait(20)
            idempotency.remember(uow, **ASKED, answer=Answer(201, None))
            outcomes.append("worked")

    def other() -> None:
        try:
            with runtime.unit_of_work(SYSTEM) as uow:
                idempotency.recall(uow, **ASKED)
        except KeyInUse:
            outcomes.append("in use")

    leading = threading.Thread(target=first)
    leading.start()
    assert inside.wait(20)
    followers = [threading.Thread(target=other) for _ in range(8)]
    for thread in followers:
        thread.start()
    for thread in followers:
        thread.join()
    others_done.set()
    leading.join()
    assert sorted(outcomes) == ["in use"] * 8 + ["worked"]
