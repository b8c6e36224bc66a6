"""A house with Slack on, and a Slack beside it."""

from collections.abc import Iterator

import pytest

from oms_service.settings import Settings
from tests.fakes.clock import StandingClock
from tests.slack_desk import SlackDesk, a_slack_desk


@pytest.fixture
def desk(settings: Settings, clock: StandingClock) -> Iterator[SlackDesk]:
    with a_slack_desk(settings, clock) as made:
        yield made
