"""What acting would bring, read from the operations that would do it; changes nothing."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy.orm import Session

from cases.acting import queries
from cases.acting.states import ActKind
from cases.acting.wishes import (
    PERMISSIONS,
    By,
    Change,
    GiveBack,
    KeepBack,
    LabelAgain,
    LetGo,
    Replace,
    SendBack,
    Swap,
    Wish,
)
from oms_service.kernel.errors import DomainError, IllegalTransition, Invalid, NotFound
from oms_service.kernel.languages import Words
from oms_service.kernel.money import Money
from oms_service.operations.changes import changing_preview
from oms_service.operations.changes.changing_preview import Preview as ChangePreview
from oms_service.operations.money import refunding
from oms_service.operations.returning import claiming, exchanging, order_book, returns
from oms_service.operations.returning.order_book import Book
from oms_service.operations.rules import payment_rules
from oms_service.operations.rules.claim_eligibility import ClaimDecision
from oms_service.operations.rules.eligibility import Cause, Code, Decision, Outcome
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView, OrderView
from oms_service.orders.states import ChangeKind, HoldReason, OrderState
from oms_service.payments.queries import MethodView
from oms_service.payments.states import RefundPart
from oms_service.returns import queries as return_queries
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import Goods, Remedy

#: In which channel the operations are told that this was asked for.
CHANNEL: Final = "desk"


class ActRefused(DomainError):
    """It cannot be done; ``causes`` say why, in the words of the one engine."""

    code: ClassVar[str] = "act-refused"

    def __init__(self, causes: Iterable[Cause]) -> None:
        self.causes = tuple({one.code: one for one in causes}.values())
        super().__init__(f"this cannot be done: {', '.join(one.code for one in self.causes)}")


@dataclass(frozen=True)
class Units:
    """Units that come back (above 0 to the shelf), are sent, or stay where they are."""

    name: Words = field(hash=False)
    sku: str
    quantity: int


@dataclass(frozen=True)
class WayBack:
    """Money that goes back, and by which method; none is by hand or into the store credit."""

    method: MethodView | None
    amount: Money


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What would happen. ``digest`` changes when any of it does.

    ``refund`` is what goes back, ``ways`` how; ``left_after`` what may still go back then.
    ``due`` is what the customer pays more. ``doubts`` are what policy leaves to a person, which
    is whoever confirms. ``sent_before`` is when the label went to the customer from a case last.
    ``needs_second_person`` where the money is above their limit.
    """

    kind: ActKind
    order: OrderView
    refund: Money | None = None
    ways: tuple[WayBack, ...] = ()
    left_after: Money | None = None
    fee: Money | None = None
    due: Money | None = None
    comes_back: tuple[Units, ...] = ()
    is_sent: tuple[Units, ...] = ()
    goods_stay: bool = False
    change: ChangePreview | None = None
    hold: HoldReason | None = None
    return_number: str = ""
    sent_before: datetime | None = None
    doubts: tuple[Cause, ...] = ()
    needs_second_person: bool = False
    own_digest: str = ""

    @property
    def digest(self) -> str:
        said = {
            "kind": self.kind,
            "order": self.order.id,
            "refund": self.refund.minor if self.refund else None,
            "left": self.left_after.minor if self.left_after else None,
            "ways": [[one.method.id if one.method else 0, one.amount.minor] for one in self.ways],
            "due": self.due.minor if self.due else None,
            "goods": [[one.sku, one.quantity] for one in (*self.comes_back, *self.is_sent)],
            "second": self.needs_second_person,
            "own": self.own_digest,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Offer:
    """Something that could be done, and what stands against it; nothing if it is possible.

    ``why`` is a code of this room where no rule of the engine says it.
    """

    kind: ActKind
    causes: tuple[Cause, ...] = ()
    why: str = ""

    @property
    def is_possible(self) -> bool:
        return not self.causes and not self.why


def look(  # noqa: C901, PLR0911 - one for each kind
    session: Session, order_id: int, wish: Wish, by: By, *, now: datetime
) -> Seen:
    """What a wish would bring.

    Raises:
        NotFound: no such order.
        Invalid: what cannot be meant; ``fields`` says where.
        ActRefused: the rules do not allow it.
        RefundTooHigh, NotTheirMethod: as ``refunding.preview``.
        IllegalTransition: the order cannot be held any more, or nothing holds it.
    """
    match wish:
        case GiveBack():
            return _refund(session, order_id, wish, by, now)
        case Replace():
            return _replacement(session, order_id, wish, now)
        case SendBack():
            return _return(session, order_id, wish, now)
        case Swap():
            return _exchange(session, order_id, wish, now)
        case Change():
            return _change(session, order_id, wish, now)
        case KeepBack():
            return _hold(session, order_id, wish)
        case LetGo():
            return _release(session, order_id, wish)
        case LabelAgain():
            return _label(session, order_id, wish)


def amount_of(session: Session, order_id: int, wish: GiveBack, *, now: datetime) -> Money:
    """How much a wish for money is about.

    Raises:
        Invalid: both an amount and lines, lines of another order, or more units than there are.
    """
    if wish.amount is not None and wish.lines is not None:
        raise Invalid("say an amount or lines", {"amount": "is given together with lines"})
    if wish.amount is not None:
        return wish.amount
    if wish.lines is None:
        left = refunding.refundable(session, order_id)
        return left.shipping if wish.part is RefundPart.SHIPPING else left.left
    book = order_book.open_book(session, order_id, now=now)
    wrong = {
        f"lines[{line_id}]": "is not a line of this order, or has fewer units"
        for line_id, units in wish.lines.items()
        if line_id not in book.lines
        or not 1 <= units <= book.facts[line_id].ordered - book.facts[line_id].cancelled
    }
    if wrong or not wish.lines:
        raise Invalid("these lines cannot be meant", wrong or {"lines": "is empty"})
    minor = sum(book.value(line_id, units) for line_id, units in sorted(wish.lines.items()))
    return Money(minor, book.order.total.currency)


def offers(session: Session, order_id: int, by: By, *, now: datetime) -> tuple[Offer, ...]:
    """Everything that could be done, in the order of ``ActKind``, and why the rest cannot.

    Raises:
        NotFound: no such order.
    """
    book = order_book.open_book(session, order_id, now=now)
    changes = {
        ChangeKind(one.kind): one.causes
        for one in changing_preview.offers(session, order_id, now=now)
    }
    found = []
    for kind in ActKind:
        if not by.may(PERMISSIONS[kind]):
            found.append(Offer(kind, why="not_allowed"))
        elif kind.value in set(ChangeKind):
            found.append(Offer(kind, changes[ChangeKind(kind.value)]))
        else:
            found.append(_offer(session, book, kind, now))
    return tuple(found)


def labels(session: Session, order_id: int) -> tuple[ReturnView, ...]:
    """Returns of an order whose goods are still awaited; each has a label."""
    return tuple(one for one in return_queries.of_orders(session, [order_id]) if one.is_expected)


def _offer(session: Session, book: Book, kind: ActKind, now: datetime) -> Offer:
    order_id = book.order.id
    if kind in {ActKind.REFUND, ActKind.STORE_CREDIT}:
        left = refunding.refundable(session, order_id)
        nothing = "nothing_left" if left.captured else "nothing_paid"
        return Offer(kind, why="" if left.left else nothing)
    if kind is ActKind.LABEL:
        return Offer(kind, why="" if labels(session, order_id) else "no_return")
    if kind is ActKind.HOLD:
        return Offer(kind, why="" if _may_wait(book.order) else "nothing_to_hold")
    if kind is ActKind.RELEASE:
        return Offer(kind, why="" if orders.is_held(session, order_id) else "not_held")
    return Offer(kind, _against_goods(session, book, kind, now))


def _against_goods(session: Session, book: Book, kind: ActKind, now: datetime) -> tuple[Cause, ...]:
    """What stands against sending goods again or taking them back, whatever the line."""
    if kind is ActKind.REPLACEMENT:
        if not any(one.shipped for one in book.facts.values()):
            return (Cause(Code.NOT_SHIPPED),)
        is_open = any(one.shipped > one.gone for one in book.facts.values())
        return () if is_open else (Cause(Code.ALREADY_CLAIMED),)
    lines = returns.returnable_lines(session, book.order.id, now=now)
    if any(one.quantity for one in lines):
        return ()
    found: dict[Code, Cause] = {}
    for one in lines:
        if one.cause is not None:
            found.setdefault(one.cause.code, one.cause)
    return tuple(found.values())


def _refund(session: Session, order_id: int, wish: GiveBack, by: By, now: datetime) -> Seen:
    order = orders.by_id(session, order_id)
    amount = amount_of(session, order_id, wish, now=now)
    rules = payment_rules.of_channel(session, order.channel_id, at=now)
    seen = refunding.preview(
        session, money_wish(order_id, wish, amount, by, "preview"), rules, by=by.actor
    )
    return Seen(
        kind=wish.kind,
        order=order,
        refund=amount,
        ways=tuple(WayBack(one.method, one.left) for one in seen.parts),
        left_after=seen.left_after,
        needs_second_person=seen.needs_approval,
    )


def money_wish(order_id: int, wish: GiveBack, amount: Money, by: By, key: str) -> refunding.Wish:
    """The same wish as the operation takes it."""
    return refunding.Wish(
        order_id=order_id,
        amount=amount,
        part=wish.part,
        reason=wish.reason,
        key=key,
        givers=by.givers,
        to_store_credit=wish.to_store_credit,
    )


def _replacement(session: Session, order_id: int, wish: Replace, now: datetime) -> Seen:
    seen = claiming.preview(session, claim_of(order_id, wish, "preview"), now=now)
    decision = seen.decision
    if decision.outcome is Outcome.REFUSED:
        raise ActRefused(_of_lines(decision))
    lines = {one.id: one for one in orders.lines(session, order_id)}
    goods = tuple(
        Units(lines[one.line_id].name, lines[one.line_id].sku, one.quantity) for one in wish.lines
    )
    return Seen(
        kind=wish.kind,
        order=orders.by_id(session, order_id),
        is_sent=goods,
        comes_back=() if seen.goods is Goods.STAY else goods,
        goods_stay=seen.goods is Goods.STAY,
        doubts=_doubts(decision.outcome, decision.causes),
        own_digest=_own(seen.digest, session, order_id, wish, lines),
    )


def claim_of(order_id: int, wish: Replace, key: str) -> claiming.WantedClaim:
    """The same wish as the operation takes it."""
    return claiming.WantedClaim(
        order_id=order_id,
        lines=wish.lines,
        remedy=Remedy.REPLACEMENT,
        channel=CHANNEL,
        key=key,
        evidence=wish.evidence,
    )


def _return(session: Session, order_id: int, wish: SendBack, now: datetime) -> Seen:
    seen = returns.preview(session, order_id, wish.lines, now=now, channel=CHANNEL)
    decision = seen.decision
    if decision.outcome is Outcome.REFUSED or decision.refused:
        raise ActRefused(_of_lines(decision))
    lines = {one.id: one for one in orders.lines(session, order_id)}
    return Seen(
        kind=wish.kind,
        order=orders.by_id(session, order_id),
        refund=seen.refund,
        fee=seen.fee or None,
        comes_back=tuple(
            Units(lines[one.line_id].name, lines[one.line_id].sku, one.quantity)
            for one in wish.lines
        ),
        doubts=_doubts(decision.outcome, decision.causes),
        own_digest=_own(seen.digest, session, order_id, wish, lines),
    )


def _exchange(session: Session, order_id: int, wish: Swap, now: datetime) -> Seen:
    seen = exchanging.preview(
        session, order_id, wish.swaps, now=now, method_id=wish.method_id, channel=CHANNEL
    )
    decision = seen.decision
    if decision.outcome is Outcome.REFUSED:
        raise ActRefused(_of_lines(decision))
    lines = {one.id: one for one in orders.lines(session, order_id)}
    owed = seen.difference
    if seen.needs_method:
        raise ActRefused([Cause(Code.METHOD_MISSING)])
    return Seen(
        kind=wish.kind,
        order=orders.by_id(session, order_id),
        refund=-owed if owed.minor < 0 else None,
        due=owed if owed.minor > 0 else None,
        comes_back=tuple(
            Units(lines[one.line_id].name, lines[one.line_id].sku, one.quantity)
            for one in wish.swaps
        ),
        is_sent=tuple(Units(one.variant.name, one.variant.sku, one.quantity) for one in seen.pairs),
        doubts=_doubts(decision.outcome, decision.causes),
        own_digest=_own(seen.digest, session, order_id, wish, lines),
    )


def _change(session: Session, order_id: int, wish: Change, now: datetime) -> Seen:
    seen = changing_preview.preview(session, order_id, wish.wish, now=now)
    if seen.decision.is_refused:
        raise ActRefused(seen.decision.causes)
    return Seen(
        kind=wish.kind,
        order=seen.order,
        refund=-seen.settled if seen.settled.minor < 0 else None,
        due=seen.settled if seen.settled.minor > 0 else None,
        change=seen,
        doubts=_doubts(seen.decision.outcome, seen.decision.causes),
        own_digest=seen.digest,
    )


def _hold(session: Session, order_id: int, wish: KeepBack) -> Seen:
    order = orders.by_id(session, order_id)
    if not _may_wait(order) or wish.reason in holding_now(session, order_id):
        raise IllegalTransition("order", order.order_state, "hold")
    return Seen(kind=wish.kind, order=order, hold=wish.reason, own_digest=wish.reason)


def _release(session: Session, order_id: int, wish: LetGo) -> Seen:
    order = orders.by_id(session, order_id)
    if wish.reason not in holding_now(session, order_id):
        raise IllegalTransition("order", order.order_state, "release")
    return Seen(kind=wish.kind, order=order, hold=wish.reason, own_digest=wish.reason)


def holding_now(session: Session, order_id: int) -> tuple[HoldReason, ...]:
    """Why an order waits now; nothing where it does not."""
    found = [one.reason for one in orders.holds(session, order_id) if one.released_at is None]
    return tuple(dict.fromkeys(found))


def _label(session: Session, order_id: int, wish: LabelAgain) -> Seen:
    for one in labels(session, order_id):
        if one.number == wish.return_number:
            last = queries.last_label(session, one.id)
            return Seen(
                kind=wish.kind,
                order=orders.by_id(session, order_id),
                return_number=one.number,
                sent_before=last.done_at if last else None,
                # Of those who looked at the same, one sends it; the others are shown that.
                own_digest=f"{one.number} {last.id if last else 0}",
            )
    raise NotFound("no goods are awaited under that number")


def _own(
    digest: str,
    session: Session,
    order_id: int,
    wish: Replace | SendBack | Swap,
    lines: Mapping[int, LineView],
) -> str:
    """A digest with how far the goods are and what was done last.

    Of several units of one line the second does not read otherwise than the first: who looked at
    the same before looks again.
    """
    meant = wish.swaps if isinstance(wish, Swap) else wish.lines
    counted = [[one.line_id, asdict(lines[one.line_id].counters)] for one in meant]
    newest = queries.newest(session, order_id, wish.kind)
    return json.dumps([digest, counted, newest], sort_keys=True)


def _may_wait(order: OrderView) -> bool:
    return order.order_state in {OrderState.PLACED, OrderState.ON_HOLD}


def _doubts(outcome: Outcome, causes: Sequence[Cause]) -> tuple[Cause, ...]:
    return tuple(causes) if outcome is Outcome.PERSON else ()


def _of_lines(decision: Decision | ClaimDecision) -> list[Cause]:
    """Why each refused line is refused; where none is, what stands against the whole."""
    lines = [line for line in decision.lines if line.outcome is Outcome.REFUSED]
    return [cause for line in lines for cause in line.causes] or list(decision.causes)
