"""A shop with one parcel on its way, a key for it, and a client that sends it."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from oms_service.access import keys
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.factories.orders import MadeOrder, make_shipped_order
from tests.factories.shop import make_shop

SCOPES = (
    "track:read",
    "calendars:read",
    "calendars:manage",
    "orders:read",
    "cases:read",
    "cases:configure",
    "cases:work",
    "scans:write",
    "fulfilments:read",
    "fulfilments:work",
    "stock:read",
    "stock:adjust",
    "stock:buy",
    "stock:receive",
    "stock:transfer",
    "stock:count",
    "stock:reserve",
    "health:read",
    "orders:place",
    "orders:hold",
    "orders:change",
    "orders:cancel",
    "documents:read",
    "documents:issue",
    "catalog:read",
    "customers:write",
    "selling:manage",
    "returns:read",
    "returns:request",
    "returns:approve",
    "returns:receive",
    "payments:read",
    "payments:capture",
    "refunds:make",
    "limits:manage",
    "giftcards:issue",
    "giftcards:use",
    "pickups:read",
    "pickups:work",
    "webhooks:manage",
    "routing:manage",
)
YAMATO_SECRET = "a secret we share with Yamato"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, carrier_webhook_secrets={"yamato": YAMATO_SECRET})


@pytest.fixture
def order(runtime: Runtime) -> MadeOrder:
    with runtime.unit_of_work(SYSTEM) as uow:
        return make_shipped_order(uow, make_shop(uow), number="A-10423")


@pytest.fixture
def key(runtime: Runtime) -> str:
    with runtime.unit_of_work(SYSTEM) as uow:
        return keys.create(uow, label="tests", scopes=SCOPES)[1]


Ask = Callable[..., TestResponse]


@pytest.fixture
def ask(app: Flask, key: str) -> Ask:
    """``ask("GET", "/v1/track", query_string=...)`` with the key."""
    client = app.test_client()

    def send(method: str, path: str, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        return client.open(path, method=method, headers=headers, **more)

    return send
