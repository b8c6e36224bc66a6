"""Who is asked how it went, links that open one thing, and what buttons carry: pure decisions."""

from datetime import timedelta

import pytest

from cases.after.links import KEPT, AfterLinks, Opens
from cases.after.policy import Ending, is_low, was_asked_lately, why_not_survey
from cases.after.rules import Rules
from cases.after.scores import choices_of, pressed
from cases.after.states import Skipped
from cases.closings import is_only_thanks
from tests.fakes.clock import StandingClock


def an_ending(
    resolution: str = "answered",
    *,
    is_internal: bool = False,
    has_customer: bool = True,
    is_answered: bool = True,
) -> Ending:
    return Ending(
        resolution=resolution,
        is_internal=is_internal,
        has_customer=has_customer,
        is_answered=is_answered,
    )


@pytest.mark.parametrize(
    ("ending", "rules", "why"),
    [
        (an_ending(), Rules(), None),
        (an_ending(), Rules(asks_satisfaction=False), Skipped.OFF),
        (
            an_ending("x", is_internal=True, has_customer=True, is_answered=True),
            Rules(),
            Skipped.INTERNAL,
        ),
        (
            an_ending("answered", is_internal=False, has_customer=False, is_answered=True),
            Rules(),
            Skipped.UNKNOWN_CUSTOMER,
        ),
        (
            an_ending("duplicate", is_internal=False, has_customer=True, is_answered=True),
            Rules(),
            Skipped.ENDING,
        ),
        (
            an_ending("answered", is_internal=False, has_customer=True, is_answered=False),
            Rules(),
            Skipped.UNANSWERED,
        ),
    ],
)
def test_only_an_answered_customer_is_asked(
    ending: Ending, rules: Rules, why: Skipped | None
) -> None:
    assert why_not_survey(ending, rules) is why


def test_nobody_is_asked_twice_within_the_days() -> None:
    now = StandingClock().now()
    assert not was_asked_lately(None, Rules(), now=now)
    assert was_asked_lately(now - timedelta(days=13), Rules(), now=now)
    assert not was_asked_lately(now - timedelta(days=14), Rules(), now=now)
    assert not was_asked_lately(now, Rules(not_again_days=0), now=now)


def test_low_is_what_the_shop_calls_low() -> None:
    assert [is_low(score, Rules()) for score in (None, 1, 2, 3)] == [False, True, True, False]
    assert not is_low(1, Rules(low_score=0))


def test_buttons_carry_the_question_and_the_score() -> None:
    assert [pressed(one) for one in choices_of(7)] == [(7, 5), (7, 4), (7, 3), (7, 2), (7, 1)]
    for other in (None, "", "rate:7:6", "rate:0:1", "rate:7:5 ", "rate:-1:3", f"rate:{10**30}:1"):
        assert pressed(other) is None


def test_a_link_opens_what_it_was_made_for_until_its_day() -> None:
    clock = StandingClock()
    links = AfterLinks("a secret", "https://shop.example/", clock)
    assert links.url(Opens.CASE, 3, 9).startswith("https://shop.example/case/")
    token = links.token(Opens.CASE, 3, 9)
    assert links.read(Opens.CASE, token) == (3, 9)
    assert links.read(Opens.SURVEY, token) is None
    assert links.read(Opens.CASE, f"{token}x") is None
    assert links.read(Opens.CASE, "x" * 1000) is None
    assert AfterLinks("another", "", clock).read(Opens.CASE, token) is None
    clock.advance(days=KEPT.days)
    assert links.read(Opens.CASE, token) == (3, 9)
    clock.advance(days=1)
    assert links.read(Opens.CASE, token) is None


@pytest.mark.parametrize(
    ("text", "is_thanks"),
    [
        ("ありがとうございました。助かりました", True),
        ("はい、ありがとうございますm(__)m", True),
        ("承知しました。よろしくお願いいたします。", True),
        ("thx!!", True),
        ("Thanks so much for your help, have a nice day 😊", True),
        ("ご連絡よろしくお願いします", False),
        ("早急な対応お願いします", False),
        ("ok?", False),
        ("5", False),
        ("", False),
    ],
)
def test_closings_people_write(text: str, is_thanks: bool) -> None:
    assert is_only_thanks(text) is is_thanks
