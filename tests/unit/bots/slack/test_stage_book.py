"""A workspace keeps the rules of Slack: times that rise, threads, channels, windows."""

import json
import threading
from typing import Any

import pytest

from bots.slack.stage.book import Book
from bots.slack.stage.channels import Channel
from bots.slack.stage.messages import Words
from bots.slack.stage.people import Member
from bots.slack.stage.refusals import Refused
from tests.fakes.clock import StandingClock

MODAL: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Title"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "text",
            "label": {"type": "plain_text", "text": "Text"},
            "element": {"type": "plain_text_input", "action_id": "value"},
        }
    ],
}
HOME: dict[str, Any] = {"type": "home", "blocks": [{"type": "divider"}]}


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def book(clock: StandingClock) -> Book:
    return Book(clock)


@pytest.fixture
def mika(book: Book) -> Member:
    return book.people.add("mika", "Mika Sato", mail="mika@shop.example")


@pytest.fixture
def cases(book: Book, mika: Member) -> Channel:
    made = book.channels.create("cases", by=book.bot.id)
    made.members.append(mika.id)
    return made


def test_times_rise_and_are_unique_while_the_clock_stands_and_threads_hurry(
    book: Book, cases: Channel
) -> None:
    def talk() -> None:
        for _ in range(50):
            book.messages.post(cases, book.bot, Words("x"))

    threads = [threading.Thread(target=talk) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    times = list(cases.messages)
    assert len(times) == 400
    assert times == sorted(times)
    assert all(len(one.partition(".")[2]) == 6 for one in times)


def test_a_clock_that_goes_back_makes_no_earlier_time(book: Book, clock: StandingClock) -> None:
    first = book.ground.ts()
    clock.advance(seconds=-60)
    assert book.ground.ts() > first


def test_a_thread_counts_its_answers_and_forgets_those_taken_back(
    book: Book, cases: Channel, mika: Member
) -> None:
    root = book.messages.post(cases, book.bot, Words("Case 7"))
    first = book.messages.post(cases, mika, Words("one", thread_ts=root["ts"]))
    second = book.messages.post(cases, book.bot, Words("two", thread_ts=first["ts"]))
    assert second["thread_ts"] == root["ts"]
    assert (root["reply_count"], root["latest_reply"]) == (2, second["ts"])
    book.messages.delete(cases, second["ts"], book.bot)
    assert (root["reply_count"], root["reply_users"]) == (1, [mika.id])
    book.messages.delete(cases, root["ts"], book.bot)
    assert (root["subtype"], root["text"]) == ("tombstone", "This message was deleted.")
    with pytest.raises(Refused, match="message_not_found"):
        book.messages.get(cases, root["ts"])


def test_nobody_changes_or_deletes_the_words_of_another(
    book: Book, cases: Channel, mika: Member
) -> None:
    hers = book.messages.post(cases, mika, Words("mine"))
    with pytest.raises(Refused, match="cant_update_message"):
        book.messages.update(cases, hers["ts"], book.bot, {"text": "ours"})
    with pytest.raises(Refused, match="cant_delete_message"):
        book.messages.delete(cases, hers["ts"], book.bot)
    assert book.texts(cases) == ["mine"]


@pytest.mark.parametrize("thread_ts", ["1.000001", "never"])
def test_a_thread_that_is_not_there_takes_no_answer(
    book: Book, cases: Channel, thread_ts: str
) -> None:
    with pytest.raises(Refused, match="message_not_found"):
        book.messages.post(cases, book.bot, Words("x", thread_ts=thread_ts))
    assert cases.messages == {}


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("cases", "name_taken"),
        ("", "invalid_name_required"),
        ("x" * 81, "invalid_name_maxlength"),
        ("Cases", "invalid_name_specials"),
        ("a b", "invalid_name_specials"),
    ],
)
def test_names_of_channels_are_looked_at(book: Book, cases: Channel, name: str, error: str) -> None:
    with pytest.raises(Refused) as raised:
        book.channels.create(name, by=book.bot.id)
    assert raised.value.error == error
    assert [one.name for one in book.channels.all()] == ["cases"]
    assert book.channels.create("問い合わせ-1", by=book.bot.id).name == "問い合わせ-1"


def test_an_archived_channel_takes_nothing_until_it_is_opened(
    book: Book, cases: Channel, mika: Member
) -> None:
    sent = book.messages.post(cases, book.bot, Words("x"))
    book.channels.archive(cases)
    for deed in (
        lambda: book.messages.post(cases, book.bot, Words("y")),
        lambda: book.messages.update(cases, sent["ts"], book.bot, {"text": "y"}),
        lambda: book.messages.whisper(cases, mika, book.bot, Words("y")),
        lambda: book.channels.join(cases, mika.id),
        lambda: book.channels.rename(cases, "other"),
    ):
        with pytest.raises(Refused, match="is_archived"):
            deed()
    with pytest.raises(Refused, match="already_archived"):
        book.channels.archive(cases)
    book.channels.unarchive(cases)
    book.messages.post(cases, book.bot, Words("y"))
    assert book.texts(cases) == ["x", "y"]


def test_a_private_channel_is_unknown_to_who_is_not_in_it(book: Book, mika: Member) -> None:
    made = book.channels.create("private", by=mika.id, is_private=True)
    with pytest.raises(Refused, match="channel_not_found"):
        book.channels.get(made.id, user=book.bot.id)
    with pytest.raises(Refused, match="method_not_supported_for_channel_type"):
        book.channels.join(made, book.bot.id)


def test_an_invitation_brings_all_or_none(book: Book, cases: Channel, mika: Member) -> None:
    new = book.people.add("ken", "Ken")
    with pytest.raises(Refused) as raised:
        book.channels.invite(cases, [new.id, mika.id], by=book.bot.id)
    assert raised.value.answer()["errors"] == [
        {"ok": False, "error": "already_in_channel", "user": mika.id}
    ]
    assert new.id not in cases.members
    book.channels.invite(cases, [new.id], by=book.bot.id)
    assert new.id in cases.members


def test_windows_lie_three_deep_at_most_and_keep_what_was_typed(book: Book, mika: Member) -> None:
    windows = book.windows
    first = windows.open(windows.pressed(mika.id), MODAL)
    windows.push(windows.pressed(mika.id), MODAL)
    top = windows.push(windows.pressed(mika.id), MODAL)
    with pytest.raises(Refused, match="push_limit_reached"):
        windows.push(windows.pressed(mika.id), MODAL)
    assert top["root_view_id"] == first["id"]
    typed = {"text": {"value": {"type": "plain_text_input", "value": "half"}}}
    windows.fill_in(top, typed)
    changed = windows.update({"view_id": top["id"], "view": MODAL})
    assert changed["state"]["values"] == typed
    with pytest.raises(Refused, match="invalid_trigger_id"):
        windows.open("never", MODAL)
    assert len(windows.before(mika.id)) == 3


def test_a_view_changed_meanwhile_is_not_overwritten(book: Book, mika: Member) -> None:
    windows = book.windows
    view = windows.open(windows.pressed(mika.id), {**MODAL, "external_id": "one"})
    old = view["hash"]
    windows.update({"external_id": "one", "view": MODAL, "hash": old})
    with pytest.raises(Refused, match="hash_conflict"):
        windows.update({"view_id": view["id"], "view": MODAL, "hash": old})
    home = windows.publish(mika.id, HOME)
    old = home["hash"]
    windows.publish(mika.id, HOME, old)
    with pytest.raises(Refused, match="hash_conflict"):
        windows.publish(mika.id, HOME, old)
    with pytest.raises(Refused, match="not_found"):
        windows.update({"view_id": "V0", "view": MODAL})


def test_an_external_id_is_one_windows_alone(book: Book, mika: Member) -> None:
    windows = book.windows
    windows.open(windows.pressed(mika.id), {**MODAL, "external_id": "one"})
    with pytest.raises(Refused, match="duplicate_external_id"):
        windows.push(windows.pressed(mika.id), {**MODAL, "external_id": "one"})


def test_a_whisper_is_for_members_and_stands_nowhere_else(
    book: Book, cases: Channel, mika: Member
) -> None:
    book.messages.whisper(cases, mika, book.bot, Words("psst"))
    with pytest.raises(Refused, match="user_not_in_channel"):
        book.messages.whisper(cases, book.people.add("ken", "Ken"), book.bot, Words("psst"))
    assert [one["text"] for one in book.whispered(mika.id)] == ["psst"]
    assert cases.messages == {}


def test_a_file_has_the_length_that_was_announced(book: Book) -> None:
    expected = book.files.expect("a.png", 3, user=book.bot.id)
    with pytest.raises(Refused, match="invalid_arguments"):
        book.files.bring(expected.id, b"four")
    with pytest.raises(Refused, match="file_not_found"):
        book.files.complete(expected.id, "a")
    book.files.bring(expected.id, b"two")
    assert book.files.complete(expected.id, "A").body == b"two"
    with pytest.raises(Refused, match="file_not_found"):
        book.files.complete(expected.id, "A")


def test_pages_of_a_history_follow_each_other(book: Book, cases: Channel) -> None:
    sent = [book.messages.post(cases, book.bot, Words(str(n)))["ts"] for n in range(5)]
    first = book.messages.history(cases, {"limit": 3})
    cursor = first["response_metadata"]["next_cursor"]
    second = book.messages.history(cases, {"limit": 3, "cursor": cursor})
    shown = [one["ts"] for one in first["messages"] + second["messages"]]
    assert shown == sent[::-1]
    assert not second["has_more"]
    between = {"oldest": sent[1], "latest": sent[3]}
    assert [one["text"] for one in book.messages.history(cases, between)["messages"]] == ["2"]
    inclusive = book.messages.history(cases, {**between, "inclusive": "true"})
    assert [one["text"] for one in inclusive["messages"]] == ["3", "2", "1"]


def test_a_book_is_the_same_after_it_was_written_down(
    book: Book, cases: Channel, mika: Member, clock: StandingClock
) -> None:
    root = book.messages.post(cases, book.bot, Words("Case 7"))
    book.messages.post(cases, mika, Words("one", thread_ts=root["ts"]))
    book.messages.whisper(cases, mika, book.bot, Words("psst"))
    book.windows.publish(mika.id, HOME)
    book.files.own("a.txt", b"abc", user=mika.id)
    written = json.loads(json.dumps(book.as_data()))
    again = Book(clock)
    again.take_up(written)
    assert again.as_data() == book.as_data()
    assert again.ground.ts() > root["ts"]


def test_what_somebody_types_is_kept_as_slacks_editor_keeps_it(
    book: Book, cases: Channel, mika: Member
) -> None:
    said = book.messages.post(
        cases, mika, Words("a &amp; b <https://x.example/?a=1&amp;b=2> <@U1>")
    )
    (section,) = said["blocks"][0]["elements"]
    assert section["elements"] == [
        {"type": "text", "text": "a & b "},
        {"type": "link", "url": "https://x.example/?a=1&b=2"},
        {"type": "text", "text": " "},
        {"type": "user", "user_id": "U1"},
    ]
