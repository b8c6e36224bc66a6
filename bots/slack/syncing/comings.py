"""Workspaces and channels come and go: what Slack tells of them is so here, too."""

from collections.abc import Mapping
from typing import Any

from slack_bolt import Ack, App, BoltContext
from sqlalchemy import update

from bots.slack import queries, workspaces
from bots.slack.app import seat_of
from bots.slack.models import SlackChannel
from bots.slack.seats import Seat
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.runtime import Runtime

_SLACK = Actor(ActorKind.INTEGRATION, "slack")


def attach(app: App, house: Runtime) -> None:
    """Listen to the life of workspaces and channels."""

    @app.event("app_uninstalled")
    def uninstalled(ack: Ack, context: BoltContext) -> None:
        _gone(house, seat_of(context))
        ack()

    @app.event("tokens_revoked")
    def revoked(ack: Ack, event: Mapping[str, Any], context: BoltContext) -> None:
        if (event.get("tokens") or {}).get("bot"):
            _gone(house, seat_of(context))
        ack()

    for name in ("channel_archive", "group_archive"):
        app.event(name)(_archived(house, "is_archived"))
    for name in ("channel_unarchive", "group_unarchive"):
        app.event(name)(_archived(house, ""))
    for name in ("channel_rename", "group_rename"):
        app.event(name)(_renamed(house))


def _gone(house: Runtime, seat: Seat) -> None:
    if seat.workspace is not None:
        with house.unit_of_work(_SLACK) as uow:
            workspaces.revoke(uow, seat.workspace.id)


def _archived(house: Runtime, trouble: str) -> Any:
    def listen(ack: Ack, event: Mapping[str, Any], context: BoltContext) -> None:
        _set(house, seat_of(context), str(event.get("channel") or ""), trouble=trouble)
        ack()

    return listen


def _renamed(house: Runtime) -> Any:
    def listen(ack: Ack, event: Mapping[str, Any], context: BoltContext) -> None:
        channel = event.get("channel") or {}
        name = str(channel.get("name") or "")[:100]
        if name:
            _set(house, seat_of(context), str(channel.get("id") or ""), name=name)
        ack()

    return listen


def _set(house: Runtime, seat: Seat, slack_id: str, **values: str) -> None:
    if seat.workspace is None:
        return
    with house.unit_of_work(_SLACK) as uow:
        found = queries.channel_at(uow.session, seat.workspace.id, slack_id)
        if found is not None:
            uow.session.execute(
                update(SlackChannel).where(SlackChannel.id == found.id).values(**values)
            )
