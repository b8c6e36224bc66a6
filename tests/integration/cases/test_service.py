"""Cases on a real database: opened once, decided once, never overwritten blindly."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
from sqlalchemy import text

from cases import deciding, inbox, queries, service
from cases.holding import AlreadyDone
from cases.states import CaseState, EntryKind
from cases.views import CaseView
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.states import Owner
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import IllegalTransition, Invalid, Stale
from oms_service.kernel.languages import Language
from oms_service.operations.returning import returns as operations
from oms_service.operations.returning.returns import Wanted, WantedLine
from oms_service.relay import drain
from oms_service.returns import queries as returns
from oms_service.returns.states import ReturnReason, ReturnState
from oms_service.runtime import Runtime
from tests.factories.cases import (
    make_agent,
    make_case,
    make_chat,
    make_return_case,
)
from tests.factories.orders import make_delivered_order, make_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock

MIND = ReturnReason.CHANGED_MIND


def read(runtime: Runtime, case_id: int) -> CaseView:
    with runtime.database.reading() as connection:
        return queries.by_id(connection, case_id)


def kinds(runtime: Runtime, case_id: int) -> list[EntryKind]:
    with runtime.database.reading() as connection:
        return [entry.kind for entry in queries.entries(connection, case_id)]


def test_sixteen_openings_of_one_matter_make_one_case(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
    together = Barrier(16, timeout=20)

    def open_one(_: int) -> CaseView:
        together.wait()
        with runtime.unit_of_work(SYSTEM) as uow:
            return make_case(uow, order_id=order.id, reason="delay")

    with ThreadPoolExecutor(16) as pool:
        made = list(pool.map(open_one, range(16)))
    assert len({case.id for case in made}) == 1
    assert sum(case.is_new for case in made) == 1
    entries = kinds(runtime, made[0].id)
    assert entries.count(EntryKind.OPENED) == 1
    assert entries.count(EntryKind.APPENDED) == 15


def test_a_settled_matter_may_come_again_as_a_case_of_its_own(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow))
        first = make_case(uow, order_id=order.id, reason="delay")
        service.resolve(uow, first.id, code="recovered")
        second = make_case(uow, order_id=order.id, reason="delay")
    assert second.is_new
    assert second.id != first.id
    with runtime.unit_of_work(SYSTEM) as uow, pytest.raises(Stale):
        service.reopen(uow, first.id)


def test_opening_from_a_chat_hands_it_to_people_and_keeps_a_snapshot(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        order = make_order(uow, shop)
        chat = make_chat(uow, customer_id=shop.customer_id)
        case = make_case(uow, order_id=order.id, conversation_id=chat.id)
    assert case.customer_id == shop.customer_id
    assert case.snapshot == {
        "number": order.number,
        "order_state": "placed",
        "payment_state": "paid",
        "fulfilment_state": "allocated",
        "total_minor": 2000,
        "currency": "JPY",
    }
    with runtime.database.reading() as connection:
        thread = conversations.by_id(connection, chat.id)
    assert thread is not None
    assert thread.owner is Owner.PEOPLE


def test_a_second_hand_off_of_a_chat_goes_into_the_same_case(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow)
        first = make_case(uow, conversation_id=chat.id)
        second = make_case(uow, conversation_id=chat.id)
    assert (second.id, second.is_new) == (first.id, False)


def test_an_unknown_reason_is_something_else(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        assert make_case(uow, reason="never_heard_of").reason == "other"


def test_a_reply_is_said_in_the_chat_and_stops_the_clock_once(
    runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
        chat = make_chat(uow)
        case = make_case(uow, conversation_id=chat.id)
    clock.advance(minutes=3)
    replied_at = clock.now()
    for minutes in (0, 5):
        clock.advance(minutes=minutes)
        with runtime.unit_of_work(staff(agent)) as uow:
            service.reply(uow, case.id, "確認いたします。", key="form-1")
    found = read(runtime, case.id)
    assert found.first_reply_at == replied_at
    assert found.waiting_since is None
    assert (found.state, found.assignee_id) == (CaseState.OPEN, agent)
    with runtime.database.reading() as connection:
        said = conversations.thread(connection, chat.id)
    assert [message.text for message in said] == ["確認いたします。"]
    assert kinds(runtime, case.id).count(EntryKind.REPLIED) == 1


def test_without_a_chat_the_reply_goes_by_mail(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
        order = make_order(uow, make_shop(uow))
        case = make_case(uow, order_id=order.id, reason="delay")
    with runtime.unit_of_work(staff(agent)) as uow:
        replied = service.reply(uow, case.id, "お待たせしております。", subject="お届けについて")
    assert replied.conversation_id is not None
    with runtime.database.reading() as connection:
        thread = conversations.by_id(connection, replied.conversation_id)
        (message,) = conversations.thread(connection, replied.conversation_id)
    assert thread is not None
    assert (thread.channel, message.subject) == ("mail", "お届けについて")


def test_nobody_to_write_to_is_said_and_changes_nothing(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
        case = make_case(uow)
    with pytest.raises(service.Unreachable), runtime.unit_of_work(staff(agent)) as uow:
        service.reply(uow, case.id, "こんにちは")
    assert read(runtime, case.id).version == 1


def test_an_old_version_is_refused_and_changes_nothing(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        one, other = make_agent(uow, "one@desk.example"), make_agent(uow, "two@desk.example")
        case = make_case(uow)
    with runtime.unit_of_work(staff(one)) as uow:
        taken = service.take(uow, case.id, version=case.version)
    with pytest.raises(Stale), runtime.unit_of_work(staff(other)) as uow:
        service.take(uow, case.id, version=case.version)
    assert read(runtime, case.id) == taken
    assert taken.assignee_id == one


def test_resolving_wants_a_code_and_a_note_and_happens_once(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
        case = make_case(uow)
    with pytest.raises(Invalid) as refused, runtime.unit_of_work(staff(agent)) as uow:
        service.resolve(uow, case.id, code="answered", note=" ")
    assert set(refused.value.fields) == {"note"}
    with runtime.unit_of_work(staff(agent)) as uow:
        service.resolve(uow, case.id, code="answered", note="お伝えしました")
    with pytest.raises(AlreadyDone) as again, runtime.unit_of_work(staff(agent)) as uow:
        service.resolve(uow, case.id, code="answered", note="お伝えしました")
    assert (again.value.what, again.value.by) == ("resolved", f"staff:{agent}")


def test_snoozed_cases_come_back_by_themselves(runtime: Runtime, clock: StandingClock) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
        case = make_case(uow)
    until = clock.now().replace(hour=5)
    with pytest.raises(Invalid), runtime.unit_of_work(staff(agent)) as uow:
        service.snooze(uow, case.id, clock.now())
    with runtime.unit_of_work(staff(agent)) as uow:
        assert service.snooze(uow, case.id, until).state is CaseState.SNOOZED
    with runtime.unit_of_work(SYSTEM) as uow:
        assert service.wake_snoozed(uow) == 0
    clock.set(until)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert service.wake_snoozed(uow) == 1
    assert read(runtime, case.id).state is CaseState.OPEN


def test_a_return_is_approved_once_and_the_second_press_hears_by_whom(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        one, other = make_agent(uow, "one@desk.example"), make_agent(uow, "two@desk.example")
        case = make_return_case(uow, make_shop(uow))
    assert case.return_id is not None
    together = Barrier(2, timeout=20)

    def press(who: int) -> str | CaseView:
        together.wait()
        try:
            with runtime.unit_of_work(staff(who)) as uow:
                return deciding.approve_return(uow, case.id, version=case.version)
        except AlreadyDone as refused:
            return refused.by

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, (one, other)))
    (won,) = [answer for answer in answers if isinstance(answer, CaseView)]
    (by,) = [answer for answer in answers if isinstance(answer, str)]
    assert won.state is CaseState.WAITING_THIRD_PARTY
    assert by == f"staff:{won.assignee_id}"
    with runtime.database.reading() as connection:
        decided = returns.by_id(connection, case.return_id)
    assert (decided.state, decided.decided_by) == (ReturnState.APPROVED, by)
    drain(runtime)
    assert kinds(runtime, case.id).count(EntryKind.ACTED) == 1


def test_a_rejected_return_settles_its_case(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
        case = make_return_case(uow, make_shop(uow))
    with pytest.raises(Invalid), runtime.unit_of_work(staff(agent)) as uow:
        deciding.reject_return(uow, case.id, note=" ", version=case.version)
    with runtime.unit_of_work(staff(agent)) as uow:
        done = deciding.reject_return(uow, case.id, note="使用の跡があります", version=case.version)
    assert (done.state, done.resolution) == (CaseState.RESOLVED, "return_rejected")
    with pytest.raises(AlreadyDone), runtime.unit_of_work(staff(agent)) as uow:
        deciding.approve_return(uow, case.id, version=done.version)


def test_closing_gives_the_chat_back_to_the_bot(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow)
        case = make_case(uow, conversation_id=chat.id)
        service.resolve(uow, case.id, code="answered")
    with runtime.unit_of_work(SYSTEM) as uow:
        service.close(uow, case.id)
        assert talking.lock(uow, chat.id).owner is Owner.BOT
    with pytest.raises(IllegalTransition), runtime.unit_of_work(SYSTEM) as uow:
        service.reopen(uow, case.id)


def test_what_a_shop_speaks_is_kept_in_the_case(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        assert make_case(uow, language=Language.ENGLISH).language is Language.ENGLISH


def test_what_is_settled_takes_nothing_in_that_nobody_would_read(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow, order_id=make_order(uow, make_shop(uow)).id, reason="delay")
        service.resolve(uow, case.id, code="recovered")
    with runtime.unit_of_work(SYSTEM) as uow, pytest.raises(AlreadyDone):
        service.append(uow, case.id, "delay")


def test_an_inbox_built_anew_never_overwrites_what_changed_meanwhile(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        agent = make_agent(uow)
        case = make_case(uow)
    drain(runtime)

    def settle() -> None:
        with runtime.unit_of_work(staff(agent)) as uow:
            service.resolve(uow, case.id, code="answered", note="済み")
        drain(runtime)

    with ThreadPoolExecutor(1) as pool:
        with runtime.unit_of_work(SYSTEM) as uow:
            inbox.project(uow, [case.id], holds=True)
            settling = pool.submit(settle)
            with suppress(TimeoutError):
                settling.result(timeout=0.5)
        settling.result(timeout=20)
    with runtime.database.reading() as connection:
        found = connection.execute(text("SELECT state, is_active FROM case_inbox")).one()
    assert tuple(found) == ("resolved", False)


def test_a_second_return_of_one_order_can_be_decided_beside_the_first(runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        agent = make_agent(uow)
        order = make_delivered_order(uow, shop, items={"COFFEE": 2})
        asked = [
            operations.request(
                uow,
                Wanted(
                    order_id=order.id,
                    lines=[WantedLine(line_id=order.line_ids[0], quantity=1, reason=MIND)],
                    channel="webchat",
                    key=f"wish-{n}",
                ),
            ).view
            for n in range(2)
        ]
    drain(runtime)
    with runtime.database.reading() as connection:
        of_each = [queries.of_return(connection, one.id) for one in asked]
    for one in of_each:
        assert one is not None
        with runtime.unit_of_work(staff(agent)) as uow:
            deciding.approve_return(uow, one.id)
    with runtime.database.looking() as session:
        states = [returns.by_id(session, one.id).state for one in asked]
    assert states == [ReturnState.APPROVED] * 2
