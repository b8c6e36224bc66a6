"""How much single colleagues may give back alone, where that is not what their roles say."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Final

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.orm import Session

from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.money import EXPONENTS, Money
from oms_service.payments import queries
from oms_service.payments.models import StaffRefundLimit
from oms_service.payments.queries import RefundView
from oms_service.payments.states import RefundPart, RefundState

Reader = Session | Connection

#: The highest own limit, in minor units.
MOST_MINOR: Final = 10**12


class AboveOwnLimit(DomainError):
    """More than this colleague may give or agree to; ``limit`` is their own."""

    code: ClassVar[str] = "above-own-limit"

    def __init__(self, limit: Money) -> None:
        super().__init__(f"above their own limit of {limit.minor} {limit.currency}")
        self.limit = limit


@dataclass(frozen=True, kw_only=True)
class OwnLimit:
    """One colleague's limits in a currency, in minor units; None where their roles' holds."""

    currency: str
    refund_up_to_minor: int | None = None
    goodwill_up_to_minor: int | None = None

    @property
    def is_blank(self) -> bool:
        return self.refund_up_to_minor is None and self.goodwill_up_to_minor is None


def of(reader: Reader, staff_id: int) -> tuple[OwnLimit, ...]:
    """A colleague's own limits, by currency; none where their roles' hold in all."""
    row = StaffRefundLimit
    found = reader.execute(
        select(row.currency, row.refund_up_to_minor, row.goodwill_up_to_minor)
        .where(row.staff_id == staff_id)
        .order_by(row.currency)
    )
    return tuple(
        OwnLimit(currency=one[0], refund_up_to_minor=one[1], goodwill_up_to_minor=one[2])
        for one in found
    )


def put(uow: UnitOfWork, staff_id: int, wanted: Collection[OwnLimit]) -> tuple[OwnLimit, ...]:
    """Give a colleague exactly these limits; it waits for refunds that they are just making.

    Whether there is such a colleague, and who may say so, is for the caller to ask.

    Returns:
        What held before.

    Raises:
        Invalid: a currency that is unknown or named twice, or no amount.
    """
    kept = [one for one in wanted if not one.is_blank]
    _check(wanted)
    locks.a_name(uow.session, _name(staff_id))
    before = of(uow.session, staff_id)
    uow.session.execute(delete(StaffRefundLimit).where(StaffRefundLimit.staff_id == staff_id))
    if kept:
        uow.session.execute(
            insert(StaffRefundLimit),
            [
                {
                    "staff_id": staff_id,
                    "currency": one.currency,
                    "refund_up_to_minor": one.refund_up_to_minor,
                    "goodwill_up_to_minor": one.goodwill_up_to_minor,
                }
                for one in kept
            ],
        )
    return before


def hold(uow: UnitOfWork) -> None:
    """Keep the own limit of whoever acts as it is until this transaction ends."""
    if uow.actor.kind is ActorKind.STAFF:
        locks.share_a_name(uow.session, _name(int(uow.actor.id)))


def own(reader: Reader, who: Actor, part: RefundPart, currency: str) -> int | None:
    """The limit that is somebody's own for that part of an order's money, if they have one."""
    if who.kind is not ActorKind.STAFF:
        return None
    row = StaffRefundLimit
    column = row.goodwill_up_to_minor if part is RefundPart.GOODWILL else row.refund_up_to_minor
    return reader.execute(
        select(column).where(row.staff_id == int(who.id), row.currency == currency)
    ).scalar()


def check_alone(uow: UnitOfWork, amount: Money) -> None:
    """Refuse a kindness that belongs to no order, where it is above one's own limit.

    Raises:
        AboveOwnLimit: it is.
    """
    hold(uow)
    most = own(uow.session, uow.actor, RefundPart.GOODWILL, amount.currency)
    if most is not None and amount.minor > most:
        raise AboveOwnLimit(Money(most, amount.currency))


def check_second(uow: UnitOfWork, refund: RefundView) -> None:
    """Refuse to agree above one's own limit; all that one gave or agreed to for the order counts.

    The order must be held.

    Raises:
        AboveOwnLimit: somebody without that limit has to agree.
    """
    hold(uow)
    most = own(uow.session, uow.actor, refund.part, refund.amount.currency)
    if most is None:
        return
    me, is_kindness = uow.actor.ref, refund.part is RefundPart.GOODWILL
    before = sum(
        one.amount.minor
        for one in queries.refunds(uow.session, refund.order_id)
        if one.id != refund.id
        and one.state is not RefundState.DECLINED
        and (one.part is RefundPart.GOODWILL) == is_kindness
        and (
            one.decided_by == me
            or (one.decided_by is None and one.is_wish and one.requested_by == me)
        )
    )
    if before + refund.amount.minor > most:
        raise AboveOwnLimit(Money(most, refund.amount.currency))


def _check(wanted: Collection[OwnLimit]) -> None:
    wrong = {}
    if len({one.currency for one in wanted}) != len(wanted):
        wrong["currency"] = "is named twice"
    if any(one.currency not in EXPONENTS for one in wanted):
        wrong["currency"] = "is unknown"
    for name in ("refund_up_to_minor", "goodwill_up_to_minor"):
        given = [minor for one in wanted if (minor := getattr(one, name)) is not None]
        if any(not 0 <= minor <= MOST_MINOR for minor in given):
            wrong[name] = f"must be 0 to {MOST_MINOR}"
    if wrong:
        raise Invalid("not limits of refunds", wrong)


def _name(staff_id: int) -> str:
    return f"refund limits of {staff_id}"
