"""How goods that come back get to the carrier: taken to a counter, or collected at the door."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from oms_service.infra.uow import UnitOfWork
from oms_service.returns.models import ReturnHandOver
from oms_service.returns.states import HandOver

Reader = Connection | Session


@dataclass(frozen=True, kw_only=True)
class Sending:
    """A way; ``collect_on`` is a day of the shop's zone, ``collect_window`` empty for any hours."""

    way: HandOver
    collect_on: date | None = None
    collect_window: str = ""


@dataclass(frozen=True)
class HandOverView:
    """What was chosen for a return, and when."""

    sending: Sending
    chosen_at: datetime


def of_return(reader: Reader, return_id: int) -> HandOverView | None:
    """What was chosen last; None where nothing was."""
    query = select(
        ReturnHandOver.way,
        ReturnHandOver.collect_on,
        ReturnHandOver.collect_window,
        ReturnHandOver.chosen_at,
    ).where(ReturnHandOver.return_id == return_id)
    row = reader.execute(query).one_or_none()
    if row is None:
        return None
    sending = Sending(way=row.way, collect_on=row.collect_on, collect_window=row.collect_window)
    return HandOverView(sending, row.chosen_at)


def keep(uow: UnitOfWork, return_id: int, sending: Sending) -> bool:
    """Keep a choice; False when it was the last one already. The return's order must be held."""
    known = of_return(uow.session, return_id)
    if known is not None and known.sending == sending:
        return False
    chosen = {
        "way": sending.way,
        "collect_on": sending.collect_on,
        "collect_window": sending.collect_window,
        "chosen_by": uow.actor.ref,
        "chosen_at": uow.now,
    }
    written = insert(ReturnHandOver).values(return_id=return_id, **chosen)
    uow.session.execute(written.on_conflict_do_update(index_elements=["return_id"], set_=chosen))
    uow.session.flush()
    return True
