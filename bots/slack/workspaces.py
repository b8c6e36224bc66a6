"""Workspaces: let in by a token, or by somebody who installs us, until one side ends it."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from bots.slack import queries, sealing
from bots.slack.client import Slack
from bots.slack.events import SlackInstalled, SlackRevoked
from bots.slack.models import SlackPerson, SlackWorkspace
from bots.slack.views import WorkspaceView
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime


def install(  # noqa: PLR0913 - by name, each a thing that Slack says
    uow: UnitOfWork,
    *,
    master: str,
    team: str,
    name: str,
    app: str,
    bot: str,
    bot_user: str,
    token: str,
    scopes: Sequence[str],
) -> WorkspaceView:
    """Keep that a workspace lets us in; installed again, it is the same one with a newer token."""
    said = {
        "name": name[:200],
        "app": app,
        "bot": bot,
        "bot_user": bot_user,
        "token_box": sealing.seal(master, token),
        "scopes": sorted(set(scopes)),
        "installed_by": uow.actor.ref,
        "installed_at": uow.now,
        "revoked_at": None,
        "trouble": "",
    }
    kept = insert(SlackWorkspace).values(team=team, **said)
    workspace_id = uow.session.scalars(
        kept.on_conflict_do_update(index_elements=["team"], set_=said).returning(SlackWorkspace.id)
    ).one()
    uow.emit(SlackInstalled(slack_workspace_id=workspace_id))
    found = queries.workspace(uow.session, workspace_id)
    if found is None:
        raise AssertionError("it was just kept")
    return found


def revoke(uow: UnitOfWork, workspace_id: int) -> None:
    """We are let in no more: the token goes, links of its people end; what is posted stays.

    Revoked already, it stays so.
    """
    held = locks.one(uow.session, SlackWorkspace, workspace_id)
    if held.revoked_at is not None:
        return
    held.token_box, held.revoked_at = "", uow.now
    uow.session.execute(
        update(SlackPerson)
        .where(SlackPerson.workspace_id == workspace_id)
        .values(staff_id=None, linked_at=None)
        .execution_options(synchronize_session=False)
    )
    uow.emit(SlackRevoked(slack_workspace_id=workspace_id))


def note_trouble(uow: UnitOfWork, workspace_id: int, trouble: str) -> None:
    """Write down why Slack does not let us in, or, empty, that it does again."""
    uow.session.execute(
        update(SlackWorkspace)
        .where(SlackWorkspace.id == workspace_id, SlackWorkspace.trouble != trouble)
        .values(trouble=trouble[:60])
    )


def slack_of(house: Runtime, workspace_id: int) -> Slack:
    """Who calls Slack in the name of a workspace.

    Raises:
        NotFound: it lets us in no more.
        CannotOpen: its token was sealed with another key.
    """
    with house.database.reading() as connection:
        box = queries.token_box(connection, workspace_id)
    if not box:
        raise NotFound("no such workspace")
    token = sealing.open_box(house.settings.secret_key, box)
    return Slack(token, house.settings.slack_api_url)


def connect(house: Runtime) -> WorkspaceView | None:
    """Make the workspace of ``SLACK_BOT_TOKEN`` known, which Slack is asked about once.

    Returns:
        That workspace; None where no token is set.

    Raises:
        Busy, Refused, Unanswered: as the call.
    """
    settings = house.settings
    if not settings.slack_bot_token:
        return None
    slack = Slack(settings.slack_bot_token, settings.slack_api_url)
    said = slack.call("auth.test", {})
    with house.unit_of_work(SYSTEM) as uow:
        locks.a_name(uow.session, "slack workspace by token")
        known = queries.of_team(uow.session, str(said["team_id"]))
        if known is not None and known.revoked_at is None:
            box = queries.token_box(uow.session, known.id)
            try:
                if sealing.open_box(settings.secret_key, box) == settings.slack_bot_token:
                    return known
            except sealing.CannotOpen:
                pass
        return install(
            uow,
            master=settings.secret_key,
            team=str(said["team_id"]),
            name=str(said.get("team", "")),
            app=str(said.get("app_id", "")),
            bot=str(said.get("bot_id", "")),
            bot_user=str(said.get("user_id", "")),
            token=settings.slack_bot_token,
            scopes=(),
        )


def is_known_token(house: Runtime) -> bool:
    """Whether the workspace of ``SLACK_BOT_TOKEN`` is kept with just that token."""
    settings = house.settings
    with house.database.reading() as connection:
        boxes = connection.execute(
            select(SlackWorkspace.token_box).where(SlackWorkspace.revoked_at.is_(None))
        ).scalars()
        for box in boxes:
            try:
                if sealing.open_box(settings.secret_key, box) == settings.slack_bot_token:
                    return True
            except sealing.CannotOpen:
                continue
    return False
