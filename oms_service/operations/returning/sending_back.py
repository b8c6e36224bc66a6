"""How a customer sends goods back: dropped off, or collected on a day they choose."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.orders.service import hold_against_others
from oms_service.returns import hand_overs, queries
from oms_service.returns.events import ReturnHandOverChosen
from oms_service.returns.hand_overs import Sending
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import HandOver, ReturnState

#: How far ahead a carrier takes a wish to collect.
DAYS_AHEAD: Final = 14
#: The hours carriers collect in, as ``shipping.wishes`` names them.
WINDOWS: Final = ("0812", "1416", "1618", "1820")


class NothingToSend(DomainError):
    """No goods of this return are to be handed over: it is not accepted, or on its way."""

    code: ClassVar[str] = "nothing-to-send"


@dataclass(frozen=True)
class Days:
    """The first and the last day on which goods can be collected."""

    first: date
    last: date


def days(found: ReturnView, *, zone: ZoneInfo, now: datetime) -> Days | None:
    """When the goods of a return can be collected; None where nothing is to be handed over."""
    if found.state is not ReturnState.APPROVED:
        return None
    today = now.astimezone(zone).date()
    first, last = today + timedelta(days=1), today + timedelta(days=DAYS_AHEAD)
    if found.send_back_by is not None:
        last = min(last, found.send_back_by.astimezone(zone).date())
    return Days(first, max(first, last))


def choose(uow: UnitOfWork, return_id: int, sending: Sending, *, zone: ZoneInfo) -> bool:
    """Keep how goods will be handed over; chosen again alike, nothing changes and it is False.

    Args:
        uow: its actor is who chooses.
        return_id: a return that is accepted, and not on its way yet.
        sending: the way, and for a pickup its day and hours.
        zone: the shop's.

    Raises:
        NotFound: no such return.
        NothingToSend: nothing of it is to be handed over now.
        Invalid: a day or hours that no carrier offers; ``fields`` says which.
    """
    hold_against_others(uow, queries.by_id(uow.session, return_id).order_id)
    found = queries.by_id(uow.session, return_id)
    open_days = days(found, zone=zone, now=uow.now)
    if open_days is None:
        raise NothingToSend("nothing of this return is to be handed over")
    if sending.way is HandOver.DROP_OFF:
        sending = Sending(way=HandOver.DROP_OFF)
    else:
        _check(sending, open_days)
    if not hand_overs.keep(uow, return_id, sending):
        return False
    uow.emit(
        ReturnHandOverChosen(
            order_id=found.order_id,
            return_id=return_id,
            way=str(sending.way),
            collect_on=sending.collect_on.isoformat() if sending.collect_on else None,
            collect_window=sending.collect_window,
        )
    )
    uow.touch(f"order:{found.order_id}")
    return True


def _check(sending: Sending, open_days: Days) -> None:
    wrong = {}
    day = sending.collect_on
    if day is None or not open_days.first <= day <= open_days.last:
        wrong["collect_on"] = f"must be {open_days.first} to {open_days.last}"
    if sending.collect_window and sending.collect_window not in WINDOWS:
        wrong["collect_window"] = "is not offered"
    if wrong:
        raise Invalid("it cannot be collected then", wrong)
