"""What is meant of the things that are shown, and how many of them."""

import pytest

from bots.understanding.heard import Kind, Option
from bots.understanding.lexicon import lexicon
from bots.understanding.slots.choices import named_in
from oms_service.kernel.languages import Language
from tests.unit.bots.understanding.slots.hearing import heard

LINES = (
    Option("1", "コットンTシャツ / Cotton T-Shirt / コットンTシャツ Cotton T-Shirt 青 blue M"),
    Option("2", "デスクランプ / Desk Lamp / デスクランプ Desk Lamp 黒 black"),
    Option("3", "ウォーターボトル / Water Bottle / ウォーターボトル Water Bottle 500ml 緑 green"),
    Option("4", "ハイキングブーツ / Hiking Boots / ハイキングブーツ Hiking Boots 24cm 茶 brown"),
    Option("refused:9", "ドリップコーヒー / Drip Coffee", is_only_named=True),
)
COLOURS = (
    Option("b", "青 / blue", price_minor=2_000),
    Option("r", "赤 / red", price_minor=1_500),
    Option("w", "白 / white", price_minor=2_500),
)
VERSIONS = (
    Option("rs", "赤 S / red S", price_minor=1_000),
    Option("rm", "赤 M / red M", price_minor=1_200, is_current=True),
    Option("rl", "赤 L / red L", price_minor=1_400),
    Option("bm", "青 M / blue M", price_minor=1_100),
    Option("bl", "青 L / blue L", price_minor=1_600),
)
PAIR = (
    Option("s", "小 / small 350ml", price_minor=900),
    Option("l", "大 / large 1 liter", price_minor=1_500),
)
HELD = (Option("old", "古い家 / old home", is_current=True), Option("new", "新居 / new home"))

SEVERAL_EN = [
    ("the lamp", "2"),
    ("the first one", "1"),
    ("the second and the third", "23"),
    ("the last one", "4"),
    ("the bottom one", "4"),
    ("the top one", "1"),
    ("second to last", "3"),
    ("the shirt and the lamp", "12"),
    ("tshirt", "1"),
    ("my hiking boot", "4"),
    ("boots, bottle", "34"),
    ("the blue one", "1"),
    ("the green one and the black one", "23"),
    ("2 and 4", "24"),
    ("option 3", "3"),
    ("number 2", "2"),
    ("everything", "1234"),
    ("all of them", "1234"),
    ("both the lamp and the bottle", "23"),
    ("everything except the lamp", "134"),
    ("all but the boots and the shirt", "23"),
    ("everything apart from the first", "234"),
    ("keep the lamp and return the rest", "134"),
    ("not the lamp, the bottle", "3"),
    ("the bottle instead of the lamp", "3"),
    ("drip coffee", "9"),
    ("the seventh", ""),
    ("something nice", ""),
    ("both", ""),
    ("the toaster", ""),
]
SEVERAL_JA = [
    ("ランプ", "2"),
    ("1つ目", "1"),
    ("２番目と３番目", "23"),
    ("最後の", "4"),
    ("一番下", "4"),
    ("一番上のやつ", "1"),
    ("下から2番目", "3"),
    ("シャツとランプ", "12"),
    ("Tシャツ", "1"),
    ("ブーツとボトル", "34"),
    ("青いの", "1"),
    ("緑と黒", "23"),
    ("グリーンの方", "3"),
    ("2と4", "24"),
    ("全部", "1234"),
    ("すべて返品します", "1234"),
    ("ランプ以外", "134"),
    ("ランプ以外全部", "134"),
    ("ブーツとシャツ以外", "23"),
    ("1つ目以外", "234"),
    ("ランプを除いて全部", "134"),
    ("ランプだけ残して全部返品", "134"),
    ("ランプではなくボトル", "3"),
    ("ランプじゃなくてブーツです", "4"),
    ("ドリップコーヒーを返したい", "9"),
    ("ほげ", ""),
    ("7つ目", ""),
    ("両方", ""),
    ("500mlのボトル", "3"),
    ("24センチのブーツ", "4"),
]
ONE = [
    ("the blue one", COLOURS, "b"),
    ("blue", COLOURS, "b"),
    ("the second", COLOURS, "r"),
    ("the cheapest", COLOURS, "r"),
    ("the most expensive one", COLOURS, "w"),
    ("the cheaper one", COLOURS, None),
    ("red or white", COLOURS, None),
    ("both", COLOURS, None),
    ("not the blue one", COLOURS, None),
    ("the red one, not the blue one", COLOURS, "r"),
    ("the middle one", COLOURS, "r"),
    ("青", COLOURS, "b"),
    ("ブルーで", COLOURS, "b"),
    ("赤いの", COLOURS, "r"),
    ("ホワイトがいい", COLOURS, "w"),
    ("一番安いの", COLOURS, "r"),
    ("最後", COLOURS, "w"),
    ("赤か白", COLOURS, None),
    ("青じゃなくて赤", COLOURS, "r"),
    ("下の方", COLOURS, "w"),
    ("真ん中", COLOURS, "r"),
    ("red in L", VERSIONS, "rl"),
    ("the red L", VERSIONS, "rl"),
    ("size L", VERSIONS, None),
    ("blue, medium", VERSIONS, "bm"),
    ("the large blue one", VERSIONS, "bl"),
    ("one size up", VERSIONS, None),
    ("small", VERSIONS, "rs"),
    ("the cheapest blue", VERSIONS, "bm"),
    ("赤のL", VERSIONS, "rl"),
    ("Lサイズの青", VERSIONS, "bl"),
    ("エルサイズの赤", VERSIONS, "rl"),
    ("青", VERSIONS, None),
    ("一番高い青", VERSIONS, "bl"),
    ("the bigger one", PAIR, "l"),
    ("the smaller", PAIR, "s"),
    ("the cheaper one", PAIR, "s"),
    ("the more expensive one", PAIR, "l"),
    ("not the small one", PAIR, "l"),
    ("the former", PAIR, "s"),
    ("the latter", PAIR, "l"),
    ("the other one", PAIR, None),
    ("大きい方", PAIR, "l"),
    ("小さいほう", PAIR, "s"),
    ("安い方", PAIR, "s"),
    ("高いほう", PAIR, "l"),
    ("前者", PAIR, "s"),
    ("後者でお願いします", PAIR, "l"),
    ("小さいほうじゃないほう", PAIR, "l"),
    ("大じゃない方", PAIR, "s"),
    ("the other one", HELD, "new"),
    ("もう一つの方", HELD, "new"),
]


@pytest.mark.parametrize(("text", "places"), SEVERAL_EN + SEVERAL_JA)
def test_some_or_all_of_several(text: str, places: str) -> None:
    chosen = heard(text, Kind.SEVERAL, *LINES).choices
    assert "".join(sorted(value[-1] for value in chosen)) == places


@pytest.mark.parametrize(("text", "options", "value"), ONE)
def test_one_of_several_or_none_where_it_is_not_clear(
    text: str, options: tuple[Option, ...], value: str | None
) -> None:
    assert heard(text, Kind.OPTION, *options).choices == ((value,) if value else ())


@pytest.mark.parametrize(
    ("text", "is_everything", "is_rest", "excepted"),
    [
        ("return everything", True, False, ""),
        ("all of them please", True, False, ""),
        ("both", True, False, ""),
        ("cancel the whole order", True, False, ""),
        ("everything except the lamp", False, True, "the lamp"),
        ("all items but the boots", False, True, "the boots"),
        ("that's all", False, False, ""),
        ("not at all", False, False, ""),
        ("I waited all day", False, False, ""),
        ("after all it works", False, False, ""),
        ("the lamp", False, False, ""),
        ("全部返品", True, False, ""),
        ("両方とも", True, False, ""),
        ("すべてキャンセル", True, False, ""),
        ("ランプ以外", False, True, "らんぷ"),
        ("ランプを除いて全部", False, True, "らんぷ"),
        ("ランプ", False, False, ""),
    ],
)
def test_everything_or_all_but_something(
    text: str,
    is_everything: bool,
    is_rest: bool,
    excepted: str,
) -> None:
    found = heard(text)
    assert (found.is_everything, found.is_rest, found.excepted_words) == (
        is_everything,
        is_rest,
        excepted,
    )


def test_both_of_two_are_both() -> None:
    found = heard("both", Kind.SEVERAL, *PAIR)
    assert (found.choices, found.is_everything) == (("s", "l"), True)
    assert heard("どちらも", Kind.SEVERAL, *PAIR).choices == ("s", "l")


def test_all_of_one_kind_is_not_everything() -> None:
    found = heard("return all the bottles", Kind.SEVERAL, *LINES)
    assert (found.choices, found.is_everything) == (("3",), False)


def test_things_of_one_name_are_all_meant_or_none() -> None:
    lamps = (
        Option("1", "ランプ / Lamp / ランプ Lamp 黒 black"),
        Option("2", "ランプ / Lamp / ランプ Lamp 白 white"),
        Option("3", "ボトル / Bottle"),
    )
    assert heard("lamps", Kind.SEVERAL, *lamps).choices == ("1", "2")
    assert heard("the white lamp", Kind.SEVERAL, *lamps).choices == ("2",)
    assert heard("that lamp one", Kind.SEVERAL, *lamps).choices == ()
    assert heard("ランプ", Kind.SEVERAL, *lamps).choices == ("1", "2")


def test_one_size_up_from_what_one_has() -> None:
    sizes = (
        Option("s", "S"),
        Option("m", "M", is_current=True),
        Option("l", "L"),
        Option("x", "XL"),
    )
    assert heard("one size up", Kind.OPTION, *sizes).choices == ("l",)
    assert heard("ワンサイズ下", Kind.OPTION, *sizes).choices == ("s",)
    assert heard("smaller", Kind.OPTION, *sizes).choices == ("s",)
    assert heard("bigger", Kind.OPTION, *sizes).choices == ()


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("two of the blue and one red", [(2, "b"), (1, "r")]),
        ("2 blue, 1 white", [(2, "b"), (1, "w")]),
        ("three of the red ones", [(3, "r")]),
        ("青を2つ", [(2, "b")]),
        ("青2つと赤1つ", [(2, "b"), (1, "r")]),
        ("白を三つお願いします", [(3, "w")]),
        ("two of them", []),
        ("2つ目", []),
    ],
)
def test_numbers_of_things(text: str, counted: list[tuple[int, str]]) -> None:
    found = heard(text, Kind.SEVERAL, *COLOURS).counted
    assert [(one.number, *one.choices) for one in found] == counted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I want to return 2 shirts", [(2, "shirts")]),
        ("two lamps and three bottles", [(2, "lamps"), (3, "bottles")]),
        ("マグカップを三つ返品したい", [(3, "まぐかっぷ")]),
        ("白いTシャツ2枚と靴下3足", [(2, "白いtしゃつ"), (3, "靴下")]),
        ("I ordered it 3 days ago", []),
        ("2 weeks", []),
        ("at 5 pm", []),
        ("2日後", []),
    ],
)
def test_numbers_with_their_words(text: str, words: list[tuple[int, str]]) -> None:
    assert [(one.number, one.words) for one in heard(text).counted] == words


def test_words_may_be_looked_for_among_any_options() -> None:
    known = lexicon(Language.ENGLISH)
    assert named_in("red one in size L", VERSIONS, known) == ("rl",)
    assert named_in("blue", VERSIONS, known) == ("bm", "bl")
    assert named_in("toaster", VERSIONS, known) == ()
