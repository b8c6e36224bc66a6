"""Threads and conversations: what is said in one stands in the other, once, and nothing leaks."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bots.slack import drawing, lanes, queries
from bots.slack.couriers import Sending
from bots.slack.install.commands import examine
from bots.slack.stage import payloads
from bots.slack.stage.acting import Player
from bots.slack.stage.messages import Words
from bots.slack.syncing.catching_up import Catching
from cases import queries as cases
from cases import service
from cases.taxonomy import sorting
from cases.taxonomy.sorting import Sorting
from cases.views import CaseView
from oms_service.access import staff
from oms_service.access.queries import StaffView
from oms_service.access.states import Role
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.actors import staff as a_colleague
from tests.factories.cases import make_case, make_chat
from tests.factories.files import a_photo
from tests.factories.shop import Shop, make_shop
from tests.slack_desk import SlackDesk


@pytest.fixture
def sending(desk: SlackDesk) -> Sending:
    return drawing.sending(desk.runtime)


@pytest.fixture
def shop(desk: SlackDesk) -> Shop:
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)


class Matter:
    """A case with a chat, and its thread in Slack."""

    def __init__(self, desk: SlackDesk, shop: Shop, sending: Sending) -> None:
        self.desk, self.sending = desk, sending
        self.player, self.staff = desk.colleague("Rin Mori", Role.AGENT)
        with desk.runtime.unit_of_work(SYSTEM) as uow:
            self.chat = make_chat(uow, customer_id=shop.customer_id)
            self.case: CaseView = make_case(
                uow, customer_id=shop.customer_id, conversation_id=self.chat.id
            )
        with desk.runtime.database.reading() as connection:
            code = connection.exec_driver_sql(
                "SELECT code FROM queues WHERE id = %s", (self.case.queue_id,)
            ).scalar_one()
        self.channel = desk.channel_of(str(code), self.player)
        desk.bring(sending)
        with desk.runtime.database.reading() as connection:
            thread = queries.thread_of(connection, self.case.id)
        assert thread is not None
        self.ts = thread.ts

    def customer_says(self, words: str, key: str) -> None:
        with self.desk.runtime.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
            talking.receive(uow, self.chat.id, key=key, text=words)

    def bring(self) -> None:
        self.desk.bring(self.sending)

    @property
    def below(self) -> list[dict[str, Any]]:
        return self.desk.below(self.channel, self.ts)

    @property
    def notes(self) -> list[str]:
        with self.desk.runtime.database.reading() as connection:
            return [one.text for one in cases.notes(connection, [self.case.id])][::-1]

    @property
    def sent_to_customer(self) -> int:
        with self.desk.runtime.database.reading() as connection:
            query = (
                "SELECT count(*) FROM messages WHERE direction = 'out' AND author_kind = 'agent'"
            )
            return int(connection.exec_driver_sql(query).scalar_one())


@pytest.fixture
def matter(desk: SlackDesk, shop: Shop, sending: Sending) -> Matter:
    return Matter(desk, shop, sending)


def test_what_a_customer_writes_stands_in_the_thread_once_and_in_order(matter: Matter) -> None:
    matter.customer_says("箱が潰れて届きました。", "m1")
    matter.customer_says("返金をお願いします。", "m2")
    matter.customer_says("返金をお願いします。", "m2")
    matter.bring()
    matter.bring()
    assert ["箱が潰れて" in str(one) for one in matter.below] == [True, False]
    assert ["返金をお願い" in str(one) for one in matter.below] == [False, True]


def test_what_colleagues_answer_and_note_elsewhere_stands_there_too(matter: Matter) -> None:
    with matter.desk.runtime.unit_of_work(a_colleague(matter.staff.id)) as uow:
        service.reply(uow, matter.case.id, "We are sorry.")
        service.note(uow, matter.case.id, "Ask the warehouse.")
    matter.bring()
    reply, note = matter.below
    assert "We are sorry." in str(reply["blocks"])
    assert "Rin Mori" in str(reply["blocks"])
    assert "Ask the warehouse." in str(note["blocks"])
    assert "社内メモ" in str(note["blocks"])


def test_a_reply_in_the_thread_is_an_internal_note_and_never_comes_back(matter: Matter) -> None:
    player = matter.player
    player.say(matter.channel, "Called them, all is well.", thread_ts=matter.ts)
    for answer in list(player.heard):
        player.post.again(answer)
    matter.bring()
    assert matter.notes == ["Called them, all is well."]
    assert [one["text"] for one in matter.below] == ["Called them, all is well."]
    assert matter.sent_to_customer == 0


def test_files_in_the_thread_are_kept_with_the_case_for_colleagues_alone(
    desk: SlackDesk, matter: Matter
) -> None:
    player = matter.player
    files = [("box.jpg", a_photo()), ("run.exe", b"MZ\x90\x00 a program")]
    player.say(matter.channel, "As it came.", thread_ts=matter.ts, files=files)
    for answer in list(player.heard):
        player.post.again(answer)
    matter.bring()
    with desk.runtime.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, is_internal, case_id FROM attachments a"
            " JOIN case_files f ON f.attachment_id = a.id"
        ).all()
    assert [tuple(one) for one in rows] == [("box.jpg", True, matter.case.id)]
    (note,) = matter.notes
    assert note.startswith("As it came.")
    assert note.endswith("run.exe")
    assert matter.sent_to_customer == 0


def test_mentions_and_links_are_kept_as_people_read_them(desk: SlackDesk, matter: Matter) -> None:
    aoi, staff = desk.colleague("Aoi Tanaka", Role.LEAD)
    words = f"<@{aoi.me.id}> see <https://shop.example/a|the page> &amp; say &lt;yes&gt;"
    matter.player.say(matter.channel, words, thread_ts=matter.ts)
    assert matter.notes == ["@Aoi Tanaka see the page (https://shop.example/a) & say <yes>"]
    with desk.runtime.database.reading() as connection:
        told = connection.exec_driver_sql(
            "SELECT payload->>'staff_id' FROM outbox WHERE name = 'case.mentioned'"
        ).scalars()
        assert list(told) == [str(staff.id)]


def test_an_edit_and_a_deletion_are_lines_of_their_own(matter: Matter) -> None:
    said = matter.player.say(matter.channel, "It is in Osaka.", thread_ts=matter.ts)
    matter.player.edit(matter.channel, said["ts"], "It is in Kobe.")
    matter.player.take_back(matter.channel, said["ts"])
    matter.bring()
    assert matter.notes[0] == "It is in Osaka."
    assert "It is in Kobe." in matter.notes[1]
    assert "It is in Kobe." in matter.notes[2]
    assert len(matter.notes) == 3
    assert matter.sent_to_customer == 0


def test_who_may_not_work_on_cases_any_more_changes_no_note(
    desk: SlackDesk, matter: Matter
) -> None:
    said = matter.player.say(matter.channel, "It is in Osaka.", thread_ts=matter.ts)
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        staff.set_roles(uow, matter.staff.mail, [Role.WAREHOUSE])
    matter.player.edit(matter.channel, said["ts"], "It is in Kobe.")
    assert matter.notes == ["It is in Osaka."]


def test_who_is_no_colleague_writes_nothing_and_is_told_once(
    desk: SlackDesk, matter: Matter
) -> None:
    visitor = desk.stranger()
    desk.slack.book.channels.get(matter.channel).members.append(visitor.me.id)
    visitor.say(matter.channel, "hello", thread_ts=matter.ts)
    visitor.say(matter.channel, "hello?", thread_ts=matter.ts)
    assert matter.notes == []
    whispers = desk.slack.stage.of("chat.postEphemeral")
    assert len(whispers) == 1
    assert "/desk/slack/link/" in str(whispers[0].said)


def test_what_is_written_outside_of_threads_is_nobodys_note(matter: Matter) -> None:
    matter.player.say(matter.channel, "Good morning.")
    matter.player.tell_bot("hello")
    assert matter.notes == []


def test_redeliveries_at_the_same_time_make_one_note(matter: Matter) -> None:
    player = matter.player
    player.say(matter.channel, "Once.", thread_ts=matter.ts)
    (answer,) = [one for one in player.heard if b"Once." in one.told]
    with ThreadPoolExecutor(4) as pool:
        assert all(one.is_good for one in pool.map(lambda _n: player.post.again(answer), range(8)))
    assert matter.notes == ["Once."]


def test_a_case_that_moves_takes_its_last_words_along(desk: SlackDesk, matter: Matter) -> None:
    matter.customer_says("まだ届きません。", "m1")
    matter.player.say(matter.channel, "Asked the carrier.", thread_ts=matter.ts)
    matter.bring()
    with desk.runtime.database.reading() as connection:
        other = connection.exec_driver_sql(
            "SELECT code FROM queues WHERE id <> %s ORDER BY id LIMIT 1", (matter.case.queue_id,)
        ).scalar_one()
    new = desk.channel_of(str(other), matter.player)
    with desk.runtime.unit_of_work(a_colleague(matter.staff.id)) as uow:
        sorting.sort(uow, matter.case.id, Sorting(queue=str(other)))
    matter.bring()
    with desk.runtime.database.reading() as connection:
        thread = queries.thread_of(connection, matter.case.id)
    assert thread is not None
    assert thread.channel.slack_id == new
    told = " ".join(str(one["blocks"]) for one in desk.below(new, thread.ts))
    assert "まだ届きません。" in told
    assert "Asked the carrier." in told


def test_a_channel_that_is_renamed_or_archived_is_so_here(desk: SlackDesk, matter: Matter) -> None:
    book, post = desk.slack.book, matter.player.post
    renamed = {"id": matter.channel, "name": "returns-team", "created": 1}
    post.event(payloads.envelope(book, {"type": "channel_rename", "channel": renamed}))
    archived = {"type": "channel_archive", "channel": matter.channel, "user": "U1"}
    post.event(payloads.envelope(book, archived))
    with desk.runtime.database.reading() as connection:
        found = queries.channel_at(connection, desk.workspace_id, matter.channel)
    assert found is not None
    assert (found.name, found.trouble) == ("returns-team", "is_archived")


def test_an_app_that_is_thrown_out_keeps_no_token(desk: SlackDesk, matter: Matter) -> None:
    matter.player.uninstall()
    with desk.runtime.database.reading() as connection:
        (found,) = queries.workspaces(connection)
        assert found.revoked_at is not None
        assert queries.token_box(connection, found.id) == ""
    assert isinstance(matter.staff, StaffView)
    assert isinstance(matter.player, Player)


def test_what_was_written_during_an_outage_is_caught_up_once(
    desk: SlackDesk, matter: Matter
) -> None:
    book = desk.slack.book
    heard = matter.player.say(matter.channel, "Heard.", thread_ts=matter.ts)
    where = book.channels.get(matter.channel)
    book.messages.post(where, matter.player.me, Words("Not heard.", thread_ts=matter.ts))
    catching = Catching(desk.runtime)
    with desk.app.app_context():
        assert not catching.step()  # it is too new to have missed anything
        desk.clock.advance(minutes=31)
        assert catching.step()
        assert not catching.step()
        desk.clock.advance(minutes=31)
        assert catching.step()
    assert matter.notes == ["Heard.", "Not heard."]
    assert heard["ts"]
    with desk.runtime.database.reading() as connection:
        actors = connection.exec_driver_sql(
            "SELECT DISTINCT actor FROM case_entries WHERE kind = 'note'"
        ).scalars()
        assert list(actors) == [f"staff:{matter.staff.id}"]


def test_changes_and_deletions_of_an_outage_are_caught_up_once(
    desk: SlackDesk, matter: Matter
) -> None:
    kept = matter.player.say(matter.channel, "In Osaka.", thread_ts=matter.ts)
    gone = matter.player.say(matter.channel, "Wrong case.", thread_ts=matter.ts)
    where = desk.slack.book.channels.get(matter.channel)
    desk.clock.advance(seconds=5)
    desk.slack.book.messages.update(where, kept["ts"], matter.player.me, {"text": "In Kobe."})
    desk.slack.book.messages.delete(where, gone["ts"], matter.player.me)
    catching = Catching(desk.runtime)
    with desk.app.app_context():
        for _ in range(3):
            desk.clock.advance(minutes=31)
            assert catching.step()
    assert matter.notes == [
        "In Osaka.",
        "Wrong case.",
        "Changed in Slack: In Kobe.",
        "Slackで取り消し: Wrong case.",
    ]


def test_a_long_thread_is_read_in_steps_that_go_on_after_trouble(
    desk: SlackDesk, matter: Matter
) -> None:
    book = desk.slack.book
    where = book.channels.get(matter.channel)
    for number in range(7):
        book.messages.post(where, matter.player.me, Words(f"{number}", thread_ts=matter.ts))
    desk.clock.advance(minutes=31)
    catching = Catching(desk.runtime, page=3)
    with desk.app.app_context():
        assert catching.step()
        first = len(matter.notes)
        assert 0 < first < 7
        desk.slack.stage.faults.add(method="conversations.replies", retry_after_s=60)
        assert catching.step()
        assert not catching.step()  # Slack wants a rest
        desk.clock.advance(seconds=120)
        desk.slack.stage.faults.add(method="conversations.replies", is_dropped=True)
        assert catching.step()
        assert len(matter.notes) == first
        desk.clock.advance(minutes=31)
        while catching.step():
            pass
        assert matter.notes == [f"{number}" for number in range(7)]
        desk.clock.advance(minutes=31)
        assert catching.step()
    asked = [one.said for one in desk.slack.stage.calls if one.method == "conversations.replies"]
    assert "oldest" not in asked[0]
    assert "oldest" in asked[-1], "it is not read from the root again"
    assert len(matter.notes) == 7


def test_readers_at_the_same_time_make_one_note(desk: SlackDesk, matter: Matter) -> None:
    where = desk.slack.book.channels.get(matter.channel)
    desk.slack.book.messages.post(where, matter.player.me, Words("Once.", thread_ts=matter.ts))
    desk.clock.advance(minutes=31)

    def read(_: int) -> bool:
        with desk.app.app_context():
            return Catching(desk.runtime).step()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(read, range(4))) == 1
    assert matter.notes == ["Once."]


def test_news_that_slack_kept_back_is_read_soon(desk: SlackDesk, matter: Matter) -> None:
    where = desk.slack.book.channels.get(matter.channel)
    desk.slack.book.messages.post(where, matter.player.me, Words("Late.", thread_ts=matter.ts))
    with desk.app.app_context():
        assert not Catching(desk.runtime).step()
        team = desk.slack.book.ground.team
        answer = matter.player.post.event(
            {
                "token": "t",
                "type": "app_rate_limited",
                "team_id": team,
                "minute_rate_limited": 1518467820,
                "api_app_id": desk.slack.book.ground.app,
            }
        )
        assert answer.status == 200
        assert Catching(desk.runtime).step()
    assert matter.notes == ["Late."]


def test_a_channel_that_puts_the_app_out_says_so_until_it_is_back(
    desk: SlackDesk, matter: Matter
) -> None:
    def trouble() -> str:
        with desk.runtime.database.reading() as connection:
            found = queries.channel_at(connection, desk.workspace_id, matter.channel)
            assert found is not None
            return found.trouble

    matter.player.put_out(matter.channel)
    assert trouble() == "not_in_channel"
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        lanes.try_again(uow)  # nothing waits there: people go on seeing it
    assert trouble() == "not_in_channel"
    said = [one.advice for one in examine(desk.runtime) if one.name == "channel"]
    assert "Slack says: not_in_channel" in said
    matter.player.bring_bot(matter.channel)
    assert trouble() == ""


def test_a_thread_begins_with_the_last_words_and_never_posts_older_ones_later(
    desk: SlackDesk, shop: Shop, sending: Sending
) -> None:
    player, staff = desk.colleague("Rin Mori", Role.AGENT)
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        chat = make_chat(uow, customer_id=shop.customer_id)
    for number in range(15):
        with desk.runtime.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
            talking.receive(uow, chat.id, key=f"m{number}", text=f"words {number:02}")
        desk.clock.advance(seconds=1)
    with desk.runtime.unit_of_work(SYSTEM) as uow:
        case = make_case(uow, customer_id=shop.customer_id, conversation_id=chat.id)
        code = (
            uow.session.connection()
            .exec_driver_sql("SELECT code FROM queues WHERE id = %s", (case.queue_id,))
            .scalar_one()
        )
    channel = desk.channel_of(str(code), player)
    desk.bring(sending)
    with desk.runtime.unit_of_work(a_colleague(staff.id)) as uow:
        service.note(uow, case.id, "a note")
    desk.bring(sending)
    with desk.runtime.database.reading() as connection:
        thread = queries.thread_of(connection, case.id)
    assert thread is not None
    below = [one["text"] for one in desk.below(channel, thread.ts)]
    assert [one[-2:] for one in below[:-1]] == [f"{number:02}" for number in range(5, 15)]
    assert below[-1].endswith("a note")


def test_what_a_customer_takes_back_is_gone_from_the_thread(matter: Matter) -> None:
    matter.customer_says("SECRET words", "m1")
    matter.bring()
    with matter.desk.runtime.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
        talking.take_back(uow, matter.chat.id, "m1", text="(taken back)")
    matter.bring()
    (one,) = matter.below
    assert "SECRET" not in str(one)
    assert "(taken back)" in str(one["blocks"])
