"""What LINE is sent keeps LINE's limits, whatever an order, a text or a button says."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots import cards, choices
from bots.cards import Item, OrderCard, Tone
from bots.choices import LIMITS
from bots.dialogue.contracts.shapes import Step
from bots.dialogue.turns import Result
from bots.line import flex, parts
from bots.wording import SpokenFormats
from oms_service.conversations.transports import Enclosure, Outgoing
from oms_service.kernel.languages import Language
from tests.fakes.line import wrong

FORMATS = SpokenFormats(datetime(2026, 11, 22, 1, tzinfo=UTC), ZoneInfo("Asia/Tokyo"))
LINE = LIMITS["line"]
#: No halves of characters: PostgreSQL keeps none, so no message has any.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=400) | st.sampled_from(
    ["", " ", "👨‍👩‍👧‍👦" * 50, "長い名前" * 100, "x" * 6000, "改\n行\n" * 40]
)
items = st.lists(st.tuples(texts, st.integers(0, 10**9)), max_size=cards.MOST_ITEMS)


def outgoing(text: str, extra: dict[str, object], *, files: int = 0) -> Outgoing:
    return Outgoing(
        key="k",
        message_id=1,
        conversation_public_id="c",
        to="U1",
        language=Language.JAPANESE,
        subject="",
        text=text,
        extra=extra,
        files=(Enclosure("a.pdf", "application/pdf", b""),) * files,
    )


@settings(max_examples=60)
@given(
    words=st.tuples(texts, texts, texts, texts, texts, texts, texts),
    lines=items,
    tone=st.sampled_from(Tone),
    place=st.none() | st.integers(-3, 9),
    page=texts | st.just("https://shop.example/t/" + "x" * 2000) | st.just("https://shop.example/"),
    shown=st.lists(st.tuples(texts.filter(bool), texts), max_size=40),
)
def test_any_card_and_any_buttons_are_what_line_takes(
    words: tuple[str, ...],
    lines: list[tuple[str, int]],
    tone: Tone,
    place: int | None,
    page: str,
    shown: list[tuple[str, str]],
) -> None:
    card = OrderCard(
        title=words[0],
        status=words[1],
        tone=tone,
        place=place,
        window_label=words[2],
        window=words[3],
        items=[Item(name, quantity) for name, quantity in lines],
        more=words[4],
        page=page,
        page_label=words[5],
        summary=words[6],
    )
    assert cards.read(json.loads(json.dumps(card.as_json()))) is not None
    given = [{"value": value, "label": label} for value, label in shown]
    made = parts.objects(
        outgoing(words[0], {"card": card.as_json(), "choices": given}, files=1),
        FORMATS,
        files_url="https://shop.example/cases",
    )
    for some in parts.calls(made):
        assert wrong(some) == ""
    assert made[0]["type"] == "flex"
    size = len(json.dumps(made[0]["contents"]).encode())
    assert size < flex.MOST_BYTES


def order(**changes: object) -> dict[str, object]:
    names = [{"ja": f"とても長い名前の商品{n}" * 20, "en": "coffee 👩🏽‍🚀" * 30} for n in range(10)]
    return {
        "number": "A-10001",
        "summary": "コーヒー",
        "step": Step.OUT_FOR_DELIVERY,
        "next_step": None,
        "window": {"start": "2026-11-22T14:00:00+09:00", "end": "2026-11-22T16:00:00+09:00"},
        "is_late": False,
        "page": "https://shop.example/t/abc",
        "items": [{"name": name, "quantity": 2} for name in names],
        "more_items": 490,
        **changes,
    }


def test_an_order_of_500_lines_is_named_by_its_first_and_counted() -> None:
    card = cards.of_order(order(), Language.JAPANESE, FORMATS)
    assert (card.title, card.status, card.tone) == ("ご注文 A-10001", "配達中", Tone.CALM)
    assert (card.place, card.window) == (3, "本日14~16時")
    assert (len(card.items), card.more) == (8, "ほか492点")
    assert flex.message(card)["altText"] == "ご注文 A-10001: 配達中 本日14~16時"
    assert wrong([flex.message(card)]) == ""


@pytest.mark.parametrize("step", [*Step, "something new"])
@pytest.mark.parametrize("language", list(Language))
def test_every_step_has_its_card(step: str, language: Language) -> None:
    card = cards.of_order(order(step=step, window=None, is_late=True), language, FORMATS)
    assert wrong([flex.message(card)]) == ""
    assert (card.place is None) == (step not in cards._PLACES)


def test_a_card_is_made_of_the_order_that_was_looked_up_last() -> None:
    other = Result("list_orders", "ok", {"orders": []})
    first, last = (Result("track_order", "ok", order(number=one)) for one in ("A-1", "A-2"))
    found = cards.of_results([first, other, last], Language.ENGLISH, FORMATS)
    assert found is not None
    assert found.title == "Order A-2"
    assert cards.of_results([other], Language.ENGLISH, FORMATS) is None


def test_what_fits_is_a_button_and_what_does_not_is_a_number_too() -> None:
    few = [{"value": "human", "label": "担当者と話す"}]
    assert choices.offered(few, LINE).lines == ()
    long = [*few, {"value": "order:A1", "label": "A-10001 ドリップコーヒーほか1点(配達中)"}]
    shown = choices.offered(long, LINE)
    assert shown.lines == ("1. 担当者と話す", "2. A-10001 ドリップコーヒーほか1点(配達中)")
    assert [one.short for one in shown.buttons] == [
        "1 担当者と話す",
        "2 A-10001 ドリップコーヒーほ…",
    ]
    many = [{"value": f"v{n}", "label": f"{n}"} for n in range(20)]
    shown = choices.offered(many, LINE)
    assert (len(shown.buttons), len(shown.lines)) == (13, 20)


@pytest.mark.parametrize(
    ("typed", "picked"),
    [
        ("2", "b"),
        (" ２ ", "b"),
        ("2番", "b"),
        ("2番目", "b"),
        ("1.", "a"),
        ("3", None),
        ("0", None),
        ("12", None),
        ("two", None),
        ("2 people", None),
    ],
)
def test_a_typed_number_picks(typed: str, picked: str | None) -> None:
    shown = [{"value": "a", "label": "A"}, {"value": "b", "label": "B"}]
    assert choices.by_number(typed, shown) == picked


def test_a_long_text_is_cut_where_a_sentence_ends_and_nothing_is_lost() -> None:
    said = "お荷物は配達中です。" * 700
    found = choices.pieces(said, parts.MOST_UNITS)
    assert "".join(found) == said
    assert all(choices.units(one) <= parts.MOST_UNITS for one in found)
    assert found[0].endswith("。")
    unbroken = "👍" * 6000
    assert "".join(choices.pieces(unbroken, parts.MOST_UNITS)) == unbroken


def test_a_button_tells_its_value_and_what_it_said() -> None:
    made = parts.objects(
        outgoing("?", {"choices": [{"value": "order:A1", "label": "A-1"}]}),
        FORMATS,
        files_url="",
    )
    data = made[-1]["quickReply"]["items"][0]["action"]["data"]
    assert parts.pressed(data) == ("order:A1", "A-1")
    assert parts.pressed("another bot's") is None
    assert parts.pressed("c:") is None
