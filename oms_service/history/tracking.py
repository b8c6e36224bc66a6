"""Where an order is, for whoever proves that it is theirs: three statements, one answer."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from oms_service.history import steps
from oms_service.history.steps import Step
from oms_service.kernel import text
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Words
from oms_service.orders.queries import OrderView
from oms_service.orders.states import FulfilmentState, OrderState
from oms_service.orders.tracking import Asked, asked_for
from oms_service.ports.registry import Adapters
from oms_service.shipping import carriers
from oms_service.shipping.because import Because
from oms_service.shipping.queries import ParcelView, ScanView, Standing, parcels_of, standings_of
from oms_service.shipping.states import Jeopardy
from oms_service.shipping.windows import Window

UNKNOWN = "no order fits these details"
#: After these nothing more will arrive: no date is owed.
ENDED: Final = frozenset({Step.DELIVERED, Step.CANCELLED, Step.RETURNING, Step.UNDELIVERABLE})


_MORE_TO_COME: Final = frozenset(
    {FulfilmentState.PARTIALLY_SHIPPED, FulfilmentState.PARTIALLY_DELIVERED}
)


class ProofKind(StrEnum):
    """What a buyer may show."""

    MAIL = "mail"
    PHONE = "phone"
    POSTAL_CODE = "postal_code"
    CUSTOMER = "customer"


@dataclass(frozen=True)
class Proof:
    """One thing only the buyer is expected to know, or the customer who is signed in."""

    kind: ProofKind
    value: str

    @classmethod
    def of_customer(cls, customer_id: int) -> "Proof":
        """For somebody whose identity is already proved."""
        return cls(ProofKind.CUSTOMER, str(customer_id))


@dataclass(frozen=True)
class TrackedParcel:
    """One parcel as its customer may see it; ``window`` is None where nothing is known.

    ``lines``: quantity by order line.
    """

    id: int
    carrier: str
    carrier_name: Words
    tracking_number: str
    link: str | None
    step: Step
    window: Window | None
    median: datetime | None
    why: str
    because: Because | None
    jeopardy: Jeopardy
    promised: Window | None
    handed_over_at: datetime | None
    delivered_at: datetime | None
    last_scan: ScanView | None
    lines: Mapping[int, int]

    @property
    def moved(self) -> "Moved":
        """Where its date stands against the one that was told first."""
        return moved(self.window, self.promised)

    @property
    def is_late(self) -> bool:
        """Past its promise, or expected to be."""
        return self.jeopardy is Jeopardy.LATE or self.moved is Moved.LATER


class Moved(StrEnum):
    """Where a date stands against the one that was told first."""

    NO = "no"
    EARLIER = "earlier"
    LATER = "later"


def moved(window: Window | None, promised: Window | None) -> Moved:
    """Whether a date is another one than was told first; a narrower window is the same."""
    if window is None or promised is None:
        return Moved.NO
    if window.until > promised.until:
        return Moved.LATER
    return Moved.EARLIER if window.until <= promised.start else Moved.NO


@dataclass(frozen=True)
class Tracking:
    """The whole answer. ``more_to_come``: some items have not been sent yet.

    ``window`` spans the parcels still on their way, and is None unless it is known for each;
    where nothing or not all has left it is that of the part that comes last. It holds with 80 %,
    ``median`` is the moment it is as likely before as after. ``promised`` is what was told first.
    ``why`` is a code for the step or for the window: ``on_hold``, ``backordered``, a reason of
    ``shipping.eta`` or of the carrier; empty when there is nothing to explain. ``because`` is the
    same with its facts, which ``shipping.explaining`` says in a sentence.
    """

    order_id: int
    number: str
    customer_id: int
    placed_at: datetime | None
    step: Step
    next_step: Step | None
    window: Window | None
    median: datetime | None
    promised: Window | None
    why: str
    because: Because | None
    jeopardy: Jeopardy
    more_to_come: bool
    parcels: tuple[TrackedParcel, ...]

    @property
    def is_under_way(self) -> bool:
        """Whether something is still to arrive: a date is owed."""
        return self.step not in ENDED

    @property
    def moved(self) -> Moved:
        """Where the date stands against the one that was told first."""
        return moved(self.window, self.promised)

    @property
    def is_late(self) -> bool:
        """Past what was told first, or expected to be."""
        is_over = self.jeopardy is Jeopardy.LATE or self.moved is Moved.LATER
        return any(one.is_late for one in self.parcels) or (self.is_under_way and is_over)


def track(
    reader: Session | Connection,
    adapters: Adapters,
    typed: str,
    proof: Proof,
    *,
    now: datetime,
) -> Tracking:
    """Where the order is that somebody names by ``typed``.

    Raises:
        NotFound: unknown and not yours alike.
    """
    asked = asked_for(reader, typed)
    if asked is None or not _proves(proof, asked):
        raise NotFound(UNKNOWN)
    of = [asked.id]
    outlook = standings_of(reader, of).get(asked.id)
    return _standing(asked, parcels_of(reader, of), outlook, adapters, now)


def track_all(
    reader: Session | Connection,
    adapters: Adapters,
    placed: Sequence[OrderView],
    *,
    now: datetime,
) -> dict[int, Tracking]:
    """Where each of these orders is, by its id, for whoever may see them; two queries."""
    of = [order.id for order in placed]
    parcels: dict[int, list[ParcelView]] = {}
    for parcel in parcels_of(reader, of):
        parcels.setdefault(parcel.order_id, []).append(parcel)
    outlooks = standings_of(reader, of)
    return {
        order.id: _standing(order, parcels.get(order.id, ()), outlooks.get(order.id), adapters, now)
        for order in placed
    }


def _standing(
    asked: Asked | OrderView,
    sent: Sequence[ParcelView],
    outlook: Standing | None,
    adapters: Adapters,
    now: datetime,
) -> Tracking:
    parcels = [_tracked(one, adapters, now) for one in sent]
    step = steps.of_order(
        asked.order_state,
        asked.payment_state,
        asked.fulfilment_state,
        [parcel.step for parcel in parcels],
    )
    open_parcels = [parcel for parcel in parcels if parcel.step is not Step.DELIVERED]
    is_on_its_way = step not in {Step.CANCELLED, Step.DELIVERED}
    more_to_come = asked.fulfilment_state in _MORE_TO_COME
    believed = _believed(open_parcels, outlook, more_to_come=more_to_come, now=now)
    if not is_on_its_way:
        believed = _NOTHING
    return Tracking(
        order_id=asked.id,
        number=asked.number,
        customer_id=asked.customer_id,
        placed_at=asked.placed_at,
        step=step,
        next_step=steps.NEXT.get(step),
        window=believed.window,
        median=believed.median,
        promised=outlook.promised if outlook else _all_promised(parcels),
        why=_why(asked, step, open_parcels) if is_on_its_way else "",
        because=believed.because,
        jeopardy=outlook.jeopardy if outlook else Jeopardy.ON_TIME,
        more_to_come=more_to_come,
        parcels=tuple(parcels),
    )


@dataclass(frozen=True)
class _Believed:
    """When all of it will have come, as far as anyone knows."""

    window: Window | None
    median: datetime | None = None
    because: Because | None = None


_NOTHING: Final = _Believed(None)


def _believed(
    open_parcels: Sequence[TrackedParcel],
    outlook: Standing | None,
    *,
    more_to_come: bool,
    now: datetime,
) -> _Believed:
    """Of parcels what they say themselves: that of the order follows a moment later."""
    if open_parcels and not (more_to_come and outlook):
        span = _span(open_parcels)
        if span is None:
            return _NOTHING
        last = max(open_parcels, key=lambda one: one.window.until if one.window else now)
        return _Believed(span, last.median, last.because)
    if outlook is None or outlook.estimated is None or outlook.estimated.until < now:
        return _NOTHING
    return _Believed(outlook.estimated, outlook.median, Because.of_json(outlook.because))


def _all_promised(parcels: Sequence[TrackedParcel]) -> Window | None:
    told = [one.promised for one in parcels if one.promised is not None]
    if not told or len(told) < len(parcels):
        return None
    return Window(min(one.start for one in told), max(one.until for one in told))


def _proves(proof: Proof, asked: Asked) -> bool:
    match proof.kind:
        case ProofKind.MAIL:
            given, known = text.mail_key(proof.value), asked.mail_key
        case ProofKind.PHONE:
            given, known = text.phone_key(proof.value), asked.phone_key
        case ProofKind.POSTAL_CODE:
            given, known = text.postal_key(proof.value), asked.postal_key
        case ProofKind.CUSTOMER:
            given, known = proof.value, str(asked.customer_id)
    return bool(known) and hmac.compare_digest(_bytes(given), _bytes(known))


def _bytes(said: str) -> bytes:
    return said.encode(errors="replace")


def _tracked(parcel: ParcelView, adapters: Adapters, now: datetime) -> TrackedParcel:
    step = steps.of_parcel(parcel.status)
    window = parcel.estimated
    is_current = step is not Step.DELIVERED and window is not None and window.until >= now
    return TrackedParcel(
        id=parcel.id,
        carrier=parcel.carrier,
        carrier_name=carriers.name_of(adapters, parcel.carrier),
        tracking_number=parcel.tracking_number,
        link=carriers.link(adapters, parcel.carrier, parcel.tracking_number),
        step=step,
        window=window if is_current else None,
        median=parcel.estimated_at if is_current else None,
        why=parcel.estimate_reason if is_current else "",
        because=parcel.because if is_current else None,
        jeopardy=parcel.jeopardy,
        promised=parcel.promised,
        handed_over_at=parcel.handed_over_at,
        delivered_at=parcel.delivered_at,
        last_scan=parcel.last_scan,
        lines=parcel.lines,
    )


def _span(parcels: Sequence[TrackedParcel]) -> Window | None:
    windows = [parcel.window for parcel in parcels if parcel.window is not None]
    if not windows or len(windows) < len(parcels):
        return None
    return Window(min(one.start for one in windows), max(one.until for one in windows))


def _why(asked: Asked | OrderView, step: Step, parcels: Sequence[TrackedParcel]) -> str:
    speaking = next((one for one in parcels if one.step is step), None)
    if speaking is not None:
        return speaking.why or (speaking.last_scan.reason if speaking.last_scan else "")
    if asked.order_state is OrderState.ON_HOLD:
        return "on_hold"
    if asked.fulfilment_state is FulfilmentState.BACKORDERED:
        return "backordered"
    return ""
