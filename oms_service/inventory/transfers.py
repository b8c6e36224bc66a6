"""Moving goods between locations in two steps: what left is on its way until it arrives."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import and_, select

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import papers, places, reservations, service
from oms_service.inventory.events import TransferDispatched, TransferReceived, TransferSettled
from oms_service.inventory.models import StockLevel, Transfer, TransferLine
from oms_service.inventory.papers import TransferView
from oms_service.inventory.policy import MOST_MOVED
from oms_service.inventory.purchasing import Came
from oms_service.inventory.reservations import Hold, ReservationView
from oms_service.inventory.service import Move, Why
from oms_service.inventory.states import (
    TRANSFER,
    Explanation,
    MovementKind,
    TransferAction,
    TransferState,
)
from oms_service.inventory.writing import (
    check_known,
    check_location,
    check_units,
    check_version,
)
from oms_service.kernel.errors import Invalid
from oms_service.kernel.ids import readable_code

#: What may explain units that are missing, and units nobody had sent.
OF_MISSING: Final = (Explanation.CAME_LATER, Explanation.STAYED_BEHIND, Explanation.LOST)
OF_SURPLUS: Final = (Explanation.SENT_MORE, Explanation.SURPLUS)


#: Whoever waits for what came takes it within moments; after this it is anybody's.
_KEPT_AFTER_ARRIVAL: Final = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class NewTransfer:
    """Units by variant that should go from one place to another, once for each ``key``."""

    from_location_id: int
    to_location_id: int
    units: Mapping[int, int]
    expected_on: date | None = None
    key: str


def request(uow: UnitOfWork, new: NewTransfer) -> TransferView:
    """Ask for goods; nothing moves yet.

    Raises:
        Invalid: one place twice, a closed location, no lines, odd quantities.
    """
    locks.a_name(uow.session, f"transfer {new.key}")
    known = uow.session.scalar(select(Transfer.id).where(Transfer.key == new.key))
    if known is not None:
        return papers.transfer_by_id(uow.session, known)
    check_units(new.units)
    check_location(uow, new.from_location_id, "from_location")
    check_location(uow, new.to_location_id, "to_location")
    if new.from_location_id == new.to_location_id:
        raise Invalid("a transfer joins two places", {"to_location": "is where it comes from"})
    row = Transfer(
        number=f"TR-{readable_code(8)}",
        from_location_id=new.from_location_id,
        to_location_id=new.to_location_id,
        state=TransferState.REQUESTED,
        expected_on=new.expected_on,
        requested_by=uow.actor.ref,
        requested_at=uow.now,
        version=1,
        key=new.key,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.session.add_all(
        TransferLine(transfer_id=row.id, variant_id=variant_id, requested=quantity)
        for variant_id, quantity in new.units.items()
    )
    uow.session.flush()
    return papers.transfer_by_id(uow.session, row.id)


def dispatch(
    uow: UnitOfWork,
    transfer_id: int,
    sent: Mapping[int, int] | None = None,
    *,
    version: int | None = None,
) -> TransferView:
    """The goods leave: out of stock here, incoming there.

    Args:
        uow: the transaction.
        transfer_id: which one.
        sent: units by variant where they differ from what was asked for; None is all of it.
        version: as the sender saw it.

    Raises:
        NotFound: no such transfer.
        IllegalTransition: it has left already, or was cancelled.
        OutOfStock: not so many are free here; those promised to orders stay.
        Invalid: nothing is sent, or what was not asked for.
        Stale: it changed since it was read.
    """
    row = _held(uow, transfer_id, TransferAction.DISPATCH, version)
    lines = _lines(uow, row)
    units = {of: line.requested for of, line in lines.items()} if sent is None else dict(sent)
    check_known(units, lines)
    check_units(units, least=0)
    if not any(units.values()):
        raise Invalid("nothing is sent", {"lines": "has no units"})
    reservations.let_go(uow, holder(row.id))
    for variant_id, line in lines.items():
        line.sent = units.get(variant_id, 0)
    row.dispatched_by, row.dispatched_at = uow.actor.ref, uow.now
    _turn(uow, row, TransferAction.DISPATCH)
    moves = [
        *_at(MovementKind.TRANSFERRED_OUT, row.from_location_id, units),
        *_at(MovementKind.EXPECTED, row.to_location_id, units),
    ]
    service.move(uow, moves, _why(row, "dispatched"))
    uow.emit(
        TransferDispatched(
            transfer_id=row.id,
            from_location_id=row.from_location_id,
            to_location_id=row.to_location_id,
            units=sum(units.values()),
        )
    )
    return papers.transfer_by_id(uow.session, row.id)


def receive(
    uow: UnitOfWork, transfer_id: int, came: Mapping[int, Came], *, version: int | None = None
) -> TransferView:
    """The goods arrive; what is missing stays incoming until its owner has explained it.

    The owner is whoever sent them, until somebody takes it over.

    Args:
        uow: the transaction.
        transfer_id: which one.
        came: by variant; one that is left out did not come.
        version: as the receiver saw it.

    Raises:
        NotFound: no such transfer.
        IllegalTransition: it is not on its way.
        Invalid: a variant that is not on it, odd quantities.
        Stale: it changed since it was read.
    """
    row = _held(uow, transfer_id, TransferAction.RECEIVE, version)
    lines = _lines(uow, row)
    check_known(came, lines)
    if came:
        check_units({of: one.received + one.damaged for of, one in came.items()}, least=0)
    if any(min(one.received, one.damaged) < 0 for one in came.values()):
        raise Invalid("some quantities are wrong", {"quantity": f"must be 0 to {MOST_MOVED}"})
    for variant_id, one in came.items():
        lines[variant_id].received, lines[variant_id].damaged = one.received, one.damaged
    is_discrepant = any(_difference(line) for line in lines.values())
    row.received_by, row.received_at = uow.actor.ref, uow.now
    if is_discrepant:
        row.owner = row.dispatched_by
    _turn(
        uow,
        row,
        TransferAction.RECEIVE_DIFFERENT if is_discrepant else TransferAction.RECEIVE,
    )
    arrived = {of: min(line.sent, line.received + line.damaged) for of, line in lines.items()}
    here = row.to_location_id
    sound = {of: line.received for of, line in lines.items()}
    damaged = {of: line.damaged for of, line in lines.items()}
    moves = [
        *_at(MovementKind.NO_LONGER_EXPECTED, here, arrived),
        *_at(MovementKind.TRANSFERRED_IN, here, sound),
        *_at(MovementKind.RECEIVED_DAMAGED, here, damaged),
    ]
    service.move(uow, moves, _why(row, "received"))
    _keep_for_its_owner(uow, row, sound)
    uow.emit(
        TransferReceived(
            transfer_id=row.id,
            to_location_id=here,
            units=sum(sound.values()),
            damaged_units=sum(damaged.values()),
            is_discrepant=is_discrepant,
        )
    )
    return papers.transfer_by_id(uow.session, row.id)


def take_over(uow: UnitOfWork, transfer_id: int) -> TransferView:
    """The actor is now who has to explain what differs.

    Raises:
        NotFound: no such transfer.
        IllegalTransition: nothing is to be explained.
    """
    row = _held(uow, transfer_id, TransferAction.TAKE_OVER, None)
    if row.owner != uow.actor.ref:
        row.owner = uow.actor.ref
        _turn(uow, row, TransferAction.TAKE_OVER)
    return papers.transfer_by_id(uow.session, row.id)


def settle(
    uow: UnitOfWork,
    transfer_id: int,
    explanations: Mapping[int, Explanation],
    *,
    version: int | None = None,
) -> TransferView:
    """Explain every difference, by variant, and put both places right.

    Missing units came later (they are here now), stayed behind (they never left) or are lost. Of
    units nobody had sent, more was sent than was written down, or they are simply a surplus.

    Raises:
        NotFound: no such transfer.
        IllegalTransition: nothing is to be explained.
        Invalid: a difference without a fitting explanation.
        OutOfStock: more is said to have been sent than the sender has left.
        Stale: it changed since it was read.
    """
    row = _held(uow, transfer_id, TransferAction.SETTLE, version)
    lines = {of: line for of, line in _lines(uow, row).items() if _difference(line)}
    wrong = any(
        explanations.get(of) not in (OF_MISSING if _difference(line) < 0 else OF_SURPLUS)
        for of, line in lines.items()
    )
    if wrong or not explanations.keys() <= lines.keys():
        raise Invalid("say of every difference what became of it", {"explanations": "do not fit"})
    _hold_levels(uow, row, lines)
    for variant_id, line in sorted(lines.items()):
        line.explanation = explanations[variant_id]
        moves = _EXPLAINED[line.explanation](row, variant_id, abs(_difference(line)))
        why = _why(row, f"settled:{variant_id}", reason=str(line.explanation))
        service.move(uow, moves, why)
    row.settled_by, row.settled_at = uow.actor.ref, uow.now
    _turn(uow, row, TransferAction.SETTLE)
    lost = sum(
        -_difference(line) for line in lines.values() if line.explanation is Explanation.LOST
    )
    uow.emit(TransferSettled(transfer_id=row.id, lost_units=lost))
    return papers.transfer_by_id(uow.session, row.id)


def cancel(uow: UnitOfWork, transfer_id: int, *, version: int | None = None) -> TransferView:
    """Call off what has not left.

    Raises:
        NotFound: no such transfer.
        IllegalTransition: it has left, or is cancelled already.
        Stale: it changed since it was read.
    """
    row = _held(uow, transfer_id, TransferAction.CANCEL, version)
    reservations.let_go(uow, holder(row.id))
    _turn(uow, row, TransferAction.CANCEL)
    return papers.transfer_by_id(uow.session, row.id)


def call_off(uow: UnitOfWork, transfer_ids: Sequence[int], also: Collection[int]) -> None:
    """Cancel those of some transfers that have not left.

    What several of them free is held in the order of its keys first, and so are all levels of
    the variants in ``also``, which the caller moves next.
    """
    rows = locks.those(uow.session, Transfer, Transfer.id.in_(transfer_ids), by=[Transfer.id])
    waiting = [row.id for row in rows if row.state is TransferState.REQUESTED]
    freed = {one.variant_id for of in waiting for one in reservations.hold_open_of(uow, holder(of))}
    places.hold_levels(uow, freed | set(also))
    for transfer_id in waiting:
        cancel(uow, transfer_id)


def keep_until_sent(
    uow: UnitOfWork, transfer_id: int, until: datetime
) -> tuple[ReservationView, ...]:
    """Hold the units of a transfer where they are until they leave, so that nobody sells them.

    What of them arrives is kept as well, for whoever asked for them; see ``arrived_for``.

    Raises:
        OutOfStock: not so many are free.
    """
    view = papers.transfer_by_id(uow.session, transfer_id)
    return reservations.reserve(
        uow,
        Hold(
            units={(line.variant_id, view.from_location_id): line.requested for line in view.lines},
            holder=holder(transfer_id),
            until=until,
            key=holder(transfer_id),
        ),
    )


def holder(transfer_id: int) -> str:
    """Who holds the units of a transfer before they leave."""
    return f"transfer:{transfer_id}"


def arrived_for(transfer_id: int) -> str:
    """Who holds what a transfer brought for somebody."""
    return f"transfer:{transfer_id}:arrived"


def _keep_for_its_owner(uow: UnitOfWork, row: Transfer, sound: Mapping[int, int]) -> None:
    """Of a transfer whose units were kept for somebody, what came is kept for them as well."""
    wanted = reservations.ever_held(uow.session, holder(row.id))
    units = {
        (of, row.to_location_id): min(count, wanted.get(of, 0))
        for of, count in sound.items()
        if min(count, wanted.get(of, 0))
    }
    if units:
        reservations.reserve(
            uow,
            Hold(
                units=units,
                holder=arrived_for(row.id),
                until=uow.now + _KEPT_AFTER_ARRIVAL,
                key=arrived_for(row.id),
            ),
        )


def _came_later(row: Transfer, variant_id: int, units: int) -> list[Move]:
    here = {variant_id: units}
    return [
        *_at(MovementKind.NO_LONGER_EXPECTED, row.to_location_id, here),
        *_at(MovementKind.TRANSFERRED_IN, row.to_location_id, here),
    ]


def _stayed_behind(row: Transfer, variant_id: int, units: int) -> list[Move]:
    return [
        *_at(MovementKind.NO_LONGER_EXPECTED, row.to_location_id, {variant_id: units}),
        *_at(MovementKind.ADJUSTED, row.from_location_id, {variant_id: units}),
    ]


def _lost(row: Transfer, variant_id: int, units: int) -> list[Move]:
    return _at(MovementKind.NO_LONGER_EXPECTED, row.to_location_id, {variant_id: units})


def _sent_more(row: Transfer, variant_id: int, units: int) -> list[Move]:
    return _at(MovementKind.ADJUSTED, row.from_location_id, {variant_id: -units})


def _surplus(row: Transfer, variant_id: int, units: int) -> list[Move]:  # noqa: ARG001 - as the others
    """The units are booked in where they are; nobody misses them."""
    return []


_EXPLAINED: Final[Mapping[Explanation, Callable[[Transfer, int, int], list[Move]]]] = {
    Explanation.CAME_LATER: _came_later,
    Explanation.STAYED_BEHIND: _stayed_behind,
    Explanation.LOST: _lost,
    Explanation.SENT_MORE: _sent_more,
    Explanation.SURPLUS: _surplus,
}


def _hold_levels(uow: UnitOfWork, row: Transfer, variant_ids: Mapping[int, object]) -> None:
    """Several moves follow, each with its own reason: hold their levels in key order first."""
    places = (row.from_location_id, row.to_location_id)
    locks.those(
        uow.session,
        StockLevel,
        and_(StockLevel.variant_id.in_(list(variant_ids)), StockLevel.location_id.in_(places)),
        by=[StockLevel.variant_id, StockLevel.location_id],
    )


def _held(
    uow: UnitOfWork, transfer_id: int, action: TransferAction, version: int | None
) -> Transfer:
    """The transfer, locked, if the action is legal; that it is not says more than the version."""
    row = locks.one(uow.session, Transfer, transfer_id)
    TRANSFER.after(row.state, action)
    check_version(row, version)
    return row


def _lines(uow: UnitOfWork, row: Transfer) -> dict[int, TransferLine]:
    found = uow.session.scalars(
        select(TransferLine)
        .where(TransferLine.transfer_id == row.id)
        .order_by(TransferLine.id)
        .execution_options(populate_existing=True)
    )
    return {line.variant_id: line for line in found}


def _difference(line: TransferLine) -> int:
    return line.received + line.damaged - line.sent


def _turn(uow: UnitOfWork, row: Transfer, action: TransferAction) -> None:
    row.state = TRANSFER.after(row.state, action)
    row.version += 1
    uow.session.flush()


def _at(kind: MovementKind, location_id: int, units: Mapping[int, int]) -> list[Move]:
    return [
        Move(kind=kind, variant_id=variant_id, location_id=location_id, quantity=quantity)
        for variant_id, quantity in units.items()
    ]


def _why(row: Transfer, what: str, *, reason: str = "") -> Why:
    return Why(key=f"transfer:{row.id}:{what}", cause=f"transfer:{row.number}", reason=reason)
