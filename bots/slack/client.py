"""Calling Slack: its own client, and three ways in which a call may end badly."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

#: Longer than Slack takes for anything but a file.
TIMEOUT_S: Final = 10
#: Where a 429 does not say how long.
_PATIENCE_S: Final = 30.0


class Busy(Exception):
    """Slack asks to wait; the call has had no effect."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"again in {wait_s:.0f} s")
        self.wait_s = wait_s


class Refused(Exception):
    """Slack has read the call and does not do it; ``code`` is its word for why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Unanswered(Exception):
    """Nobody answered, or not in a way one can read: the call may have had its effect."""


@dataclass(frozen=True)
class Slack:
    """One workspace, by its token."""

    token: str
    url: str

    def call(self, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Call one method of the Web API.

        Raises:
            Busy: too much was asked for; nothing was done.
            Refused: Slack does not do it.
            Unanswered: it may have been done.
        """
        given = {name: value for name, value in arguments.items() if value is not None}
        if method in _READING:
            return self._answer(method, http_verb="GET", params=given)
        return self._answer(method, json=given)

    def form(self, method: str, arguments: Mapping[str, str]) -> Mapping[str, Any]:
        """Call one of the few methods that take a form, such as those of installation.

        Raises:
            Busy, Refused, Unanswered: as ``call``.
        """
        return self._answer(method, data=dict(arguments))

    def scopes(self) -> tuple[str, ...]:
        """What the token may do, as Slack says beside every answer.

        Raises:
            Busy, Refused, Unanswered: as ``call``.
        """
        headers = {str(name).lower(): one for name, one in self._asked("auth.test").headers.items()}
        said = headers.get("x-oauth-scopes") or ""
        first = said[0] if isinstance(said, list) and said else said
        return tuple(one.strip() for one in str(first).split(",") if one.strip())

    def _answer(self, method: str, **how: Any) -> Mapping[str, Any]:
        data = self._asked(method, **how).data
        if not isinstance(data, dict):
            raise Unanswered("no answer that one can read")
        return data

    def _asked(self, method: str, **how: Any) -> SlackResponse:
        client = WebClient(
            self.token, base_url=f"{self.url}/", timeout=TIMEOUT_S, retry_handlers=[]
        )
        try:
            return client.api_call(method, **how)
        except SlackApiError as error:
            raise _meant(error) from None
        except (SlackClientError, OSError) as error:
            raise Unanswered(type(error).__name__) from None


def _meant(error: SlackApiError) -> Exception:
    answer = error.response
    status = getattr(answer, "status_code", 0)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        said = {str(name).lower(): value for name, value in answer.headers.items()}
        return Busy(_seconds(said.get("retry-after")))
    code = answer.get("error") if isinstance(answer.data, dict) else None
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not code or code in _PASSING:
        return Unanswered(str(code or status))
    return Refused(str(code))


#: These take no JSON.
_READING: Final = frozenset(
    {
        "auth.test",
        "chat.getPermalink",
        "conversations.history",
        "conversations.info",
        "conversations.list",
        "conversations.members",
        "conversations.replies",
        "files.getUploadURLExternal",
        "files.info",
        "users.conversations",
        "users.getPresence",
        "users.info",
        "users.lookupByEmail",
    }
)
#: Slack's words for trouble of its own.
_PASSING: Final = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)


def _seconds(said: Any) -> float:
    """How long to wait; at least a second, and never longer than an hour on a wild word."""
    first = said[0] if isinstance(said, list) and said else said
    try:
        return min(max(float(str(first)), 1.0), 3600.0)
    except ValueError:
        return _PATIENCE_S
