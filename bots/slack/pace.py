"""How fast a method may be called in a workspace: a bucket in one guarded row (GCRA).

Slack's tiers, per method and workspace: 1, 20, 50 and 100 calls a minute and more; messages one
a second in each channel, which the channel's own queue sees to.
Source: "Rate limits", docs.slack.dev.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, func, select, update
from sqlalchemy.dialects.postgresql import insert

from bots.slack.models import SlackPace
from oms_service.infra.uow import UnitOfWork

#: Between two messages in one channel.
OF_CHANNEL: Final = timedelta(seconds=1)
#: Calls a minute of what we call often, a little below what is allowed; others pace themselves.
_A_MINUTE: Final = {"chat.update": 48, "conversations.history": 45, "conversations.replies": 45}
#: So many may come at once after a rest.
_BURST: Final = 12


def take(uow: UnitOfWork, workspace_id: int, method: str) -> datetime | None:
    """Take the right to call ``method`` now.

    Returns:
        None: call it. A moment: it is too early, and nothing was taken.
    """
    many = _A_MINUTE.get(method)
    if many is None:
        return None
    step = timedelta(minutes=1) / many
    uow.session.execute(
        insert(SlackPace)
        .values(workspace_id=workspace_id, method=method, free_at=uow.now)
        .on_conflict_do_nothing()
    )
    here = (SlackPace.workspace_id == workspace_id) & (SlackPace.method == method)
    latest = uow.now + step * _BURST
    taken = uow.session.execute(
        update(SlackPace)
        .where(here, SlackPace.free_at <= latest)
        .values(free_at=func.greatest(SlackPace.free_at, uow.now) + step)
        .returning(SlackPace.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if taken is not None:
        return None
    free_at = uow.session.scalars(select(SlackPace.free_at).where(here)).one()
    return free_at - step * _BURST


def full(method: str, now: datetime) -> Select[int]:
    """The workspaces in which ``method`` may not be called now."""
    step = timedelta(minutes=1) / _A_MINUTE[method]
    return select(SlackPace.workspace_id).where(
        SlackPace.method == method, SlackPace.free_at > now + step * _BURST
    )


def rest(uow: UnitOfWork, workspace_id: int, method: str, until: datetime) -> None:
    """Slack has said how long nobody is to call ``method`` there."""
    kept = insert(SlackPace).values(
        workspace_id=workspace_id,
        method=method,
        free_at=until + timedelta(minutes=1) * _full(method),
    )
    uow.session.execute(
        kept.on_conflict_do_update(
            index_elements=["workspace_id", "method"],
            set_={"free_at": func.greatest(SlackPace.free_at, kept.excluded.free_at)},
        )
    )


def _full(method: str) -> float:
    """What a full bucket of a method is worth, in minutes."""
    return _BURST / _A_MINUTE[method] if method in _A_MINUTE else 0.0
