"""The house where rings may go to a push service on this machine."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from oms_service.settings import Settings
from tests.fakes.receiver import Receiver, a_receiver


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, webhooks_private=True)


@pytest.fixture
def service() -> Iterator[Receiver]:
    with a_receiver() as server:
        yield server
