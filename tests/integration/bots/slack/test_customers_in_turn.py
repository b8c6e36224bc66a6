"""What customers tell in Slack: kept before Slack is answered, dealt with once and in its order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bots import inbound
from bots.slack import people, queries
from bots.slack.customers import keeping, shapes
from bots.slack.customers.handling import MOST_TRIES
from bots.slack.models import SlackTold
from bots.slack.stage.acting import Player
from oms_service.access.states import Role
from oms_service.conversations.states import Owner
from oms_service.infra import relay
from oms_service.infra.outbox import EffectRow
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from tests.effects import settle
from tests.factories.files import a_photo
from tests.factories.staff import make_staff
from tests.integration.bots.slack.test_customers import (
    ELSEWHERE,
    files_of,
    heard,
    said_by_customer,
    talk,
)
from tests.slack_desk import SlackDesk


@pytest.fixture
def emma(desk: SlackDesk) -> Player:
    player = desk.slack.person("emma", real_name="Emma", team=ELSEWHERE)
    player.me.locale = "en-US"
    return player


def rows(desk: SlackDesk) -> list[tuple[str, dict[str, Any], bool]]:
    with desk.runtime.database.looking() as session:
        told = session.scalars(select(SlackTold).order_by(SlackTold.id))
        return [(one.user, one.content, one.handled_at is not None) for one in told]


def due(desk: SlackDesk) -> list[int]:
    """The effects that the relay has planned."""
    drain(desk.runtime)
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        return sorted(uow.session.scalars(select(EffectRow.id)))


def test_slack_is_answered_before_anything_is_asked_or_fetched(
    desk: SlackDesk, emma: Player
) -> None:
    before = len(desk.slack.stage.calls)
    emma.tell_bot("Here it is", files=[("cup.jpg", a_photo())])
    emma.ask_assistant()
    asked = [one.method for one in desk.slack.stage.calls[before:]]
    assert "users.info" not in asked
    assert "assistant.threads.setSuggestedPrompts" not in asked
    assert [done for *_, done in rows(desk)] == [False, False]
    assert files_of(desk) == [("cup.jpg", False, True)]
    assert [(user, said, done) for user, said, done in rows(desk)] == [("", {}, True)] * 2


def test_whoever_dies_between_keeping_and_settling_has_answered_once(
    desk: SlackDesk, emma: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    emma.tell_bot("Where is my order?")
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "settle", _die)
        for effect_id in due(desk):
            assert not relay.run_effect(desk.runtime.tools, effect_id)
    assert [done for *_, done in rows(desk)] == [False]
    assert len(heard(desk, emma)) == 2
    assert said_by_customer(desk, emma) == ["Where is my order?"]
    assert [done for *_, done in rows(desk)] == [True]


def test_what_comes_in_another_order_is_dealt_with_in_the_one_it_was_said_in(
    desk: SlackDesk, emma: Player
) -> None:
    said = [
        {
            "channel": emma.direct.id,
            "user": emma.me.id,
            "ts": f"1790000000.00000{nth}",
            "text": word,
        }
        for nth, word in ((3, "third"), (1, "first"), (2, "second"))
    ]
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        workspace = queries.workspace(uow.session, desk.workspace_id)
        assert workspace is not None
        for one in said:
            happened = shapes.written(one)
            assert happened is not None
            assert keeping.keep(uow, workspace, happened)
            assert not keeping.keep(uow, workspace, happened)
    assert said_by_customer(desk, emma) == ["first", "second", "third"]


def test_two_workers_at_the_same_time_answer_each_once_and_in_order(
    desk: SlackDesk, emma: Player
) -> None:
    lines = ["Hello", "Where is my order?", "A-10423"]
    for line in lines:
        emma.tell_bot(line)
    with ThreadPoolExecutor(4) as pool:
        effects = [one for one in due(desk) for _ in range(2)]
        list(pool.map(lambda one: relay.run_effect(desk.runtime.tools, one), effects))
    settle(desk.runtime)
    assert said_by_customer(desk, emma) == lines
    assert len(heard(desk, emma)) == 1 + len(lines)


def test_what_cannot_be_dealt_with_goes_to_people_and_the_rest_goes_on(
    desk: SlackDesk, emma: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    receive = inbound.receive

    def break_down(runtime: Any, conversation_id: int, incoming: Any, **more: Any) -> Any:
        if incoming.text == "This breaks":
            raise ZeroDivisionError
        return receive(runtime, conversation_id, incoming, **more)

    monkeypatch.setattr(inbound, "receive", break_down)
    emma.tell_bot("This breaks")
    emma.tell_bot("Hello?")
    for _ in range(MOST_TRIES):
        settle(desk.runtime)
    assert said_by_customer(desk, emma) == ["This breaks", "Hello?"]
    assert talk(desk, emma).owner is Owner.PEOPLE
    assert all(done for *_, done in rows(desk))


def test_who_becomes_a_colleague_meanwhile_is_no_customer(desk: SlackDesk) -> None:
    visitor = desk.stranger()
    visitor.tell_bot("hello")
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        person = people.seen(uow, desk.workspace_id, visitor.me.id)
        people.link(uow, person.id, make_staff(uow, Role.AGENT).id)
    assert heard(desk, visitor) == []
    assert rows(desk) == [("", {}, True)]


def test_what_was_told_before_we_were_put_out_is_forgotten(desk: SlackDesk, emma: Player) -> None:
    emma.tell_bot("Hello")
    emma.uninstall()
    settle(desk.runtime)
    assert rows(desk) == [("", {}, True)]


def test_rows_go_when_nobody_tells_them_again_and_words_after_a_month(
    desk: SlackDesk, emma: Player
) -> None:
    emma.tell_bot("Hello")
    settle(desk.runtime)
    emma.tell_bot("Are you there?")
    desk.clock.advance(seconds=keeping.KEPT.total_seconds() + 1)
    assert swept(desk) == 1
    desk.clock.advance(seconds=(keeping.WAITING_KEPT - keeping.KEPT + timedelta(1)).total_seconds())
    assert swept(desk) == 1
    assert rows(desk) == []


def swept(desk: SlackDesk) -> int:
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        return keeping.forget_old(uow)


def _die(*_given: object) -> None:
    raise ConnectionError
