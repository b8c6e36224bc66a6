"""Whoever was let go between Slack's word and the act does nothing any more."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text

from bots.slack import people, queries
from oms_service.access import staff as access
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from tests.slack_bench import Bench

WAITING = text(
    "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    " WHERE d.datname = current_database() AND locktype = 'relation' AND NOT granted"
)
Change = Callable[[Bench], None]


def meanwhile(bench: Bench, press: Callable[[], Any], change: Change) -> Any:
    """What is answered to a press that is read before a change, and acts after it."""
    with ThreadPoolExecutor(1) as threads:
        with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
            # Nobody notes that they are dealt with: the press has been read, and stands here.
            uow.session.execute(text("LOCK TABLE slack_heard IN SHARE MODE"))
            pressed = threads.submit(press)
            with bench.desk.runtime.database.reading() as connection:
                while not pressed.done() and not connection.scalar(WAITING):
                    connection.rollback()
            assert not pressed.done(), "it waits for its turn"
            change(bench)
        return pressed.result()


def unlinked(bench: Bench) -> None:
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        found = queries.person(uow.session, bench.desk.workspace_id, bench.agent.me.id)
        assert found is not None
        people.unlink(uow, found.id)


def deactivated(bench: Bench) -> None:
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        access.deactivate(uow, bench.staff.id)


def without_the_role(bench: Bench) -> None:
    with bench.desk.runtime.unit_of_work(SYSTEM) as uow:
        access.set_roles(uow, bench.staff.mail, [Role.WAREHOUSE])


def limited_to_others(bench: Bench) -> None:
    with bench.desk.runtime.database.reading() as connection:
        queue = connection.exec_driver_sql("SELECT max(queue_id) FROM cases").scalar_one()
    bench.limit(bench.staff, but=int(queue))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (unlinked, "/desk/slack/link/"),
        (deactivated, "/desk/slack/link/"),
        (without_the_role, "Your role does not let you do this"),
        (limited_to_others, "Your role does not let you do this"),
    ],
)
def test_a_press_of_somebody_let_go_meanwhile_does_nothing(
    bench: Bench, change: Change, said: str
) -> None:
    case = bench.open()
    answer = meanwhile(bench, lambda: bench.press(case, "take"), change)
    assert answer.status == 200
    assert bench.now(case).version == case.version
    assert bench.now(case).assignee_id is None
    assert bench.count("slack_heard") == 0
    (whisper,) = bench.whispers()
    assert said in whisper


def test_a_form_of_somebody_let_go_meanwhile_gives_no_money(bench: Bench) -> None:
    case = bench.about_order()
    bench.choose(case, "refund")
    bench.agent.submit(scope="amount", amount="500", part="order", reason="quality")
    answer = meanwhile(bench, bench.agent.submit, unlinked)
    assert answer.json["response_action"] == "update"
    assert "/desk/slack/link/" in str(bench.agent.window["blocks"])
    assert bench.count("refunds") == 0
    assert bench.count("case_acts") == 0
    assert bench.count("slack_heard") == 0
