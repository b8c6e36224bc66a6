"""What makes desk pages change by themselves: hints that something did, to who may look."""

from collections.abc import Iterator

from flask import request, url_for

from cases.desk import tickets
from cases.desk.tickets import Ticket
from oms_service.access import queries as access
from oms_service.access.guard import staff, staff_session
from oms_service.access.states import SessionKind
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime, runtime
from oms_service.web import live


def stream_url(*topics: str) -> str:
    settings = runtime().settings
    ticket = Ticket(staff().id, staff_session(), request.host_url.rstrip("/"), topics)
    written = tickets.write(settings.secret_key, ticket)
    return f"{settings.streams_url}{url_for('desk.stream', ticket=written)}"


def is_signed_in(here: Runtime, ticket: Ticket) -> bool:
    with here.database.reading() as connection:
        try:
            colleague = access.staff_by_id(connection, ticket.staff_id)
        except NotFound:
            return False
        open_ones = access.open_sessions(
            connection, SessionKind.STAFF, ticket.staff_id, here.clock.now()
        )
    is_open = any(one.digest == ticket.session for one in open_ones)
    return is_open and colleague.is_active and colleague.may("cases:read")


def hints(here: Runtime, topics: tuple[str, ...]) -> Iterator[bytes]:
    with here.live.listening(topics) as ear:

        def news(wait_s: float) -> list[live.Message]:
            return [live.Message(event="changed", data="")] if ear.wait(wait_s) else []

        yield from live.stream(news)
