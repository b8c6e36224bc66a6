"""Dealing with what customers do on LINE: one person's events in their order, one at a time.

An event is taken up by a worker, so that LINE's call is answered at once. What is said in answer
becomes rows first and leaves at once, by the event's own reply token.
"""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from bots import inbound
from bots.dialogue import replies
from bots.dialogue.turns import Say
from bots.inbound import Incoming
from bots.line import parts, queries, service
from bots.line.client import Api, Busy, Refused, Unanswered
from bots.line.events import LineHeard
from bots.line.linking import LINK_WORDS, UNLINK_WORDS, LinkPages
from bots.line.shapes import Kind
from bots.line.transport import turn_at
from bots.line.views import AccountView, EventView
from bots.wording import SpokenFormats
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.channels import LINE
from oms_service.conversations.effects import Sending
from oms_service.conversations.states import AuthorKind, Owner
from oms_service.conversations.views import ConversationView
from oms_service.infra import locks
from oms_service.infra.fallout import cause_of
from oms_service.infra.subscribers import NotNow, Outside
from oms_service.kernel.actors import SYSTEM, Actor, ActorKind
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Language
from oms_service.kernel.text import folded
from oms_service.runtime import Runtime
from oms_service.web import uploads

log = structlog.get_logger(__name__)

#: An event is given up after so many tries, so that those after it come to their turn.
MOST_TRIES: Final = 4
#: What customers say themselves.
_SAID: Final = frozenset({Kind.TEXT, Kind.BUTTON, Kind.FILE})
#: Beyond this a linked account's conversation is told anew whose it is.
_PROVED_AGAIN: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Handling:
    """The effect that deals with events, and what it needs."""

    runtime: Runtime
    api: Api
    sending: Sending
    pages: LinkPages

    def take_up(self, outside: Outside, event: LineHeard) -> None:  # noqa: ARG002 - an effect's signature
        """Deal with all that waits of one person; what another worker has done is done."""
        if not self.runtime.settings.has_line:
            return
        with self.runtime.database.reading() as connection:
            account = queries.account(connection, event.line_account_id)
            user = conversations.key_of(connection, account.identity_id) if account else None
        if account is None or user is None:
            return
        with locks.turn(self.runtime.database, turn_at(user)):
            while (waiting := self._next(account.id)) is not None:
                self._take_one(account.id, user, waiting)

    def _next(self, account_id: int) -> EventView | None:
        with self.runtime.database.reading() as connection:
            return queries.next_event(connection, account_id)

    def _take_one(self, account_id: int, user: str, event: EventView) -> None:
        try:
            conversation_id = self._deal(account_id, user, event)
        except Exception as error:
            if event.tries + 1 < MOST_TRIES:
                with self.runtime.unit_of_work(SYSTEM) as uow:
                    service.count_try(uow, event.id)
                raise
            log.error("line.gave_up", event_id=event.id, cause=cause_of(error))  # noqa: TRY400 - a trace may quote a customer
            conversation_id = self._pass_on(account_id, user, event)
        with self.runtime.unit_of_work(SYSTEM) as uow:
            service.settle(uow, event.id)
        if conversation_id is not None:
            self._send(conversation_id)

    def _pass_on(self, account_id: int, user: str, event: EventView) -> int | None:
        """What was tried often enough goes to people, so that nothing a customer says is lost."""
        if event.kind not in _SAID:
            return None
        with self.runtime.database.reading() as connection:
            account = queries.account(connection, account_id)
        if account is None:
            return None
        conversation = self._conversation(account, user)
        key, text = f"l:{event.content.get('id', event.key)}", event.content.get("text", "")
        unread = "" if text else str(Kind.FILE if event.kind is Kind.FILE else Kind.OTHER)
        incoming = Incoming(key=key, text=text, source=f"line:{account.id}", unread=unread)
        inbound.pass_on(self.runtime, conversation.id, incoming)
        return conversation.id

    def _send(self, conversation_id: int) -> None:
        """Send what was said in answer; if LINE is away each message is tried again for itself."""
        try:
            self.sending.send_thread(
                self.runtime.database,
                lambda: self.runtime.unit_of_work(SYSTEM),
                conversation_id,
            )
        except (Unanswered, Busy, NotNow) as error:
            log.warning("line.not_sent", cause=cause_of(error))

    def _deal(self, account_id: int, user: str, event: EventView) -> int | None:
        """Deal with one event; the conversation in which something may have been said."""
        with self.runtime.database.reading() as connection:
            account = queries.account(connection, account_id)
        if account is None:
            return None
        match event.kind:
            case Kind.UNFOLLOW:
                self._block(account, is_blocked=True)
                return None
            case Kind.UNSEND:
                self._take_back(user, event.content["id"])
                return None
        if account.blocked_at is not None:
            self._block(account, is_blocked=False)  # who writes has let us in again
        if event.kind is Kind.LINKED:
            return self._link(account, user, event)
        conversation = self._conversation(account, user)
        self._hear(account, conversation, user, event)
        return conversation.id

    def _block(self, account: AccountView, *, is_blocked: bool) -> None:
        with self.runtime.unit_of_work(SYSTEM) as uow:
            service.block(uow, account.id, is_blocked=is_blocked)

    # Whose conversation it is

    def _conversation(self, account: AccountView, user: str) -> ConversationView:
        """The open conversation with somebody; one who has linked their account is known."""
        with self.runtime.database.reading() as connection:
            found = conversations.open_of(connection, LINE, user)
        if found is None:
            language = self._language(user)
            found = inbound.open_chat(self.runtime, channel=LINE, key=user, language=language)
        if account.customer_id is None:
            return found
        shown = found.identified_at
        is_fresh = shown is not None and self.runtime.clock.now() - shown < _PROVED_AGAIN
        if found.is_new or found.customer_id != account.customer_id or not is_fresh:
            self._recognise(account.id, found.id, account.customer_id)
        return found

    def _recognise(self, account_id: int, conversation_id: int, customer_id: int) -> None:
        """Know the customer in a conversation, unless the link was ended since we looked."""
        inbound.recognise(
            self.runtime,
            conversation_id,
            customer_id,
            still=lambda uow: service.is_linked(uow, account_id, customer_id),
        )

    def _language(self, user: str) -> Language:
        try:
            spoken = self.api.language(user)
        except (Unanswered, Busy, Refused):
            spoken = ""
        if not spoken:
            return self.runtime.settings.language
        return Language.JAPANESE if spoken.startswith("ja") else Language.ENGLISH

    # What they say

    def _hear(
        self, account: AccountView, conversation: ConversationView, user: str, event: EventView
    ) -> None:
        source = f"line:{account.id}"
        match event.kind:
            case Kind.FOLLOW:
                self._offer_link(account, conversation, event)
            case Kind.TEXT:
                self._read(account, conversation, event, source)
            case Kind.BUTTON:
                self._press(conversation, event, source)
            case Kind.FILE:
                self._receive(conversation, self._file(conversation, user, event, source))
            case _:
                key, unread = _message_key(event), str(event.kind)
                self._receive(conversation, Incoming(key=key, source=source, unread=unread))

    def _read(
        self, account: AccountView, conversation: ConversationView, event: EventView, source: str
    ) -> None:
        text = event.content["text"]
        words = folded(text) if conversation.owner is Owner.BOT else ""
        if words in UNLINK_WORDS:
            self._unlink(account, conversation, event)
        elif words in LINK_WORDS:
            self._offer_link(account, conversation, event)
        else:
            incoming = Incoming(key=_message_key(event), text=text, source=source)
            self._receive(conversation, incoming)

    def _press(self, conversation: ConversationView, event: EventView, source: str) -> None:
        found = parts.pressed(event.content["data"])
        if found is None:
            return
        value, label = found
        key = f"l:{event.key}"
        try:
            self._receive(conversation, Incoming(key=key, choice=value, source=source))
        except Invalid:
            # From a conversation that is over: what it said is what they want.
            if label:
                self._receive(conversation, Incoming(key=key, text=label, source=source))

    def _receive(self, conversation: ConversationView, incoming: Incoming) -> None:
        inbound.receive(self.runtime, conversation.id, incoming)

    def _file(
        self, conversation: ConversationView, user: str, event: EventView, source: str
    ) -> Incoming:
        """A picture or another file, looked at and stored as one that the chat sends."""
        key = _message_key(event)
        try:
            self.api.start_loading(user)
        except (Unanswered, Busy, Refused) as error:
            log.info("line.no_loading", cause=type(error).__name__)
        most = self.runtime.settings.attachment_rules.file_bytes
        try:
            content = self.api.content(event.content["id"], most_bytes=most)
            view = uploads.take_in(
                self.runtime,
                _writer(conversation),
                io.BytesIO(content),
                name=event.content["name"],
                scope=inbound.scope_of(conversation.id),
                key=key,
                sender=source,
            )
        except (DomainError, Refused) as error:
            log.info("line.file_refused", cause=type(error).__name__)
            return Incoming(key=key, source=source, unread="file")
        return Incoming(key=key, source=source, files=(view.public_id,))

    def _take_back(self, user: str, message_id: str) -> None:
        """What was said is gone for everybody, as LINE asks of whoever keeps it."""
        key = f"l:{message_id}"
        with self.runtime.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
            found = conversations.with_message(uow.session, LINE, user, key)
            if found is None:
                return
            formats = self._formats()
            text = replies.render(Say("unread.said_back"), found.language, formats)
            talking.take_back(uow, found.id, key, text=text)

    # Whose account it is

    def _offer_link(
        self, account: AccountView, conversation: ConversationView, event: EventView
    ) -> None:
        say = Say("line.link", {"url": self.pages.url(account.id)})
        if account.customer_id is not None:
            say = Say("line.is_linked")
        self._answer(conversation, event, say)

    def _unlink(
        self, account: AccountView, conversation: ConversationView, event: EventView
    ) -> None:
        """End the link, and the conversation with it: the next one begins with a stranger."""
        is_linked = account.customer_id is not None
        self._answer(conversation, event, Say("line.unlinked" if is_linked else "line.not_linked"))
        with self.runtime.unit_of_work(_writer(conversation)) as uow:
            service.unlink(uow, account.id)

    def _link(self, account: AccountView, user: str, event: EventView) -> int | None:
        """LINE's user has agreed: the number that comes back says to whose account."""
        with self.runtime.unit_of_work(SYSTEM) as uow:
            customer_id = service.link(uow, account.id, event.content["nonce"])
            linked = queries.account(uow.session, account.id)
        if linked is None or linked.customer_id is None:
            log.info("line.link_refused", line_account_id=account.id)
            return None
        conversation = self._conversation(linked, user)
        if customer_id is not None:
            self._recognise(linked.id, conversation.id, customer_id)
        self._answer(conversation, event, Say("line.linked"))
        return conversation.id

    def _answer(self, conversation: ConversationView, event: EventView, say: Say) -> None:
        """Answer what needs no dialogue: what they wrote, if they wrote, and what is said to it."""
        with self.runtime.unit_of_work(_writer(conversation)) as uow:
            held = talking.lock(uow, conversation.id)
            if event.kind is Kind.TEXT:
                key, text = _message_key(event), event.content["text"]
                talking.receive(uow, held.id, key=key, text=text)
            talking.say(
                uow,
                held.id,
                author_kind=AuthorKind.BOT,
                text=replies.render(say, held.language, self._formats()),
                key=f"re:l:{event.key}",
            )

    def _formats(self) -> SpokenFormats:
        return SpokenFormats(self.runtime.clock.now(), self.runtime.settings.zone)


def _message_key(event: EventView) -> str:
    """By what a message is known: by LINE's id of it, which is also what takes it back."""
    return f"l:{event.content['id']}"


def _writer(conversation: ConversationView) -> Actor:
    return Actor(ActorKind.CUSTOMER, str(conversation.customer_id or ""))
