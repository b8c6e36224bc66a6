"""What the chat's script says to the server: sessions, messages, how far they were read."""

from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from bots import inbound
from bots.webchat import shapes
from bots.webchat.chat import OPEN, Chat
from bots.webchat.tokens import new_token
from oms_service.access.guard import public
from oms_service.conversations import queries, service
from oms_service.conversations.states import DeliveryState
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError, Invalid, TooMany, Unauthenticated
from oms_service.runtime import runtime
from oms_service.web import languages, uploads
from oms_service.web.csrf import exempt
from oms_service.web.texts import gettext

_BEARER: Final = "carries its own secret in a header that no other site can make a browser send"


def add(routes: Blueprint, chat: Chat) -> None:
    routes.register_error_handler(DomainError, _refused)

    @routes.post("/chat/session")
    @public(reason=OPEN)
    @exempt(because=_BEARER)
    def session() -> ResponseReturnValue:
        return _session(chat)

    @routes.get("/chat/messages")
    @public(reason=OPEN)
    def read() -> ResponseReturnValue:
        return _read(chat)

    @routes.post("/chat/messages")
    @public(reason=OPEN)
    @exempt(because=_BEARER)
    def write() -> ResponseReturnValue:
        conversation = chat.conversation()
        sent = shapes.sent(request.get_json(silent=True))
        token = chat.recognise(conversation)
        answer = chat.receive(conversation, sent)
        return chat.after_sending(conversation, answer, token=token)

    @routes.delete("/chat/session")
    @public(reason=OPEN)
    @exempt(because=_BEARER)
    def end() -> ResponseReturnValue:
        inbound.leave_chat(chat.runtime, chat.conversation().id)
        return "", HTTPStatus.NO_CONTENT

    @routes.post("/chat/read")
    @public(reason=OPEN)
    @exempt(because=_BEARER)
    def seen() -> ResponseReturnValue:
        return _seen(chat)


def _session(chat: Chat) -> Response:
    """Resume the conversation of the token that came, or begin one under a new token."""
    token = None
    try:
        conversation = chat.conversation()
    except Unauthenticated:
        chat.may_open()
        token = new_token()
        conversation = chat.open(token)
    token = chat.recognise(conversation) or token
    body = request.get_json(silent=True)
    wanted = languages.read(str(body.get("language"))) if isinstance(body, dict) else None
    if wanted and wanted is not conversation.language:
        inbound.change_language(chat.runtime, conversation.id, wanted)
    with chat.runtime.database.reading() as connection:
        said = queries.thread(connection, conversation.id)
    return chat.state(conversation, said, token=token)


def _read(chat: Chat) -> Response:
    conversation = chat.conversation()
    after = shapes.place(request.args.get("after", "0"))
    with chat.runtime.database.reading() as connection:
        if after:
            return chat.state(conversation, queries.since(connection, conversation.id, after))
        return chat.state(conversation, queries.thread(connection, conversation.id))


def _seen(chat: Chat) -> ResponseReturnValue:
    """How far the messages have come: shown to somebody who looks, or only delivered."""
    conversation = chat.conversation()
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Invalid("not a place", {"seq": "a number from 0"})
    state = DeliveryState.READ if body.get("is_read") is True else DeliveryState.DELIVERED
    with chat.runtime.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
        service.mark(uow, conversation.id, up_to=shapes.place(body.get("seq")), state=state)
    return "", HTTPStatus.NO_CONTENT


def _refused(error: DomainError) -> ResponseReturnValue:
    """What went wrong, in words the chat can show."""
    words = uploads.refusal(runtime(), error) if not isinstance(error, TooMany) else None
    body: dict[str, Any] = {"error": error.code, "words": words or _words(error)}
    response = jsonify(body)
    response.status_code = error.http_status
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.wait_s)
    return response


def _words(error: DomainError) -> str:
    if isinstance(error, TooMany):
        return str(gettext("That was a little fast. We send it again in a moment."))
    if isinstance(error, Unauthenticated):
        return str(gettext("This conversation has ended. Please begin a new one."))
    return str(gettext("This could not be sent. Please write it in other words."))
