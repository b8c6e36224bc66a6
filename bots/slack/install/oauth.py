"""Installing by Slack's own pages: out with a signed state, back with a code, in with a token."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from itsdangerous import BadSignature, URLSafeSerializer

from bots.slack.client import Refused, Slack
from bots.slack.install.manifest import BACK, SCOPES
from oms_service.settings import Settings

#: Somebody who reads what the app may do takes no longer.
GOOD: Final = timedelta(minutes=15)
_LONGEST: Final = 300


@dataclass(frozen=True)
class Installation:
    """What Slack says after somebody has let us in."""

    team: str
    name: str
    app: str
    bot_user: str
    token: str
    scopes: tuple[str, ...]


class States:
    """The word that goes out with somebody and has to come back with the same one."""

    def __init__(self, secret_key: str) -> None:
        self._signer = URLSafeSerializer(secret_key, salt="slack-install")

    def write(self, staff_id: int, *, now: datetime) -> str:
        return str(self._signer.dumps([staff_id, int((now + GOOD).timestamp())]))

    def is_theirs(self, state: str, staff_id: int, *, now: datetime) -> bool:
        """Whether it was written for this colleague, a moment ago."""
        if len(state) > _LONGEST:
            return False
        try:
            whose, until = self._signer.loads(state)
        except (BadSignature, TypeError, ValueError):
            return False
        return bool(whose == staff_id and until >= now.timestamp())


def way_out(settings: Settings, state: str) -> str:
    """Slack's page that asks whether to let us in."""
    said = {
        "client_id": settings.slack_client_id,
        "scope": ",".join(sorted(SCOPES)),
        "redirect_uri": settings.public_url.rstrip("/") + BACK,
        "state": state,
    }
    return f"{settings.slack_install_url}?{urlencode(said)}"


def redeem(settings: Settings, code: str) -> Installation:
    """What a code is good for; it is good once.

    Raises:
        Busy, Refused, Unanswered: as the call; ``Refused`` also where what came is no installation.
    """
    said = Slack("", settings.slack_api_url).form(
        "oauth.v2.access",
        {
            "client_id": settings.slack_client_id,
            "client_secret": settings.slack_client_secret,
            "code": code,
            "redirect_uri": settings.public_url.rstrip("/") + BACK,
        },
    )
    return _read(said)


def _read(said: Mapping[str, Any]) -> Installation:
    team = said.get("team")
    if not (isinstance(team, dict) and team.get("id") and said.get("access_token")):
        raise Refused("no_installation")
    return Installation(
        team=str(team["id"]),
        name=str(team.get("name") or ""),
        app=str(said.get("app_id") or ""),
        bot_user=str(said.get("bot_user_id") or ""),
        token=str(said["access_token"]),
        scopes=tuple(one for one in str(said.get("scope") or "").split(",") if one),
    )
