"""What pages that change an order show: what a form offers, and a preview in words."""

from typing import Any

from sqlalchemy.orm import Session

from oms_service.catalog import queries as catalog
from oms_service.console import changes_words, orders_words
from oms_service.inventory import queries as stock
from oms_service.kernel.money import Money
from oms_service.operations.changes import changing_preview
from oms_service.operations.changes.change_wishes import DeliverAt, ShipElsewhere, Wish
from oms_service.operations.changes.changing_book import Book
from oms_service.operations.changes.changing_preview import Preview
from oms_service.operations.rules import change_rules
from oms_service.orders.states import ChangeKind
from oms_service.shipping import wishes
from oms_service.web import formats, wares
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext


def facts(session: Session, book: Book, kind: ChangeKind) -> dict[str, Any]:
    """What the form of one kind offers."""
    here = [line for line in book.lines.values() if book.facts.left(line.id)]
    found: dict[str, Any] = {
        "lines": here,
        "left": {line.id: book.facts.left(line.id) for line in here},
        "methods": tuple(book.methods.values()),
        "balances": {
            one.id: Money(one.balance_minor, one.currency)
            for one in book.methods.values()
            if one.balance_minor is not None and one.currency is not None
        },
    }
    if kind is ChangeKind.CANCEL:
        accepted = book.rules.cancel.reasons if book.rules.cancel else None
        found["reasons"] = sorted(accepted) if accepted else list(change_rules.USUAL_REASONS)
        found["in_part"] = bool(book.rules.cancel and book.rules.cancel.in_part)
    elif kind is ChangeKind.ADDRESS:
        found["address"] = book.ship_to
    elif kind is ChangeKind.ITEMS:
        others = catalog.siblings(session, {line.variant_id for line in here})
        wanted = {one.id for of in others.values() for one in of}
        found["others"] = others
        found["free"] = stock.to_promise(session, wanted, buffer=book.channel.stock_buffer)
        prices = catalog.prices(
            session, wanted, currency=book.channel.currency, channel_id=book.channel.id
        )
        found["prices"] = {
            one: Money(minor, book.channel.currency) for one, minor in prices.items()
        }
    elif kind is ChangeKind.EXPEDITE and book.rules.expedite:
        found["charges"] = {
            speed: Money(of.charge_minor, book.channel.currency)
            for speed, of in book.rules.expedite.speeds.items()
        }
    elif kind is ChangeKind.DELIVERY:
        reach = changing_preview.delivery_reach(session, book)
        found |= {
            "first": reach.first,
            "last": reach.last,
            "hours": changes_words.hours(reach, book.order, spoken()),
        }
    return found


def way(book: Book, seen: Preview | None) -> str:
    """By what a difference goes, in words; empty where it goes the way the money came."""
    method = book.method(seen.method_id) if seen else None
    if method is None:
        return ""
    return wares.way_to_pay(method, gettext(orders_words.METHODS[method.kind]))


def written(wish: Wish) -> tuple[str, ...]:
    """An address as people read it; nothing for other wishes."""
    if not isinstance(wish, ShipElsewhere):
        return ()
    parts = {name: str(value) for name, value in wish.address.items()}
    lines = formats.address_lines(
        language=spoken(),
        country=parts["country"],
        code=parts["postal_code"],
        region=parts["region"],
        city=parts["city"],
        street=parts["line1"],
        building=parts["line2"],
    )
    return tuple(part for part in (parts["recipient"], *lines, parts["phone"]) if part)


def wished(wish: Wish) -> str:
    """A wished day and hours as people write them; empty for any time, and for other wishes."""
    if not isinstance(wish, DeliverAt):
        return ""
    return wishes.said(wishes.Wish(wish.deliver_on, wish.window), spoken())
