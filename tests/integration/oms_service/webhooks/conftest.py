"""A shop that may call servers of this machine, one such server, and couriers to send there."""

import dataclasses
from collections.abc import Callable, Iterator

import pytest

from oms_service.kernel.actors import SYSTEM
from oms_service.pickup.events import PickupReserved
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from oms_service.webhooks import service
from oms_service.webhooks.delivering import Delivering
from oms_service.webhooks.queries import EndpointView
from oms_service.webhooks.sending import Sender
from oms_service.webhooks.service import Wanted
from tests.fakes.receiver import Receiver, a_receiver


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return dataclasses.replace(settings, webhooks_private=True)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with a_receiver() as server:
        yield server


@pytest.fixture
def delivering(runtime: Runtime) -> Delivering:
    """Couriers that wait a second for an answer, and never longer for chance's sake."""
    return Delivering(
        runtime.unit_of_work,
        Sender(private=True, timeout_s=1.0),
        master=runtime.settings.secret_key,
        spread=lambda: 0.0,
    )


def a_reservation(order_id: int) -> PickupReserved:
    """An event that partners may be told of, and to which nobody in the house reacts."""
    return PickupReserved(
        order_id=order_id,
        pickup_id=1,
        location_id=1,
        ready_by="2026-11-30T00:00:00+00:00",
        is_reservation=False,
    )


Listen = Callable[..., EndpointView]


@pytest.fixture
def listen(runtime: Runtime, receiver: Receiver) -> Listen:
    """``listen("order.*")``: an endpoint at the receiver."""

    def add(*patterns: str, url: str | None = None) -> EndpointView:
        wanted = Wanted(url=url or f"{receiver.url}/hook", patterns=patterns or ("*",))
        with runtime.unit_of_work(SYSTEM) as uow:
            return service.create(uow, wanted, private=True)

    return add


Deliver = Callable[[], int]


@pytest.fixture
def deliver(runtime: Runtime, delivering: Delivering) -> Deliver:
    """Relay what happened and tell it until nothing is due; returns how many were tried."""

    def until_done() -> int:
        drain(runtime)
        tried = 0
        while now := delivering.turn():
            tried += now
        return tried

    return until_done
