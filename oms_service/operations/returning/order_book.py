"""What decisions about goods that left need to know of an order, in a fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.catalog import queries as catalog
from oms_service.customers import queries as customers
from oms_service.customers.states import Tier
from oms_service.operations.rules.eligibility import About, LineFacts
from oms_service.operations.rules.policy import RefundWay
from oms_service.orders import queries as order_queries
from oms_service.orders.policy import value_of_units
from oms_service.orders.queries import LineView, OrderView
from oms_service.orders.states import FulfilmentState
from oms_service.ports.carrier import CarrierStatus
from oms_service.returns import claim_queries, exchanges
from oms_service.returns import queries as return_queries
from oms_service.returns.claim_queries import ClaimView
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import ClaimState, ExchangeState, ReturnKind, ReturnState
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView
from oms_service.shipping import queries as parcels
from oms_service.shipping.queries import ParcelView


@dataclass(frozen=True)
class Book:
    """An order as decisions see it; days are of its channel's zone, values in minor units."""

    order: OrderView
    channel: ChannelView
    lines: Mapping[int, LineView]
    facts: Mapping[int, LineFacts]
    values: Mapping[int, int]
    today: date
    tier: Tier
    came_back_before: bool

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.channel.zone)

    def about(self, channel: str, way: RefundWay = RefundWay.ORIGINAL) -> About:
        return About(
            channel=channel,
            way=way,
            is_wholly_delivered=self.order.fulfilment_state is FulfilmentState.DELIVERED,
            came_back_before=self.came_back_before,
        )

    def value(self, line_id: int, quantity: int, *, after: int = 0) -> int:
        """What units were sold for; those that went before them are not counted again.

        ``after`` further units of the line stand before them in the same wish.
        """
        facts = self.facts[line_id]
        before = min(facts.cancelled + facts.gone + after, facts.ordered)
        units = min(quantity, facts.ordered - before)
        return value_of_units(self.values[line_id], facts.ordered, before=before, units=units)


def open_book(session: Session, order_id: int, *, now: datetime) -> Book:
    """Read an order; nine queries, two where something was exchanged, two where it was replaced.

    Raises:
        NotFound: no such order.
    """
    order = order_queries.by_id(session, order_id)
    lines = {line.id: line for line in order_queries.lines(session, order_id)}
    channel = sales.channel_by_id(session, order.channel_id)
    zone = ZoneInfo(channel.zone)
    sent = parcels.parcels_of(session, [order_id])
    arrived, left = _arrival_days(sent, zone), _departure_days(sent, zone)
    known = catalog.variants(session, {line.variant_id for line in lines.values()})
    claimed = claim_queries.units_claimed(session, order_id)
    customer = customers.find(session, order.customer_id)
    back = return_queries.of_orders(session, [order_id])
    kept = _kept(session, lines, back, _replaced(session, order_id, lines))
    facts = {
        line.id: LineFacts(
            line_id=line.id,
            ordered=line.counters.ordered,
            cancelled=line.counters.cancelled,
            shipped=line.counters.shipped,
            delivered=line.counters.delivered,
            return_requested=line.counters.return_requested,
            returned=line.counters.returned,
            claimed=claimed.get(line.id, 0),
            kept=kept[line.id],
            delivered_on=arrived.get(line.id),
            sent_on=left.get(line.id),
            category=known[line.variant_id].category,
            is_final_sale=known[line.variant_id].is_final_sale,
            variant_id=line.variant_id,
            product_id=known[line.variant_id].product_id,
        )
        for line in lines.values()
    }
    return Book(
        order,
        channel,
        lines,
        facts,
        order_queries.values_of_lines(order, list(lines.values())),
        now.astimezone(zone).date(),
        customer.tier if customer else Tier.STANDARD,
        _came_back_before(back),
    )


def _came_back_before(back: Sequence[ReturnView]) -> bool:
    """Whether a return or exchange of the order was asked for and not turned down."""
    return any(
        view.kind is not ReturnKind.CLAIM
        and view.state not in {ReturnState.REJECTED, ReturnState.CANCELLED}
        for view in back
    )


def replacing(claim: ClaimView, lines: Mapping[int, LineView]) -> dict[int, int]:
    """Units by order line that a claim has sent again, or is about to; called off ones not.

    Those that a change then made into something else were sent again all the same.
    """
    units: dict[int, int] = {}
    for line in lines.values():
        if line.origin != origin_of(claim.id) or line.replaces_line_id is None:
            continue
        swapped = sum(
            one.counters.ordered
            for one in lines.values()
            if one.replaces_line_id == line.id and one.origin.startswith("change:")
        )
        sent = line.counters.wanted + swapped
        units[line.replaces_line_id] = units.get(line.replaces_line_id, 0) + sent
    return units


def origin_of(claim_id: int) -> str:
    """What lines that replace claimed goods say of where they come from."""
    return f"claim:{claim_id}"


def claim_of(line: LineView) -> int | None:
    """The claim that a line replaces goods for."""
    kind, _, number = line.origin.partition(":")
    return int(number) if kind == "claim" and number.isdecimal() else None


def _replaced(session: Session, order_id: int, lines: Mapping[int, LineView]) -> dict[int, int]:
    """Units by line that claims sent again; these are counted with the claims or their returns."""
    units: dict[int, int] = {}
    if not any(claim_of(line) for line in lines.values()):
        return units
    lost = {ClaimState.REJECTED, ClaimState.CANCELLED}
    for claim in claim_queries.of_orders(session, [order_id]):
        if claim.return_id is not None or claim.state not in lost:
            for line_id, count in replacing(claim, lines).items():
                units[line_id] = units.get(line_id, 0) + count
    return units


def _kept(
    session: Session,
    lines: Mapping[int, LineView],
    back: Sequence[ReturnView],
    replaced: Mapping[int, int],
) -> dict[int, int]:
    """Units by line that were exchanged, are not charged any more and never came back."""
    swapped = {view.id: view for view in back if view.kind is ReturnKind.EXCHANGE}
    known = exchanges.of_returns(session, sorted(swapped)) if swapped else {}
    expected = dict.fromkeys(lines, 0)
    for return_id, exchange in known.items():
        for line in swapped[return_id].lines:
            if exchange.state is ExchangeState.SENT:
                expected[line.order_line_id] += line.quantity
            elif exchange.state is ExchangeState.COMPLETED:
                expected[line.order_line_id] += line.received
    return {
        line.id: max(
            0,
            line.counters.removed
            - line.counters.cancelled
            - expected[line.id]
            - replaced.get(line.id, 0),
        )
        for line in lines.values()
    }


def _arrival_days(sent: Sequence[ParcelView], zone: ZoneInfo) -> dict[int, date]:
    """When each line arrived, its last parcel; a line of which some arrival is unknown has none."""
    days: dict[int, date] = {}
    unknown: set[int] = set()
    for parcel in sent:
        if parcel.status is not CarrierStatus.DELIVERED:
            continue
        for line_id in parcel.lines:
            if parcel.delivered_at is None:
                unknown.add(line_id)
            else:
                day = parcel.delivered_at.astimezone(zone).date()
                days[line_id] = max(day, days.get(line_id, day))
    return {line_id: day for line_id, day in days.items() if line_id not in unknown}


def _departure_days(sent: Sequence[ParcelView], zone: ZoneInfo) -> dict[int, date]:
    """When the last parcel of each line left."""
    days: dict[int, date] = {}
    for parcel in sent:
        if parcel.handed_over_at is not None:
            day = parcel.handed_over_at.astimezone(zone).date()
            for line_id in parcel.lines:
                days[line_id] = max(day, days.get(line_id, day))
    return days
