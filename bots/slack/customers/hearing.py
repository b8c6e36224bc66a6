"""What customers write and press in Slack is kept, and Slack answered; a worker deals with it."""

import re
from collections.abc import Mapping
from typing import Any

from slack_bolt import Ack, App, BoltContext

from bots.slack.app import seat_of
from bots.slack.customers import keeping, shapes
from bots.slack.customers.laying import CHOICE
from bots.slack.customers.shapes import Happened
from bots.slack.seats import Seat
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.runtime import Runtime


def attach(app: App, house: Runtime) -> None:
    """Listen to what customers press, and to the assistant's pane being opened."""

    @app.action(re.compile(rf"^{CHOICE}\d{{1,2}}$"))
    def pressed(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        seat = seat_of(context)
        if seat.staff is None:
            _keep(house, seat, shapes.pressed(seat.user, body))
        ack()

    @app.event("assistant_thread_started")
    def opened(ack: Ack, event: Mapping[str, Any], context: BoltContext) -> None:
        seat = seat_of(context)
        if seat.staff is None:  # colleagues are answered about cases, in every thread alike
            _keep(house, seat, shapes.opened(event))
        ack()

    @app.event("assistant_thread_context_changed")
    def looked_elsewhere(ack: Ack) -> None:
        ack()  # what somebody looks at besides is none of our business


def hear(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> None:
    """One message of a customer, by its place and time; written otherwise, it is said anew."""
    _keep(house, seat, shapes.written(event))


def take_back(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> None:
    """A message that a customer has deleted."""
    _keep(house, seat, shapes.taken_back(event))


def _keep(house: Runtime, seat: Seat, happened: Happened | None) -> None:
    if seat.workspace is None or happened is None:
        return
    with house.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
        keeping.keep(uow, seat.workspace, happened)
