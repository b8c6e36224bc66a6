"""What customers write and press in Slack, answered by the bot of the chat.

Whoever is not linked to a colleague is a customer, and proves whose orders they ask about as
everywhere. What is told again finds its message stored, and the answer that it got.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import structlog
from flask_babel import force_locale
from slack_bolt import Ack, App, BoltContext

from bots import inbound
from bots.dialogue import replies
from bots.dialogue.turns import Say
from bots.inbound import Incoming
from bots.slack import fetching, people, workspaces
from bots.slack.app import seat_of
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.customers.laying import CHOICE
from bots.slack.customers.places import Place
from bots.slack.reading import plain
from bots.slack.sealing import CannotOpen
from bots.slack.seats import Seat, sit
from bots.slack.working import refusing
from bots.wording import SpokenFormats
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.attachments import TooManyFiles
from oms_service.conversations.channels import SLACK
from oms_service.conversations.views import ConversationView
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.ids import digest
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.web.texts import N_, gettext

log = structlog.get_logger(__name__)

_TROUBLE: Final = (Busy, Refused, Unanswered, CannotOpen, NotFound)
#: Beyond this nobody reads what was written.
_LONGEST: Final = 4_000
#: Where others read along.
_COME: Final = N_(
    "Questions about orders are answered in a direct message, where nobody else reads along. "
    "Open this app under Apps and write there."
)
#: What the assistant's pane offers to ask.
PROMPTS: Final = (
    (N_("Where is my order?"), N_("Where is my order?")),
    (N_("Return something"), N_("I want to return something.")),
    (N_("Talk to a person"), N_("I want to talk to a person.")),
)


def attach(app: App, house: Runtime) -> None:
    """Listen to what customers press, and to the assistant's pane being opened."""

    @app.action(re.compile(rf"^{CHOICE}\d{{1,2}}$"))
    def pressed(ack: Ack, body: Mapping[str, Any], context: BoltContext) -> None:
        press(house, seat_of(context), body)
        ack()

    @app.event("assistant_thread_started")
    def opened(ack: Ack, event: Mapping[str, Any], context: BoltContext) -> None:
        open_pane(house, seat_of(context), event)
        ack()

    @app.event("assistant_thread_context_changed")
    def looked_elsewhere(ack: Ack) -> None:
        ack()  # what somebody looks at besides is none of our business


def hear(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> None:
    """One message of a customer, by its place and time; written otherwise, it is said anew."""
    message, key = event, f"s:{event.get('ts')}"
    if event.get("subtype") == "message_changed":
        message, before = event.get("message") or {}, event.get("previous_message") or {}
        edited = message.get("edited") or {}
        if message.get("bot_id") or message.get("text") == before.get("text") or not edited:
            return
        key = f"s:{message.get('ts')}:{edited.get('ts')}"
    user = str(message.get("user") or "")
    if seat.workspace is None or not user or _is_colleague(house, seat.workspace.team, user):
        return
    place = _place(house, seat, event, str(message.get("thread_ts") or ""))
    conversation = _conversation(house, seat, place, user)
    text = plain(str(message.get("text") or "")).strip()[:_LONGEST]
    source, files = _source(seat, user), message.get("files") or []
    kept, left = fetching.keep(
        house,
        seat.workspace.id,
        Actor(ActorKind.CUSTOMER, str(conversation.customer_id or "")),
        files if isinstance(files, list) and event is message else [],
        scope=inbound.scope_of(conversation.id),
        sender=source,
    )
    unread = "" if text or kept else ("file" if left else "other")
    incoming = Incoming(key=key, text=text, source=source, files=tuple(kept), unread=unread)
    try:
        inbound.receive(house, conversation.id, incoming)
    except TooManyFiles:
        inbound.receive(house, conversation.id, replace(incoming, files=(), unread="file"))


def take_back(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> None:
    """What a customer deletes is gone for everybody."""
    before = event.get("previous_message") or {}
    if seat.workspace is None or before.get("bot_id"):
        return
    place = _place(house, seat, event, str(before.get("thread_ts") or ""))
    key = f"s:{event.get('deleted_ts')}"
    with house.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
        found = conversations.with_message(uow.session, SLACK, place.key, key)
        if found is None:
            return
        formats = SpokenFormats(house.clock.now(), house.settings.zone)
        text = replies.render(Say("unread.said_back"), found.language, formats)
        talking.take_back(uow, found.id, key, text=text)


def press(house: Runtime, seat: Seat, body: Mapping[str, Any]) -> None:
    """A button of the chat: each of a message counts once, however often it is pressed."""
    message, channel = body.get("message") or {}, body.get("channel") or {}
    action = (body.get("actions") or [{}])[0]
    value = action.get("value")
    if seat.workspace is None or seat.staff is not None or not isinstance(value, str):
        return
    event = {"channel": channel.get("id")}
    place = _place(house, seat, event, str(message.get("thread_ts") or ""))
    with house.database.reading() as connection:
        if conversations.sender_of(connection, SLACK, place.key) is None:
            return  # we have never spoken there
    conversation = _conversation(house, seat, place, seat.user)
    source = _source(seat, seat.user)
    key = f"s:{message.get('ts')}:{action.get('action_id')}"
    try:
        incoming = Incoming(key=key, choice=value, source=source)
        inbound.receive(house, conversation.id, incoming)
    except Invalid:
        # From a conversation that is over: what it said is what they want.
        label = str((action.get("text") or {}).get("text") or "")[:_LONGEST]
        if label:
            incoming = Incoming(key=key, text=label, source=source)
            inbound.receive(house, conversation.id, incoming)


def open_pane(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> None:
    """A thread of the assistant's pane is a conversation, which begins with what one may ask."""
    pane = event.get("assistant_thread") or {}
    user, thread = str(pane.get("user_id") or ""), str(pane.get("thread_ts") or "")
    if seat.workspace is None or not user or not thread:
        return
    place = Place(seat.workspace.team, str(pane.get("channel_id") or ""), thread)
    if seat.staff is not None:
        return  # colleagues are answered about cases, in every thread alike
    language = _conversation(house, seat, place, user).language
    with force_locale(str(language)):
        prompts = [{"title": gettext(title), "message": gettext(said)} for title, said in PROMPTS]
    arguments = {"channel_id": place.channel, "thread_ts": thread, "prompts": prompts}
    _try(house, seat, "assistant.threads.setSuggestedPrompts", arguments)


def point(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> bool:
    """Tell a customer who calls us by name before others where they are answered.

    Nothing of anybody's order is said there.

    Returns:
        Whether it was a customer: not who may be a colleague that is not linked yet.
    """
    about = _asked_about(house, seat, seat.user)
    if not about or _may_be_colleague(seat, about):
        return False
    with force_locale(str(_language_of(house, about))):
        text = gettext(_COME)
    arguments = {
        "channel": event.get("channel"),
        "thread_ts": event.get("thread_ts") or event.get("ts"),
        "text": text,
    }
    _try(house, seat, "chat.postMessage", arguments)
    return True


def _is_colleague(house: Runtime, team: str, user: str) -> bool:
    """Whether who wrote it is at work here; what is told of a change does not always say it."""
    with house.database.reading() as connection:
        return sit(connection, team, user, language=house.settings.language).staff is not None


def _place(house: Runtime, seat: Seat, event: Mapping[str, Any], thread: str) -> Place:
    """Where it was said: a thread counts only if the assistant's pane has opened it."""
    team = seat.workspace.team if seat.workspace is not None else ""
    place = Place(team, str(event.get("channel") or ""), thread)
    if thread:
        with house.database.reading() as connection:
            if conversations.sender_of(connection, SLACK, place.key) is None:
                return Place(place.team, place.channel)
    return place


def _conversation(house: Runtime, seat: Seat, place: Place, user: str) -> ConversationView:
    """The open conversation there; who is new is greeted in their language."""
    with house.database.reading() as connection:
        found = conversations.open_of(connection, SLACK, place.key)
    if found is not None:
        return found
    about = _asked_about(house, seat, user)
    language = _language_of(house, about)
    found = inbound.open_chat(house, channel=SLACK, key=place.key, language=language)
    if found.is_new and _may_be_colleague(seat, about):
        _tell_colleague(house, seat, place, user)
    return found


def _asked_about(house: Runtime, seat: Seat, user: str) -> Mapping[str, Any]:
    """What Slack says of somebody; nothing where it does not answer."""
    found = _try(house, seat, "users.info", {"user": user, "include_locale": True})
    about = found.get("user")
    return about if isinstance(about, Mapping) else {}


def _language_of(house: Runtime, about: Mapping[str, Any]) -> Language:
    """What somebody has Slack in; the shop's where Slack does not say."""
    spoken = str(about.get("locale") or "")
    if not spoken:
        return house.settings.language
    return Language.JAPANESE if spoken.startswith("ja") else Language.ENGLISH


def _may_be_colleague(seat: Seat, about: Mapping[str, Any]) -> bool:
    """Whether they are of the workspace that has let us in, and no guest of it."""
    team = seat.workspace.team if seat.workspace is not None else ""
    return about.get("team_id") == team and not about.get("is_restricted")


def _tell_colleague(house: Runtime, seat: Seat, place: Place, user: str) -> None:
    """How a colleague says who they are, to them alone, once in each conversation."""
    if seat.workspace is None:
        return
    with house.unit_of_work(SYSTEM) as uow:
        person = people.seen(uow, seat.workspace.id, user)
    text = refusing.not_linked(people.LinkAddresses.of(house).address(person.id))
    arguments = {
        "channel": place.channel,
        "user": user,
        "thread_ts": place.thread or None,
        "text": text,
    }
    _try(house, seat, "chat.postEphemeral", arguments)


def _source(seat: Seat, user: str) -> str:
    """Who writes, for limits; of a customer no id of Slack's is kept for it."""
    team = seat.workspace.team if seat.workspace is not None else ""
    return f"slack:{digest(f'{team}:{user}')[:24]}"


def _try(
    house: Runtime, seat: Seat, method: str, arguments: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Call what is only a kindness: without an answer it is left."""
    if seat.workspace is None:
        return {}
    try:
        return workspaces.slack_of(house, seat.workspace.id).call(method, arguments)
    except _TROUBLE as error:
        log.info("slack.not_shown", method=method, cause=str(error))
        return {}
