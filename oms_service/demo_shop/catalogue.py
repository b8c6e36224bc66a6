"""What the demo shop sells: coffee, tea, things for the kitchen, clothes. About 120 variants."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product as combinations
from typing import Final

from oms_service.kernel.languages import Words

#: Consumption tax in basis points: food, and everything else.
FOOD: Final = 800
GOODS: Final = 1_000

#: The demand of what cannot be had yet: it is sold in the last days only, and waits for stock.
PREORDER: Final = 0.0

#: Words for option values, as customers read them.
VALUES: Final[dict[str, Words]] = {
    "200g": {"ja": "200g", "en": "200 g"},
    "500g": {"ja": "500g", "en": "500 g"},
    "10": {"ja": "10袋", "en": "10 bags"},
    "30": {"ja": "30袋", "en": "30 bags"},
    "50": {"ja": "50袋", "en": "50 bags"},
    "beans": {"ja": "豆のまま", "en": "whole beans"},
    "ground": {"ja": "中挽き", "en": "medium ground"},
    "leaf": {"ja": "茶葉", "en": "loose leaf"},
    "bags": {"ja": "ティーバッグ", "en": "tea bags"},
    "white": {"ja": "白", "en": "white"},
    "black": {"ja": "黒", "en": "black"},
    "navy": {"ja": "紺", "en": "navy"},
    "grey": {"ja": "グレー", "en": "grey"},
    "green": {"ja": "深緑", "en": "deep green"},
    "natural": {"ja": "生成り", "en": "natural"},
    "copper": {"ja": "銅", "en": "copper"},
    "steel": {"ja": "ステンレス", "en": "steel"},
    "1-2": {"ja": "1〜2杯用", "en": "1–2 cups"},
    "1-4": {"ja": "1〜4杯用", "en": "1–4 cups"},
    "350ml": {"ja": "350ml", "en": "350 ml"},
    "480ml": {"ja": "480ml", "en": "480 ml"},
    "20cm": {"ja": "20cm", "en": "20 cm"},
    "24cm": {"ja": "24cm", "en": "24 cm"},
    "26cm": {"ja": "26cm", "en": "26 cm"},
    "face": {"ja": "フェイスタオル", "en": "hand towel"},
    "bath": {"ja": "バスタオル", "en": "bath towel"},
    "small": {"ja": "小", "en": "small"},
    "large": {"ja": "大", "en": "large"},
}
_OPTION_WORDS: Final[dict[str, Words]] = {
    "weight": {"ja": "内容量", "en": "weight"},
    "pack": {"ja": "入数", "en": "pack"},
    "grind": {"ja": "挽き方", "en": "grind"},
    "form": {"ja": "形状", "en": "form"},
    "color": {"ja": "色", "en": "colour"},
    "size": {"ja": "サイズ", "en": "size"},
    "volume": {"ja": "容量", "en": "volume"},
}
_CLOTHES: Final = ("S", "M", "L", "XL")


@dataclass(frozen=True)
class Thing:
    """A product with the choices it comes in; ``steps`` adds to the price by option value."""

    code: str
    category: str
    name: Words
    description: Words
    price: int
    tax_rate_bp: int
    weight_g: int
    choices: tuple[tuple[str, tuple[str, ...]], ...]
    steps: tuple[tuple[str, int], ...] = ()
    #: How much more (or less) than the average it sells, and in which months it sells double.
    demand: float = 1.0
    months: frozenset[int] = frozenset()
    is_final_sale: bool = False


@dataclass(frozen=True)
class Choice:
    """A variant: a thing with every choice made."""

    thing: Thing
    sku: str
    options: dict[str, str]
    option_words: dict[str, dict[str, str]]
    price: int


def _coffee(code: str, ja: str, en: str, price: int, demand: float) -> Thing:
    return Thing(
        f"beans-{code}",
        "coffee",
        {"ja": f"{ja} コーヒー豆", "en": f"{en} coffee beans"},
        {"ja": f"{ja}を自家焙煎しました。", "en": f"{en}, roasted by ourselves."},
        price,
        FOOD,
        220,
        (("weight", ("200g", "500g")), ("grind", ("beans", "ground"))),
        (("500g", int(price * 1.2)),),
        demand,
        frozenset({11, 12}),
    )


THINGS: Final = (
    Thing(
        "drip",
        "coffee",
        {"ja": "ドリップコーヒー", "en": "Drip coffee"},
        {
            "ja": "お湯を注ぐだけの一杯分ドリップバッグです。",
            "en": "Single-cup drip bags: just add hot water.",
        },
        1_280,
        FOOD,
        180,
        (("pack", ("10", "30", "50")),),
        (("30", 2_000), ("50", 3_500)),
        5.0,
        frozenset({11, 12, 1}),
    ),
    _coffee("brazil", "ブラジル サントス", "Brazil Santos", 1_480, 2.0),
    _coffee("ethiopia", "エチオピア イルガチェフェ", "Ethiopia Yirgacheffe", 1_780, 1.8),
    _coffee("guatemala", "グアテマラ アンティグア", "Guatemala Antigua", 1_680, 1.2),
    _coffee("colombia", "コロンビア スプレモ", "Colombia Supremo", 1_580, 1.4),
    _coffee("decaf", "カフェインレス", "Decaf", 1_880, 0.8),
    Thing(
        "iced",
        "coffee",
        {"ja": "水出しアイスコーヒー", "en": "Cold brew coffee"},
        {
            "ja": "水に浸けて8時間。夏の定番です。",
            "en": "Eight hours in water: our summer standard.",
        },
        980,
        FOOD,
        160,
        (("pack", ("10", "30")),),
        (("30", 1_500),),
        1.2,
        frozenset({6, 7, 8}),
    ),
    Thing(
        "hojicha",
        "tea",
        {"ja": "京ほうじ茶", "en": "Kyoto hojicha"},
        {"ja": "京都の茶葉を浅く焙じました。", "en": "Lightly roasted tea from Kyoto."},
        880,
        FOOD,
        120,
        (("form", ("leaf", "bags")),),
    ),
    Thing(
        "sencha",
        "tea",
        {"ja": "静岡煎茶", "en": "Shizuoka sencha"},
        {"ja": "深蒸しでまろやかな味わいです。", "en": "Deep-steamed and mild."},
        1_080,
        FOOD,
        120,
        (("form", ("leaf", "bags")),),
        (),
        0.9,
        frozenset({5, 6}),
    ),
    Thing(
        "dripper",
        "kitchen",
        {"ja": "磁器コーヒードリッパー", "en": "Porcelain coffee dripper"},
        {"ja": "有田の磁器製です。", "en": "Made of Arita porcelain."},
        2_980,
        GOODS,
        420,
        (("size", ("1-2", "1-4")), ("color", ("white", "black"))),
        (("1-4", 700),),
    ),
    Thing(
        "kettle",
        "kitchen",
        {"ja": "細口ドリップケトル", "en": "Gooseneck kettle"},
        {"ja": "一滴ずつ注げる細口です。", "en": "Pours drop by drop."},
        6_980,
        GOODS,
        900,
        (("color", ("steel", "copper", "black")),),
        (("copper", 3_000),),
        0.7,
        frozenset({12}),
    ),
    Thing(
        "mug",
        "kitchen",
        {"ja": "美濃焼マグカップ", "en": "Mino ware mug"},
        {"ja": "手になじむ丸いかたち。", "en": "A round shape that sits in the hand."},
        2_480,
        GOODS,
        340,
        (("color", ("white", "black", "navy", "green")),),
        (),
        2.0,
        frozenset({12}),
    ),
    Thing(
        "tumbler",
        "kitchen",
        {"ja": "真空断熱タンブラー", "en": "Vacuum tumbler"},
        {"ja": "6時間あたたかいまま。", "en": "Stays warm for six hours."},
        3_280,
        GOODS,
        310,
        (("volume", ("350ml", "480ml")), ("color", ("white", "black", "green"))),
        (("480ml", 500),),
        1.3,
    ),
    Thing(
        "pan",
        "kitchen",
        {"ja": "鉄のフライパン", "en": "Iron frying pan"},
        {"ja": "使うほど育つ一枚です。", "en": "Gets better with use."},
        5_480,
        GOODS,
        1_400,
        (("size", ("20cm", "24cm", "26cm")),),
        (("24cm", 1_000), ("26cm", 1_800)),
        0.6,
    ),
    Thing(
        "board",
        "kitchen",
        {"ja": "ひのきのまな板", "en": "Hinoki cutting board"},
        {"ja": "四万十のひのき一枚板です。", "en": "One piece of Shimanto cypress."},
        4_200,
        GOODS,
        700,
        (("size", ("small", "large")),),
        (("large", 1_600),),
        0.5,
    ),
    Thing(
        "towel",
        "home",
        {"ja": "今治タオル", "en": "Imabari towel"},
        {"ja": "よく吸って、早く乾きます。", "en": "Soaks up much and dries quickly."},
        1_650,
        GOODS,
        150,
        (("size", ("face", "bath")), ("color", ("white", "grey", "navy"))),
        (("bath", 2_200),),
        1.4,
    ),
    Thing(
        "apron",
        "clothing",
        {"ja": "リネンエプロン", "en": "Linen apron"},
        {"ja": "洗うたびやわらかくなります。", "en": "Softer with every wash."},
        5_800,
        GOODS,
        260,
        (("color", ("natural", "navy", "black")),),
        (),
        0.7,
        frozenset({5}),
    ),
    Thing(
        "tshirt",
        "clothing",
        {"ja": "厚手コットンTシャツ", "en": "Heavy cotton T-shirt"},
        {"ja": "一年着てもよれない厚さ。", "en": "Keeps its shape for a year and more."},
        3_900,
        GOODS,
        240,
        (("size", _CLOTHES), ("color", ("white", "black", "navy", "grey"))),
        (),
        2.4,
        frozenset({5, 6, 7}),
    ),
    Thing(
        "shirt",
        "clothing",
        {"ja": "リネンシャツ", "en": "Linen shirt"},
        {"ja": "風の通る着心地です。", "en": "Lets the breeze through."},
        8_900,
        GOODS,
        280,
        (("size", _CLOTHES), ("color", ("white", "natural", "navy"))),
        (),
        1.2,
        frozenset({4, 5, 6}),
    ),
    Thing(
        "knit",
        "clothing",
        {"ja": "ウールニット", "en": "Wool sweater"},
        {"ja": "新潟で編んだ一枚です。", "en": "Knitted in Niigata."},
        12_800,
        GOODS,
        520,
        (("size", ("S", "M", "L")), ("color", ("navy", "grey", "green"))),
        (),
        1.0,
        frozenset({10, 11, 12}),
    ),
    Thing(
        "sweat",
        "clothing",
        {"ja": "裏毛スウェット", "en": "Loopback sweatshirt"},
        {"ja": "和歌山の吊り編み機で編みました。", "en": "Knitted on loopwheelers in Wakayama."},
        7_900,
        GOODS,
        480,
        (("size", _CLOTHES), ("color", ("grey", "navy", "natural"))),
        (),
        1.1,
        frozenset({3, 9, 10}),
    ),
    Thing(
        "socks",
        "clothing",
        {"ja": "五本指ソックス", "en": "Toe socks"},
        {"ja": "奈良の編み立てです。", "en": "Knitted in Nara."},
        1_200,
        GOODS,
        60,
        (("size", ("S", "M", "L")), ("color", ("black", "grey"))),
        (),
        1.2,
    ),
    Thing(
        "holiday",
        "coffee",
        {"ja": "ホリデーブレンド(予約)", "en": "Holiday blend (pre-order)"},
        {"ja": "冬だけのブレンド。まもなく焙煎します。", "en": "Our winter blend, roasted soon."},
        1_980,
        FOOD,
        220,
        (("weight", ("200g", "500g")),),
        (("500g", 2_300),),
        PREORDER,
    ),
    Thing(
        "outlet-bag",
        "clothing",
        {"ja": "帆布トートバッグ(アウトレット)", "en": "Canvas tote (outlet)"},
        {
            "ja": "小さなキズのある品です。返品はお受けできません。",
            "en": "With small flaws; cannot be returned.",
        },
        2_900,
        GOODS,
        380,
        (("color", ("natural", "navy")),),
        (),
        0.6,
        is_final_sale=True,
    ),
)


def choices() -> Iterator[Choice]:
    """Every variant, in a fixed order."""
    for thing in THINGS:
        names = [name for name, _ in thing.choices]
        steps = dict(thing.steps)
        for values in combinations(*(values for _, values in thing.choices)):
            options = dict(zip(names, values, strict=True))
            yield Choice(
                thing,
                "-".join([thing.code, *values]).upper(),
                options,
                {
                    language: {
                        _OPTION_WORDS[name][language]: VALUES.get(value, {}).get(language, value)
                        for name, value in options.items()
                    }
                    for language in ("ja", "en")
                },
                thing.price + sum(steps.get(value, 0) for value in values),
            )
