"""How the demo shop sends: typical services of Japan's carriers, at example prices.

Limits are those the carriers publish; prices are examples in round figures, no tariff.
"""

from collections.abc import Sequence
from typing import Any, Final

from oms_service.kernel.languages import Words
from oms_service.shipping.calendars.service import NewWorkingDays
from oms_service.shipping.services import NewService

_OKINAWA: Final = {"region": "沖縄県", "surcharge_minor": 600}
#: How many days longer they take, ``shipping.areas`` says.
_FAR_ISLANDS: Final = {
    "places": ["izu_islands", "ogasawara", "mishima_tokara", "amami", "okinawa_islands"],
    "surcharge_minor": 900,
}
#: The usual sizes of parcels: the three sides together in mm, the weight in g, the price nearby.
_SIZES: Final = (
    (600, 2_000, 900),
    (800, 5_000, 1_200),
    (1_000, 10_000, 1_500),
    (1_200, 15_000, 1_900),
    (1_400, 20_000, 2_300),
    (1_600, 25_000, 2_700),
)


def _by_distance(near: int, step: int) -> list[int]:
    """Dearer with each area that lies between."""
    return [near + step * max(0, areas - 1) for areas in range(7)]


def _parcels(cheaper: int) -> dict[str, Any]:
    return {
        "steps": [
            {
                "up_to_sides_mm": sides,
                "up_to_g": weight,
                "by_distance": _by_distance(near - cheaper, 130),
            }
            for sides, weight, near in _SIZES
        ]
    }


def _one_price(up_to_g: int, price: int) -> dict[str, Any]:
    return {"steps": [{"up_to_g": up_to_g, "by_distance": [price]}]}


def _service(
    code: tuple[str, str], name: Words, rates: dict[str, Any], remote: Sequence[Any], **more: Any
) -> NewService:
    return NewService(
        carrier=code[0],
        service=code[1],
        name=name,
        currency="JPY",
        rates=rates,
        remote={"areas": list(remote)},
        **more,
    )


SERVICES: Final = (
    _service(
        ("yamato", "takkyubin"),
        {"ja": "宅急便", "en": "TA-Q-BIN"},
        _parcels(0),
        (_OKINAWA, _FAR_ISLANDS),
        max_weight_g=30_000,
        max_sides_mm=2_000,
        max_longest_mm=1_700,
        has_cash_on_delivery=True,
    ),
    _service(
        ("yamato", "compact"),
        {"ja": "宅急便コンパクト", "en": "TA-Q-BIN Compact"},
        {"steps": [{"up_to_g": 30_000, "by_distance": _by_distance(650, 60)}]},
        (_OKINAWA, _FAR_ISLANDS),
        max_weight_g=30_000,
        max_sides_mm=500,
        max_longest_mm=250,
        max_thickness_mm=50,
        has_cash_on_delivery=True,
    ),
    _service(
        ("yamato", "nekopos"),
        {"ja": "ネコポス", "en": "Nekopos"},
        _one_price(1_000, 380),
        (),
        max_weight_g=1_000,
        max_sides_mm=568,
        max_longest_mm=312,
        max_thickness_mm=30,
    ),
    _service(
        ("sagawa", "hikyaku"),
        {"ja": "飛脚宅配便", "en": "Hikyaku Express"},
        _parcels(20),
        ({**_OKINAWA, "surcharge_minor": 1_100}, _FAR_ISLANDS),
        max_weight_g=30_000,
        max_sides_mm=1_600,
        max_longest_mm=1_000,
        has_cash_on_delivery=True,
    ),
    _service(
        ("japanpost", "yu_pack"),
        {"ja": "ゆうパック", "en": "Yu-Pack"},
        _parcels(-20),
        ({**_OKINAWA, "surcharge_minor": 300}, {**_FAR_ISLANDS, "surcharge_minor": 0}),
        max_weight_g=25_000,
        max_sides_mm=1_700,
        max_longest_mm=1_600,
        has_cash_on_delivery=True,
    ),
    _service(
        ("japanpost", "click_post"),
        {"ja": "クリックポスト", "en": "Click Post"},
        _one_price(1_000, 200),
        (),
        max_weight_g=1_000,
        max_sides_mm=620,
        max_longest_mm=340,
        max_thickness_mm=30,
        extra_days=1,
    ),
)
#: Locations that do not work as usual: orders until 15:00, on Saturdays until noon.
WORKING_DAYS: Final = {
    "fukuoka": NewWorkingDays(
        cut_offs=(15 * 60,) * 5 + (12 * 60, None),
        handling_days=0,
        collection_minute=17 * 60,
        keeps_holidays=True,
    )
}
#: On these days of a new year all locations are closed.
NEW_YEAR: Final = ((1, 1), (1, 2), (1, 3))
NEW_YEAR_NAME: Final[Words] = {"ja": "年始休業", "en": "New Year's holidays"}
#: Where the demo's orders come from: as few parcels as can be, shops only where nobody else has it.
RULES: Final[dict[str, Any]] = {
    "judge_first": ["split"],
    "shop_minor": 400,
    "promise_days": 3,
    "most_locations": 3,
}
