"""What Slack's side tells the rest of the house."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("slack.installed", of="slack_workspace")
@dataclass(frozen=True, kw_only=True)
class SlackInstalled(Event):
    """A workspace lets us in."""

    slack_workspace_id: int


@event("slack.revoked", of="slack_workspace")
@dataclass(frozen=True, kw_only=True)
class SlackRevoked(Event):
    """A workspace lets us in no more."""

    slack_workspace_id: int


@event("slack.linked", of="slack_user")
@dataclass(frozen=True, kw_only=True)
class SlackLinked(Event):
    """Somebody in Slack is that colleague, and may do there what the colleague may."""

    slack_user_id: int
    staff_id: int


@event("slack.unlinked", of="slack_user")
@dataclass(frozen=True, kw_only=True)
class SlackUnlinked(Event):
    """Somebody in Slack is no colleague any more."""

    slack_user_id: int
    staff_id: int


@event("slack.channel_chosen", of="slack_channel")
@dataclass(frozen=True, kw_only=True)
class SlackChannelChosen(Event):
    """The cases of a queue stand in that channel from now on."""

    slack_channel_id: int
    queue_id: int


@event("slack.channel_left", of="slack_channel")
@dataclass(frozen=True, kw_only=True)
class SlackChannelLeft(Event):
    """The channel that one case had of its own is needed no more: the case stands elsewhere."""

    slack_channel_id: int


@event("slack.acted", of="slack_user")
@dataclass(frozen=True, kw_only=True)
class SlackActed(Event):
    """A colleague did something in Slack: ``what`` is a code, at ``message`` of ``channel`` there.

    What came of it stands beside it, under the same correlation.
    """

    slack_user_id: int
    what: str
    channel: str
    message: str


@event("slack.told", of="slack_told")
@dataclass(frozen=True, kw_only=True)
class CustomerTold(Event):
    """A customer wrote or pressed something in Slack; it waits to be dealt with, in its turn."""

    slack_told_id: int
