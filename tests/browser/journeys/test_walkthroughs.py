"""New users reach what they came for in the time that docs/walkthroughs.md promises."""

import pytest
from playwright.sync_api import Browser

from tests.browser.journeys.place import Place
from tests.browser.journeys.tours import GOALS, Goal, Tour
from tests.browser.journeys.walking import Walk


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.name)
def test_a_new_user_reaches_it_in_time(browser: Browser, place: Place, goal: Goal) -> None:
    walk = Walk(browser, place, goal.look, f"walkthrough-{goal.name}")
    try:
        tour = Tour(walk, place)
        goal.goes(tour)
        walk.ends()
    finally:
        walk.closes()
    assert goal.misses(tour) == ""
