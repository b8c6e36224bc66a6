"""Files of the chat: sent ahead of a message, and shown to whoever holds the conversation.

Pictures are fetched by the browser itself, which sends no token with them; a pass shows each.
"""

from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from bots import inbound
from bots.webchat.chat import OPEN, SENT_PER_CHAT, Chat
from oms_service.access.guard import public
from oms_service.conversations import attachments, attachments_queries
from oms_service.conversations.attachments_queries import AttachmentView, Place
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import NotFound
from oms_service.web import uploads
from oms_service.web.csrf import exempt

_BEARER: Final = "carries its own secret in a header that no other site can make a browser send"


def add(routes: Blueprint, chat: Chat) -> None:
    """The routes of files, for the chat's script; pictures for pages without it, too."""

    @routes.post("/chat/files")
    @uploads.takes_files
    @public(reason=OPEN)
    @exempt(because=_BEARER)
    def send_ahead() -> ResponseReturnValue:
        conversation = chat.conversation()
        chat.runtime.limits.take("chat-file", conversation.public_id, SENT_PER_CHAT)

        def told(view: AttachmentView) -> dict[str, object]:
            small = chat.passes.url(view.public_id, is_preview=True)
            return uploads.as_sent(view, url=chat.passes.url(view.public_id), preview_url=small)

        return uploads.answer_ahead(
            chat.runtime,
            Actor(ActorKind.CUSTOMER, str(conversation.customer_id or "")),
            scope=inbound.scope_of(conversation.id),
            told=told,
        )

    @routes.post("/chat/files/<public_id>/remove")
    @public(reason=OPEN)
    @exempt(because=_BEARER)
    def discard(public_id: str) -> ResponseReturnValue:
        conversation = chat.conversation()
        with chat.runtime.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
            scope = inbound.scope_of(conversation.id)
            attachments.discard(uow, scope=scope, public_id=public_id)
        return "", HTTPStatus.NO_CONTENT

    @routes.get("/chat/files/<public_id>")
    @public(reason="the pass is signed for this one file, and ends within the hour")
    def content(public_id: str) -> Response:
        return uploads.show(chat.runtime, _place(chat, public_id))

    @routes.get("/chat/files/<public_id>/preview")
    @public(reason="the pass is signed for this one file, and ends within the hour")
    def preview(public_id: str) -> Response:
        return uploads.show(chat.runtime, _place(chat, public_id), is_preview=True)


def _place(chat: Chat, public_id: str) -> Place:
    if not chat.passes.fits(public_id, request.args.get("pass", "")):
        raise NotFound("no such file")
    with chat.runtime.database.reading() as connection:
        place = attachments_queries.by_public_id(connection, public_id)
    if place.view.is_internal:
        raise NotFound("no such file")
    return place
