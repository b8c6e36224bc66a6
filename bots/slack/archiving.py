"""Channels that one case had of its own are put away in Slack once it stands elsewhere."""

from dataclasses import dataclass
from typing import Final

import structlog

from bots.slack import lanes, queries, workspaces
from bots.slack.client import Busy, Refused
from bots.slack.events import SlackChannelLeft
from oms_service.infra.subscribers import NotNow, Outside
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

#: What waits to be said there leaves first: the card says where the case went.
_WAIT_S: Final = 5.0


@dataclass(frozen=True)
class Archiving:
    """Puts channels away; done again, nothing is left to do."""

    house: Runtime

    def put_away(self, outside: Outside, event: SlackChannelLeft) -> None:
        """Archive a channel that is still left; people can do by hand what Slack refuses us.

        Raises:
            NotNow: something is still to be said there, or Slack asks to wait.
            Unanswered, CannotOpen: it is tried again.
        """
        with outside.database.reading() as connection:
            channel = queries.left_channel(connection, event.slack_channel_id)
            waits = channel is not None and queries.waiting(connection, channel.id)
        if channel is None:
            return
        if waits and not channel.trouble:
            raise NotNow(_WAIT_S)
        try:
            slack = workspaces.slack_of(self.house, channel.workspace_id)
            slack.call("conversations.archive", {"channel": channel.slack_id})
        except Busy as busy:
            raise NotNow(busy.wait_s) from None
        except Refused as refused:
            log.info("slack.not_archived", channel_id=channel.id, cause=refused.code)
        with outside.unit_of_work() as uow:
            lanes.close(uow, channel.id)
