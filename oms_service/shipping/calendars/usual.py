"""What holds of carriers the shop has said nothing about: as they publish it.

Sources (October 2026): ヤマト運輸「宅急便 お届け時間帯」, 佐川急便「配達時間帯指定サービス」,
日本郵便「ゆうパック 配達時間帯指定」; the codes are those of their own label programs (B2 クラウド,
e飛伝, ゆうプリR). The three collect and deliver on every day of the year.
"""

from collections.abc import Mapping
from datetime import time
from typing import Final

from oms_service.shipping.calendars.days import CarrierDays, DeliveryWindow, Windows


def _hours(code: str, start: int, until: int) -> DeliveryWindow:
    if until == 12:  # noqa: PLR2004 - noon
        words = {"ja": "午前中", "en": "Morning"}
    else:
        words = {"ja": f"{start}~{until}時", "en": f"{start}:00–{until}:00"}
    return DeliveryWindow(code, time(start), time(until), words)


WINDOWS: Final[Mapping[str, Windows]] = {
    "yamato": Windows(
        offered=(
            _hours("0812", 8, 12),
            _hours("1416", 14, 16),
            _hours("1618", 16, 18),
            _hours("1820", 18, 20),
            _hours("1921", 19, 21),
        ),
        without=frozenset({"nekopos"}),
    ),
    "sagawa": Windows(
        offered=(
            _hours("01", 8, 12),
            _hours("12", 12, 14),
            _hours("14", 14, 16),
            _hours("16", 16, 18),
            _hours("18", 18, 20),
            _hours("04", 18, 21),
            _hours("19", 19, 21),
        ),
    ),
    "japanpost": Windows(
        offered=(
            _hours("51", 8, 12),
            _hours("52", 12, 14),
            _hours("53", 14, 16),
            _hours("54", 16, 18),
            _hours("55", 18, 20),
            _hours("57", 19, 21),
            _hours("56", 20, 21),
        ),
        without=frozenset({"click_post"}),
    ),
}

_TO_SATURDAY: Final = (True,) * 6 + (False,)
_TO_FRIDAY: Final = (True,) * 5 + (False,) * 2
_WEEKDAYS: Final = CarrierDays(
    pickups=_TO_FRIDAY,
    deliveries=_TO_FRIDAY,
    picks_up_on_holidays=False,
    delivers_on_holidays=False,
)
DAYS: Final[Mapping[str, CarrierDays]] = {
    "usps": CarrierDays(
        pickups=_TO_SATURDAY,
        deliveries=_TO_SATURDAY,
        picks_up_on_holidays=False,
        delivers_on_holidays=False,
    ),
    "ups": _WEEKDAYS,
    "fedex": _WEEKDAYS,
    "dhl": _WEEKDAYS,
}
