"""The shop's counter on one page: one field for a code, an order, a person or an article."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oms_service.access import personal
from oms_service.access.guard import guard, staff
from oms_service.catalog import queries as catalog
from oms_service.catalog.queries import VariantView
from oms_service.console import orders_words, pickups_words, reach
from oms_service.customers import queries as customers
from oms_service.customers.queries import CustomerView
from oms_service.infra import locks
from oms_service.inventory import papers, places
from oms_service.inventory import queries as stock
from oms_service.inventory.queries import LevelView, LocationView
from oms_service.kernel.errors import NotFound, TooMany
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.pickup import queries as pickups
from oms_service.pickup.policy import apart_km
from oms_service.pickup.queries import PickupView
from oms_service.returns import queries as returns
from oms_service.returns.queries import ReturnView
from oms_service.runtime import runtime
from oms_service.warehouse import queries as warehouse
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint(
    "console_counter", __name__, url_prefix="/console/counter", template_folder="templates"
)

#: So many people, orders of a person and articles are shown at once.
_FOUND: Final = 12
_LONGEST: Final = 120
_DIGITS: Final = 12
#: Words that fit nothing which one colleague may try: nobody finds codes by guessing them.
_MISSES: Final = "30/5 minutes"
_LIMIT: Final = "counter-search"


@dataclass(frozen=True)
class Shelf:
    """What one location has of an article, and how far away it is; None where nobody knows."""

    place: LocationView
    level: LevelView
    is_here: bool
    away_km: float | None


@dataclass(frozen=True)
class Article:
    """One article, the counter's own shelf first and then the nearest."""

    variant: VariantView
    shelves: Sequence[Shelf]
    #: Units that are to come by purchase, and on which day.
    coming: Any

    @property
    def units_here(self) -> int:
        return sum(one.level.available for one in self.shelves if one.is_here)

    @property
    def units_elsewhere(self) -> int:
        return sum(one.level.available for one in self.shelves if not one.is_here)


@blueprint.get("")
@guard("pickups:read")
def desk() -> ResponseReturnValue:
    """Whatever is scanned, typed or said at the counter, and what can be done about it now."""
    typed = request.args.get("q", "")[:_LONGEST].replace("\0", "").strip()
    shown: dict[str, Any] = {}
    with runtime().database.looking() as session:
        here = _here(session)
        if typed:
            # One look of a colleague after the other: many at once are not many more tries.
            with locks.turn_on(session.connection(), f"{_LIMIT}:{staff().id}"):
                found = _pickup(session, typed)
                if found is None:
                    shown = _meant(session, typed, here)
                    if not shown:
                        _missed()
            if found is not None:
                pickup, shown_code = found
                return redirect(
                    url_for("console_pickups.one", number=pickup.number, code=shown_code)
                )
        elif "customer" in request.args:
            shown = _of_person(session, _customer_id(request.args["customer"]))
        place = next((one for one in reach.places(session) if one.id == here), None)
        waits = pickups.counts(session, place.id) if place else {}
    return render_template(
        "console/counter.html",
        area="console",
        typed=typed,
        place=place,
        waits=waits,
        words=orders_words,
        pickup_words=pickups_words,
        **{"people": (), "person": None, "order": None, "articles": (), **shown},
    )


def _meant(session: Session, typed: str, here: int | None) -> dict[str, Any]:
    """What the words mean: an article's code, an order, people, or goods by a part of a name."""
    exact = catalog.variants_by_code(session, [typed]).get(typed)
    if exact is not None:
        return {"articles": _articles(session, [exact], here)}
    if staff().may("orders:read"):
        try:
            return _of_order(session, orders.find(session, typed))
        except NotFound:
            pass
    sees_people = personal.may_see() and staff().may("customers:read")
    people = customers.search(session, typed, limit=_FOUND) if sees_people else ()
    goods = catalog.search(session, typed, limit=_FOUND)
    if len(people) == 1 and not goods:
        return _of_person(session, people[0].id)
    if not people and not goods:
        return {}
    return {
        "people": people,
        "mails": {
            one: next(iter(found), "")
            for one, found in customers.mails(session, {one.id for one in people}).items()
        },
        "articles": _articles(session, goods, here),
    }


def _of_order(session: Session, order: OrderView) -> dict[str, Any]:
    """An order, what is in it, and its pickup and returns where they are the colleague's."""
    lines = orders.lines(session, order.id)
    return {
        "order": order,
        "lines": lines,
        "pickup": next(iter(_mine(pickups.of_orders(session, [order.id]))), None),
        "returns": _returns(session, order.id),
        "buyer": _buyer(session, order.customer_id),
    }


def _of_person(session: Session, customer_id: int) -> dict[str, Any]:
    """A customer and what they bought, whatever of it waits at a counter first.

    Raises:
        NotFound: there is none, or the colleague may not see who customers are.
    """
    if not (staff().may("customers:read") and personal.may_see()):
        raise NotFound("no such customer")
    person = customers.find(session, customer_id)
    if person is None:
        raise NotFound("no such customer")
    bought = orders.summaries(session, person.id, limit=_FOUND)
    waiting = {
        one.order_id: one
        for one in _mine(pickups.of_orders(session, [one.order.id for one in bought]))
    }
    return {
        "person": person,
        "known": customers.identities(session, customers.family(session, person.id)),
        "bought": sorted(
            bought,
            key=lambda one: not (one.order.id in waiting and waiting[one.order.id].is_open),
        ),
        "pickups": waiting,
    }


def _buyer(session: Session, customer_id: int) -> CustomerView | None:
    return customers.find(session, customer_id) if staff().may("customers:read") else None


def _returns(session: Session, order_id: int) -> Sequence[ReturnView]:
    return returns.of_orders(session, [order_id]) if staff().may("returns:read") else ()


def _articles(
    session: Session, variants: Sequence[VariantView], here: int | None
) -> Sequence[Article]:
    """Where these articles lie, in as many queries however many they are."""
    if not staff().may("stock:read"):
        return ()
    ids = [one.id for one in variants]
    named = {place.id: place for place in stock.locations(session)}
    at = {place_id: terms.position for place_id, terms in pickups.all_terms(session, named).items()}
    from_here = at.get(here) if here is not None else None
    coming = papers.expected(session, ids)
    shelves: dict[int, list[Shelf]] = {}
    for level in stock.availability(session, ids):
        place = named.get(level.location_id)
        if place is None:
            continue
        there = at.get(place.id)
        away = apart_km(from_here, there) if from_here and there else None
        shelf = Shelf(place, level, place.id == here, away)
        shelves.setdefault(level.variant_id, []).append(shelf)
    return [
        Article(one, sorted(shelves.get(one.id, ()), key=_nearest), coming.get(one.id))
        for one in variants
    ]


def _nearest(shelf: Shelf) -> tuple[bool, bool, float, str]:
    away = shelf.away_km
    return not shelf.is_here, away is None, away or 0.0, shelf.place.code


def _pickup(session: Session, typed: str) -> tuple[PickupView, str | None] | None:
    """The pickup of that code or number, where its shop is the colleague's, and the code if shown.

    Counted like every look for a code: whoever has missed too often finds none for a while.
    """
    try:
        runtime().limits.check(_LIMIT, str(staff().id), _MISSES)
    except TooMany:
        flash(_("Too many tries found nothing. Please wait a few minutes."), "attention")
        return None
    for look, code in ((pickups.by_code, typed), (pickups.by_number, None)):
        try:
            return next(((one, code) for one in _mine((look(session, typed),))), None)
        except NotFound:
            continue
    return None


def _missed() -> None:
    try:
        runtime().limits.take(_LIMIT, str(staff().id), _MISSES)
    except TooMany:
        flash(_("Too many tries found nothing. Please wait a few minutes."), "attention")


def _mine(found: Sequence[PickupView]) -> Sequence[PickupView]:
    mine = reach.mine()
    return [one for one in found if not mine or one.location_id in mine]


def _here(session: Session) -> int | None:
    """The shop in which the colleague works: their only one, or the one they chose."""
    points = {one.id for one in places.pickup_points(session)}
    mine = points & reach.mine() if reach.mine() else points
    if len(mine) == 1:
        return next(iter(mine))
    chosen = warehouse.workplace(session, f"staff:{staff().id}")
    return chosen if chosen in mine else None


def _customer_id(typed: str) -> int:
    """An id out of the address.

    Raises:
        NotFound: it is none.
    """
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS):
        raise NotFound("no such customer")
    return int(typed)
