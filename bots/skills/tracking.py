"""Where orders are."""

from collections.abc import Mapping, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from bots.dialogue.contracts.shapes import Step, WindowData
from bots.dialogue.contracts.tracking import ActData, ParcelData
from bots.dialogue.turns import Data, Result
from bots.skills.context import Context, Skill, known_customer
from cases.delivery import telling
from oms_service.history import actions, tracking
from oms_service.history import steps as ways
from oms_service.history.steps import Step as Way
from oms_service.history.tracking import Proof, TrackedParcel, Tracking
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language, Words, say
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderSummary
from oms_service.ports.carrier import UNNAMED
from oms_service.shipping import explaining
from oms_service.shipping.queries import parcels_of
from oms_service.shipping.windows import Window
from oms_service.web import formats

_STEPS: Final[Mapping[Way, Step]] = {
    Way.ORDER_RECEIVED: Step.PLACED,
    Way.PAYMENT_PENDING: Step.PAYMENT_PENDING,
    Way.PREPARING: Step.PREPARING,
    Way.SHIPPED: Step.SHIPPED,
    Way.IN_TRANSIT: Step.IN_TRANSIT,
    Way.OUT_FOR_DELIVERY: Step.OUT_FOR_DELIVERY,
    Way.ATTEMPTED: Step.ATTEMPTED,
    Way.AWAITING_PICKUP: Step.READY_FOR_PICKUP,
    Way.DELIVERED: Step.DELIVERED,
    Way.CANCELLED: Step.CANCELLED,
    Way.RETURNING: Step.RETURNING,
    Way.UNDELIVERABLE: Step.DELIVERY_FAILED,
}


_ENDED: Final = frozenset({Step.DELIVERED, Step.CANCELLED})
#: Lines of an order that are named; the others are counted.
_MOST_ITEMS: Final = 10


def track_order(context: Context, given: Data, customer_id: int) -> Result:
    """One order's standing; without a number the one under way, or those to choose from."""
    session, now = context.uow.session, context.uow.now
    typed = given["order_key"]
    if typed is None:
        mine = orders.summaries(session, customer_id)
        standing = steps(context, mine)
        under_way = [one for one in mine if standing[one.order.id] not in _ENDED]
        candidates = under_way or list(mine)
        if not candidates:
            return Result("track_order", "none")
        if len(candidates) > 1:
            return Result("track_order", "several", choices(candidates, standing))
        typed = candidates[0].order.number
    try:
        found = tracking.track(
            session,
            context.runtime.adapters,
            typed,
            Proof.of_customer(customer_id),
            now=now,
        )
    except NotFound:
        return Result("track_order", "unknown")
    telling.note(context.uow, found, channel=context.conversation.channel)
    return Result("track_order", "ok", _standing(context, found))


def list_orders(context: Context, given: Data, customer_id: int) -> Result:  # noqa: ARG001 - skills are called alike
    """The customer's orders, newest first."""
    mine = orders.summaries(context.uow.session, customer_id)
    return Result("list_orders", "ok", choices(mine, steps(context, mine)))


def _standing(context: Context, found: Tracking) -> Data:
    zone = context.runtime.settings.zone
    lines = orders.lines(context.uow.session, found.order_id)
    delivered = [parcel.delivered_at for parcel in found.parcels if parcel.delivered_at]
    is_there = found.step is Way.DELIVERED and len(delivered) == len(found.parcels) > 0
    token = context.runtime.links.token(found.number, found.customer_id, context.uow.now)
    return {
        "number": found.number,
        "summary": summary(lines[0].name, len(lines) - 1) if lines else "",
        "step": _step(found),
        "next_step": _STEPS[found.next_step] if found.next_step else None,
        "window": _window(found.window, zone),
        "promised": _window(found.promised, zone),
        "moved": str(found.moved),
        "is_late": found.is_late,
        "explanation": _explained(context, found),
        "why": found.why,
        "page": context.runtime.links.page(token),
        "calendar": context.runtime.links.calendar(token) if found.window else None,
        "acts": _acts(context, found),
        "delivered_at": max(delivered).isoformat() if is_there else None,
        "next_word_at": None,
        "parcels": [_parcel(parcel) for parcel in found.parcels],
        "items": [
            {"name": dict(one.name), "quantity": one.counters.ordered}
            for one in lines[:_MOST_ITEMS]
        ],
        "more_items": len(lines[_MOST_ITEMS:]),
    }


def _explained(context: Context, found: Tracking) -> dict[str, str] | None:
    if found.because is None:
        return None
    zone, now = context.runtime.settings.zone, context.uow.now
    return {str(one): explaining.sentence(found.because, one, zone, now=now) for one in Language}


def _acts(context: Context, found: Tracking) -> list[ActData]:
    base = context.runtime.links.base
    given = actions.actions(context.uow.session, found, base=base, now=context.uow.now)
    return [{"act": str(one.act), "link": one.link} for one in given]


def _step(found: Tracking) -> Step:
    if found.step is not Way.PAYMENT_PENDING and found.why in {Step.ON_HOLD, Step.BACKORDERED}:
        return Step(found.why)
    if found.more_to_come:
        is_any_there = any(parcel.step is Way.DELIVERED for parcel in found.parcels)
        return Step.PARTLY_DELIVERED if is_any_there else Step.PARTLY_SHIPPED
    return _STEPS[found.step]


def _parcel(parcel: TrackedParcel) -> ParcelData:
    scan = parcel.last_scan
    return {
        "carrier": dict(parcel.carrier_name) if parcel.carrier != UNNAMED else None,
        "number": parcel.tracking_number or None,
        "link": parcel.link,
        "step": _STEPS[parcel.step],
        "at": scan.occurred_at.isoformat() if scan else None,
        "place": (scan.place or None) if scan else None,
    }


def _window(window: Window | None, zone: ZoneInfo) -> WindowData | None:
    if window is None:
        return None
    start, end = window.spoken(zone)
    return {"start": start.isoformat(), "end": end.isoformat()}


def steps(context: Context, of: Sequence[OrderSummary]) -> Mapping[int, Step]:
    """Where each order is, by the order's id; one query for the parcels of all."""
    session = context.uow.session
    parcels: dict[int, list[Way]] = {}
    for parcel in parcels_of(session, [one.order.id for one in of]):
        parcels.setdefault(parcel.order_id, []).append(ways.of_parcel(parcel.status))
    return {
        one.order.id: _STEPS[
            ways.of_order(
                one.order.order_state,
                one.order.payment_state,
                one.order.fulfilment_state,
                parcels.get(one.order.id, []),
            )
        ]
        for one in of
    }


def choices(of: Sequence[OrderSummary], steps: Mapping[int, Step]) -> Data:
    return {
        "orders": [
            {
                "number": one.order.number,
                "summary": summary(one.first_item, one.further_items),
                "status": steps[one.order.id],
            }
            for one in of
        ]
    }


def summary(first: Words, others: int) -> dict[str, str]:
    """``ドリップコーヒーほか1点`` in every language."""
    return {
        str(language): formats.items(say(first, language), others, language)
        for language in Language
    }


SKILLS: Final[Mapping[str, Skill]] = {
    "track_order": known_customer(track_order),
    "list_orders": known_customer(list_orders),
}
