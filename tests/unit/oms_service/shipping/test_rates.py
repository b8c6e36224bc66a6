"""Which service a parcel goes by, and what is said of the others."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from oms_service.kernel.errors import Invalid
from oms_service.shipping.lanes import Lane
from oms_service.shipping.rates import (
    Choice,
    Code,
    Offer,
    Service,
    Size,
    Way,
    choose,
    offer,
    read_remote,
    read_steps,
)

TODAY = date(2026, 11, 23)
TOKYO_TO_OSAKA = Way(origin_region="東京都", region="大阪府", postal_code="530-0001")
TOKYO_TO_NAHA = Way(origin_region="東京都", region="沖縄県", postal_code="900-0001")
PARCEL = Service(
    carrier="yamato",
    service="takkyubin",
    name={"ja": "宅急便", "en": "TA-Q-BIN"},
    currency="JPY",
    max_weight_g=30_000,
    max_sides_mm=2_000,
    max_longest_mm=1_700,
    has_cash_on_delivery=True,
    steps=read_steps(
        {
            "steps": [
                {"up_to_g": 2_000, "up_to_sides_mm": 600, "by_distance": [900, 1_000]},
                {"up_to_g": 30_000, "by_distance": [1_500, 1_600, 1_700]},
            ]
        }
    ),
    remote=read_remote({"areas": [{"region": "沖縄県", "surcharge_minor": 700, "extra_days": 1}]}),
)
LETTER = Service(
    carrier="japan_post",
    service="click_post",
    name={"ja": "クリックポスト", "en": "Click Post"},
    currency="JPY",
    max_weight_g=1_000,
    max_thickness_mm=30,
    extra_days=1,
    steps=read_steps({"steps": [{"up_to_g": 1_000, "by_distance": [200]}]}),
    remote=read_remote(
        {"areas": [{"postal_prefixes": ["9000"], "is_served": False}, {"region": "沖縄県"}]}
    ),
)
SMALL = Size(weight_g=800, sides_mm=(25, 200, 300))


def ask(size: Size = SMALL, way: Way = TOKYO_TO_OSAKA, **given: Any) -> Choice:
    lane = Lane(1, 2)
    return choose(
        [PARCEL, LETTER], size, way, {"yamato": lane, "japan_post": lane}, leaves_on=TODAY, **given
    )


def codes(choice: Choice) -> dict[str, list[Code]]:
    return {one.service: [cause.code for cause in one.causes] for one in choice.others}


def test_the_cheapest_that_takes_it_is_chosen() -> None:
    choice = ask()
    assert choice.best is not None
    assert choice.best.offer is not None
    assert (choice.best.service, choice.best.offer.cost_minor, choice.best.offer.days) == (
        "click_post",
        200,
        2,
    )
    assert codes(choice) == {"takkyubin": [Code.COSTS_MORE]}
    assert choice.others[0].causes[0].facts == {"more_minor": 800}


def test_one_that_comes_in_time_is_worth_more_than_a_cheap_one() -> None:
    choice = ask(arrive_by=date(2026, 11, 24))
    assert choice.best is not None
    assert [cause.code for cause in choice.best.causes] == [Code.CHEAPEST_IN_TIME]
    assert choice.best.service == "takkyubin"
    assert codes(choice) == {"click_post": [Code.TOO_LATE]}


def test_days_on_which_a_carrier_does_not_come_count() -> None:
    def arrives(carrier: str, days: int) -> date | None:
        """Nobody delivers before the 25th, and one carrier not at all."""
        return (
            max(TODAY + timedelta(days=days), date(2026, 11, 25)) if carrier == "yamato" else None
        )

    choice = ask(arrives=arrives, arrive_by=date(2026, 11, 24))
    assert choice.best is not None
    assert choice.best.offer is not None
    assert choice.best.service == "takkyubin"
    assert TODAY + timedelta(days=choice.best.offer.days) == date(2026, 11, 25)
    assert codes(choice) == {"click_post": [Code.NOT_SERVED]}


def test_an_island_takes_longer_whether_or_not_the_service_says_so() -> None:
    sado = Way(origin_region="東京都", region="新潟県", postal_code="952-1555")
    near = Way(origin_region="東京都", region="新潟県", postal_code="950-0087")
    for service in (PARCEL, LETTER):
        far, usual = (offer(service, SMALL, way, Lane(1, 2)) for way in (sado, near))
        assert isinstance(far, Offer)
        assert isinstance(usual, Offer)
        assert (far.days - usual.days, far.is_remote, usual.is_remote) == (1, True, False)


def test_a_service_names_islands_by_their_code() -> None:
    (both,) = read_remote({"areas": [{"places": ["sado", "iki"], "surcharge_minor": 900}]})
    assert (both.postal_prefixes, both.extra_days) == (("952", "8115"), None)
    with pytest.raises(Invalid) as caught:
        read_remote({"areas": [{"places": ["atlantis"]}, {"places": "sado"}]})
    assert {"areas[0].places", "areas[1].places"} <= set(caught.value.fields)


def test_where_none_comes_in_time_the_soonest_goes_and_says_how_late() -> None:
    choice = ask(arrive_by=date(2026, 11, 23))
    assert choice.best is not None
    assert choice.best.service == "takkyubin"
    assert choice.best.causes[0].code is Code.SOONEST
    assert choice.best.causes[0].facts["days_late"] == 1


@pytest.mark.parametrize(
    ("size", "code"),
    [
        (Size(weight_g=1_001, sides_mm=(25, 200, 300)), Code.TOO_HEAVY),
        (Size(weight_g=900, sides_mm=(31, 200, 300)), Code.TOO_THICK),
        (Size(weight_g=900), Code.SIZE_UNKNOWN),
    ],
)
def test_a_service_says_what_it_cannot_take(size: Size, code: Code) -> None:
    choice = ask(size)
    assert codes(choice) == {"click_post": [code]}
    assert choice.best is not None
    assert choice.best.causes[0].code is Code.ONLY_ONE


def test_a_large_parcel_pays_the_step_it_fits_in() -> None:
    choice = ask(Size(weight_g=1_500, sides_mm=(300, 200, 200)))
    assert choice.best is not None
    assert choice.best.offer is not None
    assert choice.best.offer.cost_minor == 1_700


def test_what_nobody_takes_has_no_service() -> None:
    choice = ask(Size(weight_g=900, sides_mm=(40, 100, 1_800)))
    assert choice.best is None
    assert codes(choice) == {"takkyubin": [Code.TOO_LONG], "click_post": [Code.TOO_THICK]}


def test_islands_cost_more_take_longer_and_are_not_served_by_all() -> None:
    choice = ask(way=TOKYO_TO_NAHA)
    assert choice.best is not None
    assert choice.best.offer is not None
    assert (choice.best.offer.cost_minor, choice.best.offer.days) == (1_000 + 700, 2)
    assert choice.best.offer.is_remote
    assert codes(choice) == {"click_post": [Code.NOT_SERVED]}


def test_cash_on_delivery_goes_by_who_collects_it() -> None:
    choice = ask(cash_on_delivery=True)
    assert choice.best is not None
    assert choice.best.service == "takkyubin"
    assert codes(choice) == {"click_post": [Code.NO_CASH_ON_DELIVERY]}


def test_of_equals_the_one_listed_first_goes() -> None:
    twin = replace(PARCEL, service="twin")
    lane = {"yamato": Lane(1, 2)}
    choice = choose([PARCEL, twin], SMALL, TOKYO_TO_OSAKA, lane, leaves_on=TODAY)
    assert choice.best is not None
    assert choice.best.service == "takkyubin"
    assert codes(choice) == {"twin": [Code.LISTED_LATER]}


@pytest.mark.parametrize(
    ("rates", "field"),
    [
        ({}, "steps"),
        ({"steps": []}, "steps"),
        ({"steps": [7]}, "steps[0]"),
        ({"steps": [{"up_to_g": 0, "by_distance": [1]}]}, "steps[0].up_to_g"),
        ({"steps": [{"up_to_g": True, "by_distance": [1]}]}, "steps[0].up_to_g"),
        ({"steps": [{"up_to_g": 1, "by_distance": []}]}, "steps[0].by_distance"),
        ({"steps": [{"up_to_g": 1, "by_distance": [-1]}]}, "steps[0].by_distance"),
        ({"steps": [{"up_to_g": 1, "by_distance": [1], "x": 1}]}, "steps[0].x"),
        ({"steps": [{"up_to_g": 1, "by_distance": [2**70]}]}, "steps[0].by_distance"),
        ({"steps": [{"up_to_g": 1, "by_distance": [1]}], "more": 1}, "more"),
    ],
)
def test_a_wrong_table_is_named(rates: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_steps(rates)
    assert list(refusal.value.fields) == [field]


@pytest.mark.parametrize(
    ("remote", "field"),
    [
        ({"areas": 7}, "areas"),
        ({"areas": [7]}, "areas[0]"),
        ({"areas": [{}]}, "areas[0].region"),
        ({"areas": [{"region": "沖縄県", "extra_days": -1}]}, "areas[0].extra_days"),
        ({"areas": [{"region": "沖縄県", "extra_days": 61}]}, "areas[0].extra_days"),
        ({"areas": [{"region": "沖縄県", "is_served": "no"}]}, "areas[0].is_served"),
        ({"areas": [{"region": "沖縄\0県"}]}, "areas[0].region"),
        ({"areas": [{"region": "\ud800"}]}, "areas[0].region"),
        ({"areas": [{"postal_prefixes": ["a"]}]}, "areas[0].postal_prefixes"),
    ],
)
def test_a_wrong_remote_area_is_named(remote: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        read_remote(remote)
    assert field in refusal.value.fields
