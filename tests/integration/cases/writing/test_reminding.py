"""Cases that come back by themselves."""

from datetime import timedelta

import pytest

from cases import queries, service
from cases.states import CaseState
from cases.views import CaseView
from cases.writing import queries as writing
from cases.writing import reminding
from cases.writing.states import ReminderKind
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.fakes.clock import StandingClock
from tests.integration.cases.writing.conftest import Desk, now

DAY = timedelta(days=1)


def remind(runtime: Runtime, case: CaseView, kind: ReminderKind, after: timedelta = DAY) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        reminding.remind(uow, case.id, kind, uow.now + after)


def sweep(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return reminding.come_back(uow)


def told(runtime: Runtime, case: CaseView) -> list[str]:
    with runtime.database.reading() as connection:
        found = [one.data.get("what") for one in queries.entries(connection, case.id)]
    return [str(one) for one in found if one in {"no_answer", "reminder_due", "reminder_off"}]


def test_without_an_answer_it_comes_back_once(
    runtime: Runtime, clock: StandingClock, case: CaseView, aoi: Desk
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.ask_customer(uow, case.id, "ご住所をお知らせください。")
    status, page = aoi.press(case, "remind", days="3")
    assert status == 303
    assert "返信がなければ戻る日時" in page
    clock.advance(days=2)
    assert sweep(runtime) == 0
    clock.advance(days=2)
    assert sweep(runtime) == 1
    assert sweep(runtime) == 0
    assert now(runtime, case).state is CaseState.OPEN
    assert told(runtime, case) == ["no_answer"]


def test_an_answer_keeps_it_from_coming_back(
    runtime: Runtime, clock: StandingClock, case: CaseView
) -> None:
    remind(runtime, case, ReminderKind.NO_ANSWER)
    clock.advance(hours=1)
    assert case.conversation_id is not None
    with runtime.unit_of_work(SYSTEM) as uow:
        talking.receive(uow, case.conversation_id, key="m2", text="東京都…")
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.wait_for_others(uow, case.id)
    clock.advance(days=1)
    assert sweep(runtime) == 1
    assert now(runtime, case).state is CaseState.WAITING_THIRD_PARTY
    assert told(runtime, case) == []


def test_a_reminder_brings_back_what_was_settled(
    runtime: Runtime, clock: StandingClock, case: CaseView
) -> None:
    remind(runtime, case, ReminderKind.REMIND)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.resolve(uow, case.id, code="answered")
    clock.advance(days=1)
    assert sweep(runtime) == 1
    assert now(runtime, case).state is CaseState.OPEN
    assert told(runtime, case) == ["reminder_due"]


def test_the_newest_wish_holds_and_can_be_called_off(
    runtime: Runtime, clock: StandingClock, case: CaseView, aoi: Desk
) -> None:
    remind(runtime, case, ReminderKind.REMIND)
    remind(runtime, case, ReminderKind.NO_ANSWER, 2 * DAY)
    with runtime.database.reading() as connection:
        found = writing.reminder(connection, case.id)
    assert found is not None
    assert (found.kind, found.due_at) == (ReminderKind.NO_ANSWER, clock.now() + 2 * DAY)
    assert aoi.press(case, "remind/off")[0] == 303
    assert aoi.press(case, "remind/off")[0] == 404
    clock.advance(days=3)
    assert sweep(runtime) == 0
    assert told(runtime, case) == ["reminder_off"]


def test_a_moment_that_is_none_is_refused(runtime: Runtime, case: CaseView, aoi: Desk) -> None:
    for after in (-DAY, timedelta(0), timedelta(days=366)):
        with pytest.raises(Invalid):
            remind(runtime, case, ReminderKind.REMIND, after)
    for values in ({}, {"days": "4"}, {"kind": "remind"}, {"kind": "remind", "remind_day": "x"}):
        assert aoi.press(case, "remind", **values)[0] == 422
    with runtime.database.reading() as connection:
        assert writing.reminder(connection, case.id) is None
