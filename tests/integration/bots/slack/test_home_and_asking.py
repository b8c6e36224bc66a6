"""Home, the command, shortcuts, links and our name: the desk's own lists, as the desk has them."""

from typing import Any

import pytest

from bots.slack.home.publishing import Drawing
from bots.slack.stage.acting import Player
from cases import queries as cases
from cases import service
from cases.routing import queries as routing
from cases.routing.states import Presence
from cases.views import CaseView
from oms_service.access.queries import StaffView
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.actors import staff as a_colleague
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from tests.effects import settle
from tests.factories.cases import make_case
from tests.factories.orders import make_order
from tests.factories.shop import Shop, make_shop
from tests.slack_desk import SlackDesk


@pytest.fixture
def shop(desk: SlackDesk) -> Shop:
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


@pytest.fixture
def rin(desk: SlackDesk) -> tuple[Player, StaffView]:
    return desk.colleague("Rin Mori", Role.AGENT)


@pytest.fixture
def room(desk: SlackDesk, rin: tuple[Player, StaffView]) -> str:
    return desk.slack.channel("general", rin[0])


def a_case(desk: SlackDesk, shop: Shop, **given: Any) -> CaseView:
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        made = make_case(uow, customer_id=shop.customer_id, **given)
    drain(desk.runtime)
    return made


def taken(desk: SlackDesk, case: CaseView, staff: StaffView) -> None:
    with desk.runtime.unit_of_work(a_colleague(staff.id)) as uow:
        service.take(uow, case.id)
    drain(desk.runtime)


# Home


def test_a_colleagues_home_shows_what_they_have_in_their_language(
    desk: SlackDesk, shop: Shop
) -> None:
    case = a_case(desk, shop)
    english, staff = desk.colleague("Rin Mori")
    japanese, _aoi = desk.colleague("Aoi Tanaka", language=Language.JAPANESE)
    taken(desk, case, staff)
    english.open_home()
    japanese.open_home()
    assert case.number in str(english.home)
    assert "Take the next case" in str(english.home)
    assert "Take the next case" not in str(japanese.home)
    assert "次の受付" in str(japanese.home)


def test_a_stranger_sees_how_to_link_and_nothing_else(desk: SlackDesk, shop: Shop) -> None:
    case = a_case(desk, shop)
    visitor = desk.stranger()
    visitor.open_home()
    assert "/desk/slack/link/" in str(visitor.home)
    assert case.number not in str(visitor.home)


def test_home_is_drawn_anew_when_something_changes_and_many_changes_once(
    desk: SlackDesk, shop: Shop, rin: tuple[Player, StaffView]
) -> None:
    player, staff = rin
    player.open_home()
    drawing = Drawing(desk.runtime)
    first, second = a_case(desk, shop), a_case(desk, shop)
    taken(desk, first, staff)
    taken(desk, second, staff)
    before = len(desk.slack.stage.of("views.publish"))
    with desk.app.app_context():
        assert not drawing.step()  # it was drawn a moment ago
        desk.clock.advance(seconds=6)
        assert drawing.step()
        assert not drawing.step()
    assert len(desk.slack.stage.of("views.publish")) == before + 1
    assert first.number in str(player.home)
    assert second.number in str(player.home)


def test_a_home_that_nobody_looks_at_is_not_drawn(
    desk: SlackDesk, shop: Shop, rin: tuple[Player, StaffView]
) -> None:
    player, staff = rin
    player.open_home()
    desk.clock.advance(hours=13)
    taken(desk, a_case(desk, shop), staff)
    with desk.app.app_context():
        assert not Drawing(desk.runtime).step()


def test_presence_is_set_at_home_and_by_command(
    desk: SlackDesk, rin: tuple[Player, StaffView], room: str
) -> None:
    player, staff = rin
    player.open_home()
    player.press_at_home("case:presence", choose="away")
    with desk.runtime.database.reading() as connection:
        assert routing.agent(connection, staff.id).presence is Presence.AWAY
    player.command(room, "/case", "back")
    with desk.runtime.database.reading() as connection:
        assert routing.agent(connection, staff.id).presence is Presence.PRESENT
    player.command(room, "/case", "離席")
    with desk.runtime.database.reading() as connection:
        assert routing.agent(connection, staff.id).presence is Presence.AWAY


# The command


def answered(player: Player, room: str, words: str) -> str:
    answer = player.command(room, "/case", words)
    assert answer.status == 200
    return answer.text


def test_the_command_lists_finds_and_shows(
    desk: SlackDesk, shop: Shop, rin: tuple[Player, StaffView], room: str
) -> None:
    player, staff = rin
    assert "Nothing waits for you" in answered(player, room, "mine")
    case = a_case(desk, shop)
    taken(desk, case, staff)
    assert case.number in answered(player, room, "mine")
    assert case.number in answered(player, room, case.number)
    assert case.number in answered(player, room, case.number.lower())
    assert case.number in answered(player, room, f"find {case.number}")
    assert "/case mine" in answered(player, room, "")
    assert "/case mine" in answered(player, room, "ヘルプ")


def test_an_order_is_shown_by_its_number(
    desk: SlackDesk, shop: Shop, rin: tuple[Player, StaffView], room: str
) -> None:
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    drain(desk.runtime)
    with desk.runtime.database.reading() as connection:
        number = connection.exec_driver_sql(
            "SELECT number FROM orders WHERE id = %s", (order.id,)
        ).scalar_one()
    assert number in answered(rin[0], room, number)


def test_unknown_and_foreign_numbers_look_the_same(desk: SlackDesk, shop: Shop, room: str) -> None:
    case = a_case(desk, shop)
    player, staff = desk.colleague("Aoi Tanaka", Role.AGENT)
    with desk.runtime.database.reading() as connection:
        other = connection.exec_driver_sql(
            "SELECT id FROM queues WHERE id <> %s LIMIT 1", (case.queue_id,)
        ).scalar_one()
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        uow.session.connection().exec_driver_sql(
            "INSERT INTO staff_scopes (staff_id, kind, target_id) VALUES (%s, 'queue', %s)",
            (staff.id, other),
        )
    desk.slack.book.channels.get(room).members.append(player.me.id)
    foreign = answered(player, room, case.number)
    unknown = answered(player, room, "C-9999")
    assert foreign.replace(case.number, "C-9999") == unknown


def test_next_takes_the_most_pressing_case_once(
    desk: SlackDesk, shop: Shop, rin: tuple[Player, StaffView], room: str
) -> None:
    player, staff = rin
    player.command(room, "/case", "away")  # nothing is given to who is away
    case = a_case(desk, shop, language=Language.ENGLISH)
    a_case(desk, shop, language=Language.ENGLISH)
    answer = player.command(room, "/case", "next")
    again = player.post.again(answer)
    assert case.number in answer.text
    assert again.status == 200
    with desk.runtime.database.reading() as connection:
        assert cases.by_id(connection, case.id).assignee_id == staff.id
        mine = "SELECT count(*) FROM cases WHERE assignee_id = %s"
        assert connection.exec_driver_sql(mine, (staff.id,)).scalar_one() == 1


def test_a_stranger_is_told_how_to_link_and_shown_nothing(
    desk: SlackDesk, shop: Shop, room: str
) -> None:
    case = a_case(desk, shop)
    visitor = desk.stranger()
    desk.slack.book.channels.get(room).members.append(visitor.me.id)
    for words in ("mine", "next", case.number, "find a", "new", "away"):
        said = answered(visitor, room, words)
        assert "/desk/slack/link/" in said, words
        assert "佐藤" not in said


# Opening, and keeping


def test_a_case_is_opened_by_command_about_an_order(
    desk: SlackDesk, shop: Shop, rin: tuple[Player, StaffView], room: str
) -> None:
    player, _staff = rin
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, shop)
    with desk.runtime.database.reading() as connection:
        number = connection.exec_driver_sql(
            "SELECT number FROM orders WHERE id = %s", (order.id,)
        ).scalar_one()
    player.command(room, "/case", f"new {number}")
    wrong = player.submit(order="A-999999", text="They called: the box is torn.")
    assert "response_action" in wrong.text
    player.command(room, "/case", f"new {number}")
    player.submit(text="They called: the box is torn.")
    with desk.runtime.database.reading() as connection:
        (case_id,) = cases.ids_of_order(connection, order.id, limit=5)
        notes = cases.notes(connection, [case_id])
    assert [one.text for one in notes] == ["They called: the box is torn."]


def test_a_message_is_kept_as_a_note_once(
    desk: SlackDesk, shop: Shop, rin: tuple[Player, StaffView], room: str
) -> None:
    player, _staff = rin
    case = a_case(desk, shop)
    said = player.say(room, "The driver says it is in Osaka.")
    for _ in range(2):
        player.shortcut_at(room, said["ts"], "case:add")
        player.submit(case=case.number)
    with desk.runtime.database.reading() as connection:
        notes = cases.notes(connection, [case.id])
    assert [one.text for one in notes] == ["The driver says it is in Osaka."]


# Links, and our name


def test_links_say_what_they_lead_to_and_not_whose_it_is(
    desk: SlackDesk, shop: Shop, rin: tuple[Player, StaffView], room: str
) -> None:
    player, _staff = rin
    case = a_case(desk, shop)
    base = desk.runtime.settings.public_url
    host = base.split("//")[1]
    player.hosts = (host,)
    player.say(room, f"look at {base}/desk/cases/{case.number}")
    player.say(room, f"look at {base}/desk/cases/C-9999")
    (call,) = desk.slack.stage.of("chat.unfurl")
    assert case.number in str(call.said["unfurls"])
    assert "佐藤" not in str(call.said["unfurls"])


def test_our_name_with_a_number_is_answered_in_the_thread(
    desk: SlackDesk, shop: Shop, rin: tuple[Player, StaffView], room: str
) -> None:
    player, _staff = rin
    case = a_case(desk, shop)
    bot = desk.slack.book.bot.id
    said = player.say(room, f"<@{bot}> {case.number}")
    (call,) = desk.slack.stage.of("chat.postMessage")
    assert case.number in call.said["text"]
    assert call.said["thread_ts"] == said["ts"]


@pytest.mark.parametrize(
    ("locale", "says"), [("en-GB", "in a direct message"), ("ja-JP", "ダイレクトメッセージ")]
)
def test_a_customer_who_calls_us_before_others_is_told_where_to_write(
    desk: SlackDesk, shop: Shop, room: str, locale: str, says: str
) -> None:
    case = a_case(desk, shop)
    guest = desk.slack.person("emma", real_name="Emma", team="T0000OTHER")
    guest.me.locale = locale
    desk.slack.book.channels.get(room).members.append(guest.me.id)
    said = guest.say(room, f"<@{desk.slack.book.bot.id}> {case.number}")
    for told in list(guest.heard):
        guest.post.again(told)
    (call,) = desk.slack.stage.of("chat.postMessage")
    assert says in call.said["text"]
    assert case.number not in call.said["text"]
    assert call.said["thread_ts"] == said["ts"]
    assert desk.slack.stage.of("chat.postEphemeral") == []


def test_somebody_of_the_house_who_calls_us_is_told_how_to_say_who_they_are(
    desk: SlackDesk, shop: Shop, room: str
) -> None:
    visitor = desk.stranger()
    desk.slack.book.channels.get(room).members.append(visitor.me.id)
    visitor.say(room, f"<@{desk.slack.book.bot.id}> C-1001")
    (whisper,) = desk.slack.book.whispered(visitor.me.id)
    assert "/desk/slack/link/" in whisper["text"]
    assert desk.slack.stage.of("chat.postMessage") == []


# Writing to the app


def test_a_colleague_who_writes_to_the_app_is_answered_once(
    desk: SlackDesk, shop: Shop, rin: tuple[Player, StaffView]
) -> None:
    player, _staff = rin
    case = a_case(desk, shop)
    player.tell_bot(case.number)
    for answer in list(player.heard):
        player.post.again(answer)
    (call,) = desk.slack.stage.of("chat.postMessage")
    assert case.number in call.said["text"]


def test_whoever_is_not_linked_learns_nothing_from_the_app(desk: SlackDesk, shop: Shop) -> None:
    case = a_case(desk, shop)
    visitor = desk.stranger()
    visitor.tell_bot(case.number)
    visitor.tell_bot("C-9999")
    settle(desk.runtime)
    (whisper,) = desk.slack.book.whispered(visitor.me.id)
    assert "/desk/slack/link/" in whisper["text"]
    said = [str(one.said) for one in desk.slack.stage.of("chat.postMessage")]
    assert len(said) == 3
    assert all("佐藤" not in one and case.number not in one for one in said)
