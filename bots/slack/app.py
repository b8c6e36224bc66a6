"""The app that Slack knows: who asks is settled once for every request, then one listener deals.

Listeners run in the thread of the request (``process_before_response``), each opens one unit of
work and acknowledges after it: a listener that fails answers 500 and Slack tells it again.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog
from flask import Flask, Request, Response
from flask_babel import force_locale
from slack_bolt import App, BoltContext, BoltRequest, BoltResponse
from slack_bolt.adapter.flask.handler import to_bolt_request, to_flask_response
from slack_bolt.authorization import AuthorizeResult

from bots.slack import queries, sealing, workspaces
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.seats import Seat, sit
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

#: A module of listeners hangs them in.
Attach = Callable[[App, Runtime], None]
#: By what listeners find who asks in their context.
SEAT: Final = "seat"
_EXTENSION: Final = "oms.slack"


def build(house: Runtime, attached: Sequence[Attach]) -> App:
    """The app with all of its listeners."""
    told = logging.getLogger("slack_bolt.App")
    told.addFilter(_is_news)
    app = App(
        name="order-desk",
        process_before_response=True,
        request_verification_enabled=False,  # ``door`` has done it, by the house's clock
        authorize=_authorize(house),
        signing_secret=house.settings.slack_signing_secret or "unused",
    )
    told.removeFilter(_is_news)
    for attach in attached:
        attach(app, house)
    return app


def _is_news(record: logging.LogRecord) -> bool:
    """All but that a token in the environment is not used, which is so on purpose."""
    return "SLACK_BOT_TOKEN" not in record.getMessage()


def _authorize(house: Runtime) -> Callable[..., Any]:
    def authorize(team_id: str | None, user_id: str | None = None) -> AuthorizeResult | None:
        """Our own: by the rows we have, without a call to Slack."""
        if not team_id:
            return None
        with house.database.reading() as connection:
            found = queries.of_team(connection, team_id)
            box = queries.token_box(connection, found.id) if found else ""
        if found is None or not box:
            return None
        try:
            token = sealing.open_box(house.settings.secret_key, box)
        except sealing.CannotOpen:
            log.error("slack.cannot_open_token", slack_workspace_id=found.id)  # noqa: TRY400 - no trace tells more
            return None
        return AuthorizeResult(
            enterprise_id=None,
            team_id=team_id,
            user_id=user_id,
            bot_id=found.bot,
            bot_user_id=found.bot_user,
            bot_token=token,
            bot_scopes=list(found.scopes),
        )

    return authorize


def _is_new(house: Runtime, team: str) -> bool:
    """Whether it is the workspace of the token that is set, asked about when first heard of."""
    if not house.settings.slack_bot_token or workspaces.is_known_token(house):
        return False
    try:
        found = workspaces.connect(house)
    except (Busy, Refused, Unanswered) as error:
        log.warning("slack.not_connected", cause=str(error))
        return False
    return found is not None and found.team == team


def answer(house: Runtime, app: App, asked: BoltRequest) -> BoltResponse:
    """Deal with one request that is proved to be Slack's, in the language of who asks.

    A workspace that has not let us in gets an empty answer, as one that nobody listens to.
    """
    team, user = asked.context.team_id or "", asked.context.user_id or ""
    if not team:
        return app.dispatch(asked)  # Slack itself, which looks whether we are here
    with house.database.reading() as connection:
        seat = sit(connection, team, user, language=house.settings.language)
    if seat.workspace is None and not _is_new(house, team):
        log.info("slack.unknown_workspace")
        return BoltResponse(status=200, body="")
    if seat.workspace is None:
        with house.database.reading() as connection:
            seat = sit(connection, team, user, language=house.settings.language)
    asked.context[SEAT] = seat
    with force_locale(str(seat.language)):
        return app.dispatch(asked)


def hang_in(app: Flask, house: Runtime, bolt: App) -> Callable[[Request], Response]:
    """Keep the app where other processes find it; what the door asks to deal with a request."""
    app.extensions[_EXTENSION] = bolt

    def deal(request: Request) -> Response:
        return to_flask_response(answer(house, bolt, to_bolt_request(request)))

    return deal


def bolt_of(app: Flask) -> App:
    """The app that Slack knows, of a house in which Slack is on."""
    found: App = app.extensions[_EXTENSION]
    return found


def seat_of(context: BoltContext) -> Seat:
    """Who asks, as ``answer`` has settled it."""
    found: Seat = context[SEAT]
    return found
