"""What the shop said to customers, on every channel, and what came of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import Connection
from sqlalchemy.orm import Session
from werkzeug.routing import BuildError

from oms_service.access import personal
from oms_service.access import queries as people
from oms_service.access.guard import guard, staff
from oms_service.console import messages_words as words
from oms_service.console import sheets
from oms_service.conversations import outgoing, resending
from oms_service.conversations import queries as talks
from oms_service.conversations.because import Because
from oms_service.conversations.channels import MAIL
from oms_service.conversations.outgoing import Kind, SentView, Wanted
from oms_service.conversations.queries import Try
from oms_service.conversations.resending import Resent, Why
from oms_service.conversations.states import DeliveryState as State
from oms_service.customers import queries as customers
from oms_service.customers.queries import CustomerView
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.masking import Kind as Masked
from oms_service.kernel.text import mail_key
from oms_service.orders import queries as orders
from oms_service.runtime import reading, runtime
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint(
    "console_messages", __name__, url_prefix="/console/messages", template_folder="templates"
)

PAGE: Final = 40
_PIECE: Final = 200
_LONGEST: Final = 120
_LARGEST: Final = 2**63 - 1
#: As many as every id fits into.
_DIGITS: Final = 18
_YEARS: Final = (2000, 2099)
#: So many stand beside an order or a customer.
_BESIDE: Final = 8
#: Of the saved views, the one of messages that may have been sent before.
AGAIN: Final = "again"
#: The saved views: what each is called, and which messages it holds.
VIEWS: Final[Mapping[str, tuple[str, tuple[State, ...]]]] = {
    "all": (N_("All"), ()),
    "failed": (N_("Not delivered"), (State.FAILED,)),
    "waiting": (N_("Waiting"), (State.QUEUED,)),
    AGAIN: (N_("Perhaps sent twice"), ()),
}
FILTERS: Final = ("q", "channel", "state", "kind", "from", "until", "order", "customer")


@dataclass(frozen=True)
class Read:
    """Some messages with all that a page says of them."""

    messages: Sequence[SentView]
    tries: Mapping[int, Sequence[Try]]
    why: Mapping[int, Because]
    numbers: Mapping[int, str]
    people: Mapping[int, CustomerView]
    colleagues: Mapping[int, str]

    def number(self, message: SentView) -> str:
        """The order a message tells of; empty where it tells of none."""
        return self.numbers.get(_order_of(message, self.why) or 0, "")

    def to(self, message: SentView) -> str:
        """Whom it went to, as the reader may see it."""
        person = self.people.get(message.customer_id or 0)
        if message.channel == MAIL:
            return personal.shown(message.to, Masked.MAIL)
        return personal.shown(person.name, Masked.NAME) if person else str(_("A visitor"))

    def by(self, message: SentView) -> str:
        """Who or what spoke."""
        author = Actor.from_ref(message.author)
        if message.kind is Kind.AGENT and author.kind is ActorKind.STAFF and author.id.isdecimal():
            return self.colleagues.get(int(author.id), "")
        return ""

    def because(self, message: SentView) -> str:
        """Why it was sent; empty where nobody says."""
        found = self.why.get(message.id)
        return str(gettext(found.words)) if found else ""

    def had_left(self, message: SentView) -> bool:
        """Whether a server had taken it before it failed."""
        return any(one.state is not State.FAILED for one in self.tries.get(message.id, ()))

    def cause(self, message: SentView) -> str:
        """Why it has not arrived, as its last try says; empty where it has, or nothing is known."""
        said = self.tries.get(message.id, ())
        if message.state not in {State.FAILED, State.QUEUED}:
            return ""
        if message.is_emptied and not message.is_secret:
            return str(gettext(words.EMPTIED))
        return words.cause(said[-1].detail, said[-1].state) if said else ""


@blueprint.get("")
@guard("customers:read")
def several() -> ResponseReturnValue:
    """The log: a view and what narrows it, all of it in the address."""
    with runtime().database.looking() as session:
        wanted = _asked_for(session)
        cursor = request.args.get("cursor", "")
        try:
            page = outgoing.page(session, wanted, cursor=cursor, limit=PAGE)
        except Invalid:
            return redirect(_with(cursor=None))
        shown = read(session, page.items)
        again = talks.perhaps_again(session)
    view = _view()
    return render_template(
        "console/messages.html",
        area="console",
        read=shown,
        words=words,
        args={name: request.args.get(name, "") for name in FILTERS},
        choices=_choices(),
        is_narrowed=any(request.args.get(name) for name in FILTERS),
        tabs=[
            {
                "label": _(label),
                "url": _with(view=name, state=None, cursor=None),
                "is_current": name == view,
                "count": again if name == AGAIN else None,
            }
            for name, (label, _states) in VIEWS.items()
            if name != AGAIN or again or view == AGAIN
        ],
        view=view,
        export_url=_with("console_messages.sheet", cursor=None),
        next_url=_with(cursor=page.next_cursor) if page.next_cursor else None,
        first_url=_with(cursor=None) if cursor else None,
        rests=runtime().breaker.resting(*_channels()),
        may_send=staff().may("cases:reply"),
        can_send=staff().may("cases:reply")
        and any(resending.against(one) is None for one in page.items),
        against=resending.against,
    )


def _course(
    shown: Read, message: SentView, again: Sequence[Resent]
) -> list[tuple[datetime, Try | None, str]]:
    """Tries, and presses to try anew with who pressed, in the order in which they came."""
    found: list[tuple[datetime, Try | None, str]] = [
        (one.at, one, "") for one in shown.tries[message.id]
    ]
    for one in again:
        by = Actor.from_ref(one.by)
        name = shown.colleagues.get(int(by.id), "") if by.id.isdecimal() else ""
        found.append((one.at, None, name))
    return sorted(found, key=lambda step: step[0])


def _against(message: SentView) -> str:
    """Why a message that has not arrived cannot be sent again; empty where it can, or need not."""
    why = resending.against(message)
    return words.AGAINST[why] if why in {Why.CODE, Why.EMPTIED} else ""


@blueprint.get("/export.csv")
@guard("customers:read")
def sheet() -> Response:
    """The messages that the same address shows as a list, newest first, without their words."""
    with runtime().database.looking() as session:
        wanted = _asked_for(session)
    return sheets.streamed("messages", _rows(wanted))


@blueprint.get("/<int:message_id>")
@guard("customers:read")
def one(message_id: int) -> str:
    """One message: its words, why it was sent, and its whole course."""
    if message_id > _LARGEST:
        raise NotFound("no such message")
    with runtime().database.looking() as session:
        found = outgoing.one(session, message_id, wanted=theirs())
        shown = read(session, [found])
        again = resending.resent(session, found.conversation_id, found.id)
    return render_template(
        "console/message.html",
        area="console",
        one=found,
        read=shown,
        words=words,
        course=_course(shown, found, again),
        may_send=staff().may("cases:reply") and resending.against(found) is None,
        against=_against(found),
        rests=runtime().breaker.resting(found.channel) if found.state is State.QUEUED else (),
        known=words.KNOWN.get(found.channel, "") if found.state is State.SENT else "",
        person=shown.people.get(found.customer_id or 0),
        person_url=_url_of_person(found.customer_id),
    )


def order_panel(context: Mapping[str, object]) -> str | None:
    """What was said about an order, newest first; nothing where nothing was."""
    order_id = context.get("order_id")
    if not isinstance(order_id, int):
        return None
    house = runtime()
    ids = house.becauses.of_order(reading(), order_id)
    if not ids:
        return None
    every = url_for("console_messages.several", order=order_id)
    return _panel(replace(theirs(), message_ids=ids), every)


def customer_panel(context: Mapping[str, object]) -> str | None:
    """What was said to a customer, newest first; nothing where nothing was."""
    customer_id = context.get("customer_id")
    if not isinstance(customer_id, int):
        return None
    every = url_for("console_messages.several", customer=customer_id)
    return _panel(replace(theirs(), customer_ids=(customer_id,)), every)


def _panel(wanted: Wanted, every: str) -> str | None:
    """A few messages with what came of them; it stands beside much else, and asks for little."""
    reader = reading()
    found = outgoing.page(reader, wanted, limit=_BESIDE).items
    if not found:
        return None
    undone = [one.id for one in found if one.state in {State.FAILED, State.QUEUED}]
    tries = {one.id: () for one in found} | outgoing.tries(reader, undone)
    return Markup(  # noqa: S704 - a template of ours escapes what it shows
        render_template(
            "console/messages_panel.html",
            read=Read(messages=found, tries=tries, why={}, numbers={}, people={}, colleagues={}),
            words=words,
            every=every,
        )
    )


def read(reader: Session | Connection, found: Sequence[SentView]) -> Read:
    """What a page says of messages besides themselves; as many queries for one as for many."""
    house, ids = runtime(), [one.id for one in found]
    why = house.becauses.of(reader, ids)
    about = {order_id for one in found if (order_id := _order_of(one, why)) is not None}
    known = {one.customer_id for one in found if one.customer_id is not None}
    return Read(
        messages=found,
        tries=outgoing.tries(reader, ids),
        why=why,
        numbers=orders.numbers_of(reader, about) if about else {},
        people=customers.those(reader, known) if known else {},
        colleagues=people.staff_names(reader),
    )


def _order_of(message: SentView, why: Mapping[int, Because]) -> int | None:
    said = why.get(message.id)
    if said is not None and said.order_id is not None:
        return said.order_id
    thing, _colon, one = message.thread.partition(":")
    return int(one) if thing == "order" and one.isascii() and one.isdecimal() else None


def _rows(wanted: Wanted) -> Iterator[Sequence[str]]:
    zone = runtime().settings.zone
    yield (
        _("When"),
        _("Channel"),
        _("To whom"),
        _("Kind"),
        _("Why it was sent"),
        _("Order"),
        _("State"),
        _("Tries"),
        _("Cause"),
        _("Last try"),
    )
    cursor = ""
    while True:
        with runtime().database.looking() as session:
            page = outgoing.page(session, wanted, cursor=cursor, limit=_PIECE)
            shown = read(session, page.items)
        for one in page.items:
            tries = shown.tries[one.id]
            yield (
                one.at.astimezone(zone).isoformat(timespec="seconds"),
                words.called(one.channel),
                shown.to(one),
                str(_(words.KINDS[one.kind])),
                shown.because(one),
                shown.number(one),
                str(_(words.stands(one)[0])),
                str(len(tries)),
                shown.cause(one),
                tries[-1].at.astimezone(zone).isoformat(timespec="seconds") if tries else "",
            )
        if not page.next_cursor:
            return
        cursor = page.next_cursor


def theirs() -> Wanted:
    """What the colleague at hand may see at all: who is limited sees nothing of cases and chats."""
    me = staff()
    return Wanted(of_orders_alone=bool(me.queues or me.locations))


def _asked_for(session: Session) -> Wanted:
    args, zone = request.args, runtime().settings.zone
    begin, end = _day("from"), _day("until")
    state = next((one for one in State if one == args.get("state")), None)
    wanted = replace(
        theirs(),
        channel=args.get("channel", "") if args.get("channel") in _channels() else "",
        states=(state,) if state else VIEWS[_view()][1],
        is_perhaps_again=_view() == AGAIN,
        kind=next((one for one in Kind if one == args.get("kind")), None),
        since=datetime.combine(begin, time.min, zone) if begin else None,
        until=datetime.combine(end + timedelta(days=1), time.min, zone) if end else None,
    )
    customer_id, order_id = _number("customer"), _number("order")
    if customer_id is not None:
        wanted = replace(wanted, customer_ids=(customer_id,))
    if order_id is not None:
        of_order = runtime().becauses.of_order(session, order_id)
        wanted = replace(wanted, message_ids=of_order)
    typed = args.get("q", "")[:_LONGEST].replace("\0", "").strip()
    return _typed(session, wanted, typed) if typed else wanted


def _typed(session: Session, wanted: Wanted, typed: str) -> Wanted:
    """An order's number, or a recipient by address or name as far as the reader sees people."""
    try:
        about = orders.find(session, typed).id
    except NotFound:
        pass
    else:
        return replace(wanted, message_ids=runtime().becauses.of_order(session, about))
    if not personal.may_see():
        return replace(wanted, message_ids=())
    known = [one.id for one in customers.search(session, typed)]
    address = mail_key(typed) if "@" in typed else ""
    return replace(wanted, customer_ids=known, address=address)


def _number(name: str) -> int | None:
    """An id out of the address; None of what is none."""
    said = request.args.get(name, "")[:_DIGITS]
    return int(said) if said.isascii() and said.isdecimal() else None


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if _YEARS[0] <= found.year <= _YEARS[1] else None


def _view() -> str:
    view = request.args.get("view", "all")
    return view if view in VIEWS else "all"


def _channels() -> tuple[str, ...]:
    return tuple(dict.fromkeys((*words.CHANNELS, *runtime().transports.channels())))


def _choices() -> dict[str, list[tuple[str, str]]]:
    every = ("", str(_("All")))
    return {
        "channel": [every, *((one, words.called(one)) for one in _channels())],
        "state": [every, *((one.value, str(_(said[0]))) for one, said in words.STATES.items())],
        "kind": [every, *((one.value, str(_(said))) for one, said in words.KINDS.items())],
    }


def _url_of_person(customer_id: int | None) -> str | None:
    """The customer's own page, where the house has one."""
    if customer_id is None:
        return None
    try:
        return url_for("desk_customers.one", customer_id=customer_id)
    except BuildError:
        return None


def _with(endpoint: str = "console_messages.several", /, **changes: str | None) -> str:
    kept = {**request.args.to_dict(), **changes}
    said = urlencode({name: value for name, value in kept.items() if value})
    return f"{url_for(endpoint)}?{said}"
