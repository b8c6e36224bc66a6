"""Files that somebody put into Slack, fetched and kept as those that are sent here.

What a message says of a file is somebody's word: its address is called only where Slack keeps
files, no further; and what comes is looked at by its content, not by its name.
"""

import io
import urllib.request
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPMessage
from typing import IO, Any, Final
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit

import structlog

from bots.slack import workspaces
from bots.slack.client import TIMEOUT_S, Busy, Refused, Slack, Unanswered
from bots.slack.sealing import CannotOpen
from oms_service.kernel.actors import Actor
from oms_service.kernel.errors import DomainError
from oms_service.runtime import Runtime
from oms_service.web import uploads

log = structlog.get_logger(__name__)

#: Where Slack keeps files.
HOST: Final = "files.slack.com"
#: As many files of one message as are looked at.
MOST: Final = 10
#: What stands in an address as it is; names of files may have letters that do not.
_AS_IT_IS: Final = "%/:?#[]@!$&'()*+,;=~"
_LONGEST_KEY: Final = 160
_TROUBLE: Final = (Busy, Refused, Unanswered, CannotOpen, DomainError, OSError)


class _Straight(urllib.request.HTTPRedirectHandler):
    """Nobody is sent on: Slack leads to its page to sign in where it does not hand over a file."""

    def redirect_request(
        self,
        req: urllib.request.Request,  # noqa: ARG002
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: HTTPMessage,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        return None


_OPENER: Final = urllib.request.build_opener(_Straight)


def keep(
    house: Runtime,
    workspace_id: int,
    actor: Actor,
    files: Sequence[Any],
    *,
    scope: str,
    sender: str,
    form: str = "",
) -> tuple[list[str], list[str]]:
    """Take in the files of a message; told again, they are the same files.

    Args:
        house: whose store they go to.
        workspace_id: by whose token they are fetched.
        actor: who sends them.
        files: as the message tells of them.
        scope: who may send them on, as for every upload.
        sender: who they count for.
        form: the name of the form they came with, where one file may be sent by several.

    Returns:
        The ids of those that wait to be sent, and the names of those that could not be kept.
    """
    kept, left = [], [str(_name(one)) for one in files[MOST:]]
    for file in files[:MOST]:
        if not isinstance(file, Mapping):
            continue
        try:
            content = fetch(house, workspace_id, file)
            view = uploads.take_in(
                house,
                actor,
                io.BytesIO(content),
                name=_name(file),
                scope=scope,
                key=":".join(one for one in ("slack", form, str(file.get("id"))) if one)[
                    :_LONGEST_KEY
                ],
                sender=sender,
            )
        except _TROUBLE as error:
            log.info("slack.file_not_kept", cause=type(error).__name__)
            left.append(_name(file))
        else:
            kept.append(view.public_id)
    return kept, left


def fetch(house: Runtime, workspace_id: int, file: Mapping[str, Any]) -> bytes:
    """The content of a file, or as much of it as is one byte too much.

    Raises:
        Refused: it is not kept by Slack, or Slack does not hand it over.
        Busy, Unanswered, NotFound, CannotOpen: as calls of Slack.
    """
    slack = workspaces.slack_of(house, workspace_id)
    if file.get("file_access") == "check_file_info":
        found = slack.call("files.info", {"file": str(file.get("id") or "")}).get("file")
        file = found if isinstance(found, Mapping) else {}
    address = str(file.get("url_private_download") or file.get("url_private") or "")
    if not _is_slacks(address, slack):
        raise Refused("not_with_slack")
    request = urllib.request.Request(  # noqa: S310 - Slack's own host, by https
        quote(address, safe=_AS_IT_IS), headers={"Authorization": f"Bearer {slack.token}"}
    )
    most = house.settings.attachment_rules.file_bytes + 1
    try:
        with _OPENER.open(request, timeout=TIMEOUT_S) as answer:
            if answer.headers.get_content_type() == "text/html":
                raise Refused("not_handed_over")
            return bytes(answer.read(most))
    except HTTPError as error:
        if error.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unanswered(str(error.code)) from None
        raise Refused(str(error.code)) from None
    except (OSError, ValueError) as error:
        raise Unanswered(type(error).__name__) from None


def _is_slacks(address: str, slack: Slack) -> bool:
    """Whether the token may be shown there: Slack's files, or those of the Slack that is set."""
    at, ours = urlsplit(address), urlsplit(slack.url)
    if (at.scheme, at.hostname, at.port) == ("https", HOST, None):
        return True
    is_set_otherwise = ours.hostname not in {"slack.com", "www.slack.com"}
    return is_set_otherwise and (at.scheme, at.netloc) == (ours.scheme, ours.netloc)


def _name(file: Any) -> str:
    found = file.get("name") if isinstance(file, Mapping) else ""
    return str(found or "file")[:200]
