"""What the demo shop packs into, how large its goods are, and on which shelves they lie.

The boxes are the usual sizes of Japan's carriers: 60, 80, 100 and 120 centimetres around, the
compact box, and what goes through a letter box.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from oms_service.catalog.boxes import BoxView
from oms_service.demo_shop.catalogue import Choice
from oms_service.warehouse.work import NewBin


def _box(
    code: str, names: tuple[str, str], inside_mm: tuple[int, int, int], *, weights: tuple[int, int]
) -> BoxView:
    """``weights``: the most it carries and its own, in grams."""
    long, wide, high = inside_mm
    thin = code in {"NEKOPOS", "COMPACT"}
    return BoxView(
        code=code,
        name={"ja": names[0], "en": names[1]},
        length_mm=long,
        width_mm=wide,
        height_mm=high,
        wall_mm=1 if thin else 3,
        max_weight_g=weights[0],
        tare_g=weights[1],
        cost_minor=_COSTS[code],
    )


_COSTS: Final = {"NEKOPOS": 20, "COMPACT": 70, "60": 60, "80": 80, "100": 120, "120": 160}
BOXES: Final = (
    _box("NEKOPOS", ("ネコポス用", "Letter box"), (308, 226, 24), weights=(1_000, 30)),
    _box("COMPACT", ("コンパクト", "Compact"), (246, 196, 46), weights=(5_000, 60)),
    _box("60", ("60サイズ", "Size 60"), (244, 184, 144), weights=(2_000, 120)),
    _box("80", ("80サイズ", "Size 80"), (334, 244, 194), weights=(5_000, 220)),
    _box("100", ("100サイズ", "Size 100"), (394, 294, 274), weights=(10_000, 380)),
    _box("120", ("120サイズ", "Size 120"), (444, 344, 364), weights=(15_000, 560)),
)
#: Length, width and height in mm of each thing in its smallest choice.
_SIZES: Final[Mapping[str, tuple[int, int, int]]] = {
    "drip": (160, 110, 60),
    "iced": (160, 110, 60),
    "hojicha": (170, 110, 50),
    "sencha": (170, 110, 50),
    "holiday": (200, 110, 70),
    "dripper": (130, 120, 110),
    "kettle": (290, 150, 200),
    "mug": (120, 100, 100),
    "tumbler": (90, 90, 180),
    "pan": (380, 220, 60),
    "board": (300, 180, 20),
    "towel": (180, 120, 40),
    "apron": (280, 200, 25),
    "tshirt": (290, 210, 20),
    "shirt": (300, 220, 25),
    "knit": (320, 240, 60),
    "sweat": (320, 240, 60),
    "socks": (200, 90, 20),
    "outlet-bag": (330, 240, 30),
}
_COFFEE: Final = (200, 110, 70)
#: How much higher larger choices are.
_HIGHER: Final = {"30": 2, "50": 3, "500g": 2, "bath": 2, "480ml": 1.2, "large": 1.25}
#: The zone in which each category lies.
_ZONES: Final = {"coffee": "A", "tea": "A", "kitchen": "B", "home": "C", "clothing": "D"}
_SHELVES, _LEVELS = 12, 4


def size_mm(choice: Choice) -> tuple[int, int, int]:
    """How large one unit is as it is packed."""
    long, wide, high = _SIZES.get(choice.thing.code, _COFFEE)
    for value in choice.options.values():
        high = round(high * _HIGHER.get(value, 1))
    return long, wide, high


def bins(variants: Mapping[str, tuple[int, Choice]], locations: Mapping[str, int]) -> list[NewBin]:
    """A shelf for every variant at every location, such as ``B-07-2``: zone, shelf, level."""
    return [
        NewBin(location_id=location_id, variant_id=variant_id, zone=code[0], code=code)
        for location_id in locations.values()
        for variant_id, code in _codes(variants)
    ]


def _codes(variants: Mapping[str, tuple[int, Choice]]) -> Iterator[tuple[int, str]]:
    filled: dict[str, int] = {}
    for variant_id, choice in variants.values():
        zone = _ZONES[choice.thing.category]
        place = filled.get(zone, 0)
        filled[zone] = place + 1
        yield variant_id, f"{zone}-{place // _LEVELS % _SHELVES + 1:02}-{place % _LEVELS + 1}"
