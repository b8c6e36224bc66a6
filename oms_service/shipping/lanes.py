"""How long parcels take between the regions of Japan, where nothing else is configured.

A rule of thumb of the three big carriers' public tables for parcels handed over in the afternoon:
next day within and between neighbouring areas, the day after from end to end, a day more to
Hokkaido, Okinawa and over the sea. Rows of ``lead_times`` win over it.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Lane:
    """Days on the road: as a rule, and at the latest in nineteen of twenty cases."""

    usual_days: int
    late_days: int


#: Areas from north to south. Two areas are as far from each other as their places here.
AREAS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("hokkaido", frozenset({"北海道"})),
    ("tohoku", frozenset({"青森", "岩手", "宮城", "秋田", "山形", "福島"})),
    (
        "kanto",
        frozenset({"茨城", "栃木", "群馬", "埼玉", "千葉", "東京", "神奈川", "山梨"}),
    ),
    (
        "chubu",
        frozenset({"新潟", "富山", "石川", "福井", "長野", "岐阜", "静岡", "愛知", "三重"}),
    ),
    ("kansai", frozenset({"滋賀", "京都", "大阪", "兵庫", "奈良", "和歌山"})),
    (
        "chugoku",
        frozenset({"鳥取", "島根", "岡山", "広島", "山口", "徳島", "香川", "愛媛", "高知"}),
    ),
    ("kyushu", frozenset({"福岡", "佐賀", "長崎", "熊本", "大分", "宮崎", "鹿児島"})),
    ("okinawa", frozenset({"沖縄"})),
)
_PLACE: Final = {
    name: number for number, (_, prefectures) in enumerate(AREAS) for name in prefectures
}
_OVER_THE_SEA: Final = frozenset({0, len(AREAS) - 1})
_NEXT_DAY_REACH: Final = 2


def usual(origin: str, destination: str) -> Lane | None:
    """The lane between two prefectures, or None where either is not one of ours."""
    start, end = _place(origin), _place(destination)
    if start is None or end is None:
        return None
    if start == end:
        return Lane(1, 2)
    days = 1 if abs(start - end) <= _NEXT_DAY_REACH else 2
    if _OVER_THE_SEA & {start, end}:
        return Lane(max(days, 2), max(days, 2) + 2)
    return Lane(days, days + 1)


def distance(origin: str, destination: str) -> int | None:
    """How many areas apart two prefectures are, 0 within one; None where one is not ours."""
    start, end = _place(origin), _place(destination)
    return None if start is None or end is None else abs(start - end)


def bare_name(region: str) -> str:
    """A prefecture as it is called in a sentence (東京, not 東京都); other names as they are."""
    name = unicodedata.normalize("NFKC", region).strip()
    bare = name[:-1] if name.endswith(("都", "府", "県")) else name
    return bare if name not in _PLACE and bare in _PLACE else name


def _place(region: str) -> int | None:
    return _PLACE.get(bare_name(region))
