"""Orders at the console: the list by what people look for, one order, holds, and drafts' ends."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oms_service.access import personal
from oms_service.access.guard import actor, guard
from oms_service.console import orders_words as words
from oms_service.console import reach
from oms_service.customers import queries as customers
from oms_service.history.queries import timeline
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale
from oms_service.kernel.languages import Words, say
from oms_service.kernel.money import Money
from oms_service.operations import finding
from oms_service.operations.outlook import words as said_of
from oms_service.operations.placement import drafting, holding, selling
from oms_service.operations.placement.quoting import MOST_MINOR
from oms_service.orders import listing
from oms_service.orders import queries as orders
from oms_service.orders.listing import OPEN, Sort, Wanted
from oms_service.orders.queries import OrderView
from oms_service.orders.states import FulfilmentState, HoldReason, OrderState, PaymentState
from oms_service.payments import queries as payments
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.shipping import carriers, outlooks, wishes
from oms_service.shipping import queries as parcels
from oms_service.shipping.states import Jeopardy
from oms_service.shipping.windows import Window
from oms_service.shipping.wishes import Wish
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint(
    "console_orders", __name__, url_prefix="/console/orders", template_folder="templates"
)

PAGE: Final = 40
_LONGEST: Final = 120
_LIVE: Final = frozenset({OrderState.PLACED, OrderState.ON_HOLD})
_TO_SEND: Final = (
    FulfilmentState.ALLOCATED,
    FulfilmentState.PICKING,
    FulfilmentState.PACKED,
    FulfilmentState.PARTIALLY_SHIPPED,
)
_SHORT: Final = (
    FulfilmentState.UNALLOCATED,
    FulfilmentState.BACKORDERED,
    FulfilmentState.PARTIALLY_ALLOCATED,
)
_OWING: Final = (PaymentState.UNPAID, PaymentState.PARTIALLY_PAID)
_IN_DOUBT: Final = (Jeopardy.AT_RISK, Jeopardy.LATE, Jeopardy.STALLED)
#: The saved views: what each is called, and which orders it holds.
VIEWS: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "open": (N_("Open"), {"order_states": _LIVE}),
    "to_send": (
        N_("To send"),
        {"order_states": (OrderState.PLACED,), "fulfilment_states": _TO_SEND},
    ),
    "waiting": (N_("Waiting for stock"), {"order_states": _LIVE, "fulfilment_states": _SHORT}),
    "in_doubt": (N_("Late or at risk"), {"jeopardies": _IN_DOUBT}),
    "on_hold": (N_("On hold"), {"order_states": (OrderState.ON_HOLD,)}),
    "unpaid": (N_("Not paid"), {"order_states": _LIVE, "payment_states": _OWING}),
    "drafts": (N_("Drafts"), {"order_states": (OrderState.DRAFT,), "with_drafts": True}),
    "all": (N_("All"), {}),
}
#: The axes of an order's state by which the list is narrowed: words, values, what they narrow.
AXES: Final[Mapping[str, tuple[Mapping[Any, tuple[str, str]], type[StrEnum], str]]] = {
    "order": (words.ORDER, OrderState, "order_states"),
    "payment": (words.PAYMENT, PaymentState, "payment_states"),
    "fulfilment": (words.FULFILMENT, FulfilmentState, "fulfilment_states"),
}
#: What narrows a view, as the address calls it.
FILTERS: Final = ("channel", "from", "until", "least", "most", "jeopardy", *AXES)
SORTS: Final[Mapping[Sort, str]] = {
    Sort.NEWEST: N_("Newest first"),
    Sort.PROMISED: N_("Promised soonest"),
    Sort.AMOUNT: N_("Largest total first"),
}
#: Tone and icon of each way a promise stands.
LOOKS: Final[Mapping[Jeopardy, tuple[str, str]]] = {
    Jeopardy.AT_RISK: ("attention", "clock"),
    Jeopardy.LATE: ("danger", "alert"),
    Jeopardy.STALLED: ("danger", "pause"),
}


#: Every key of a list, and what it does; the template adds those of its own.
KEYS: Final[Mapping[str, str]] = {
    "j / k": N_("Next or previous line"),
    "Enter": N_("Open it"),
    "x": N_("Tick it"),
    "/": N_("Search"),
    "Ctrl+K": N_("Find a case, an order, a customer, a page or an action"),
    "?": N_("Show these keys"),
}


@blueprint.get("")
@guard("orders:read")
def several() -> ResponseReturnValue:
    """The list: a view, what was typed, a channel and days, all of it in the address."""
    view, typed, sort = _view(), _typed(), sort_asked()
    cursor = request.args.get("cursor", "")
    with runtime().database.looking() as session:
        channels = sales.channels(session)
        wanted = asked_for(session, channels)
        try:
            page = listing.page(session, wanted, sort=sort, cursor=cursor, limit=PAGE)
        except Invalid:
            return redirect(_with(cursor=None))
        ids = [one.id for one in page.items]
        heads = listing.heads(session, ids)
        standings = parcels.standings_of(session, ids)
        people = customers.those(session, {one.customer_id for one in page.items})
        counts = listing.open_counts(session)
        in_doubt = sum(outlooks.counts(session).values())
    return render_template(
        "console/orders.html",
        area="console",
        page=page,
        heads=heads,
        people=people,
        channels={channel.id: channel for channel in channels},
        standings=standings,
        tabs=[_tab(name, view, counts, in_doubt) for name in VIEWS],
        view=view,
        sort=sort,
        sorts=[(one, _(label)) for one, label in SORTS.items()],
        stands=[("", _("All")), *((one, say(said_of.JEOPARDY[one], spoken())) for one in Jeopardy)],
        typed=typed,
        args={name: request.args.get(name, "") for name in FILTERS},
        chips=list(_chips(wanted, channels)),
        currency=_currency(channels),
        axes=AXES,
        export_url=_with("console_orders_export.sheet", cursor=None, view=view),
        next_url=_with(cursor=page.next_cursor) if page.next_cursor else None,
        first_url=_with(cursor=None) if cursor else None,
        words=words,
        said=said_of,
        badges=LOOKS,
        spoken_days=_days,
        keys=KEYS,
    )


@blueprint.get("/<number>")
@guard("orders:read")
def one(number: str) -> str:
    """One order: where it stands, what it holds, its money, and what happened."""
    with runtime().database.looking() as session:
        order = orders.find(session, number)
        return render_template("console/order.html", area="console", **_page(session, order))


@blueprint.post("/<number>/hold")
@guard("orders:hold")
def hold(number: str) -> ResponseReturnValue:
    return _change(number, _with_reason(holding.hold), _("The order is on hold."))


@blueprint.post("/<number>/release")
@guard("orders:hold")
def release(number: str) -> ResponseReturnValue:
    return _change(number, _with_reason(holding.release), _("The hold is released."))


@blueprint.post("/<number>/place")
@guard("orders:place")
def place(number: str) -> ResponseReturnValue:
    chosen = request.form.get("pay_by", "")

    def do(uow: UnitOfWork, order_id: int, version: int) -> OrderView:
        pay_by = int(chosen) if chosen.isdecimal() and len(chosen) < _DIGITS else None
        return drafting.place(uow, order_id, version=version, pay_by=pay_by)

    return _change(number, do, _("The order is placed."))


@blueprint.post("/<number>/throw-away")
@guard("orders:place")
def throw_away(number: str) -> ResponseReturnValue:
    def do(uow: UnitOfWork, order_id: int, version: int) -> None:
        drafting.throw_away(uow, order_id, version=version)

    back = url_for("console_orders.several", view="drafts")
    return _change(number, do, _("The draft is thrown away."), then=back)


#: More digits than this make no id and no version.
_DIGITS: Final = 10


def _change(
    number: str,
    do: Callable[[UnitOfWork, int, int], object],
    said: str,
    *,
    then: str | None = None,
) -> ResponseReturnValue:
    """Do something to an order as its reader saw it, and show what became of it."""
    here = url_for("console_orders.one", number=number)
    version = request.form.get("version", "")
    try:
        with runtime().unit_of_work(actor()) as uow:
            found = orders.find(uow.session, number)
            do(uow, found.id, int(version) if version.isdecimal() and len(version) < _DIGITS else 0)
    except NotFound:
        raise
    except Stale:
        flash(_("The order has changed meanwhile. Please look again."), "attention")
    except DomainError as error:
        flash(refusal(error), "danger")
    else:
        flash(said, "success")
        return redirect(then or here, 303)
    return redirect(here, 303)


def refusal(error: DomainError) -> str:
    """Why something was refused, in plain words."""
    return str(gettext(_REFUSALS.get(error.code, N_("That is not possible just now."))))


_REFUSALS: Final = {
    "out-of-stock": N_("There is not enough in stock, and this item may not wait."),
    "not-enough-balance": N_("The gift card or store credit does not hold enough."),
    "cannot-settle": N_("The order cannot be paid that way."),
    "illegal-transition": N_("Its state does not allow that any more."),
    "address-not-served": N_("We do not send to that place."),
    "invalid": N_("Some details are not right. Please check them."),
}


def _with_reason(
    how: Callable[..., OrderView],
) -> Callable[[UnitOfWork, int, int], OrderView]:
    def do(uow: UnitOfWork, order_id: int, version: int) -> OrderView:
        said = request.form.get("reason", "")
        if said not in {str(reason) for reason in HoldReason}:
            raise Invalid("no such reason", {"reason": "is unknown"})
        return how(uow, order_id, HoldReason(said), version=version)

    return do


def asked_for(session: Session, channels: tuple[sales.ChannelView, ...]) -> Wanted:
    """The orders that the address of the list asks for, people only for who sees them."""
    wanted = _wanted(_view(), _typed(), channels)
    return finding.with_people(session, wanted, sees_people=personal.may_see())


def sort_asked() -> Sort:
    """The order of the list that the address asks for."""
    return next((one for one in Sort if one == request.args.get("sort")), Sort.NEWEST)


def _jeopardy() -> Jeopardy | None:
    return next((one for one in Jeopardy if one == request.args.get("jeopardy")), None)


def _days(window: Window) -> tuple[date | datetime, date | datetime]:
    return window.spoken(runtime().settings.zone)


def _view() -> str:
    view = request.args.get("view", "all" if request.args.get("q") else "open")
    return view if view in VIEWS else "open"


def _typed() -> str:
    return request.args.get("q", "")[:_LONGEST].replace("\0", "")


def _wanted(view: str, typed: str, channels: tuple[sales.ChannelView, ...]) -> Wanted:
    ids = {channel.code: channel.id for channel in channels}
    zone = runtime().settings.zone
    begin, end = _day("from"), _day("until")
    holds = dict(VIEWS[view][1])
    for name, (_label, states, narrows) in AXES.items():
        chosen = next((one for one in states if one == request.args.get(name)), None)
        if chosen is not None:
            holds[narrows] = tuple(one for one in (chosen,) if one in holds.get(narrows, states))
            if not holds[narrows]:  # a view and a filter that exclude each other: the filter wins
                holds[narrows] = (chosen,)
    least, most = _amount("least", channels), _amount("most", channels)
    stands = _jeopardy()
    if stands is not None:
        holds["jeopardies"] = (stands,)
    return Wanted(
        typed=typed,
        channel_id=ids.get(request.args.get("channel", "")),
        placed_from=datetime.combine(begin, time.min, zone) if begin else None,
        placed_until=datetime.combine(end + timedelta(days=1), time.min, zone) if end else None,
        least_minor=least,
        most_minor=most,
        currency=None if least is None and most is None else _currency(channels),
        **holds,
    )


def _amount(name: str, channels: tuple[sales.ChannelView, ...]) -> int | None:
    """An amount out of the address, in minor units; what is none is left out."""
    typed = request.args.get(name, "").strip().replace(",", "")[:_DIGITS]
    currency = _currency(channels)
    try:
        minor = Money.parse(typed, currency).minor if typed and currency else None
    except ValueError:
        return None
    return minor if minor is not None and 0 <= minor <= MOST_MINOR else None


def _currency(channels: tuple[sales.ChannelView, ...]) -> str | None:
    """The currency that amounts are meant in: of the channel asked for, or of the first."""
    wanted = request.args.get("channel", "")
    first = channels[0].currency if channels else None
    return next((one.currency for one in channels if one.code == wanted), first)


@dataclass(frozen=True)
class _Chip:
    """One thing that narrows the list: what it is called, its value, and the list without it."""

    name: str
    label: str
    value: Words | Money | date | str
    url: str


def _chips(wanted: Wanted, channels: tuple[sales.ChannelView, ...]) -> Iterator[_Chip]:
    """What narrows the list beyond its view, each to be taken off alone."""
    named = {channel.id: channel.name for channel in channels}
    currency, stands = wanted.currency or "", _jeopardy()
    found: tuple[tuple[str, str, Words | Money | date | str | None], ...] = (
        ("q", _("Find an order"), wanted.typed),
        ("channel", _("Channel"), named.get(wanted.channel_id or 0)),
        ("from", _("Placed from"), _day("from")),
        ("until", _("Placed until"), _day("until")),
        *((name, label, _state(name)) for name, label in _axes_called()),
        ("jeopardy", _("Standing"), stands and say(said_of.JEOPARDY[stands], spoken())),
        ("least", _("Total from"), _money(wanted.least_minor, currency)),
        ("most", _("Total up to"), _money(wanted.most_minor, currency)),
    )
    for name, label, value in found:
        if value is not None and value != "":
            yield _Chip(
                name, str(label), value, _with(cursor=None, **{name: None, "view": _view()})
            )


def _axes_called() -> Iterator[tuple[str, str]]:
    yield "order", str(_("Order"))
    yield "payment", str(_("Payment"))
    yield "fulfilment", str(_("Dispatch"))


def _state(name: str) -> str | None:
    """The state of an axis that the address asks for, in words."""
    said, states, _narrows = AXES[name]
    chosen = next((one for one in states if one == request.args.get(name)), None)
    return None if chosen is None else str(gettext(said[chosen][0]))


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def _day(name: str) -> date | None:
    """A day out of the address; what is none, or far from our time, is left out."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if _YEARS[0] <= found.year <= _YEARS[1] else None


_YEARS: Final = (2000, 2099)


def _tab(
    name: str,
    current: str,
    counts: Mapping[tuple[OrderState, PaymentState, FulfilmentState], int],
    in_doubt: int,
) -> dict[str, Any]:
    label, holds = VIEWS[name]
    tab = {
        "label": gettext(label),
        "url": url_for("console_orders.several", view=name),
        "is_current": name == current,
    }
    if holds:
        tab["count"] = in_doubt if "jeopardies" in holds else count_of(name, counts)
    return tab


def count_of(
    view: str, counts: Mapping[tuple[OrderState, PaymentState, FulfilmentState], int]
) -> int:
    """How many of the orders that were counted a saved view holds."""
    holds = VIEWS[view][1]
    return sum(
        units
        for (order, payment, fulfilment), units in counts.items()
        if order in holds.get("order_states", OPEN)
        and payment in holds.get("payment_states", PaymentState)
        and fulfilment in holds.get("fulfilment_states", FulfilmentState)
    )


def _with(endpoint: str = "console_orders.several", /, **changes: str | None) -> str:
    args = {**request.args.to_dict(), **changes}
    kept = urlencode({name: value for name, value in args.items() if value})
    return f"{url_for(endpoint)}?{kept}"


def _page(session: Session, order: OrderView) -> dict[str, Any]:
    found = orders.lines(session, order.id)
    holds = orders.holds(session, order.id)
    places = {place.id: place.name for place in stock.locations(session)}
    promised: dict[int, list[tuple[Words, int]]] = {}
    for pick in stock.promised(session, [line.id for line in found]):
        name = places.get(pick.location_id, {})
        promised.setdefault(pick.order_line_id, []).append((name, pick.quantity))
    sums = payments.sums(session, order.id)
    paid = Money(sums.kept, order.total.currency)
    sent = parcels.parcels_of(session, [order.id])
    waits = [line.ships_by for line in found if line.counters.backordered and line.ships_by]
    under_way = [one.estimated or one.promised for one in sent if one.delivered_at is None]
    zone = runtime().settings.zone
    arrives = [_last_day(window, zone) for window in under_way if window is not None]
    return {
        "order": order,
        "wished": wishes.said(Wish(order.deliver_on, order.delivery_window), spoken()),
        "lines": found,
        "promised": promised,
        "taxes": orders.taxes(session, order.id),
        "holds": holds,
        "open_holds": [one.reason for one in holds if one.released_at is None],
        "reasons": HoldReason,
        "waiting": selling.choices(session, order.id)
        if order.order_state is not OrderState.DRAFT
        else (),
        "ship_to": orders.destination(session, order.id),
        "person": customers.find(session, order.customer_id),
        "known": customers.identities(session, customers.family(session, order.customer_id)),
        "channel": sales.channel_by_id(session, order.channel_id),
        "parcels": sent,
        "is_collected": orders.way(session, order.id).pickup_location_id is not None,
        "leaves_by": max(waits, default=None),
        "arrives_by": max(arrives) if arrives and len(arrives) == len(under_way) else None,
        "carrier_name": lambda code: carriers.name_of(runtime().adapters, code),
        "methods": payments.methods(session, order.customer_id)
        if order.order_state is OrderState.DRAFT
        else (),
        "paid": paid,
        "owed": order.total - paid,
        "past": reach.of_mine(timeline(session, runtime().timeline, order.id)[::-1]),
        "words": words,
    }


def _last_day(window: Window, zone: ZoneInfo) -> date:
    """The day on which a window ends, as one says it."""
    end = window.spoken(zone)[1]
    return end.astimezone(zone).date() if isinstance(end, datetime) else end
