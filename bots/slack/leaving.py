"""An answer on its way, below the card of its case: it can be undone there until it has left."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, select

from bots.slack import lanes, values
from bots.slack.blocks.bricks import actions, button, context
from bots.slack.blocks.texts import esc, joined, mark
from bots.slack.couriers import Drawn
from bots.slack.models import SlackPost, SlackThread
from bots.slack.states import PostKind, PostState
from bots.slack.views import PostView
from cases import families
from cases import queries as cases
from cases.desk.page import named
from cases.events import AboutCase
from cases.writing import queries as writing
from cases.writing.states import ReplyState
from cases.writing.views import PendingView
from oms_service.access import queries as access
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime
from oms_service.web.texts import N_, gettext

#: Nobody looks for it by then: what it told of stands in the case.
KEPT: Final = timedelta(days=90)
BATCH: Final = 1_000
#: How such posts begin their names.
_KEY: Final = "leaving:"
WORDS: Final = {
    ReplyState.WAITING: N_("%(name)s's answer leaves in a moment. Until then it can be undone."),
    ReplyState.SENT: N_("%(name)s's answer has left."),
    ReplyState.UNDONE: N_("%(name)s's answer was not sent."),
    ReplyState.FAILED: N_("%(name)s's answer could not be sent. Its words are in the box again."),
}
_BACK: Final = {ReplyState.UNDONE, ReplyState.FAILED}
AGAIN: Final = N_("Here its files are chosen again; on the desk they wait beside the case.")


def say(uow: UnitOfWork, case_id: int, reply_id: int) -> None:
    """Have it stand below the card, with a way to undo it; pressed twice, it stands there once."""
    facts: dict[str, Any] = {"what": "leaving", "case_id": case_id, "reply_id": reply_id}
    lanes.say_in_thread(uow, case_id, PostKind.TOLD, f"{_KEY}{reply_id}", facts)


def follow(uow: UnitOfWork, event: AboutCase) -> None:
    """The reaction: what has left, was undone or failed can be undone no more."""
    family = families.member_ids(uow.session, event.case_id)
    threads = select(SlackThread.id).where(SlackThread.case_id.in_(family))
    posts = uow.session.scalars(
        select(SlackPost)
        .where(
            SlackPost.thread_id.in_(threads),
            SlackPost.kind == PostKind.TOLD,
            SlackPost.key.startswith(_KEY),
            SlackPost.facts.has_key("over").is_(False),
        )
        .order_by(SlackPost.id)
        .with_for_update()
    )
    for post in posts:
        pending = _pending(uow, int(post.facts["reply_id"]))
        if pending is None or pending.state is not ReplyState.WAITING:
            post.facts = {**post.facts, "over": True}
            uow.session.flush()
            lanes.again(uow, post.id)


def _pending(uow: UnitOfWork, reply_id: int) -> PendingView | None:
    try:
        return writing.pending(uow.session, reply_id)
    except NotFound:
        return None


def forget_old(uow: UnitOfWork) -> int:
    """The sweep: what said long ago that an answer leaves is nothing that is drawn again.

    What still waits, or may stand in Slack without our knowing, stays. Cards, messages and notes
    stay as well: whoever is erased has them taken back there by these rows.
    """
    old = (
        select(SlackPost.id)
        .where(
            SlackPost.kind == PostKind.TOLD,
            SlackPost.queued_at < uow.now - KEPT,
            SlackPost.state != PostState.WAITING,
            SlackPost.begun_at.is_(None),
        )
        .order_by(SlackPost.queued_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    gone = uow.session.execute(
        delete(SlackPost).where(SlackPost.id.in_(old.scalar_subquery())).returning(SlackPost.id)
    )
    return len(gone.all())


def draw(house: Runtime, post: PostView) -> Drawn | None:
    """It says how far the answer is; what has left has no buttons."""
    with house.database.looking() as session:
        try:
            pending = writing.pending(session, int(post.facts["reply_id"]))
            case = cases.by_id(session, int(post.facts["case_id"]))
        except NotFound:
            return None
        name = named(pending.author, access.staff_names(session))
    is_waiting = pending.state is ReplyState.WAITING
    if not (is_waiting or post.ts):
        return None  # it was over before it could be told
    said = mark(_(WORDS[pending.state]), name=esc(name))
    if pending.files is not None and pending.state in _BACK:
        said = joined([said, _(AGAIN)], " ")
    value = values.encode(case.id, case.version, reply=pending.id)
    ways = [button(_("Undo"), "case:undo", value), button(_("Send it now"), "case:send", value)]
    return Drawn(said, [context(said), *(actions(ways) if is_waiting else ())])


def _(text: str) -> str:
    return str(gettext(text))
