"""Products, choices and shops by what customers call them."""

import pytest

from bots.goods import matching
from oms_service.kernel.languages import Words

NAMES: dict[str, Words] = {
    "tshirt": {"ja": "厚手コットンTシャツ", "en": "Heavy cotton T-shirt"},
    "shirt": {"ja": "リネンシャツ", "en": "Linen shirt"},
    "drip": {"ja": "ドリップコーヒー", "en": "Drip coffee"},
    "beans": {"ja": "ブラジル サントス コーヒー豆", "en": "Brazil Santos coffee beans"},
    "decaf": {"ja": "カフェインレス コーヒー豆", "en": "Decaf coffee beans"},
    "mug": {"ja": "美濃焼マグカップ", "en": "Mino ware mug"},
    "kettle": {"ja": "細口ドリップケトル", "en": "Gooseneck kettle"},
    "tea": {"ja": "紅茶", "en": "Black tea"},
    "tote": {"ja": "帆布トートバッグ(アウトレット)", "en": "Canvas tote (outlet)"},
    "lamp": {"ja": "Desk Lamp", "en": "Desk Lamp"},
}


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("how many t-shirt options are there now?", ("tshirt",)),
        ("do you have tshirts", ("tshirt",)),
        ("T shirts in size L?", ("tshirt",)),
        ("is the linen shirt sold out", ("shirt",)),
        ("drip coffe please", ("drip",)),
        ("kettel price", ("kettle",)),
        ("price of the kettle", ("kettle",)),
        ("do you have the tote?", ("tote",)),
        ("desk lamps", ("lamp",)),
        ("coffee beans", ("beans", "decaf")),
        ("the brazil coffee beans", ("beans",)),
        ("is it in stock", ()),
        ("what's your favourite", ()),
        ("Tシャツは何色ありますか", ("tshirt",)),
        ("ティーシャツの在庫", ("tshirt",)),
        ("Tシャツ L", ("tshirt",)),
        ("コーヒー豆の在庫", ("beans", "decaf")),
        ("ドリップコーヒーは在庫ありますか", ("drip",)),
        ("ドリツプコーヒー", ("drip",)),
        ("まぐかっぷありますか", ("mug",)),
        ("ケトルはいくらですか", ("kettle",)),
        ("トートバッグ", ("tote",)),
        ("紅茶ありますか", ("tea",)),
        ("在庫ありますか", ()),
        ("これはまだ買えますか", ()),
        ("", ()),
    ],
)
def test_a_product_is_found_by_what_it_is_called(said: str, found: tuple[str, ...]) -> None:
    assert matching.find(said, NAMES) == found


SHIRTS = {
    place: {"size": (size,), "color": (color, ja)}
    for place, (size, color, ja) in enumerate(
        (size, color, ja)
        for size in ("S", "M", "L", "XL")
        for color, ja in (("white", "白"), ("navy", "紺"))
    )
}


@pytest.mark.parametrize(
    ("said", "fitting", "lacking"),
    [
        ("white in L", (4,), ()),
        ("a large navy one", (5,), ()),
        ("紺のLサイズ", (5,), ()),
        ("ネイビーのXL", (7,), ()),
        ("白いのは", (0, 2, 4, 6), ()),
        ("what's the white one", (0, 2, 4, 6), ()),
        ("I'm looking for an M", (2, 3), ()),
        ("is the blue one in size L in stock", (4, 5), ("blue",)),
        ("赤はありますか", tuple(SHIRTS), ("red",)),
        ("any left", tuple(SHIRTS), ()),
    ],
)
def test_choices_are_named_in_either_language_and_what_there_is_not_is_said(
    said: str, fitting: tuple[int, ...], lacking: tuple[str, ...]
) -> None:
    found = matching.choose(said, SHIRTS, NAMES["tshirt"])
    assert found.fitting == fitting
    assert tuple(one["en"] for one in found.lacking) == lacking


def test_a_colour_in_the_name_of_a_product_is_no_choice() -> None:
    found = matching.choose("black tea", {1: {"form": ("leaf", "茶葉")}}, NAMES["tea"])
    assert (found.is_named, found.lacking) == (False, ())


def test_one_sign_is_a_choice_only_where_it_stands_as_one() -> None:
    boards = {1: {"size": ("small", "小")}, 2: {"size": ("large", "大")}}
    assert not matching.choose("大丈夫ですか", boards, {}).is_named
    assert matching.choose("大きいほう", boards, {}).fitting == (2,)


def test_measures_are_read_with_a_space_and_without() -> None:
    pans = {1: {"size": ("20cm", "20 cm")}, 2: {"size": ("26cm", "26 cm")}}
    assert matching.choose("the 26 cm pan", pans, {}).fitting == (2,)
    assert matching.choose("２６ｃｍのもの", pans, {}).fitting == (2,)


def test_what_a_product_is_called_is_none_of_its_choices() -> None:
    options = {1: {"grind": ("beans", "豆のまま")}, 2: {"grind": ("ground", "中挽き")}}
    name = {"ja": "コーヒー豆", "en": "Coffee beans"}
    assert not matching.choose("coffee beans in stock", options, name).is_named
    assert matching.choose("ground coffee beans", options, name).fitting == (2,)
