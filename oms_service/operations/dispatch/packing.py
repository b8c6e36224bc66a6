"""Packing what was picked: which box, what is in it, what it weighs, who carries it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.catalog import boxes as catalog_boxes
from oms_service.catalog import goods as catalog
from oms_service.catalog.boxes import BoxView
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Words
from oms_service.operations.dispatch import fulfilling
from oms_service.operations.dispatch.picking import TooMany, WrongItem
from oms_service.operations.money import at_the_door
from oms_service.operations.sources import sending
from oms_service.operations.sources.sending import NoServiceFits
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.shipping import services as shipping_services
from oms_service.shipping import wishes
from oms_service.shipping.calendars import queries as calendars
from oms_service.shipping.rates import Cause
from oms_service.shipping.wishes import Wish
from oms_service.warehouse import boxes, fitting, queries, work
from oms_service.warehouse.boxes import Measured
from oms_service.warehouse.fitting import BoxKind, Item, Proposal
from oms_service.warehouse.queries import Fulfilment, PackedBox
from oms_service.warehouse.states import BOX, BoxAction, BoxState, ServiceReason, WeightReason

#: No parcel is heavier or longer than a pallet.
MOST_G: Final = 1_000_000
MOST_MM: Final = 5_000
_LONGEST_CODE: Final = 60


class NotPacked(DomainError):
    """Nothing is in the box."""

    code: ClassVar[str] = "box-empty"


class CollectedHere(DomainError):
    """The customer fetches this at the location: no carrier gets it."""

    code: ClassVar[str] = "collected-in-shop"


class WeightOff(DomainError):
    """The scales say something else than the goods should weigh; a reason lets it pass."""

    code: ClassVar[str] = "weight-differs"

    def __init__(self, weight_g: int, expected_g: int) -> None:
        super().__init__(f"it weighs {weight_g} g where {expected_g} g are expected")
        self.weight_g = weight_g
        self.expected_g = expected_g


class ReasonNeeded(DomainError):
    """Another carrier or service than the one proposed needs a reason."""

    code: ClassVar[str] = "service-reason-needed"


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """A box as the packer closes it. Measures of the outside; those of the box where not given.

    ``carrier`` and ``service`` are the proposed ones where not given; others need a reason.
    """

    weight_g: int
    weight_reason: WeightReason | None = None
    size_mm: tuple[int, int, int] | None = None
    carrier: str = ""
    service: str = ""
    service_reason: ServiceReason | None = None


@dataclass(frozen=True)
class Proposed:
    """The carrier and service proposed for a box, and why: codes and facts."""

    carrier: str
    service: str
    why: Mapping[str, Any]


def propose(session: Session, fulfilment: Fulfilment) -> Proposal:
    """Boxes for what is picked and in no box yet."""
    loose = unpacked(session, fulfilment)
    known = catalog.goods(session, {line.variant_id for line in fulfilment.lines})
    items = [
        Item(
            line.order_line_id,
            loose.get(line.order_line_id, 0),
            known[line.variant_id].size_mm,
            known[line.variant_id].weight_g,
        )
        for line in fulfilment.lines
    ]
    kinds = [
        BoxKind(
            one.code,
            (one.length_mm, one.width_mm, one.height_mm),
            one.max_weight_g,
            one.tare_g,
            one.cost_minor,
        )
        for one in catalog_boxes.boxes(session)
    ]
    return fitting.propose(items, kinds)


def unpacked(session: Session, fulfilment: Fulfilment) -> dict[int, int]:
    """Units by order line that are picked and in no box."""
    inside = work.in_open_boxes(session, fulfilment.id)
    loose = {
        line.order_line_id: line.picked - line.packed - inside.get(line.order_line_id, 0)
        for line in fulfilment.lines
    }
    return {line_id: count for line_id, count in loose.items() if count > 0}


def propose_service(
    session: Session,
    fulfilment: Fulfilment,
    *,
    weight_g: int,
    size_mm: tuple[int, int, int],
) -> Proposed | None:
    """By whom a box of that weight and size would go; None where no service of the shop takes it.

    It is taken to leave on the day on which the fulfilment should, and to arrive by the day that
    is wished, or the order was promised for. Only services count that keep the wished hours; an
    order that is paid at the door needs a driver who collects.
    """
    place = stock.location(session, fulfilment.location_id)
    order = order_queries.by_id(session, fulfilment.order_id)
    last_moment = fulfilment.ship_by - timedelta(microseconds=1)
    zone = ZoneInfo(place.zone)
    leaves_on = last_moment.astimezone(zone).date()
    destination = order_queries.destination(session, fulfilment.order_id)
    of = calendars.calendars(session, zone)
    wish = Wish(order.deliver_on, order.delivery_window)
    try:
        chosen = sending.choose_service(
            session,
            weight_g=weight_g,
            sides_mm=size_mm,
            origin_region=place.region,
            destination=destination,
            leaves_on=leaves_on,
            arrives=sending.arrivals(
                of,
                place.id,
                sending.way_of(place.region, destination),
                leaves_on=leaves_on,
            ),
            currency=order.total.currency,
            arrive_by=wish.deliver_on or sending.promised_day(session, order, zone=zone),
            takes=lambda carrier, service: wishes.takes(of, carrier, service, wish),
            cash_on_delivery=at_the_door.to_collect(session, order.id) is not None,
        )
    except NoServiceFits:
        return None
    why = {
        "carrier": chosen.carrier,
        "service": chosen.service,
        "cost_minor": chosen.cost_minor,
        "currency": chosen.currency,
        "days": chosen.days,
        "why": [_cause(one) for one in chosen.why],
        "others": [
            {
                "carrier": one.carrier,
                "service": one.service,
                "why_not": [_cause(cause) for cause in one.causes],
            }
            for one in chosen.others
        ],
    }
    return Proposed(chosen.carrier, chosen.service, why)


def is_collected(session: Session, fulfilment: Fulfilment) -> bool:
    """Whether the customer fetches it where it lies, so that no carrier gets it."""
    place = order_queries.way(session, fulfilment.order_id).pickup_location_id
    return place == fulfilment.location_id


def propose_for(
    session: Session, fulfilment: Fulfilment, box: PackedBox, weight_g: int | None
) -> Proposed | None:
    """By whom an open box would go, by the size of its kind; None where something is not known."""
    kind = _kind(session, box.box_code)
    if kind is None or not weight_g:
        return None
    return propose_service(session, fulfilment, weight_g=weight_g, size_mm=kind.outside_mm)


def services(session: Session, carriers: Sequence[str]) -> list[tuple[str, str, Words]]:
    """What a packer may choose from: the shop's services, then each carrier without saying how."""
    known = [(one.carrier, one.service, one.name) for one in shipping_services.in_use(session)]
    return known + [(carrier, "", {}) for carrier in carriers]


def expected_weight(session: Session, fulfilment: Fulfilment, box: PackedBox) -> int | None:
    """What the goods and the box should weigh together; None where something was never weighed."""
    known = catalog.goods(session, {line.variant_id for line in fulfilment.lines})
    by_line = {line.order_line_id: known[line.variant_id] for line in fulfilment.lines}
    kind = _kind(session, box.box_code)
    total = kind.tare_g if kind else 0
    for line_id, count in box.lines.items():
        weight = by_line[line_id].weight_g
        if weight is None:
            return None
        total += weight * count
    return total


def begin(
    uow: UnitOfWork, fulfilment_id: int, *, box_code: str = "", version: int | None = None
) -> PackedBox:
    """An empty box to pack into; begun twice, it is the same one, of the kind said last.

    Raises:
        NotFound: no such fulfilment.
        Stale: it changed since it was read.
        OnHold, NotYet, NothingHere: nobody works on it.
        CollectedHere: the customer fetches it.
        Invalid: the shop has no such box.
        NotPacked: nothing is picked that is not in a box.
    """
    now = fulfilling.begin(uow, fulfilment_id, version=version)
    if is_collected(uow.session, now):
        raise CollectedHere("the customer fetches this here")
    _check_kind(uow.session, box_code)
    if not unpacked(uow.session, now) and not work.in_open_boxes(uow.session, now.id):
        raise NotPacked("nothing is picked that is not in a box yet")
    return boxes.open_box(uow, now, box_code=box_code)


def put_in(
    uow: UnitOfWork, box_id: int, *, code: str, quantity: int = 1, version: int | None = None
) -> PackedBox:
    """Scanned units go into an open box.

    Raises:
        NotFound: no such box.
        Stale: it changed since it was read.
        OnHold, NotYet, NothingHere: nobody works on it.
        IllegalTransition: the box is closed.
        WrongItem: nothing so called is picked for this order here.
        TooMany: not so many are.
    """
    box, now = _open(uow, box_id, version)
    loose = unpacked(uow.session, now)
    line_ids = _lines_called(uow.session, now, code)
    left = sum(loose.get(line_id, 0) for line_id in line_ids)
    if not 1 <= quantity <= left:
        raise TooMany(left)
    inside = dict(box.lines)
    for line_id in line_ids:
        count = min(quantity, loose.get(line_id, 0))
        inside[line_id] = inside.get(line_id, 0) + count
        quantity -= count
    return boxes.set_units(uow, box_id, inside)


def fill(
    uow: UnitOfWork, box_id: int, units: Mapping[int, int], *, version: int | None = None
) -> PackedBox:
    """Exactly these units by order line are in an open box, such as a proposal says.

    Raises:
        NotFound, Stale, OnHold, NotYet, NothingHere, IllegalTransition: as for ``put_in``.
        Invalid: a line of another fulfilment, or more than is picked and in no other box.
    """
    box, now = _open(uow, box_id, version)
    loose = unpacked(uow.session, now)
    wrong = {
        f"line {line_id}": "has not so many picked units here"
        for line_id, count in units.items()
        if not 0 <= count <= loose.get(line_id, 0) + box.lines.get(line_id, 0)
    }
    if wrong:
        raise Invalid("these units cannot be in the box", wrong)
    return boxes.set_units(uow, box_id, units)


def close(
    uow: UnitOfWork, box_id: int, weighed: Weighed, *, version: int | None = None
) -> PackedBox:
    """The box is closed and weighed, and asks for its label.

    Raises:
        NotFound: no such box.
        Stale: it changed since it was read.
        OnHold, NotYet, NothingHere: nobody works on it.
        IllegalTransition: it is closed already.
        NotPacked: nothing is in it.
        Invalid: no weight or size a parcel has, or no carrier.
        WeightOff: it weighs something else than expected, and no reason was given.
        ReasonNeeded: another service than the proposed one, and no reason was given.
    """
    box, now = _open(uow, box_id, version)
    if not box.lines:
        raise NotPacked("nothing is in this box")
    size = _size(uow.session, box, weighed)
    expected = expected_weight(uow.session, now, box)
    if weighed.weight_reason is None and not work.is_plausible(
        uow.session, now.location_id, weight_g=weighed.weight_g, expected_g=expected
    ):
        raise WeightOff(weighed.weight_g, expected or 0)
    chosen = _chosen(uow.session, now, weighed, size)
    closed = boxes.close(
        uow,
        box_id,
        Measured(
            weight_g=weighed.weight_g,
            length_mm=size[0],
            width_mm=size[1],
            height_mm=size[2],
            carrier=chosen.carrier,
            service=chosen.service,
            expected_weight_g=expected,
            weight_reason=weighed.weight_reason,
            service_reason=weighed.service_reason,
            choice=chosen.why,
        ),
    )
    fulfilling.tell(uow, box.order_id)
    return closed


def pack(
    uow: UnitOfWork,
    fulfilment_id: int,
    units: Mapping[int, int],
    weighed: Weighed,
    *,
    box_code: str = "",
    version: int | None = None,
) -> PackedBox:
    """Begin, fill and close a box in one go; refused as each of them is."""
    box = begin(uow, fulfilment_id, box_code=box_code, version=version)
    fill(uow, box.id, units)
    return close(uow, box.id, weighed)


def unpack(uow: UnitOfWork, box_id: int, *, version: int | None = None) -> PackedBox:
    """Open a box again before it leaves; unpacked before, it stays as it was.

    Raises:
        NotFound: no such box.
        Stale: it changed since it was read.
        IllegalTransition: the carrier has it.
    """
    order_id = queries.box(uow.session, box_id).order_id
    orders.hold_against_others(uow, order_id)
    fulfilling.align(uow, order_id)
    found = queries.box(uow.session, box_id)
    if found.state is BoxState.UNPACKED:
        return found
    boxes.held(uow, box_id, version=version)
    opened = boxes.unpack(uow, box_id)
    fulfilling.tell(uow, order_id)
    return opened


def _cause(cause: Cause) -> dict[str, Any]:
    return {"code": cause.code, "facts": dict(cause.facts)}


def _open(uow: UnitOfWork, box_id: int, version: int | None) -> tuple[PackedBox, Fulfilment]:
    """An open box and its fulfilment, both as they are now, with the order held."""
    order_id = queries.box(uow.session, box_id).order_id
    orders.hold_against_others(uow, order_id)
    now = fulfilling.align(uow, order_id)
    row = boxes.held(uow, box_id, version=version)
    BOX.after(row.state, BoxAction.CLOSE)
    fulfilling.check(now[row.fulfilment_id])
    return queries.box(uow.session, box_id), now[row.fulfilment_id]


def _lines_called(session: Session, fulfilment: Fulfilment, code: str) -> list[int]:
    known = catalog.goods(session, {line.variant_id for line in fulfilment.lines})
    found = [
        line.order_line_id for line in fulfilment.lines if known[line.variant_id].is_called(code)
    ]
    if not found:
        others = catalog.called(session, code)
        raise WrongItem(list(known.values()), others[0] if others else None)
    return found


def _kind(session: Session, code: str) -> BoxView | None:
    return next((one for one in catalog_boxes.boxes(session, every=True) if one.code == code), None)


def _check_kind(session: Session, code: str) -> None:
    kind = _kind(session, code) if code else None
    if code and (kind is None or not kind.is_active):
        raise Invalid("the shop has no such box", {"box": "is no box of the shop"})


def _size(session: Session, box: PackedBox, weighed: Weighed) -> tuple[int, int, int]:
    kind = _kind(session, box.box_code)
    size = weighed.size_mm or (kind.outside_mm if kind else None)
    wrong = {}
    if not 1 <= weighed.weight_g <= MOST_G:
        wrong["weight_g"] = f"must be from 1 to {MOST_G}"
    if size is None or not all(1 <= side <= MOST_MM for side in size):
        wrong["size_mm"] = f"must be three sides from 1 to {MOST_MM}"
    if wrong or size is None:
        raise Invalid("this box cannot be closed", wrong)
    return size


def _chosen(
    session: Session, fulfilment: Fulfilment, weighed: Weighed, size: tuple[int, int, int]
) -> Proposed:
    """Who carries the box: whom the packer said, else whom the shop's rates propose."""
    proposed = propose_service(session, fulfilment, weight_g=weighed.weight_g, size_mm=size)
    if not weighed.carrier:
        if proposed is None:
            raise Invalid("say who carries it", {"carrier": "is missing, and none is proposed"})
        return proposed
    if max(len(weighed.carrier), len(weighed.service)) > _LONGEST_CODE or "\0" in (
        weighed.carrier + weighed.service
    ):
        raise Invalid("there is no such carrier", {"carrier": "is no carrier"})
    wanted = weighed.carrier, weighed.service
    if proposed is None:
        return Proposed(*wanted, {})
    if wanted == (proposed.carrier, proposed.service):
        return proposed
    if weighed.service_reason is None:
        raise ReasonNeeded("say why not the proposed service")
    return Proposed(*wanted, {"instead_of": dict(proposed.why)})
