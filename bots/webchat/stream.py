"""The stream that tells an open chat what is new."""

from collections.abc import Iterator

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from bots.webchat import shapes
from bots.webchat.chat import Chat
from cases import queries as cases
from cases.writing import presence
from oms_service.access.guard import public
from oms_service.conversations import queries, service
from oms_service.conversations.states import Owner
from oms_service.kernel.errors import Unauthenticated
from oms_service.web import live


def add(routes: Blueprint, chat: Chat) -> None:
    """The stream's route; a process has so many seats for it and no more."""
    seats = chat.runtime.seats

    @routes.get("/chat/stream")
    @public(reason="the ticket says which conversation may be heard, and for how long")
    def stream() -> ResponseReturnValue:
        ticket = chat.tickets.read(request.args.get("ticket", ""))
        after = shapes.place(request.args.get("after", "0"))
        with chat.runtime.database.reading() as connection:
            found = queries.by_public_id(
                connection, ticket.conversation_public_id if ticket else ""
            )
        if ticket is None or found is None:
            raise Unauthenticated("no ticket, or an old one")
        live.readable_from(ticket.origin)
        told = seats.take(
            _told(chat, found.id, after), address=chat.address, listener=found.public_id
        )
        return Response(told, headers=dict(live.HEADERS))


def _is_typing(chat: Chat, conversation_id: int) -> bool:
    """Whether a colleague writes an answer in this conversation at this moment."""
    house = chat.runtime
    with house.database.reading() as connection:
        case = cases.latest_of_conversation(connection, conversation_id)
    if case is None:
        return False
    here = presence.of(house.settings.redis_url).here([case.id], now=house.clock.now())
    return any(one.is_typing for one in here.get(case.id, ()))


def _told(chat: Chat, conversation_id: int, after: int) -> Iterator[bytes]:
    """The stream of one conversation: what is stored after ``after``, as it is stored."""
    runtime = chat.runtime
    with runtime.live.listening([service.topic(conversation_id)]) as ear:
        told, owner, is_first = after, "", True

        def news(wait_s: float) -> list[live.Message]:
            nonlocal told, owner, is_first
            if not is_first:
                ear.wait(wait_s)
            is_first = False
            with runtime.database.reading() as connection:
                found = queries.by_id(connection, conversation_id)
                said = queries.since(connection, conversation_id, told)
            now = found.owner.value if found else owner
            if not said and now == owner:
                is_typing = now == Owner.PEOPLE and _is_typing(chat, conversation_id)
                return [live.Message(event="typing", data={})] if is_typing else []
            told, owner = (said[-1].seq if said else told), now
            return [
                live.Message(
                    event="news",
                    data={"messages": shapes.messages(said, chat.passes), "owner": now},
                )
            ]

        yield from live.stream(news)
