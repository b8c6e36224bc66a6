"""From the house into the thread: what customers and colleagues say stands below the card, once.

Whatever happens to a case, its thread is brought up to date: what is said and is not there yet is
queued under a key of its own. So nothing is missed, whichever event came first, and a case that
moves to another channel takes its last words along.
"""

from datetime import datetime
from typing import Any, Final

from flask_babel import force_locale
from sqlalchemy import select

from bots.slack import lanes, queries, seeing
from bots.slack.blocks.bricks import Block, context, quote, section
from bots.slack.blocks.texts import Mark, bold, esc, joined, linked
from bots.slack.couriers import Drawn
from bots.slack.models import SlackPost, SlackSpoken, SlackThread
from bots.slack.states import PostKind
from bots.slack.views import PostView, ThreadView
from cases import queries as cases
from cases.desk.page import named
from cases.events import AboutCase
from cases.merging import queries as merged
from cases.states import EntryKind
from cases.views import EntryView
from oms_service.access import queries as access
from oms_service.conversations.events import MessageTakenBack
from oms_service.conversations.states import AuthorKind
from oms_service.conversations.views import MessageView
from oms_service.customers import queries as customers
from oms_service.customers.events import CustomerErased
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime
from oms_service.web.texts import N_, gettext

#: So much of what was said before is taken into a new thread.
MOST_BEFORE: Final = 10
_KINDS: Final = (PostKind.SAID, PostKind.NOTED)
#: Slack shows nothing of what links of customers lead to.
_QUIET: Final[dict[str, Any]] = {"unfurl_links": False, "unfurl_media": False}
#: Who says it to whom, with a sign that is seen before it is read.
_HEADS: Final = {
    AuthorKind.CUSTOMER: N_("💬 %(who)s, customer"),
    AuthorKind.AGENT: N_("↩️ %(who)s to the customer"),
    AuthorKind.BOT: N_("🤖 The bot to the customer"),
    AuthorKind.NOTICE: N_("🔔 A notice to the customer"),
}
_NOTE: Final = N_("📝 %(who)s, internal note")


def follow(uow: UnitOfWork, event: AboutCase) -> None:
    """The reaction: bring the thread of a case up to date."""
    thread = queries.thread_of(uow.session, event.case_id)
    if thread is not None:
        bring_up_to_date(uow, thread)


def taken_back(uow: UnitOfWork, event: MessageTakenBack) -> None:
    """The reaction: what a customer took back is gone from threads, too."""
    is_it = SlackPost.facts["about"].as_integer() == event.message_id
    lanes.say_otherwise(uow, (SlackPost.kind == PostKind.SAID) & is_it)


def erased(uow: UnitOfWork, event: CustomerErased) -> None:
    """The reaction: of somebody who was erased, posts say no more than is kept."""
    theirs = cases.ids_of_customer(uow.session, event.customer_id)
    threads = select(SlackThread.id).where(SlackThread.case_id.in_(theirs))
    lanes.say_otherwise(uow, SlackPost.thread_id.in_(threads))


def bring_up_to_date(uow: UnitOfWork, thread: ThreadView) -> None:
    """Queue what was said in a case, and is not in its thread yet, in the order it was said."""
    said, noted = _known(uow, thread)
    messages = merged.messages(uow.session, thread.case_id)
    written_here = _spoken(uow, thread)
    notes = [
        one
        for one in cases.entries(uow.session, thread.case_id)
        if one.kind is EntryKind.NOTE and one.id not in written_here
    ]
    new: list[tuple[datetime, PostKind, int]] = [
        (one.at, PostKind.SAID, one.id)
        for one in messages
        if one.id not in said and (not said or one.id > min(said))
    ]
    new += [
        (one.at, PostKind.NOTED, one.id)
        for one in notes
        if one.id not in noted and (not noted or one.id > min(noted))
    ]
    new.sort(key=lambda one: (one[0], one[2]))
    if not said and not noted:
        new = new[-MOST_BEFORE:]
    elif not said or not noted:
        # Of the one kind nothing stands here yet: what was left out at first stays out.
        since = _made_at(uow, thread)
        known = PostKind.SAID if said else PostKind.NOTED
        new = [one for one in new if one[1] is known or one[0] >= since]
    for _at, kind, about in new:
        facts = {"case_id": thread.case_id, "about": about}
        key = f"{kind}:{about}:{thread.id}"
        lanes.say(uow, thread.channel.id, kind, key, facts, thread_id=thread.id)


def _made_at(uow: UnitOfWork, thread: ThreadView) -> datetime:
    return uow.session.scalars(select(SlackThread.made_at).where(SlackThread.id == thread.id)).one()


def _known(uow: UnitOfWork, thread: ThreadView) -> tuple[set[int], set[int]]:
    """Messages and notes that stand in the thread or are on their way there."""
    found = uow.session.execute(
        select(SlackPost.kind, SlackPost.facts["about"].as_integer()).where(
            SlackPost.thread_id == thread.id, SlackPost.kind.in_(_KINDS)
        )
    ).all()
    said = {about for kind, about in found if kind is PostKind.SAID}
    return said, {about for kind, about in found if kind is PostKind.NOTED}


def _spoken(uow: UnitOfWork, thread: ThreadView) -> set[int]:
    """Notes that were written in this very thread."""
    here = select(SlackSpoken.entry_id).where(SlackSpoken.thread_id == thread.id)
    return set(uow.session.scalars(here))


# Drawing


def said(house: Runtime, post: PostView) -> Drawn | None:
    """A message of the conversation, word for word."""
    case_id, about = int(post.facts["case_id"]), int(post.facts["about"])
    with force_locale(str(post.channel.language)), house.database.looking() as session:
        try:
            case = cases.by_id(session, case_id)
        except NotFound:
            return None
        found = next((one for one in merged.messages(session, case_id) if one.id == about), None)
        if found is None:
            return None
        voice = seeing.voice(house, session, seeing.sight_in(post.channel))
        names = access.staff_names(session)
        customer = customers.find(session, case.customer_id) if case.customer_id else None
        is_customer = found.author_kind is AuthorKind.CUSTOMER
        who = voice.name(customer) if is_customer else named(found.author, names)
        url = seeing.desk_url(house, case.number)
        return drawn(_(_HEADS[found.author_kind]) % {"who": who}, found.text, _files(found, url))


def noted(house: Runtime, post: PostView) -> Drawn | None:
    """A note among colleagues that was written elsewhere."""
    case_id, about = int(post.facts["case_id"]), int(post.facts["about"])
    with force_locale(str(post.channel.language)), house.database.looking() as session:
        found: EntryView | None = next(
            (one for one in cases.entries(session, case_id) if one.id == about), None
        )
        if found is None:
            return None
        who = named(found.actor, access.staff_names(session)) or _("the system")
        return drawn(_(_NOTE) % {"who": who}, found.text, None)


def drawn(head: str, text: str, files: Mark | None) -> Drawn:
    """What somebody wrote below who wrote it; nothing of it calls or leads anywhere."""
    blocks: list[Block] = [section(bold(head))]
    if text:
        blocks.append(quote(text, 2_800))
    if files:
        blocks.append(context(files))
    return Drawn(esc(f"{head}: {text}", 1_000, lines=True), blocks, _QUIET)


def _files(message: MessageView, url: str) -> Mark | None:
    """The names of what came along; it is looked at on the desk."""
    files = message.extra.get("files") or ()
    told = [esc(str(one.get("name", ""))) for one in files if isinstance(one, dict)]
    if not told:
        return None
    return joined(["📎", *told, linked(url, _("Look at it on the desk"))], " ")


def _(text: str) -> str:
    return str(gettext(text))
