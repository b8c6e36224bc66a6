"""Workspaces and channels come and go: what Slack tells of them is so here, too."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from slack_bolt import Ack, App, BoltContext, BoltResponse
from sqlalchemy import update

from bots.slack import queries, rereading, workspaces
from bots.slack.app import seat_of
from bots.slack.models import SlackChannel
from bots.slack.seats import Seat
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

#: As Slack says it where we post into a channel that put us out.
_OUT: Final = "not_in_channel"
_SLACK = Actor(ActorKind.INTEGRATION, "slack")


def attach(app: App, house: Runtime) -> None:
    """Listen to the life of workspaces and channels."""
    app.middleware(_limited(house))

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
    # Told of the app itself alone.
    for name in ("channel_left", "group_left"):
        app.event(name)(_archived(house, _OUT))
    app.event("member_left_channel")(_of_member(house, _OUT))
    app.event("member_joined_channel")(_of_member(house, ""))


def _of_member(house: Runtime, trouble: str) -> Any:
    """Somebody comes or goes; it matters where that is the app itself."""

    def listen(ack: Ack, event: Mapping[str, Any], context: BoltContext) -> None:
        seat = seat_of(context)
        us = seat.workspace.bot_user if seat.workspace else ""
        if us and event.get("user") == us:
            _set(house, seat, str(event.get("channel") or ""), trouble=trouble)
        ack()

    return listen


def _limited(house: Runtime) -> Any:
    """What hears that news is kept back, which is no event of anybody's."""

    def listen(
        body: Mapping[str, Any],
        context: BoltContext,
        next_: Callable[[], Any],
    ) -> BoltResponse | None:
        if body.get("type") != "app_rate_limited":
            next_()
            return None
        rate_limited(house, seat_of(context))
        return BoltResponse(status=200, body="")

    return listen


def rate_limited(house: Runtime, seat: Seat) -> None:
    """Slack keeps news from us for a while, as there are too many: what they said is read later."""
    if seat.workspace is None:
        return
    with house.unit_of_work(_SLACK) as uow:
        marked = rereading.read_again(uow, workspace_id=seat.workspace.id)
    log.warning("slack.rate_limited", slack_workspace_id=seat.workspace.id, threads=marked)


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
