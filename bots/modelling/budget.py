"""What the model may still cost today: set aside before a call, settled after it.

A day ends at the shop's midnight. What a process set aside that died over its call stays counted.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from bots.modelling.models import ModelCall, ModelDay
from bots.modelling.states import Outcome, Purpose
from oms_service.infra.uow import UnitOfWork

#: For so long single calls and days are kept.
KEPT: Final = timedelta(days=90)
#: How many old calls are forgotten at a time.
BATCH: Final = 2_000


@dataclass(frozen=True)
class Allowance:
    """How much a day may cost."""

    calls: int
    tokens: int


@dataclass(frozen=True, kw_only=True)
class Made:
    """One call that was made. ``tokens`` is None where the endpoint did not count them."""

    conversation_id: int
    purpose: Purpose
    outcome: Outcome
    took_ms: int
    tokens: int | None
    label: str | None = None


def set_aside(uow: UnitOfWork, day: date, *, tokens: int, allowance: Allowance) -> bool:
    """Count one call and so many tokens, if the day has room for both; else that it had none."""
    uow.session.execute(
        insert(ModelDay)
        .values(day=day, calls=0, tokens=0, refused=0)
        .on_conflict_do_nothing(index_elements=["day"])
    )
    counted = uow.session.execute(
        update(ModelDay)
        .where(
            ModelDay.day == day,
            ModelDay.calls < allowance.calls,
            ModelDay.tokens + tokens <= allowance.tokens,
        )
        .values(calls=ModelDay.calls + 1, tokens=ModelDay.tokens + tokens)
        .execution_options(synchronize_session=False)
    )
    if counted.rowcount:  # type: ignore[attr-defined]  # an UPDATE's result has it
        return True
    uow.session.execute(
        update(ModelDay)
        .where(ModelDay.day == day)
        .values(refused=ModelDay.refused + 1)
        .execution_options(synchronize_session=False)
    )
    return False


def settle(uow: UnitOfWork, day: date, *, set_aside: int, made: Made) -> int:
    """Note a call, and count what it really took; answers the id of its row."""
    took = set_aside if made.tokens is None else made.tokens
    uow.session.execute(
        update(ModelDay)
        .where(ModelDay.day == day)
        .values(tokens=func.greatest(ModelDay.tokens + took - set_aside, 0))
        .execution_options(synchronize_session=False)
    )
    row = ModelCall(
        at=uow.now,
        conversation_id=made.conversation_id,
        message_id=None,
        purpose=made.purpose,
        outcome=made.outcome,
        label=made.label,
        took_ms=made.took_ms,
        tokens=took,
    )
    uow.session.add(row)
    uow.session.flush()
    return row.id


def belong_to(uow: UnitOfWork, call_ids: tuple[int, ...], message_id: int) -> None:
    """Say for which message calls were made, once it is stored."""
    if call_ids:
        uow.session.execute(
            update(ModelCall)
            .where(ModelCall.id.in_(call_ids), ModelCall.message_id.is_(None))
            .values(message_id=message_id)
            .execution_options(synchronize_session=False)
        )


def forget_old(uow: UnitOfWork) -> int:
    """The sweep: what was asked long ago goes, a batch at a time."""
    before: datetime = uow.now - KEPT
    old = select(ModelCall.id).where(ModelCall.at < before).order_by(ModelCall.id).limit(BATCH)
    done = uow.session.execute(
        delete(ModelCall)
        .where(ModelCall.id.in_(old.with_for_update(skip_locked=True)))
        .execution_options(synchronize_session=False)
    )
    uow.session.execute(
        delete(ModelDay)
        .where(ModelDay.day < before.date())
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # as above
