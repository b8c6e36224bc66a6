"""Putting an order together at the desk for a customer, seeing what it comes to, and placing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy.orm import Session

from oms_service.access.guard import actor, guard
from oms_service.catalog import listing as goods
from oms_service.catalog import queries as catalog
from oms_service.console import changes_words
from oms_service.console import orders_words as words
from oms_service.console.orders import refusal
from oms_service.customers import addresses
from oms_service.customers import queries as customers
from oms_service.inventory import places as pickup_points
from oms_service.inventory import queries as stock
from oms_service.inventory.places import ShippingPoint
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale
from oms_service.kernel.ids import readable_code
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.pickup import readiness
from oms_service.operations.pickup.readiness import Readiness
from oms_service.operations.placement import drafting, quoting
from oms_service.operations.placement.addressing import PARTS
from oms_service.operations.placement.drafting import Draft
from oms_service.operations.placement.quoting import MOST_UNITS, Basket, Quote, WantedLine
from oms_service.operations.rules import reasons
from oms_service.operations.sources.wishing import WishRefused
from oms_service.orders import drafts
from oms_service.orders import queries as orders
from oms_service.payments import queries as payments
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.shipping import wishes
from oms_service.shipping.wishes import Wish
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint(
    "console_orders_new", __name__, url_prefix="/console/orders/new", template_folder="templates"
)

_FOUND: Final = 12
_LONGEST: Final = 120
#: More digits than this are no number of ours.
_DIGITS: Final = 12


@dataclass
class Sheet:
    """What the page holds so far, as typed; ``key`` names the order that comes of it."""

    customer_id: int
    channel: str
    key: str
    lines: dict[str, int]
    address: dict[str, str]
    pickup: str = ""
    deliver_on: str = ""
    window: str = ""
    find: str = ""
    discount: str = ""
    pay_by: str = ""
    draft: str = ""
    version: int = 0
    seen_total: int | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def ship_to(self) -> Mapping[str, str] | None:
        """The address, once anything of it was written; none where it is fetched in a shop."""
        if self.pickup:
            return None
        written = any(value.strip() for name, value in self.address.items() if name != "country")
        return self.address if written else None

    @property
    def wish(self) -> Wish:
        """When it should arrive; what is fetched in a shop has no such day."""
        if self.pickup:
            return Wish()
        try:
            day = date.fromisoformat(self.deliver_on) if self.deliver_on else None
        except ValueError:
            raise Invalid("no such day", {"deliver_on": "is no day"}) from None
        return Wish(day, self.window)

    @property
    def wanted(self) -> list[WantedLine]:
        return [WantedLine(sku=sku, quantity=units) for sku, units in self.lines.items() if units]


@blueprint.get("")
@guard("orders:place")
def put_together() -> ResponseReturnValue:
    """Whom for: people by what is typed; then the order itself, empty or as a draft holds it."""
    with runtime().database.looking() as session:
        if request.args.get("draft"):
            return _page(session, _of_draft(session, request.args["draft"]))
        customer_id = _whole(request.args.get("customer", ""))
        if customer_id is not None:
            return _page(session, _fresh(session, customer_id, _scanned()))
        typed = request.args.get("q", "")[:_LONGEST].replace("\0", "")
        found = customers.search(session, typed, limit=_FOUND) if typed.strip() else ()
        known = {one.id: customers.mail_of(session, one.id) for one in found}
    return render_template(
        "console/order_for.html",
        area="console",
        typed=typed,
        found=found,
        known=known,
        skus=_scanned(),
    )


@blueprint.post("")
@guard("orders:place")
def go_on() -> ResponseReturnValue:
    """Take what was typed, and show what it comes to; place or keep it where that was pressed."""
    sheet = _typed()
    action = request.form.get("do", "")
    if action in {"place", "keep"} and sheet.wanted and not sheet.errors:
        try:
            number = _do(sheet, place=action == "place")
        except NotFound:
            raise
        except Stale:
            sheet.errors["total"] = _("The order has changed meanwhile. Please look again.")
        except Invalid as error:
            sheet.errors |= _said(error)
        except DomainError as error:
            sheet.errors["lines"] = refusal(error)
        else:
            said = _("The order is placed.") if action == "place" else _("The draft is kept.")
            flash(said, "success")
            return redirect(url_for("console_orders.one", number=number), 303)
    elif action in {"place", "keep"} and not sheet.wanted:
        sheet.errors["lines"] = _("Choose at least one item.")
    with runtime().database.looking() as session:
        return _page(session, sheet), 422 if sheet.errors and action else 200


def _do(sheet: Sheet, *, place: bool) -> str:
    """Keep the sheet as a draft and, if wanted, place it: the same key is the same order."""
    with runtime().unit_of_work(actor()) as uow:
        channel = sales.channel(uow.session, sheet.channel)
        draft = Draft(
            channel=channel.code,
            customer_id=sheet.customer_id,
            lines=sheet.wanted,
            ship_to=sheet.ship_to,
            mail=customers.mail_of(uow.session, sheet.customer_id) or "",
            phone=sheet.address.get("phone", ""),
            discount_minor=_minor(sheet, channel.currency),
            pickup_location_id=_shop(uow.session, sheet.pickup),
            deliver_on=sheet.wish.deliver_on,
            delivery_window=sheet.wish.hours,
        )
        if sheet.draft:
            known = orders.find(uow.session, sheet.draft)
            order = drafting.change(uow, known.id, draft, version=sheet.version)
        else:
            order = drafting.keep(uow, draft, key=sheet.key)
        if place and order.placed_at is None:
            if sheet.seen_total != order.total.minor:
                raise Stale("the total is another than the one that was shown")
            order = drafting.place(
                uow, order.id, version=order.version, pay_by=_whole(sheet.pay_by)
            )
        return order.number


def _typed() -> Sheet:
    """The sheet as the form sent it; what cannot be read is named beside its field."""
    form = request.form
    customer_id = _whole(form.get("customer", ""))
    if customer_id is None:
        raise NotFound("no such customer")
    sheet = Sheet(
        customer_id=customer_id,
        channel=form.get("channel", ""),
        key=form.get("key", "")[:40] or readable_code(16),
        lines={},
        address={name: form.get(name, "")[:longest] for name, longest in PARTS.items()},
        pickup=form.get("pickup", "")[:_LONGEST].replace("\0", ""),
        deliver_on=form.get("deliver_on", "").strip()[:10],
        window=form.get("delivery_window", "")[:9],
        find=form.get("find", "")[:_LONGEST].replace("\0", ""),
        discount=form.get("discount", "")[:20],
        pay_by=form.get("pay_by", ""),
        draft=form.get("draft", "")[:40],
        version=_whole(form.get("version", "")) or 0,
        seen_total=_whole(form.get("seen_total", "")),
    )
    for sku, units in zip(form.getlist("sku"), form.getlist("units"), strict=False):
        count = _whole(units)
        if count is None or count > MOST_UNITS:
            sheet.errors["lines"] = _("Quantities are whole numbers.")
            count = 1
        sheet.lines[sku] = count
    added = form.get("add", "")
    if added:
        sheet.lines[added] = sheet.lines.get(added, 0) + 1
    return sheet


def _scanned() -> list[str]:
    """The items the address brings along, such as those a customer stands before in a shop."""
    return [one.replace("\0", "")[:_LONGEST] for one in request.args.getlist("sku")[:_FOUND] if one]


def _fresh(session: Session, customer_id: int, skus: Sequence[str] = ()) -> Sheet:
    if customers.find(session, customer_id) is None:
        raise NotFound("no such customer")
    home = addresses.default(session, customer_id)
    kept = vars(home) if home else {"country": "JP"}
    channels = _channels(session)
    return Sheet(
        customer_id=customer_id,
        channel=channels[0].code if channels else "",
        key=readable_code(16),
        lines=dict.fromkeys(catalog.variants_by_sku(session, skus), 1),
        address={name: str(kept.get(name, "")) for name in PARTS},
    )


def _of_draft(session: Session, number: str) -> Sheet:
    order = orders.find(session, number)
    kept = drafts.contents(session, order.id)
    to = kept.ship_to or {}
    channel = sales.channel_by_id(session, kept.channel_id)
    return Sheet(
        customer_id=kept.customer_id,
        channel=channel.code,
        key="",
        lines={line.sku: line.ordered for line in kept.lines},
        address={name: str(to.get(name, "")) for name in PARTS},
        pickup=next(
            (
                one.code
                for one in pickup_points.pickup_points(session)
                if one.id == kept.pickup_location_id
            ),
            "",
        ),
        deliver_on=kept.deliver_on.isoformat() if kept.deliver_on else "",
        window=kept.delivery_window,
        discount=f"{Money(kept.discount_minor, channel.currency).decimal:f}"
        if kept.discount_minor
        else "",
        draft=order.number,
        version=order.version,
    )


def _page(session: Session, sheet: Sheet) -> str:
    person = customers.find(session, sheet.customer_id)
    if person is None:
        raise NotFound("no such customer")
    channels = _channels(session)
    channel = next((one for one in channels if one.code == sheet.channel), None)
    quote = _quote(sheet, channel) if channel and sheet.wanted else None
    points = pickup_points.pickup_points(session)
    ready = _ready(session, sheet, quote, points) if quote and sheet.pickup else None
    found = goods.page(session, goods.Wanted(typed=sheet.find), limit=_FOUND).items
    shown = [one for one in found if one.sku not in sheet.lines] if sheet.find.strip() else []
    lines = goods.page(session, goods.Wanted(skus=set(sheet.lines)), limit=200).items
    levels: dict[int, list[Any]] = {}
    for level in stock.availability(session, [one.id for one in (*shown, *lines)]):
        levels.setdefault(level.variant_id, []).append(level)
    return render_template(
        "console/order_new.html",
        area="console",
        sheet=sheet,
        person=person,
        channels=channels,
        currency=channel.currency if channel else "",
        found=shown,
        variants={one.sku: one for one in lines},
        levels=levels,
        places={place.id: place.name for place in stock.locations(session)},
        quote=quote,
        hours=_hours(quote, sheet),
        points=points,
        ready=ready,
        money=Money,
        methods=payments.methods(session, sheet.customer_id),
        words=words,
        errors=sheet.errors,
    )


def _quote(sheet: Sheet, channel: sales.ChannelView) -> Quote | None:
    """What the sheet comes to; what stands against it is written beside the fields."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            basket = Basket(
                channel=channel,
                lines=sheet.wanted,
                ship_to=sheet.ship_to,
                discount_minor=_minor(sheet, channel.currency),
                shipping_minor=None,
                wish=sheet.wish,
            )
            return quoting.quote(uow, basket)
    except Invalid as error:
        sheet.errors |= {
            name: said for name, said in _said(error).items() if name not in sheet.errors
        }
    except DomainError as error:
        sheet.errors.setdefault("country", refusal(error))
    return None


def _shop(session: Session, code: str) -> int | None:
    """The shop where it is fetched, if it is."""
    if not code:
        return None
    for point in pickup_points.pickup_points(session):
        if point.code == code:
            return point.id
    raise Invalid("no such shop", {"pickup": "is no shop to fetch things"})


def _hours(quote: Quote | None, sheet: Sheet) -> list[tuple[str, str]]:
    """Hours to choose from, with their names: those on offer, and what was chosen before."""
    found = quote.reach.windows if quote and quote.reach else ()
    codes = [wishes.hours_of(one) for one in found]
    if wishes.ends_of(sheet.window) and sheet.window not in codes:
        codes.append(sheet.window)
    named = ((one, wishes.hours_said(one, _language())) for one in codes)
    return [("", gettext(changes_words.ANY_HOURS)), *named]


def _language() -> Language:
    return Language.JAPANESE if str(get_locale()) == "ja" else Language.ENGLISH


def _ready(
    session: Session, sheet: Sheet, quote: Quote, points: Sequence[ShippingPoint]
) -> Readiness | None:
    """By when it would be ready in the shop that is chosen."""
    point = next((one for one in points if one.code == sheet.pickup), None)
    if point is None:
        sheet.errors.setdefault("pickup", _("Nothing can be fetched there. Choose another shop."))
        return None
    wanted: dict[int, int] = {}
    for one in quote.lines:
        wanted[one.line.variant_id] = wanted.get(one.line.variant_id, 0) + one.line.ordered
    return readiness.in_shop(
        session,
        point.id,
        wanted,
        buffer=quote.channel.stock_buffer,
        now=runtime().clock.now(),
    )


def _minor(sheet: Sheet, currency: str) -> int:
    if not sheet.discount.strip():
        return 0
    try:
        found = Money.parse(sheet.discount.strip().replace(",", ""), currency).minor
    except ValueError:
        found = -1
    if not 0 <= found <= quoting.MOST_MINOR:
        raise Invalid("not an amount", {"discount_minor": "is not an amount"})
    return found


_SAID: Final[Mapping[str, str]] = {
    "recipient": N_("Please say who receives it."),
    "country": N_("Please choose a country."),
    "postal_code": N_("The postal code needs 7 digits."),
    "region": N_("Please write the prefecture."),
    "city": N_("Please write the city."),
    "line1": N_("Please write the street and number."),
    "discount": N_("The discount is not an amount, or is above the price."),
    "deliver_on": N_("Choose a day from the calendar."),
    "pickup": N_("Nothing can be fetched there. Choose another shop."),
    "lines": N_("An item cannot be sold in this channel. Please check items and quantities."),
}


#: What the page calls fields that services know by other names.
_INPUTS: Final = {"discount_minor": "discount", "pickup_location": "pickup"}


def _said(error: Invalid) -> dict[str, str]:
    """Each wrong field as the page calls it, in plain words."""
    if isinstance(error, WishRefused):
        return dict.fromkeys(error.fields, reasons.say(error.cause, _language()))
    found = {}
    for name in error.fields:
        place = name.removeprefix("ship_to.")
        place = _INPUTS.get(place, place)
        place = place if place in _SAID else "lines"
        found[place] = gettext(_SAID[place])
    return found


def _channels(session: Session) -> Sequence[sales.ChannelView]:
    return [channel for channel in sales.channels(session) if channel.is_active]


def _whole(typed: str) -> int | None:
    """A whole number out of a form; None where it is none of ours."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS else None
