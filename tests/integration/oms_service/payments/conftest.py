"""A shop whose cards go by a provider that speaks Stripe's shapes."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask

from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.factories.money import WEBHOOK_SECRET
from tests.factories.shop import Shop, make_shop
from tests.fakes.clock import StandingClock
from tests.fakes.stripe_server import StripeServer, a_stripe_server


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    with a_stripe_server() as server:
        yield server


@pytest.fixture
def app(settings: Settings, clock: StandingClock, stripe: StripeServer) -> Iterator[Flask]:
    with_stripe = dataclasses.replace(
        settings,
        stripe_api_key="sk_test_of_our_own",
        stripe_api_url=stripe.url,
        payment_webhook_secrets={"stripe": WEBHOOK_SECRET},
    )
    with an_app(with_stripe, clock=clock) as made:
        yield made


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shop(uow)
