"""What the chat's routes share: whose conversation it is, what is said, how it is answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from flask import Response, jsonify, make_response, render_template, request

from bots import inbound
from bots.inbound import Incoming
from bots.webchat import asking, shapes, words
from bots.webchat.passes import Passes
from bots.webchat.tokens import Ticket, Tickets, key_of, new_token
from oms_service.access import guard, visitors
from oms_service.conversations import queries
from oms_service.conversations.channels import WEBCHAT
from oms_service.conversations.states import AuthorKind, Owner
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.kernel.errors import Unauthenticated
from oms_service.runtime import Runtime
from oms_service.web import security
from oms_service.web.frame import Frame

if TYPE_CHECKING:
    from oms_service.demo_shop.scenes import Scene

COOKIE: Final = "oms_chat"
#: Beyond this a chat that is still open is told anew that its customer is signed in.
PROVED_AGAIN: Final = timedelta(hours=1)
OPEN: Final = "anybody may talk to the shop; the token opens their own conversation alone"

#: How often a browser may open conversations and write; people do not come near.
NEW_PER_ADDRESS: Final = "30/10 minutes"
SENT_PER_CHAT: Final = "40/minute"
SENT_PER_ADDRESS: Final = "240/minute"


@dataclass(frozen=True)
class Chat:
    """What the routes share."""

    runtime: Runtime
    frame: Frame
    tickets: Tickets
    passes: Passes

    # Who it is

    def key(self) -> str:
        """The key of the conversation whose token came in the header.

        Raises:
            Unauthenticated: none came, or none that could be one of ours.
        """
        kind, _sep, token = request.headers.get("Authorization", "").partition(" ")
        key = key_of(token.strip()) if kind.lower() == "bearer" else None
        if key is None:
            raise Unauthenticated("no token")
        return key

    def conversation(self) -> ConversationView:
        """The open conversation of the request's token.

        Raises:
            Unauthenticated: no conversation has that token.
        """
        key = self.key()
        found = self._theirs(key)
        if found is None:
            raise Unauthenticated("no such conversation")
        return found

    def of_cookie(self) -> ConversationView | None:
        """The conversation of a browser that does without script."""
        key = key_of(request.cookies.get(COOKIE, ""))
        return None if key is None else self._theirs(key)

    def _theirs(self, key: str) -> ConversationView | None:
        """The open conversation of that key, unless another customer is signed in here by now."""
        with self.runtime.database.reading() as connection:
            found = queries.open_of(connection, WEBCHAT, key)
        here = guard.customer_or_none()
        if found is None or here is None or found.customer_id in {None, here.subject_id}:
            return found
        return None

    def recognise(self, conversation: ConversationView) -> str | None:
        """Know a signed-in customer without asking; answers a new token where one is due.

        Until then the token was that of somebody unknown: whoever else may have seen it shall
        not read what the customer is told from now on.
        """
        here = guard.customer_or_none()
        if here is None:
            return None
        shown = conversation.identified_at
        if conversation.customer_id is None:
            token = new_token()
            inbound.recognise(self.runtime, conversation.id, here.subject_id, key=key_of(token))
            return token
        if shown is None or self.runtime.clock.now() - shown > PROVED_AGAIN:
            inbound.recognise(self.runtime, conversation.id, here.subject_id)
        return None

    def open(self, token: str) -> ConversationView:
        key = key_of(token)
        if key is None:
            raise Unauthenticated("no token")
        language = self.frame.languages.current()
        return inbound.open_chat(self.runtime, channel=WEBCHAT, key=key, language=language)

    def may_open(self) -> None:
        self.runtime.limits.take("chat-open", self.address, NEW_PER_ADDRESS)

    @property
    def address(self) -> str:
        return visitors.address()

    # What is said

    def receive(self, conversation: ConversationView, sent: shapes.Sent) -> inbound.Answer:
        self.runtime.limits.take("chat-send", conversation.public_id, SENT_PER_CHAT)
        self.runtime.limits.take("chat-send-address", self.address, SENT_PER_ADDRESS)
        incoming = Incoming(
            key=f"c:{sent.id}",
            text=sent.text,
            choice=sent.choice,
            source=self.address,
            files=sent.files,
        )
        return inbound.receive(self.runtime, conversation.id, incoming)

    def state(
        self,
        conversation: ConversationView,
        said: Iterable[MessageView],
        *,
        token: str | None = None,
    ) -> Response:
        """Messages, who answers, and the way into the stream; a new token in a header."""
        origin = request.host_url.rstrip("/")
        ticket = self.tickets.write(Ticket(conversation.public_id, origin))
        is_plain = request.args.get("plain") == "1"
        response = jsonify(
            messages=shapes.messages(said, self.passes, is_plain=is_plain),
            owner=conversation.owner.value,
            language=conversation.language.value,
            stream=f"{self.runtime.settings.streams_url}/chat/stream?ticket={ticket}",
        )
        if token:
            response.headers["X-Chat-Token"] = token
        return response

    def after_sending(
        self, conversation: ConversationView, answer: inbound.Answer, *, token: str | None = None
    ) -> Response:
        with self.runtime.database.reading() as connection:
            now = queries.by_id(connection, conversation.id) or conversation
        return self.state(now, (answer.message, *answer.replies), token=token)

    def page(self, template: str, *, is_embedded: bool = False) -> Response:
        """A page with the chat in it, as far as the conversation has come."""
        conversation = None if is_embedded else self.of_cookie()
        language = self.frame.languages.current()
        said: list[MessageView] = []
        rules = self.runtime.settings
        if conversation is not None:
            with self.runtime.database.reading() as connection:
                said = queries.thread(connection, conversation.id)
        is_people = conversation is not None and conversation.owner is Owner.PEOPLE
        response = make_response(
            render_template(
                template,
                said=[shapes.message(view, self.passes) | {"when": view.at} for view in said],
                choices=_choices(said, is_people=is_people),
                greeting=inbound.greeting(self.runtime, language),
                human=inbound.standing_label("human", language, self.runtime),
                is_people=is_people,
                is_embedded=is_embedded,
                token=request.cookies.get(COOKIE, "") if conversation else "",
                message_id=new_token(),
                asked="" if is_embedded else asking.words(),
                signs_in_elsewhere=bool(rules.customer_oidc),
                whose=asking.whose(self.runtime),
                most=shapes.MOST_CHARACTERS,
                words=words.for_script(rules.attachments_per_message, rules.attachment_mb),
                tried=_tried() if self.runtime.settings.demo else (),
            )
        )
        return security.embeddable(response) if is_embedded else response


def _choices(said: list[MessageView], *, is_people: bool) -> list[dict[str, str]]:
    """The buttons that still count: those of the last message, if the shop spoke last.

    While people answer, the bot's own are of no use; those of a notice are.
    """
    if not said or (is_people and said[-1].author_kind is not AuthorKind.NOTICE):
        return []
    return list(said[-1].extra.get("choices", ()))


def _tried() -> "tuple[Scene, ...]":
    """The orders of the demo shop that everybody may try."""
    from oms_service.demo_shop import scenes  # noqa: PLC0415 - nothing but a demo needs it

    return scenes.SCENES
