"""Reading claims; views only, a fixed number of queries each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, not_, select
from sqlalchemy.orm import Session

from oms_service.infra.hot import among, named, one_of
from oms_service.infra.once import once
from oms_service.kernel import pages
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.kernel.money import Money
from oms_service.kernel.pages import Page
from oms_service.returns.models import Claim, ClaimLine
from oms_service.returns.states import ClaimReason, ClaimState, Goods, Remedy

Reader = Session | Connection


@dataclass(frozen=True)
class ClaimLineView:
    """Claimed units; ``value`` is what they were sold for, ``new_line_id`` what replaces them."""

    order_line_id: int
    quantity: int
    reason: ClaimReason
    value: Money
    new_line_id: int | None


@dataclass(frozen=True)
class ClaimView:
    """A claim with its lines. ``answer`` is for the customer, ``decision_note`` for colleagues."""

    id: int
    number: str
    order_id: int
    state: ClaimState
    channel: str
    remedy: Remedy
    goods: Goods
    refund: Money
    refund_method_id: int | None
    return_id: int | None
    evidence: tuple[str, ...]
    referred_by_rule: str
    requested_by: str
    requested_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_note: str
    answer: str
    remedied_at: datetime | None
    needs_second_person: bool
    version: int
    lines: tuple[ClaimLineView, ...]

    @property
    def giver(self) -> str | None:
        """The person who gives the money; None where policy does, or nobody has decided."""
        return None if self.decided_by == SYSTEM.ref else self.decided_by


def by_id(reader: Reader, claim_id: int) -> ClaimView:
    """One claim.

    Raises:
        NotFound: there is none.
    """
    return _one(_read(reader, Claim.id == claim_id))


def by_number(reader: Reader, number: str) -> ClaimView:
    """The claim of that number.

    Raises:
        NotFound: there is none.
    """
    return _one(_read(reader, Claim.number == number.strip().upper()))


def by_key(reader: Reader, key: str) -> ClaimView | None:
    """The claim that was asked for under this key."""
    found = _read(reader, Claim.key == key)
    return found[0] if found else None


def of_return(reader: Reader, return_id: int) -> ClaimView | None:
    """The claim whose goods come back under this return."""
    found = _read(reader, Claim.return_id == return_id)
    return found[0] if found else None


@once
def of_orders(reader: Reader, order_ids: Collection[int]) -> tuple[ClaimView, ...]:
    """The claims of some orders, oldest first."""
    return _views(reader, _OF_ORDERS.all(reader, order_ids=list(order_ids))) if order_ids else ()


def page(
    reader: Reader,
    *,
    states: Collection[ClaimState] = (),
    order_id: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ClaimView]:
    """One page of claims, newest first.

    Raises:
        Invalid: a cursor of another list.
    """
    query = select(Claim.id)
    if states:
        query = query.where(Claim.state.in_(states))
    if order_id is not None:
        query = query.where(Claim.order_id == order_id)
    if cursor:
        query = query.where(Claim.id < int(pages.read(cursor, int)[0]))
    ids = list(reader.execute(query.order_by(Claim.id.desc()).limit(limit + 1)).scalars())
    views = {view.id: view for view in _read(reader, Claim.id.in_(ids))} if ids else {}
    return pages.cut(ids, limit, shown=lambda one: views[one], key=lambda one: [one])


@once
def units_claimed(reader: Reader, order_id: int) -> dict[int, int]:
    """Units by order line that are being put right, or were, with the goods staying.

    Units that come back for a claim are counted with its return instead.
    """
    rows = _UNITS_CLAIMED.all(reader, order_id=order_id)
    return {row.order_line_id: int(row.units) for row in rows}


_UNITS_CLAIMED: Final = named(
    select(ClaimLine.order_line_id, func.sum(ClaimLine.quantity).label("units"))
    .join(Claim, Claim.id == ClaimLine.claim_id)
    .where(
        Claim.order_id == bindparam("order_id"),
        not_(one_of(Claim.state, (ClaimState.REJECTED, ClaimState.CANCELLED))),
        Claim.return_id.is_(None),
    )
    .group_by(ClaimLine.order_line_id)
)


def _one(found: tuple[ClaimView, ...]) -> ClaimView:
    if not found:
        raise NotFound("no such claim")
    return found[0]


def _read(reader: Reader, where: ColumnElement[bool]) -> tuple[ClaimView, ...]:
    """Two queries, however many there are."""
    return _views(reader, reader.execute(_query().where(where).order_by(Claim.id)).all())


def _views(reader: Reader, rows: Sequence[Any]) -> tuple[ClaimView, ...]:
    """Claims with their lines; one query."""
    lines: dict[int, list[ClaimLineView]] = {row.id: [] for row in rows}
    currencies = {row.id: row.currency for row in rows}
    if rows:
        found = _LINES.all(reader, claim_ids=list(lines))
        for claim_id, line_id, quantity, reason, value, new_line_id in found:
            amount = Money(value, currencies[claim_id])
            lines[claim_id].append(ClaimLineView(line_id, quantity, reason, amount, new_line_id))
    return tuple(
        ClaimView(
            row.id,
            row.number,
            row.order_id,
            row.state,
            row.channel,
            row.remedy,
            row.goods,
            Money(row.refund_minor, row.currency),
            row.refund_method_id,
            row.return_id,
            tuple(row.evidence),
            row.referred_by_rule,
            row.requested_by,
            row.requested_at,
            row.decided_by,
            row.decided_at,
            row.decision_note,
            row.answer,
            row.remedied_at,
            row.needs_second_person,
            row.version,
            tuple(lines[row.id]),
        )
        for row in rows
    )


def _query() -> Select[*tuple[Any, ...]]:
    return select(*(column for column in Claim.__table__.columns if column.name != "key"))


_OF_ORDERS: Final = named(_query().where(Claim.order_id == among("order_ids")).order_by(Claim.id))
_LINES: Final = named(
    select(
        ClaimLine.claim_id,
        ClaimLine.order_line_id,
        ClaimLine.quantity,
        ClaimLine.reason,
        ClaimLine.value_minor,
        ClaimLine.new_line_id,
    )
    .where(ClaimLine.claim_id == among("claim_ids"))
    .order_by(ClaimLine.claim_id, ClaimLine.order_line_id)
)
