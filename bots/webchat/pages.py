"""The pages the chat stands on: the front page, a page of its own, a frame, and no script."""

from dataclasses import replace
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from bots import inbound
from bots.transcripts import Transcript
from bots.webchat import shapes
from bots.webchat.chat import COOKIE, OPEN, SENT_PER_CHAT, Chat
from bots.webchat.tokens import new_token
from oms_service.access.guard import public
from oms_service.conversations import queries
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import Unauthenticated
from oms_service.web import uploads
from oms_service.web.static_files import Assets

CUSTOMER_SIGN_OUT: Final = "access.customer_sign_out"
_COOKIE_KEPT_S: Final = 30 * 24 * 60 * 60


def add(routes: Blueprint, chat: Chat, assets: Assets) -> None:
    """The pages, and the forms of browsers that do without script."""
    _forms(routes, chat)
    _transcript(routes, chat)

    @routes.get("/")
    @public(reason="the shop's front page")
    def home() -> ResponseReturnValue:
        return chat.page("webchat/home.html")

    @routes.get("/chat")
    @public(reason=OPEN)
    def page() -> ResponseReturnValue:
        return chat.page("webchat/page.html")

    @routes.get("/chat/frame")
    @public(reason=OPEN)
    def framed() -> ResponseReturnValue:
        return chat.page("webchat/framed.html", is_embedded=True)

    @routes.get("/embed.js")
    @public(reason="the script tag that other sites carry; the same for everybody")
    def embed() -> ResponseReturnValue:
        response = make_response(assets.path("bots/chat/embed.js").read_bytes())
        response.mimetype = "text/javascript"
        response.headers["Cache-Control"] = "public, max-age=300"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response


def _transcript(routes: Blueprint, chat: Chat) -> None:
    @routes.get("/chat/transcript")
    @public(reason=OPEN)
    def transcript() -> ResponseReturnValue:
        """The conversation as a file of text, by the token or the cookie that opens it."""
        by_token = "Authorization" in request.headers
        conversation = chat.conversation() if by_token else chat.of_cookie()
        if conversation is None:
            raise Unauthenticated("no conversation")
        chat.runtime.limits.take("chat-transcript-file", conversation.public_id, SENT_PER_CHAT)
        with chat.runtime.database.reading() as connection:
            said = queries.thread(connection, conversation.id)
        rules = chat.runtime.settings
        is_cut = bool(said) and said[0].seq > 1
        written = Transcript(
            said,
            chat.runtime.look.name(conversation.language),
            conversation.language,
            rules.zone,
            is_cut=is_cut,
        )
        response = make_response(written.text())
        response.mimetype = "text/plain"
        response.headers["Content-Disposition"] = 'attachment; filename="chat.txt"'
        response.headers["Cache-Control"] = "no-store"
        return response


def _forms(routes: Blueprint, chat: Chat) -> None:
    @routes.post("/chat")
    @uploads.takes_files
    @public(reason=OPEN)
    def write_without_script() -> ResponseReturnValue:
        has_files = any(one.filename for one in request.files.getlist(uploads.FILES))
        sent = shapes.sent(
            {
                "id": request.form.get("id"),
                "text": request.form.get("text", ""),
                "choice": request.form.get("choice"),
            },
            has_files=has_files,
        )
        token = request.cookies.get(COOKIE, "")
        if chat.of_cookie() is None:
            # Never a token that somebody else may have put there.
            chat.may_open()
            token = new_token()
        conversation = chat.open(token)
        token = chat.recognise(conversation) or token
        enclosed = uploads.taken_with_form(
            chat.runtime,
            Actor(ActorKind.CUSTOMER, str(conversation.customer_id or "")),
            scope=inbound.scope_of(conversation.id),
            key=sent.id,
        )
        chat.receive(conversation, replace(sent, files=tuple(enclosed.ids)))
        response = redirect(url_for("webchat.page", _anchor="latest"), HTTPStatus.SEE_OTHER)
        response.set_cookie(
            COOKIE,
            token,
            max_age=_COOKIE_KEPT_S,
            httponly=True,
            samesite="Lax",
            secure=chat.runtime.settings.secure_cookies,
        )
        return response

    @routes.after_app_request
    def forget_who_signs_out(response: Response) -> Response:
        """The chat of somebody who signs out is not left behind for the next one."""
        if request.endpoint == CUSTOMER_SIGN_OUT:
            response.delete_cookie(
                COOKIE, httponly=True, samesite="Lax", secure=chat.runtime.settings.secure_cookies
            )
        return response

    @routes.post("/chat/end")
    @public(reason=OPEN)
    def end_without_script() -> ResponseReturnValue:
        conversation = chat.of_cookie()
        if conversation is not None:
            inbound.leave_chat(chat.runtime, conversation.id)
        response = redirect(url_for("webchat.page"), HTTPStatus.SEE_OTHER)
        response.delete_cookie(
            COOKIE, httponly=True, samesite="Lax", secure=chat.runtime.settings.secure_cookies
        )
        return response
