"""Customers in Slack: the bot of the chat answers in direct messages, once, and people after it."""

import dataclasses
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from bots.slack import fetching, queries
from bots.slack.client import Refused
from bots.slack.stage.acting import Player
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.channels import SLACK
from oms_service.conversations.states import AuthorKind, DeliveryState, Owner
from oms_service.conversations.views import ConversationView
from oms_service.infra import relay
from oms_service.infra.outbox import EffectRow
from oms_service.kernel.actors import SYSTEM
from oms_service.relay import drain
from tests.effects import settle
from tests.factories.files import a_photo
from tests.factories.orders import MAIL, make_shipped_order
from tests.factories.shop import Shop, make_shop
from tests.fakes.slack import TOKEN
from tests.slack_desk import SlackDesk

NUMBER = "A-10423"
ELSEWHERE = "T0000OTHER"


@pytest.fixture
def shop(desk: SlackDesk) -> Shop:
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        shop = make_shop(uow)
        make_shipped_order(uow, shop, number=NUMBER)
    settle(desk.runtime)
    return shop


@pytest.fixture
def emma(desk: SlackDesk, shop: Shop) -> Player:
    player = desk.slack.person("emma", real_name="Emma", team=ELSEWHERE)
    player.me.locale = "en-US"
    return player


def heard(desk: SlackDesk, player: Player, thread: str = "") -> list[dict[str, Any]]:
    """What the bot has said in their direct message, or in a thread of it."""
    settle(desk.runtime)
    there = desk.slack.book.channels.get(player.direct.id).messages
    return [
        there[ts]
        for ts in sorted(there)
        if there[ts].get("bot_id") and there[ts].get("thread_ts", "") == thread and ts != thread
    ]


def words(message: Mapping[str, Any]) -> str:
    """All words of a message's blocks."""
    found = []
    for block in message["blocks"]:
        texts = [block.get("text"), *block.get("elements", ())]
        found += [one["text"] for one in texts if one and isinstance(one.get("text"), str)]
    return "\n".join(found)


def talk(desk: SlackDesk, player: Player) -> ConversationView:
    settle(desk.runtime)
    with desk.runtime.database.reading() as connection:
        key = f"{desk.slack.book.ground.team}:{player.direct.id}"
        found = conversations.open_of(connection, SLACK, key)
    assert found is not None
    return found


def said_by_customer(desk: SlackDesk, player: Player) -> list[str]:
    with desk.runtime.database.reading() as connection:
        thread = conversations.thread(connection, talk(desk, player).id)
    return [one.text for one in thread if one.author_kind is AuthorKind.CUSTOMER]


@pytest.mark.parametrize(
    ("locale", "asks", "greets", "title", "window"),
    [
        ("en-US", "Where is my order?", "Hello", "Order A-10423", "Mon 23"),
        ("ja-JP", "注文はどこですか", "こんにちは", "ご注文 A-10423", "11月23日"),
    ],
)
def test_somebody_asks_where_their_order_is(
    desk: SlackDesk, emma: Player, locale: str, asks: str, greets: str, title: str, window: str
) -> None:
    emma.me.locale = locale
    for words_of_hers in (asks, NUMBER, MAIL):
        emma.tell_bot(words_of_hers)
    said = heard(desk, emma)
    assert len(said) == 4
    assert words(said[0]).startswith(greets)
    assert title in words(said[-1])
    assert window in words(said[-1])
    assert "●●●○○" in words(said[-1])
    assert said_by_customer(desk, emma) == [asks, NUMBER, MAIL]
    assert desk.slack.book.whispered(emma.me.id) == []
    with desk.runtime.database.reading() as connection:
        team = desk.slack.book.ground.team
        known = queries.of_team(connection, team)
        assert known is not None
        # Who is a customer is known by their conversation, and stands in no list of people.
        assert queries.person(connection, known.id, emma.me.id) is None


def test_a_number_without_its_proof_is_like_one_that_is_not_there(
    desk: SlackDesk, emma: Player
) -> None:
    other = desk.slack.person("other", team=ELSEWHERE)
    other.me.locale = "en-US"
    for player, number in ((emma, NUMBER), (other, "A-99999")):
        for line in ("Where is my order?", number, "nobody@example.jp"):
            player.tell_bot(line)
    hers, theirs = (
        [words(one).replace(number, "#") for one in heard(desk, player)]
        for player, number in ((emma, NUMBER), (other, "A-99999"))
    )
    assert hers == theirs


def test_what_slack_tells_again_is_answered_once(desk: SlackDesk, emma: Player) -> None:
    emma.tell_bot("Where is my order?")
    told = list(emma.heard)
    for answer in told:
        assert emma.post.again(answer).status == 200
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: emma.post.again(told[0]).status, range(4)))
    assert again == [200] * 4
    assert len(heard(desk, emma)) == 2
    emma.deliver_echoes()
    assert len(heard(desk, emma)) == 2
    assert said_by_customer(desk, emma) == ["Where is my order?"]


def test_a_button_counts_once_however_often_it_is_pressed(desk: SlackDesk, emma: Player) -> None:
    emma.tell_bot("Hello")
    before = heard(desk, emma)
    shown = next(one for one in before if any(b["type"] == "actions" for b in one["blocks"]))
    (row,) = (one for one in shown["blocks"] if one["type"] == "actions")
    first = row["elements"][0]
    answers = [emma.press(emma.direct.id, shown["ts"], first["action_id"]) for _ in range(3)]
    assert [one.status for one in answers] == [200] * 3
    after = heard(desk, emma)
    assert len(after) == len(before) + 1
    assert said_by_customer(desk, emma) == ["Hello", first["text"]["text"]]


def test_a_button_of_nobodys_making_does_nothing(desk: SlackDesk, emma: Player) -> None:
    emma.tell_bot("Where is my order?")
    shown = heard(desk, emma)[-1]
    for value in ("refund:1", "x" * 1_999, "a\x00b"):
        shown["blocks"] = [
            {
                "type": "actions",
                "block_id": "own",
                "elements": [
                    {
                        "type": "button",
                        "action_id": "chat:7",
                        "value": value,
                        "text": {"type": "plain_text", "text": "Where is my order?"},
                    }
                ],
            }
        ]
        assert emma.press(emma.direct.id, shown["ts"], "chat:7").status == 200
    # It is as if they had written what stood on it, once.
    assert said_by_customer(desk, emma) == ["Where is my order?"] * 2


def test_a_colleague_is_told_how_to_say_who_they_are(desk: SlackDesk, shop: Shop) -> None:
    visitor = desk.stranger()
    visitor.tell_bot("hello")
    visitor.tell_bot(NUMBER)
    settle(desk.runtime)
    (whisper,) = desk.slack.book.whispered(visitor.me.id)
    assert "/desk/slack/link/" in whisper["text"]
    assert all("佐藤" not in words(one) for one in heard(desk, visitor))


def test_colleagues_are_answered_as_colleagues(desk: SlackDesk, shop: Shop) -> None:
    player, _staff = desk.colleague("Grace Taylor")
    player.tell_bot(NUMBER)
    settle(desk.runtime)
    with desk.runtime.database.reading() as connection:
        key = f"{desk.slack.book.ground.team}:{player.direct.id}"
        assert conversations.sender_of(connection, SLACK, key) is None


def test_people_take_over_and_their_answer_stands_there(desk: SlackDesk, emma: Player) -> None:
    emma.tell_bot("I want to talk to a person")
    settle(desk.runtime)
    conversation = talk(desk, emma)
    assert conversation.owner is Owner.PEOPLE
    before = len(heard(desk, emma))
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        talking.say(
            uow,
            conversation.id,
            author_kind=AuthorKind.AGENT,
            text="See <!channel> https://shop.example/a_b_c, *please*.",
            key="by-hand",
        )
    said = heard(desk, emma)
    assert len(said) == before + 1
    text = said[-1]["blocks"][0]["text"]["text"]
    assert "<!channel>" not in text
    assert "<https://shop.example/a_b_c|" in text
    emma.tell_bot("Thank you")
    assert len(heard(desk, emma)) == before + 1


def test_what_is_written_otherwise_is_said_anew_and_what_is_deleted_is_gone(
    desk: SlackDesk, emma: Player
) -> None:
    emma.tell_bot("Where is my order?")
    message = emma.tell_bot("A-1")
    settle(desk.runtime)
    emma.edit(emma.direct.id, message["ts"], NUMBER)
    assert said_by_customer(desk, emma) == ["Where is my order?", "A-1", NUMBER]
    emma.take_back(emma.direct.id, message["ts"])
    first, gone, *_ = said_by_customer(desk, emma)
    assert (first, "A-1" in gone) == ("Where is my order?", False)


def files_of(desk: SlackDesk) -> list[tuple[str, bool, bool]]:
    settle(desk.runtime)
    with desk.runtime.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, is_internal, message_id FROM attachments ORDER BY id"
        )
        return [(row.name, row.is_internal, row.message_id is not None) for row in rows]


def test_a_picture_reaches_the_conversation_once(desk: SlackDesk, emma: Player) -> None:
    emma.tell_bot("Here it is", files=[("cup.jpg", a_photo())])
    for answer in list(emma.heard):
        emma.post.again(answer)
    assert files_of(desk) == [("cup.jpg", False, True)]


@pytest.mark.parametrize("content", [b"MZ\x90\x00 a program", b"<!DOCTYPE html><p>x</p>"])
def test_what_is_no_picture_is_said_not_to_be_read(
    desk: SlackDesk, emma: Player, content: bytes
) -> None:
    emma.tell_bot(files=[("cup.exe", content)])
    assert files_of(desk) == []
    assert len(heard(desk, emma)) == 2


def test_a_token_is_shown_to_nobody_but_slack(desk: SlackDesk, emma: Player) -> None:
    message = emma.tell_bot("Hello")
    for address in (
        "https://files.slack.com.evil.example/cup.jpg",
        "https://files.slack.com@evil.example/cup.jpg",
        "http://files.slack.com/cup.jpg",
        "https://files.slack.com:8443/cup.jpg",
        "file:///etc/passwd",
        "",
    ):
        with pytest.raises(Refused):
            fetching.fetch(desk.runtime, desk.workspace_id, {"url_private": address})
    assert message["ts"]


def test_slacks_page_to_sign_in_is_no_file(desk: SlackDesk, emma: Player) -> None:
    seat = desk.slack.stage.seats[TOKEN]
    desk.slack.stage.seats[TOKEN] = dataclasses.replace(seat, scopes=seat.scopes - {"files:read"})
    emma.tell_bot(files=[("cup.jpg", a_photo())])
    assert files_of(desk) == []
    assert len(heard(desk, emma)) == 2


def test_a_thread_of_the_assistants_pane_is_a_conversation_of_its_own(
    desk: SlackDesk, emma: Player
) -> None:
    thread = emma.ask_assistant()
    emma.tell_bot("Where is my order?", thread_ts=thread)
    emma.tell_bot("Hello")
    inside, outside = heard(desk, emma, thread), heard(desk, emma)
    assert len(inside) == 2
    assert "order number" in words(inside[-1])
    assert not any("order number?" in words(one) for one in outside)
    (shown,) = desk.slack.book.assistant.values()
    assert [one["title"] for one in shown["prompts"]] == [
        "Where is my order?",
        "Return something",
        "Talk to a person",
    ]


def test_an_answer_that_got_lost_is_found_and_not_posted_again(
    desk: SlackDesk, emma: Player
) -> None:
    emma.tell_bot("Hello")
    desk.slack.stage.faults.add(method="chat.postMessage", is_dropped=True, after=True)
    assert len(heard(desk, emma)) == 2
    assert len({words(one) for one in heard(desk, emma)}) == 2


def test_slack_asks_for_a_rest_and_gets_it(desk: SlackDesk, emma: Player) -> None:
    emma.tell_bot("Hello")
    desk.slack.stage.faults.add(method="chat.postMessage", retry_after_s=30)
    drain(desk.runtime)
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        due = sorted(uow.session.scalars(select(EffectRow.id)))
    for effect_id in due:
        relay.run_effect(desk.runtime.tools, effect_id)
    assert len(heard(desk, emma)) == 2


def test_a_workspace_that_has_let_us_go_is_not_written_to(desk: SlackDesk, emma: Player) -> None:
    emma.tell_bot("Hello")
    thread_id = talk(desk, emma).id
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        talking.say(uow, thread_id, author_kind=AuthorKind.AGENT, text="Hello?", key="by-hand")
    emma.uninstall()
    calls = len(desk.slack.stage.of("chat.postMessage"))
    settle(desk.runtime)
    assert len(desk.slack.stage.of("chat.postMessage")) == calls
    with desk.runtime.database.reading() as connection:
        thread = conversations.thread(connection, thread_id)
    (said,) = (one for one in thread if one.author_kind is AuthorKind.AGENT)
    assert said.state is DeliveryState.FAILED
