"""From the thread into the house: what colleagues write below a card is an internal note.

Nothing that is written there reaches a customer. Who is not known as a colleague writes nothing
into a case, and is told how to say who they are, once. Our own posts, other apps and what Slack
says about a channel never come back.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import structlog
from slack_bolt import Ack, App, BoltContext
from sqlalchemy import select

from bots.slack import fetching, once, people, queries, workspaces
from bots.slack.app import seat_of
from bots.slack.asking import direct
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.customers import hearing as customers
from bots.slack.models import SlackPerson, SlackSpoken
from bots.slack.reading import plain
from bots.slack.sealing import CannotOpen
from bots.slack.seats import Seat
from bots.slack.views import ThreadView
from bots.slack.working import refusing
from cases import queries as cases
from cases import reach, service
from cases.evidence import service as evidence
from cases.states import EntryKind
from oms_service.access import queries as access
from oms_service.conversations.attachments import Enclosed
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import DomainError, NotFound
from oms_service.runtime import Runtime
from oms_service.web.texts import gettext

log = structlog.get_logger(__name__)

#: A note is no longer; what is cut off stands in Slack.
LONGEST: Final = 10_000
#: What people write; every other kind of message is about the channel, or an app's.
_WRITTEN: Final = frozenset({"", "file_share", "thread_broadcast", "me_message"})
_PERSON: Final = re.compile(r"<@([A-Z0-9]+)(?:\|([^>]*))?>")
_TROUBLE: Final = (Busy, Refused, Unanswered, CannotOpen, NotFound)
#: Somebody who is no colleague is told so no more often.
_TOLD_AGAIN: Final = timedelta(days=1)


def attach(app: App, house: Runtime) -> None:
    """Listen to what is written, changed and deleted."""

    @app.event("message")
    def heard(ack: Ack, event: Mapping[str, Any], context: BoltContext) -> None:
        hear(house, seat_of(context), event)
        ack()


def hear(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> None:
    """Deal with one message; told again, nothing happens again."""
    if seat.workspace is None:
        return
    subtype = str(event.get("subtype") or "")
    if event.get("channel_type") == "im" and seat.staff is None:
        _by_customer(house, seat, event, subtype)
    elif subtype == "message_changed":
        _changed(house, seat, event)
    elif subtype == "message_deleted":
        _deleted(house, seat, event)
    elif subtype in _WRITTEN and not event.get("bot_id"):
        thread = _below_a_card(house, seat, event)
        if thread is not None:
            _written(house, seat, event, thread)
        elif event.get("channel_type") == "im" and event.get("user") == seat.user:
            direct.answer(house, seat, event)


def caught_up(house: Runtime, seat: Seat, event: Mapping[str, Any], thread: ThreadView) -> None:
    """What was written below a card while we did not hear; what was heard is known already."""
    if str(event.get("subtype") or "") in _WRITTEN and seat.staff is not None:
        _written(house, seat, event, thread)


def found_otherwise(house: Runtime, seat: Seat, channel: str, message: Mapping[str, Any]) -> None:
    """What became a note stands there in other words, which we may not have heard of."""
    ts, at = str(message["ts"]), str((message.get("edited") or {}).get("ts") or "")
    if at:
        seconds = at.partition(".")[0][:12]
        _changed(house, seat, {"channel": channel, "message": message, "ts": f"{ts}e{seconds}"})


def found_gone(house: Runtime, seat: Seat, channel: str, ts: str, words: str) -> None:
    """What became a note with these words stands there no more."""
    event = {"channel": channel, "deleted_ts": ts, "previous_message": {"text": words}}
    _deleted(house, seat, event)


def _by_customer(house: Runtime, seat: Seat, event: Mapping[str, Any], subtype: str) -> None:
    """Written to the app itself by somebody who is no colleague."""
    if subtype == "message_deleted":
        customers.take_back(house, seat, event)
        return
    is_written = subtype in _WRITTEN and not event.get("bot_id") and event.get("user") == seat.user
    if is_written or subtype == "message_changed":
        customers.hear(house, seat, event)


def _below_a_card(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> ThreadView | None:
    root, ts = str(event.get("thread_ts") or ""), str(event.get("ts") or "")
    if seat.workspace is None or not root or root == ts:
        return None
    channel = str(event.get("channel") or "")
    with house.database.reading() as connection:
        return queries.thread_at(connection, seat.workspace.id, channel, root)


def _written(house: Runtime, seat: Seat, event: Mapping[str, Any], thread: ThreadView) -> None:
    """A note, if a colleague wrote it who may work on that case."""
    ts, user = str(event["ts"]), str(event.get("user") or "")
    if user != seat.user or not _may(house, seat, thread):
        _tell_once(house, seat, event)
        return
    enclosed, left = _files(house, seat, event)
    with house.unit_of_work(seat.actor) as uow:
        words = _words(uow, seat, event)
        key = f"message:{seat.workspace.team if seat.workspace else ''}:{event['channel']}:{ts}"
        where = {"channel": str(event["channel"]), "ts": ts}
        if words and once.first(uow, key, seat, "case:thread_note", **where):
            if enclosed is not None and not _kept(uow, thread.case_id, enclosed):
                left = [str(one.get("name") or "") for one in event["files"]]
            if left:
                said = gettext("Not kept with the case: %(names)s", names=", ".join(left))
                words = f"{words}\n{said}"
            note(uow, thread, ts, words)
            edited = str((event.get("edited") or {}).get("ts") or "")
            if edited:  # its news may yet come, or be read again: these words have it already
                key = _key_of_edit(event, ts, edited)
                once.first(uow, key, replace(seat, staff=None), "case:thread_note", **where)


def _may(house: Runtime, seat: Seat, thread: ThreadView) -> bool:
    """Whether it is a colleague who may work on the case."""
    me = seat.staff
    if me is None or not me.may("cases:work"):
        return False
    with house.database.looking() as session:
        return bool(reach.those(session, [thread.case_id], me))


def _files(
    house: Runtime, seat: Seat, event: Mapping[str, Any]
) -> tuple[Enclosed | None, list[str]]:
    """What a colleague put beside their words, to be kept with the case; the names of the rest."""
    files = event.get("files") or []
    if seat.workspace is None or seat.staff is None or not isinstance(files, list) or not files:
        return None, []
    scope = f"staff:{seat.staff.id}"
    kept, left = fetching.keep(
        house,
        seat.workspace.id,
        seat.actor,
        files,
        scope=scope,
        sender=f"slack:{seat.person.id}" if seat.person else "slack",
    )
    rules = house.settings.attachment_rules
    return (Enclosed(scope=scope, ids=kept, rules=rules) if kept else None), left


def _kept(uow: UnitOfWork, case_id: int, enclosed: Enclosed) -> bool:
    """Keep files with a case, where it has room for them."""
    try:
        with uow.session.begin_nested():
            evidence.add(uow, case_id, enclosed)
    except DomainError:
        return False
    return True


def note(
    uow: UnitOfWork, thread: ThreadView, ts: str, words: str, *, is_later: bool = False
) -> None:
    """Write down what stands at ``ts`` of a thread, in the name of who acts.

    ``is_later``: it is said of what stands elsewhere, and ``ts`` only tells it from others.
    """
    service.note(uow, thread.case_id, words[:LONGEST])
    entry_id = max(
        one.id for one in cases.entries(uow.session, thread.case_id) if one.kind is EntryKind.NOTE
    )
    uow.session.add(
        SlackSpoken(
            channel_id=thread.channel.id,
            thread_id=thread.id,
            ts=ts,
            entry_id=entry_id,
            is_later=is_later,
            at=uow.now,
        )
    )
    uow.session.flush()


def _changed(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> None:
    """A colleague wrote it otherwise: the record says so in a line of its own."""
    message = event.get("message") or {}
    ts, before = str(message.get("ts") or ""), event.get("previous_message") or {}
    if message.get("bot_id") or message.get("text") == before.get("text"):
        return  # our own, or only a preview of a link was added
    thread = _spoken_at(house, seat, event, ts)
    edited = message.get("edited") or {}
    if thread is None or not _may(house, seat, thread):
        return
    with house.unit_of_work(seat.actor) as uow:
        words = _words(uow, seat, message)
        key = _key_of_edit(event, ts, str(edited.get("ts", event.get("event_ts", ""))))
        where = {"channel": str(event["channel"]), "ts": ts}
        if words and once.first(uow, key, seat, "case:thread_note", **where):
            said = gettext("Changed in Slack: %(words)s", words=words)
            note(uow, thread, str(event.get("ts") or f"{ts}e"), said, is_later=True)


def _key_of_edit(event: Mapping[str, Any], ts: str, edited: str) -> str:
    return f"edit:{event['channel']}:{ts}:{edited}"


def _deleted(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> None:
    """What became a note stays in the record, which says that it was taken back."""
    ts = str(event.get("deleted_ts") or "")
    thread = _spoken_at(house, seat, event, ts)
    if thread is None:
        return
    with house.unit_of_work(seat.actor if seat.staff else SYSTEM) as uow:
        where = {"channel": str(event["channel"]), "ts": ts}
        if once.first(uow, f"deleted:{event['channel']}:{ts}", seat, "case:thread_note", **where):
            before = (event.get("previous_message") or {}).get("text", "")
            said = gettext("Taken back in Slack: %(words)s", words=plain(str(before))[:200])
            note(uow, thread, str(event.get("ts") or f"{ts}d"), said, is_later=True)


def _spoken_at(house: Runtime, seat: Seat, event: Mapping[str, Any], ts: str) -> ThreadView | None:
    """The thread in which a note was written there."""
    if seat.workspace is None or not ts:
        return None
    with house.database.reading() as connection:
        channel = str(event.get("channel") or "")
        here = queries.channel_at(connection, seat.workspace.id, channel)
        if here is None:
            return None
        thread_id = connection.execute(
            select(SlackSpoken.thread_id).where(
                SlackSpoken.channel_id == here.id, SlackSpoken.ts == ts
            )
        ).scalar()
        return queries.thread_by_id(connection, thread_id) if thread_id is not None else None


# Words


def _words(uow: UnitOfWork, seat: Seat, message: Mapping[str, Any]) -> str:
    """What was written, as the record keeps it: names for ids, addresses as they are."""
    names = _names(uow, seat)
    said = _PERSON.sub(
        lambda one: f"@{names.get(one[1]) or one[2] or one[1]}", str(message.get("text") or "")
    )
    lines = [plain(said).strip()]
    for file in message.get("files") or ():
        if isinstance(file, Mapping):
            name, url = str(file.get("name") or ""), str(file.get("permalink") or "")
            lines.append(f"📎 {name} {url}".strip())
    return "\n".join(one for one in lines if one)


def _names(uow: UnitOfWork, seat: Seat) -> dict[str, str]:
    """Colleagues by who they are in this workspace."""
    if seat.workspace is None:
        return {}
    staff = access.staff_names(uow.session)
    rows = uow.session.execute(
        select(SlackPerson.user, SlackPerson.staff_id).where(
            SlackPerson.workspace_id == seat.workspace.id, SlackPerson.staff_id.is_not(None)
        )
    )
    return {user: staff.get(staff_id or 0, "") for user, staff_id in rows}


def _tell_once(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> None:
    """To whoever is no colleague, or may not: that nothing was kept; once a day."""
    if seat.workspace is None or not seat.user:
        return
    with house.unit_of_work(SYSTEM) as uow:
        day = uow.now.date().isoformat()
        key = f"unheard:{seat.workspace.team}:{seat.user}:{day}"
        if not once.first(uow, key, seat, "case:unheard"):
            return
        person = people.seen(uow, seat.workspace.id, seat.user)
    text = refusing.not_linked(people.LinkAddresses.of(house).address(person.id))
    if seat.staff is not None:
        text = gettext("This is not kept in the case: you may not work on it.")
    arguments = {
        "channel": event.get("channel"),
        "user": seat.user,
        "thread_ts": event.get("thread_ts"),
        "text": text,
    }
    try:
        workspaces.slack_of(house, seat.workspace.id).call("chat.postEphemeral", arguments)
    except _TROUBLE as error:
        log.warning("slack.not_shown", method="chat.postEphemeral", cause=str(error))
