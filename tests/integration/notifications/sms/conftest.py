"""The shop with its provider of short messages."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.factories.shop import make_customer
from tests.fakes.clock import StandingClock
from tests.fakes.receiver import Receiver, a_receiver
from tests.integration.cases.test_portal_waiting import signed_in
from tests.integration.notifications.sms.house import SECRET, Phones


@pytest.fixture
def provider() -> Iterator[Receiver]:
    with a_receiver() as receiver:
        yield receiver


@pytest.fixture
def settings(settings: Settings, provider: Receiver) -> Settings:
    return replace(
        settings, sms_url=provider.url, sms_id_path="id", sms_hook_secret=SECRET, sms_token="t"
    )


@pytest.fixture
def phones(app: Flask, runtime: Runtime, clock: StandingClock, provider: Receiver) -> Phones:
    return Phones(app, runtime, clock, provider)


@pytest.fixture
def customer_id(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_customer(uow)


@pytest.fixture
def other_id(runtime: Runtime) -> int:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_customer(uow, "emma.brown@example.com")


@pytest.fixture
def mine(app: Flask, runtime: Runtime, customer_id: int) -> FlaskClient:
    return signed_in(app, runtime, customer_id)
