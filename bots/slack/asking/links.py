"""Links to cases and orders say what they lead to, and nothing of whose they are; so does our name.

Whoever is linked to a colleague who may read it sees number, state and what is due. For everybody
else a link only says that it is a case or an order; an unknown number stays a bare link.
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from slack_bolt import Ack, App, BoltContext
from sqlalchemy.orm import Session

from bots.slack import finding, once, people, workspaces
from bots.slack.app import seat_of
from bots.slack.blocks.speaking import Sight, Voice
from bots.slack.blocks.texts import bold, esc, joined
from bots.slack.client import Busy, Refused, Unanswered
from bots.slack.customers import knowing as customers
from bots.slack.sealing import CannotOpen
from bots.slack.seats import Seat
from bots.slack.seeing import desk_url, voice
from bots.slack.working import refusing
from cases import queries as cases
from cases.sla import queries as clocks
from cases.sla import words as answer_words
from cases.views import CaseView
from oms_service.console import orders_words
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.orders.queries import OrderView
from oms_service.runtime import Runtime
from oms_service.web.texts import gettext

log = structlog.get_logger(__name__)

_CASE: Final = re.compile(r"^/desk/cases/([A-Za-z0-9-]{3,20})/?$")
_ORDER: Final = re.compile(r"^/console/orders/([A-Za-z0-9-]{3,20})/?$")
_NUMBER: Final = re.compile(r"[A-Za-z]{1,3}-?[0-9]{3,12}")
#: As many links of one message are looked at.
_MOST: Final = 10
_TROUBLE: Final = (Busy, Refused, Unanswered, CannotOpen, NotFound)


def attach(app: App, house: Runtime) -> None:
    """Listen to links to this house, and to our name."""

    @app.event("link_shared")
    def shared(ack: Ack, event: Mapping[str, Any], context: BoltContext) -> None:
        ack()
        seat = seat_of(context)
        urls = [str(one.get("url", "")) for one in event.get("links", ())][:_MOST]
        found = {url: said for url in urls if (said := told(house, seat, url)) is not None}
        if found:
            where = {"channel": event.get("channel"), "ts": event.get("message_ts")}
            _call(house, seat, "chat.unfurl", {**where, "unfurls": found})

    @app.event("app_mention")
    def called(ack: Ack, event: Mapping[str, Any], context: BoltContext) -> None:
        ack()
        answer(house, seat_of(context), event)


def told(house: Runtime, seat: Seat, url: str) -> dict[str, Any] | None:
    """What a link says; None of what is no case or order of this house."""
    parts, ours = urlsplit(url), urlsplit(house.settings.public_url)
    if parts.netloc != ours.netloc:
        return None
    case, order = _CASE.match(parts.path), _ORDER.match(parts.path)
    if case is None and order is None:
        return None
    if seat.staff is None:
        return _block(_("A case of the order desk") if case else _("An order of the order desk"))
    with house.database.looking() as session:
        speaks = voice(house, session, Sight.NONE)
        if case is not None:
            found = finding.case_of(session, seat.staff, case[1])
            return _block(of_case(house, session, found, speaks)) if found else None
        ordered = finding.order_of(session, seat.staff, order[1]) if order else None
        return _block(of_order(ordered, speaks)) if ordered else None


def answer(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> None:
    """Our name with a number: how it stands, in the thread. Nothing is changed."""
    where = {
        "channel": event.get("channel"),
        "thread_ts": event.get("thread_ts") or event.get("ts"),
    }
    if not _is_asked(house, seat, event):
        return
    if seat.staff is None:
        if not customers.point(house, seat, event):
            _whisper(house, seat, event)
        return
    numbers = _NUMBER.findall(re.sub(r"<[^>]*>", " ", str(event.get("text") or "")))[:3]
    said: list[str] = []
    with house.database.looking() as session:
        speaks = voice(house, session, Sight.NONE)
        for number in numbers:
            case = finding.case_of(session, seat.staff, number)
            order = finding.order_of(session, seat.staff, number) if case is None else None
            if case is not None:
                said.append(of_case(house, session, case, speaks))
            elif order is not None:
                said.append(of_order(order, speaks))
    text = "\n".join(said) or esc(
        _("Say the number of a case or an order, such as C-1001. More with /case help.")
    )
    _call(house, seat, "chat.postMessage", {**where, "text": text, "unfurl_links": False})


def _is_asked(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> bool:
    """Whether somebody calls us for the first time with this message, and no program does."""
    if seat.workspace is None or event.get("bot_id"):
        return False
    channel, ts = str(event.get("channel") or ""), str(event.get("ts") or "")
    key = f"mention:{seat.workspace.team}:{channel}:{ts}"
    with house.unit_of_work(SYSTEM) as uow:
        return once.first(uow, key, seat, "case:asked", channel=channel, ts=ts)


def of_case(house: Runtime, session: Session, case: CaseView, speaks: Voice) -> str:
    """A case in two lines: which, how it stands, what is due; nothing of the customer."""
    reason = speaks.say(cases.reasons(session)[case.reason].name)
    head = bold(f"{case.number} {reason}")
    due = "" if case.resolved_at else _due(house, session, case, speaks)
    url = desk_url(house, case.number)
    return joined([head, esc(joined([speaks.labels.agent(case.state), due])), f"<{url}>"], "\n")


def _due(house: Runtime, session: Session, case: CaseView, speaks: Voice) -> str:
    running = clocks.clocks(session, [case.id]).get(case.id, [])
    told = answer_words.told(running, speaks.said, now=house.clock.now())
    return str(told[0].text) if told else ""


def of_order(order: OrderView, speaks: Voice) -> str:
    """An order in a line: its number, how it stands, when it was placed."""
    placed = speaks.said.moment(order.placed_at) if order.placed_at else ""
    state = _(orders_words.ORDER[order.order_state][0])
    head = bold(_("Order %(number)s") % {"number": order.number})
    return joined([head, esc(joined([state, placed]))], " ")


def _block(text: str) -> dict[str, Any]:
    return {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]}


def _whisper(house: Runtime, seat: Seat, event: Mapping[str, Any]) -> None:
    """To somebody who is no colleague: how to say that one is."""
    if seat.workspace is None:
        return
    with house.unit_of_work(SYSTEM) as uow:
        person = people.seen(uow, seat.workspace.id, seat.user)
    text = refusing.not_linked(people.LinkAddresses.of(house).address(person.id))
    where = {"channel": event.get("channel"), "user": seat.user, "text": text}
    _call(house, seat, "chat.postEphemeral", where)


def _call(house: Runtime, seat: Seat, method: str, arguments: Mapping[str, Any]) -> None:
    if seat.workspace is None:
        return
    try:
        workspaces.slack_of(house, seat.workspace.id).call(method, arguments)
    except _TROUBLE as error:
        log.warning("slack.not_shown", method=method, cause=str(error))


def _(text: str) -> str:
    return str(gettext(text))
