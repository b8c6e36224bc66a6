"""What waits for a channel stands there once, in order, at Slack's pace, whatever fails."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bots.slack import lanes, queries
from bots.slack.couriers import MARK, Draw, Drawn, Sending
from bots.slack.states import PostKind, PostState
from bots.slack.views import PostView
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.slack_desk import SlackDesk

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "…"}}


class Words:
    """Draws what was last written down for a key; counts how often it was asked."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}
        self.drawn: list[str] = []

    def __call__(self, house: Runtime, post: PostView) -> Drawn | None:
        self.drawn.append(post.key)
        text = self.of.get(post.key, post.key)
        return (
            Drawn(text, [{**SECTION, "text": {"type": "mrkdwn", "text": text}}]) if text else None
        )


@pytest.fixture
def words() -> Words:
    return Words()


@pytest.fixture
def sending(desk: SlackDesk, words: Words) -> Sending:
    draws: dict[PostKind, Draw] = dict.fromkeys(PostKind, words)
    return desk.sending(draws)


@pytest.fixture
def channel(desk: SlackDesk) -> str:
    return desk.slack.channel("cases")


def lane(desk: SlackDesk, slack_id: str) -> int:
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        return lanes.know(uow, desk.workspace_id, slack_id, name="cases", language=Language.ENGLISH)


def queue(desk: SlackDesk, lane_id: int, *keys: str) -> None:
    for key in keys:
        with desk.runtime.unit_of_work(SYSTEM) as uow:
            lanes.say(uow, lane_id, PostKind.TOLD, key, {})
        desk.clock.advance(milliseconds=1)


def shown(desk: SlackDesk, channel: str) -> list[str]:
    book = desk.slack.book
    return book.texts(book.channels.get(channel))


def calls(desk: SlackDesk, method: str) -> list[Any]:
    return desk.slack.stage.of(method)


def states(desk: SlackDesk) -> dict[str, str]:
    with desk.runtime.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT key, state FROM slack_posts ORDER BY id")
        return {row.key: row.state for row in rows}


def test_posts_leave_once_and_in_order_though_queued_twice(
    desk: SlackDesk, sending: Sending, channel: str
) -> None:
    here = lane(desk, channel)
    queue(desk, here, "one", "two", "one", "three")
    assert desk.bring(sending) == 3
    assert shown(desk, channel) == ["one", "two", "three"]
    assert states(desk) == dict.fromkeys(("one", "two", "three"), "sent")


def test_a_channel_gets_one_post_a_second(desk: SlackDesk, sending: Sending, channel: str) -> None:
    here = lane(desk, channel)
    queue(desk, here, "one", "two")
    with desk.app.app_context():
        assert sending.step()
        assert not sending.step()
        desk.clock.advance(seconds=0.9)
        assert not sending.step()
        desk.clock.advance(seconds=0.2)
        assert sending.step()
    assert shown(desk, channel) == ["one", "two"]


def test_slacks_own_pace_is_never_met(desk: SlackDesk, sending: Sending, channel: str) -> None:
    desk.slack.stage.pace.is_on = True
    here = lane(desk, channel)
    queue(desk, here, *(f"p{number}" for number in range(20)))
    assert desk.bring(sending) == 20
    assert len(calls(desk, "chat.postMessage")) == 20


def test_channels_do_not_wait_for_each_other(desk: SlackDesk, sending: Sending) -> None:
    many = [desk.slack.channel(f"c{number}") for number in range(4)]
    for slack_id in many:
        queue(desk, lane(desk, slack_id), f"in {slack_id}")
    with desk.app.app_context():
        assert [sending.step() for _ in range(5)] == [True] * 4 + [False]


def test_a_rest_that_slack_asks_for_is_kept_and_costs_no_order(
    desk: SlackDesk, sending: Sending, channel: str
) -> None:
    here = lane(desk, channel)
    queue(desk, here, "one", "two")
    desk.slack.stage.faults.add(method="chat.postMessage", retry_after_s=30)
    with desk.app.app_context():
        assert sending.step()
        desk.clock.advance(seconds=29)
        assert not sending.step()
        desk.clock.advance(seconds=2)
        assert sending.step()
    assert shown(desk, channel) == ["one"]
    assert desk.bring(sending) == 1
    assert shown(desk, channel) == ["one", "two"]
    assert calls(desk, "conversations.history") == []  # nothing was in doubt


def test_a_line_that_breaks_after_the_post_was_taken_posts_it_once(
    desk: SlackDesk, sending: Sending, channel: str
) -> None:
    here = lane(desk, channel)
    queue(desk, here, "one", "two")
    desk.slack.stage.faults.add(method="chat.postMessage", is_dropped=True, after=True)
    assert desk.bring(sending) == 3
    assert shown(desk, channel) == ["one", "two"]
    assert len(calls(desk, "chat.postMessage")) == 2


def test_a_line_that_breaks_before_is_tried_again_in_its_place(
    desk: SlackDesk, sending: Sending, channel: str
) -> None:
    here = lane(desk, channel)
    queue(desk, here, "one", "two")
    desk.slack.stage.faults.add(method="chat.postMessage", is_dropped=True, times=2)
    desk.bring(sending)
    assert shown(desk, channel) == ["one", "two"]


def test_an_hour_without_slack_loses_nothing(
    desk: SlackDesk, sending: Sending, channel: str
) -> None:
    here = lane(desk, channel)
    queue(desk, here, *(f"p{number}" for number in range(5)))
    fault = desk.slack.stage.faults.add(times=10_000, status=503)
    with desk.app.app_context():
        for _ in range(70):
            sending.step()
            desk.clock.advance(seconds=60)
    assert shown(desk, channel) == []
    fault.times = 0
    desk.bring(sending)
    assert shown(desk, channel) == [f"p{number}" for number in range(5)]


def test_a_courier_that_dies_leaves_its_post_to_the_next(
    desk: SlackDesk, sending: Sending, channel: str
) -> None:
    here = lane(desk, channel)
    queue(desk, here, "one", "two")
    with desk.app.app_context():
        taken = sending._take()
        assert taken is not None
        assert taken.key == "one"
        assert not sending.step()  # its channel is leased
        desk.clock.advance(seconds=61)
    desk.bring(sending)
    assert shown(desk, channel) == ["one", "two"]


def test_a_courier_that_dies_after_slack_took_it_posts_nothing_twice(
    desk: SlackDesk, sending: Sending, channel: str
) -> None:
    here = lane(desk, channel)
    queue(desk, here, "one")
    with desk.app.app_context():
        assert sending._take() is not None
    posted = {"event_type": MARK, "event_payload": {"key": "one"}}
    from bots.slack.workspaces import slack_of  # noqa: PLC0415

    said = {"channel": channel, "text": "one", "metadata": posted}
    slack_of(desk.runtime, desk.workspace_id).call("chat.postMessage", said)
    desk.clock.advance(seconds=61)
    desk.bring(sending)
    assert shown(desk, channel) == ["one"]
    assert states(desk) == {"one": "sent"}


def test_many_couriers_at_once_send_each_post_once(
    desk: SlackDesk, sending: Sending, channel: str
) -> None:
    here = lane(desk, channel)
    queue(desk, here, *(f"p{number}" for number in range(12)))
    begin = threading.Barrier(4)

    def work() -> None:
        begin.wait()
        with desk.app.app_context():
            while desk.waits():
                sending.step()
                desk.clock.advance(milliseconds=300)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work) for _ in range(4)]:
            done.result()
    assert shown(desk, channel) == [f"p{number}" for number in range(12)]


def test_what_slack_never_takes_is_put_aside_and_the_rest_goes_on(
    desk: SlackDesk, sending: Sending, channel: str
) -> None:
    here = lane(desk, channel)
    queue(desk, here, "one", "two")
    desk.slack.stage.faults.add(method="chat.postMessage", error="invalid_blocks")
    desk.bring(sending)
    assert shown(desk, channel) == ["two"]
    assert states(desk) == {"one": "failed", "two": "sent"}


def test_what_cannot_be_drawn_is_put_aside_too(desk: SlackDesk, channel: str, words: Words) -> None:
    def draw(house: Runtime, post: PostView) -> Drawn | None:
        if post.key == "one":
            raise ValueError("no")
        return words(house, post)

    here = lane(desk, channel)
    queue(desk, here, "one", "two")
    desk.bring(desk.sending({PostKind.TOLD: draw}))
    assert shown(desk, channel) == ["two"]
    assert states(desk) == {"one": "failed", "two": "sent"}


def test_what_is_not_wanted_any_more_is_not_posted(
    desk: SlackDesk, sending: Sending, channel: str, words: Words
) -> None:
    here = lane(desk, channel)
    queue(desk, here, "one", "two")
    words.of["one"] = ""
    desk.bring(sending)
    assert shown(desk, channel) == ["two"]
    assert states(desk) == {"one": "dropped", "two": "sent"}


def test_an_archived_channel_waits_and_goes_on_when_it_is_back(
    desk: SlackDesk, sending: Sending, channel: str
) -> None:
    here = lane(desk, channel)
    queue(desk, here, "one", "two")
    book = desk.slack.book
    book.channels.archive(book.channels.get(channel))
    with desk.app.app_context():
        assert sending.step()
        desk.clock.advance(seconds=5)
        assert not sending.step()
    with desk.runtime.database.reading() as connection:
        found = queries.channel(connection, here)
    assert found is not None
    assert found.trouble == "is_archived"
    book.channels.unarchive(book.channels.get(channel))
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        assert lanes.try_again(uow) == 1
    desk.bring(sending)
    assert shown(desk, channel) == ["one", "two"]


def test_nothing_is_sent_where_we_are_let_in_no_more(
    desk: SlackDesk, sending: Sending, channel: str
) -> None:
    here = lane(desk, channel)
    queue(desk, here, "one", "two")
    desk.slack.book.is_installed = False
    with desk.app.app_context():
        assert sending.step()
        desk.clock.advance(seconds=5)
        assert not sending.step()
    with desk.runtime.database.reading() as connection:
        (found,) = queries.workspaces(connection)
    assert found.trouble == "account_inactive"
    assert states(desk) == {"one": PostState.WAITING, "two": PostState.WAITING}
