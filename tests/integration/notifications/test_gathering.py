"""Several notices that wait for one morning leave as one letter; each is told once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text

from notifications import due, service
from notifications.examples import facts_of
from notifications.models import Notice
from notifications.rules import RULES, Kind, is_gathered
from notifications.states import NoticeState
from notifications.stops import Stops
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.cases import make_chat
from tests.factories.shop import make_customer
from tests.fakes.clock import StandingClock

ONE, OTHER, REFUND = "attempted", "at_counter", "refund_paid"


def wait(uow: UnitOfWork, customer: int, templates: Sequence[str], **other: Any) -> None:
    for number, template in enumerate(templates):
        uow.session.add(
            Notice(
                key=f"{customer}:{number}",
                customer_id=customer,
                template=template,
                language=Language.ENGLISH,
                facts=facts_of(template) | other,
                state=NoticeState.WAITING,
                at=uow.now,
                due_at=uow.now,
            )
        )
    uow.session.flush()


def speak(runtime: Runtime) -> int:
    stops = Stops(runtime.settings.secret_key, runtime.settings.public_url)
    with runtime.unit_of_work(SYSTEM) as uow:
        return due.speak_due(uow, zone=runtime.settings.zone, stops=stops)


def rows(runtime: Runtime, query: str) -> list[tuple[Any, ...]]:
    with runtime.database.looking() as session:
        return [tuple(row) for row in session.execute(text(query))]


def letters(runtime: Runtime) -> list[tuple[Any, ...]]:
    return rows(runtime, "SELECT subject, text, extra FROM messages ORDER BY id")


def test_what_is_gathered_is_neither_urgent_nor_a_record_to_keep() -> None:
    gathered = [rule for rule in RULES if is_gathered(rule)]
    assert {"delay", "late", "stalled", "date_moved", "refund_paid"} <= {
        one.template for one in gathered
    }
    assert not any(one.in_writing for one in gathered)
    assert not any(one.kind in {Kind.SURVEYS, Kind.ANSWERS, Kind.PAYMENT} for one in gathered)


def test_three_of_one_kind_are_one_letter_with_a_link_that_ends_the_kind(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer, other = make_customer(uow), make_customer(uow, "b@example.jp")
        wait(uow, customer, [ONE, OTHER, ONE, REFUND])
        wait(uow, other, [ONE])
    assert speak(runtime) == 5
    assert speak(runtime) == 0
    found = letters(runtime)
    assert sorted(subject for subject, _, _ in found)[0] == "3 pieces of news about your orders"
    assert len(found) == 3
    told = rows(
        runtime,
        "SELECT customer_id, count(*), count(DISTINCT message_id), min(state), min(channel)"
        " FROM notices WHERE template <> 'refund_paid' GROUP BY customer_id ORDER BY customer_id",
    )
    assert told == [(customer, 3, 1, "spoken", "mail"), (other, 1, 1, "spoken", "mail")]
    _, said, extra = next(one for one in found if one[0].startswith("3"))
    assert said.count("■ ") == 3
    assert extra["html"].count("<h2") == 3
    assert "/stop-mail/" in extra["unsubscribe"]
    shown = unescape(extra["html"])
    for line in said.splitlines():
        assert line.removeprefix("■ ").removeprefix("- ").split(": ")[0] in shown


def test_one_that_breaks_is_put_off_and_those_beside_it_are_told_alone(
    runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)
        wait(uow, customer, [ONE, OTHER])
        uow.session.execute(text("UPDATE notices SET facts = '{}' WHERE template = 'at_counter'"))
    for _ in range(2):
        speak(runtime)
    assert rows(runtime, "SELECT template, state, due_at FROM notices ORDER BY id") == [
        (ONE, "spoken", None),
        (OTHER, "waiting", clock.now() + due.AGAIN),
    ]
    assert len(letters(runtime)) == 1


def test_who_is_talking_to_us_is_told_each_in_the_chat(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)
        make_chat(uow, customer_id=customer)
        wait(uow, customer, [ONE, OTHER])
    assert speak(runtime) == 2
    assert rows(runtime, "SELECT channel, state FROM notices") == [("webchat", "spoken")] * 2
    assert rows(runtime, "SELECT count(*) FROM messages WHERE author_kind = 'notice'") == [(2,)]


def test_a_letter_that_fails_is_said_in_the_chat_piece_by_piece(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        customer = make_customer(uow)
        wait(uow, customer, [ONE, OTHER])
    speak(runtime)
    ((letter_id,),) = rows(runtime, "SELECT DISTINCT message_id FROM notices")
    with runtime.unit_of_work(SYSTEM) as uow:
        make_chat(uow, customer_id=customer)
    for first in (True, False):
        with runtime.unit_of_work(SYSTEM) as uow:
            said = service.fall_back(uow, letter_id, zone=runtime.settings.zone)
        assert said is first
    assert rows(runtime, "SELECT channel, count(DISTINCT message_id) FROM notices GROUP BY 1") == [
        ("webchat", 2)
    ]


@pytest.mark.parametrize("workers", [3])
def test_who_speaks_at_the_same_time_tells_nothing_twice(runtime: Runtime, workers: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for number in range(40):
            customer = make_customer(uow, f"c{number}@example.jp")
            wait(uow, customer, [ONE, OTHER, ONE])
    start = Barrier(workers)

    def work(_: int) -> int:
        start.wait()
        return sum(iter(lambda: speak(runtime), 0))

    with ThreadPoolExecutor(workers) as threads:
        assert sum(threads.map(work, range(workers))) == 120
    told = rows(runtime, "SELECT state, count(*) FROM notices GROUP BY state")
    assert told == [("spoken", 120)]
    # Whoever came first may have had a part of somebody's; nothing stands in two letters.
    said = "".join(text for _, text, _ in letters(runtime))
    assert said.count(facts_of(OTHER)["order"]) >= 120
    ((sent, of),) = rows(
        runtime,
        "SELECT count(DISTINCT message_id), count(*) FROM notices WHERE message_id IS NOT NULL",
    )
    assert of == 120
    assert sent == len(letters(runtime))
