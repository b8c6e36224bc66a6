"""Islands and other places that parcels reach later than their prefecture: pure.

Postal codes are those of Japan Post's list (https://www.post.japanpost.jp/zipcode/download.html,
October 2026): each prefix covers codes of the area only, and all of its codes have one of them.
The days are what the three big carriers' delivery-day tables add to the nearest mainland in fair
weather: a day where a ferry or plane goes daily, more where it does not. A shop's own rows, of
``shipping.calendars``, win over these.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from oms_service.kernel.languages import Words


@dataclass(frozen=True)
class Area:
    """A place over the sea, or far up a valley; ``extra_days`` beyond what the lane takes."""

    code: str
    name: Words = field(hash=False)
    region: str
    postal_prefixes: tuple[str, ...]
    extra_days: int


def _area(code: str, ja: str, en: str, where: tuple[str, str], extra_days: int) -> Area:
    region, prefixes = where
    return Area(code, {"ja": ja, "en": en}, region, tuple(prefixes.split()), extra_days)


#: The main island of Okinawa is here for its name: the lane counts its sea already.
USUAL: Final[Mapping[str, Area]] = {
    area.code: area
    for area in (
        _area(
            "rishiri_rebun",
            "利尻島・礼文島",
            "Rishiri and Rebun",
            ("北海道", "09701 09702 09703 09704 0971"),
            1,
        ),
        _area("okushiri", "奥尻島", "Okushiri", ("北海道", "04314 04315"), 1),
        _area(
            "teuri_yagishiri",
            "天売島・焼尻島",
            "Teuri and Yagishiri",
            ("北海道", "07838 07839"),
            1,
        ),
        _area(
            "izu_islands",
            "伊豆諸島",
            "Izu Islands",
            ("東京都", "10001 10002 10003 10004 10005 10006 1001"),
            2,
        ),
        # A ship about every six days.
        _area("ogasawara", "小笠原諸島", "Ogasawara", ("東京都", "1002"), 6),
        _area("sado", "佐渡島", "Sado", ("新潟県", "952"), 1),
        _area("awashima", "粟島", "Awashima", ("新潟県", "958006"), 1),
        _area("oki", "隠岐諸島", "Oki Islands", ("島根県", "68401 68402 68403 68404 685"), 1),
        _area("tsushima", "対馬", "Tsushima", ("長崎県", "817"), 1),
        _area("iki", "壱岐", "Iki", ("長崎県", "8115"), 1),
        _area("goto", "五島列島", "Goto Islands", ("長崎県", "853 8574"), 1),
        _area("koshikijima", "甑島", "Koshikijima", ("鹿児島県", "8961"), 1),
        _area(
            "tanegashima_yakushima",
            "種子島・屋久島",
            "Tanegashima and Yakushima",
            ("鹿児島県", "8913 8914"),
            1,
        ),
        # Two ships a week.
        _area(
            "mishima_tokara",
            "三島・トカラ列島",
            "Mishima and Tokara Islands",
            ("鹿児島県", "89009 8915"),
            3,
        ),
        _area(
            "amami",
            "奄美群島",
            "Amami Islands",
            ("鹿児島県", "8916 8917 8918 8919 894"),
            2,
        ),
        _area(
            "okinawa_main",
            "沖縄本島",
            "Okinawa, main island",
            ("沖縄県", "900 9010 9011 9012 902 903 904 90500 90502 90504 9051 9052"),
            0,
        ),
        _area(
            "okinawa_islands",
            "沖縄の離島",
            "Other islands of Okinawa",
            ("沖縄県", "9013 90505 90506 90507 906 907"),
            2,
        ),
    )
}


def digits(postal_code: str) -> str:
    """A postal code as prefixes are compared with it."""
    return postal_code.replace("-", "")


def by_prefix(areas: Iterable[Area]) -> dict[str, Area]:
    """The areas by their postal prefixes, to ask ``closest``."""
    return {prefix: area for area in areas for prefix in area.postal_prefixes}


def closest(prefixes: Mapping[str, Area], postal_code: str) -> Area | None:
    """The area an address lies in: of several, the one with the longest prefix."""
    code = digits(postal_code)
    for length in range(len(code), 0, -1):
        found = prefixes.get(code[:length])
        if found is not None:
            return found
    return None


USUAL_BY_PREFIX: Final[Mapping[str, Area]] = by_prefix(USUAL.values())
