"""The demo shop's data: both languages, real prefectures, nobody's phone."""

import random
import re

import pytest

from oms_service.demo_shop import catalogue, journeys, people, places, scenes
from oms_service.operations.rules import policy
from oms_service.ports.carrier import CarrierStatus
from oms_service.returns.states import ReturnReason
from oms_service.shipping.lanes import usual


def test_there_are_about_120_variants_each_with_its_own_sku() -> None:
    skus = [choice.sku for choice in catalogue.choices()]
    assert 110 <= len(skus) <= 130
    assert len(set(skus)) == len(skus)


@pytest.mark.parametrize("thing", catalogue.THINGS, ids=lambda thing: thing.code)
def test_every_thing_has_words_in_both_languages(thing: catalogue.Thing) -> None:
    for words in (thing.name, thing.description):
        assert set(words) == {"ja", "en"}
        assert not words["ja"].isascii()
        assert words["en"].isascii()


def test_options_have_words_in_both_languages() -> None:
    for choice in catalogue.choices():
        assert len(choice.option_words["ja"]) == len(choice.options)
        assert len(choice.option_words["en"]) == len(choice.options)


def test_food_is_taxed_at_8_percent_and_all_else_at_10() -> None:
    assert {
        thing.tax_rate_bp == 800
        for thing in catalogue.THINGS
        if thing.category in {"coffee", "tea"}
    } == {True}
    assert {
        thing.tax_rate_bp for thing in catalogue.THINGS if thing.category not in {"coffee", "tea"}
    } == {1000}


def test_every_place_is_on_a_lane_from_every_warehouse() -> None:
    for region, _, _, postal_code, _ in people.PLACES:
        assert usual("東京都", region) is not None
        assert re.fullmatch(r"\d{3}-\d{4}", postal_code)
        assert set(places.nearest(region)) == {"tokyo", "osaka", "fukuoka"}


def test_people_are_all_different_and_nobody_real() -> None:
    chance = random.Random(3)  # noqa: S311 - a shop, not a secret
    some = [people.invent(chance, number) for number in range(1, 400)]
    assert len({one.mail for one in some}) == len(some)
    assert len({one.phone for one in some}) == len(some)
    assert all(re.fullmatch(r"090-0\d{3}-\d{4}", one.phone) for one in some)
    assert all(one.mail.endswith(("@example.jp", "@example.com")) for one in some)
    assert {bool(one.family_kana) for one in some} == {True, False}


@pytest.mark.parametrize("slug", sorted(journeys.WORDS))
def test_carriers_words_mean_what_the_journey_says(slug: str) -> None:
    carrier = journeys.CARRIERS[slug]
    meant = {
        "taken": CarrierStatus.IN_TRANSIT,
        "left": CarrierStatus.IN_TRANSIT,
        "passing": CarrierStatus.IN_TRANSIT,
        "arrived": CarrierStatus.IN_TRANSIT,
        "out": CarrierStatus.OUT_FOR_DELIVERY,
        "absent": CarrierStatus.ATTEMPTED,
        "again": CarrierStatus.IN_TRANSIT,
        "delayed": CarrierStatus.DELAYED,
        "done": CarrierStatus.DELIVERED,
    }
    assert {step: carrier.status_of(word) for step, word in journeys.WORDS[slug].items()} == meant


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        ("snow", "snow"),
        ("typhoon", "typhoon"),
        ("rain", "weather"),
        ("volume", "volume"),
        ("address", "address"),
        ("traffic", "traffic"),
    ],
)
def test_causes_are_read_back_into_codes(cause: str, code: str) -> None:
    for carrier in journeys.CARRIERS.values():
        assert carrier.reason_of(journeys.CAUSES[cause]) == code


@pytest.mark.parametrize("code", sorted(places.SHARES))
def test_terms_of_return_are_rules_the_shop_can_read(code: str) -> None:
    rules = policy.read(places.return_rules(code))
    assert rules.window_days == places.RETURN_DAYS[code]
    assert rules.of(ReturnReason.DAMAGED).waives == frozenset(policy.Rule)
    text = places.return_text(code)
    assert f"{rules.window_days}日以内" in text["ja"]
    assert f"within {rules.window_days} days" in text["en"]
    assert f"{rules.fee_minor}円" in text["ja"]
    assert f"{rules.fee_minor} yen" in text["en"]


def test_scenes_sell_what_there_is_to_people_of_their_own() -> None:
    skus = {choice.sku for choice in catalogue.choices()}
    assert {sku for scene in scenes.SCENES for sku, _ in scene.goods} <= skus
    assert len({scene.number for scene in scenes.SCENES}) == len(scenes.SCENES)
    assert len({scene.who.mail for scene in scenes.SCENES}) == len(scenes.SCENES)
    assert len({scene.who.phone for scene in scenes.SCENES}) == len(scenes.SCENES)
