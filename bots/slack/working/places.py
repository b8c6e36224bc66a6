"""A channel of its own for a hard case, and back to the channel of its queue."""

import re
from typing import Final

import structlog

from bots.slack import lanes, people, workspaces
from bots.slack import queries as slack
from bots.slack.blocks.forms import working as forms
from bots.slack.client import Busy, Refused, Slack, Unanswered
from bots.slack.views import WorkspaceView
from bots.slack.working import pressing
from bots.slack.working.asked import DONE, Answer, Asked
from bots.slack.working.looking import look
from bots.slack.working.pressing import Matter
from cases.states import ACTIVE
from cases.views import CaseView
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import IllegalTransition, Invalid
from oms_service.web.texts import gettext

log = structlog.get_logger(__name__)

_NAME: Final = re.compile(r"[^\W_A-Z](?:[^\W_A-Z]|[-_]){0,79}")
#: Of the channels that we are in, so many are looked at: a page, and pages.
_LOOKED_AT: Final = 200
_PAGES: Final = 5
#: Slack's words for a name that cannot be had.
_NAMES: Final = frozenset(
    {
        "name_taken",
        "invalid_name",
        "invalid_name_maxlength",
        "invalid_name_punctuation",
        "invalid_name_required",
        "invalid_name_specials",
    }
)


def promote_form(asked: Asked) -> Answer:
    with look(asked) as here:
        name = f"case-{here.page.case.number.lower()}"
        return Answer(view=forms.promote(here.page, here.voice, name=name))


def promote(asked: Asked) -> Answer:
    """Make a channel, bring whoever asks and whoever has the case there, and move its card.

    Slack makes the channel before we write it down: where somebody dies in between it is empty,
    and whoever asks for that name again gets it.
    """
    name, is_private = asked.typed.values.get("name", ""), asked.typed.is_ticked("private")
    if not _NAME.fullmatch(name):
        raise Invalid("no name of a channel", {"name": "is no name"})
    workspace = asked.seat.workspace
    if workspace is None:
        return DONE
    with look(asked) as here:
        case = here.page.case
        thread = slack.thread_of(here.session, case.id)
        if not here.page.is_active or thread is None or thread.channel.case_id == case.id:
            raise IllegalTransition("case", str(case.state), "promote")
        members = {asked.seat.user, *_users(asked, workspace.id, case)}
    caller = workspaces.slack_of(asked.house, workspace.id)
    try:
        channel = _made(caller, name, workspace, is_private=is_private)
    except (Busy, Refused, Unanswered) as error:
        return _not_now(asked, error)

    def act(uow: UnitOfWork, found: CaseView) -> None:
        locks.a_name(uow.session, f"slack channel {workspace.id} {channel}")
        known = slack.channel_at(uow.session, workspace.id, channel)
        if known is not None and known.case_id != found.id:
            raise Invalid("somebody else's", {"name": "is taken or not allowed"})
        channel_id = lanes.know(
            uow,
            workspace.id,
            channel,
            name=name,
            language=asked.house.settings.language,
            is_private=is_private,
            case_id=found.id,
        )
        lanes.move(uow, found.id, channel_id)
        if found.state not in ACTIVE:  # settled while Slack made it
            lanes.come_back(uow, found.id, found.queue_id)

    pressing.do(asked, act)
    _try(asked, caller, "conversations.invite", channel=channel, users=",".join(sorted(members)))
    return Answer(said=f"<#{channel}>")


def _made(caller: Slack, name: str, workspace: WorkspaceView, *, is_private: bool) -> str:
    """The id of a new channel, or of one that we made before and that nothing came of.

    Raises:
        Invalid: the name cannot be had.
        Busy, Refused, Unanswered: as the calls.
    """
    try:
        made = caller.call("conversations.create", {"name": name, "is_private": is_private})
    except Refused as refused:
        if refused.code not in _NAMES:
            raise
        found = _left_behind(caller, name, workspace, is_private=is_private)
        if refused.code != "name_taken" or not found:
            raise Invalid("no such name", {"name": "is taken or not allowed"}) from None
        return found
    return str(made["channel"]["id"])


def _left_behind(caller: Slack, name: str, workspace: WorkspaceView, *, is_private: bool) -> str:
    """A channel of that name that we ourselves made and are in; empty where there is none."""
    kinds = "private_channel" if is_private else "public_channel"
    asked = {"types": kinds, "exclude_archived": True, "limit": _LOOKED_AT}
    for _page in range(_PAGES):
        answer = caller.call("users.conversations", asked)
        for one in answer.get("channels", ()):
            if one.get("name") == name and one.get("creator") == workspace.bot_user:
                return str(one["id"])
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return ""
        asked["cursor"] = cursor
    return ""


def _users(asked: Asked, workspace_id: int, case: CaseView) -> set[str]:
    """Whoever has the case, as Slack knows them."""
    if case.assignee_id is None:
        return set()
    with asked.house.database.reading() as connection:
        return people.users_of(connection, workspace_id, {case.assignee_id})


def _not_now(asked: Asked, error: Exception) -> Answer:
    log.warning("slack.no_channel", verb=asked.verb, cause=str(error))
    said = str(gettext("Slack does not make that channel just now. Please try again later."))
    return Answer(errors={"name": said})


def demote(asked: Asked) -> Answer:
    """Back to the channel of its queue; its own one is archived once all is said there."""

    def act(uow: UnitOfWork, found: CaseView) -> None:
        lanes.bring_back(uow, found.id, found.queue_id)

    pressing.do(asked, act)
    return DONE


def _try(asked: Asked, caller: Slack, method: str, **arguments: str) -> None:
    """Call Slack after what was decided; where that fails, people can do it by hand there."""
    try:
        caller.call(method, arguments)
    except (Busy, Refused, Unanswered) as error:
        log.warning("slack.not_done", method=method, verb=asked.verb, cause=str(error))


MATTERS: Final = (
    Matter(verb="promote", needs="cases:work", press=promote_form, send=promote),
    Matter(verb="demote", needs="cases:work", press=demote),
)
