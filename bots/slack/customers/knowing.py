"""What Slack says of somebody who is no colleague we know: their language, and whose they are."""

from collections.abc import Mapping
from typing import Any, Final

import structlog
from flask_babel import force_locale

from bots.slack import people, workspaces
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.customers.places import Place
from bots.slack.sealing import CannotOpen
from bots.slack.seats import Seat
from bots.slack.views import WorkspaceView
from bots.slack.working import refusing
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.web.texts import N_, gettext

log = structlog.get_logger(__name__)

_TROUBLE: Final = (Busy, Refused, Unanswered, CannotOpen, NotFound)
#: Where others read along.
_COME: Final = N_(
    "Questions about orders are answered in a direct message, where nobody else reads along. "
    "Open this app under Apps and write there."
)


def point(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> bool:
    """Tell a customer who calls us by name before others where they are answered.

    Nothing of anybody's order is said there.

    Returns:
        Whether it was a customer: not who may be a colleague that is not linked yet.
    """
    if seat.workspace is None:
        return False
    about = asked_about(house, seat.workspace, seat.user)
    if not about or may_be_colleague(seat.workspace, about):
        return False
    with force_locale(str(language_of(house, about))):
        text = gettext(_COME)
    arguments = {
        "channel": event.get("channel"),
        "thread_ts": event.get("thread_ts") or event.get("ts"),
        "text": text,
    }
    kindly(house, seat.workspace, "chat.postMessage", arguments)
    return True


def asked_about(house: Runtime, workspace: WorkspaceView, user: str) -> Mapping[str, Any]:
    """What Slack says of somebody; nothing where it does not answer."""
    found = kindly(house, workspace, "users.info", {"user": user, "include_locale": True})
    about = found.get("user")
    return about if isinstance(about, Mapping) else {}


def language_of(house: Runtime, about: Mapping[str, Any]) -> Language:
    """What somebody has Slack in; the shop's where Slack does not say."""
    spoken = str(about.get("locale") or "")
    if not spoken:
        return house.settings.language
    return Language.JAPANESE if spoken.startswith("ja") else Language.ENGLISH


def may_be_colleague(workspace: WorkspaceView, about: Mapping[str, Any]) -> bool:
    """Whether they are of the workspace that has let us in, and no guest of it."""
    return about.get("team_id") == workspace.team and not about.get("is_restricted")


def tell_colleague(house: Runtime, workspace: WorkspaceView, place: Place, user: str) -> None:
    """How a colleague says who they are, to them alone, once in each conversation."""
    with house.unit_of_work(SYSTEM) as uow:
        person = people.seen(uow, workspace.id, user)
    text = refusing.not_linked(people.LinkAddresses.of(house).address(person.id))
    arguments = {
        "channel": place.channel,
        "user": user,
        "thread_ts": place.thread or None,
        "text": text,
    }
    kindly(house, workspace, "chat.postEphemeral", arguments)


def kindly(
    house: Runtime, workspace: WorkspaceView, method: str, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Call what is only a kindness: without an answer it is left."""
    try:
        return workspaces.slack_of(house, workspace.id).call(method, arguments)
    except _TROUBLE as error:
        log.info("slack.not_shown", method=method, cause=str(error))
        return {}
