"""Which channel the cases of a queue stand in: chosen by its id, or made in Slack by us."""

import re
from typing import Any, Final

from sqlalchemy import update

from bots.slack import lanes, workspaces
from bots.slack.client import Refused
from bots.slack.events import SlackChannelChosen
from bots.slack.models import SlackChannel
from cases.routing import queries as routing
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime

#: A channel's id, or the end of its address.
_ID: Final = re.compile(r"^(?:https://[^/\s]+/archives/)?([CG][A-Z0-9]{5,20})/?$")

_NO_CHANNEL: Final = frozenset(
    {"channel_not_found", "is_archived", "method_not_supported_for_channel_type"}
)


def choose(house: Runtime, workspace_id: int, queue_code: str, written: str, by: Actor) -> None:
    """Have the cases of a queue stand in a channel that is there; Slack is asked about it.

    Raises:
        Invalid: no id of a channel, or one in which we are not.
        NotFound: no such queue or workspace.
        Busy, Unanswered, Refused: as the call.
    """
    found = _ID.match(written.strip())
    if found is None:
        raise Invalid("no channel", {"channel": "is no id of a channel"})
    slack = workspaces.slack_of(house, workspace_id)
    try:
        said = slack.call("conversations.info", {"channel": found[1]})["channel"]
        if not said.get("is_member"):
            if said.get("is_private"):
                raise Invalid("not in there", {"channel": "has to invite the app first"})
            slack.call("conversations.join", {"channel": found[1]})
    except Refused as refused:
        if refused.code in _NO_CHANNEL:
            raise Invalid("no channel", {"channel": "is no channel the app can see"}) from None
        raise
    _keep(house, workspace_id, queue_code, said, by)


def make(house: Runtime, workspace_id: int, queue_code: str, name: str, by: Actor) -> None:
    """Have Slack make a channel, and the cases of a queue stand in it.

    Raises:
        Invalid: Slack does not take the name.
        NotFound: no such queue or workspace.
        Busy, Unanswered, Refused: as the call.
    """
    slack = workspaces.slack_of(house, workspace_id)
    with house.database.reading() as connection:
        routing.queue(connection, queue_code)
    try:
        said = slack.call("conversations.create", {"name": name.strip().lower()})["channel"]
    except Refused as refused:
        if refused.code == "name_taken" or refused.code.startswith("invalid_name"):
            why = "is taken" if refused.code == "name_taken" else "is no name Slack takes"
            raise Invalid("no name for a channel", {"name": why}) from None
        raise
    _keep(house, workspace_id, queue_code, said, by)


def leave(uow: UnitOfWork, channel_id: int) -> None:
    """No more cases of its queue appear in a channel; those that stand there go on.

    Raises:
        NotFound: no such channel.
    """
    held = locks.one(uow.session, SlackChannel, channel_id)
    held.queue_id = None


def _keep(
    house: Runtime, workspace_id: int, queue_code: str, said: dict[str, Any], by: Actor
) -> None:
    with house.unit_of_work(by) as uow:
        queue = routing.queue(uow.session, queue_code)
        locks.a_name(uow.session, f"slack queue {queue.id}")
        uow.session.execute(
            update(SlackChannel)
            .where(SlackChannel.queue_id == queue.id, SlackChannel.slack_id != str(said["id"]))
            .values(queue_id=None)
            .execution_options(synchronize_session=False)
        )
        channel_id = lanes.know(
            uow,
            workspace_id,
            str(said["id"]),
            name=str(said.get("name") or ""),
            language=house.settings.language,
            is_private=bool(said.get("is_private")),
            queue_id=queue.id,
        )
        uow.emit(SlackChannelChosen(slack_channel_id=channel_id, queue_id=queue.id))


def speak(uow: UnitOfWork, channel_id: int, language: Language) -> None:
    """Have what stands in a channel speak a language.

    Raises:
        NotFound: no such channel.
    """
    changed = uow.session.execute(
        update(SlackChannel)
        .where(SlackChannel.id == channel_id)
        .values(language=language)
        .returning(SlackChannel.id)
    ).scalar()
    if changed is None:
        raise NotFound("no such channel")
