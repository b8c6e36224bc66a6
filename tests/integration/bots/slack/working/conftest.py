"""Cases in channels, and colleagues who press there."""

import pytest

from tests.slack_bench import Bench, a_bench
from tests.slack_desk import SlackDesk


@pytest.fixture
def bench(desk: SlackDesk) -> Bench:
    return a_bench(desk)
