"""Dealing with what customers do in Slack: in one direct message in its order, one after the other.

It is taken up by a worker, so that Slack is answered at once, however long Slack itself, a file or
a model takes. Whoever is linked to a colleague meanwhile is none of it; all others are customers,
and prove whose orders they ask about as everywhere.
"""

from dataclasses import dataclass, replace
from typing import Final

import structlog
from flask_babel import force_locale

from bots import inbound
from bots.dialogue import replies
from bots.dialogue.turns import Say
from bots.inbound import Incoming
from bots.slack import fetching, queries
from bots.slack.customers import keeping, knowing
from bots.slack.customers.keeping import Told
from bots.slack.customers.places import Place
from bots.slack.customers.shapes import Kind
from bots.slack.events import CustomerTold
from bots.slack.seats import sit
from bots.slack.views import WorkspaceView
from bots.wording import SpokenFormats
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.attachments import TooManyFiles
from oms_service.conversations.channels import SLACK
from oms_service.conversations.views import ConversationView
from oms_service.infra import locks
from oms_service.infra.fallout import cause_of
from oms_service.infra.subscribers import Outside
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.errors import Invalid
from oms_service.kernel.ids import digest
from oms_service.runtime import Runtime
from oms_service.web.texts import N_, gettext

log = structlog.get_logger(__name__)

#: Given up after so many tries, so that what comes after it has its turn.
MOST_TRIES: Final = 4
#: What the assistant's pane offers to ask.
PROMPTS: Final = (
    (N_("Where is my order?"), N_("Where is my order?")),
    (N_("Return something"), N_("I want to return something.")),
    (N_("Talk to a person"), N_("I want to talk to a person.")),
)


@dataclass(frozen=True)
class Handling:
    """The effect that deals with what was told, and the house it is of."""

    house: Runtime

    def take_up(self, outside: Outside, event: CustomerTold) -> None:  # noqa: ARG002 - an effect's signature
        """Deal with all that waits in a direct message; what another worker has done is done."""
        with self.house.database.reading() as connection:
            key = keeping.key_of(connection, event.slack_told_id)
        if key is None:
            return
        with locks.turn(self.house.database, f"slack told {digest(key)}"):
            while (told := self._oldest(key)) is not None:
                self._take_one(told)

    def _oldest(self, key: str) -> Told | None:
        with self.house.database.reading() as connection:
            return keeping.oldest(connection, key)

    def _take_one(self, told: Told) -> None:
        try:
            self._deal(told)
        except Exception as error:
            if told.tries + 1 < MOST_TRIES:
                with self.house.unit_of_work(SYSTEM) as uow:
                    keeping.count_try(uow, told.id)
                raise
            log.error("slack.gave_up", slack_told_id=told.id, cause=cause_of(error))  # noqa: TRY400 - a trace may quote a customer
            self._pass_on(told)
        with self.house.unit_of_work(SYSTEM) as uow:
            keeping.settle(uow, told.id)

    def _deal(self, told: Told) -> None:
        with self.house.database.reading() as connection:
            workspace = queries.workspace(connection, told.workspace_id)
            if workspace is None or workspace.revoked_at is not None:
                return
            language = self.house.settings.language
            seat = sit(connection, workspace.team, told.user, language=language)
        if told.kind is Kind.TAKEN_BACK:
            self._take_back(told)
        elif seat.staff is not None:
            return  # colleagues are answered about cases
        elif told.kind is Kind.WRITTEN:
            self._hear(workspace, told)
        elif told.kind is Kind.PRESSED:
            self._press(workspace, told)
        else:
            self._open(workspace, told)

    def _hear(self, workspace: WorkspaceView, told: Told) -> None:
        place = self._place(told)
        conversation = self._conversation(workspace, place, told.user)
        source, files = _source(told), told.content["files"]
        kept, left = fetching.keep(
            self.house,
            workspace.id,
            Actor(ActorKind.CUSTOMER, str(conversation.customer_id or "")),
            files,
            scope=inbound.scope_of(conversation.id),
            sender=source,
        )
        text = told.content["text"]
        unread = "" if text or kept else ("file" if left else "other")
        key = told.content["key"]
        incoming = Incoming(key=key, text=text, source=source, files=tuple(kept), unread=unread)
        try:
            inbound.receive(self.house, conversation.id, incoming)
        except TooManyFiles:
            fewer = replace(incoming, files=(), unread="file")
            inbound.receive(self.house, conversation.id, fewer)

    def _take_back(self, told: Told) -> None:
        """What a customer deletes is gone for everybody."""
        place, key = self._place(told), told.content["key"]
        with self.house.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
            found = conversations.with_message(uow.session, SLACK, place.key, key)
            if found is None:
                return
            formats = SpokenFormats(self.house.clock.now(), self.house.settings.zone)
            text = replies.render(Say("unread.said_back"), found.language, formats)
            talking.take_back(uow, found.id, key, text=text)

    def _press(self, workspace: WorkspaceView, told: Told) -> None:
        """A button of the chat: each of a message counts once, however often it is pressed."""
        place = self._place(told)
        if not self._is_known(place):
            return  # we have never spoken there
        conversation = self._conversation(workspace, place, told.user)
        key, source, label = told.content["key"], _source(told), told.content["label"]
        try:
            incoming = Incoming(key=key, choice=told.content["value"], source=source)
            inbound.receive(self.house, conversation.id, incoming)
        except Invalid:
            # From a conversation that is over: what it said is what they want.
            if label:
                incoming = Incoming(key=key, text=label, source=source)
                inbound.receive(self.house, conversation.id, incoming)

    def _open(self, workspace: WorkspaceView, told: Told) -> None:
        """A thread of the assistant's pane begins with what one may ask."""
        place = told.place
        language = self._conversation(workspace, place, told.user).language
        with force_locale(str(language)):
            prompts = [
                {"title": gettext(title), "message": gettext(said)} for title, said in PROMPTS
            ]
        arguments = {
            "channel_id": place.channel,
            "thread_ts": place.thread,
            "prompts": prompts,
        }
        knowing.kindly(self.house, workspace, "assistant.threads.setSuggestedPrompts", arguments)

    def _pass_on(self, told: Told) -> None:
        """What was tried often enough goes to people, so that nothing a customer says is lost."""
        if told.kind not in {Kind.WRITTEN, Kind.PRESSED}:
            return
        with self.house.database.reading() as connection:
            workspace = queries.workspace(connection, told.workspace_id)
        if workspace is None:
            return
        conversation = self._conversation(workspace, self._place(told), told.user)
        text = told.content.get("text") or told.content.get("label") or ""
        incoming = Incoming(
            key=told.content["key"],
            text=text,
            source=_source(told),
            unread="" if text else "other",
        )
        inbound.pass_on(self.house, conversation.id, incoming)

    # Where it was said

    def _place(self, told: Told) -> Place:
        """A thread counts only if the assistant's pane has opened it."""
        if told.place.thread and not self._is_known(told.place):
            return replace(told.place, thread="")
        return told.place

    def _is_known(self, place: Place) -> bool:
        with self.house.database.reading() as connection:
            return conversations.sender_of(connection, SLACK, place.key) is not None

    def _conversation(self, workspace: WorkspaceView, place: Place, user: str) -> ConversationView:
        """The open conversation there; who is new is greeted in their language."""
        with self.house.database.reading() as connection:
            found = conversations.open_of(connection, SLACK, place.key)
        if found is not None:
            return found
        about = knowing.asked_about(self.house, workspace, user)
        language = knowing.language_of(self.house, about)
        found = inbound.open_chat(self.house, channel=SLACK, key=place.key, language=language)
        if found.is_new and knowing.may_be_colleague(workspace, about):
            with force_locale(str(language)):
                knowing.tell_colleague(self.house, workspace, place, user)
        return found


def _source(told: Told) -> str:
    """Who writes, for limits; of a customer no id of Slack's is kept for it."""
    return f"slack:{digest(f'{told.place.team}:{told.user}')[:24]}"
