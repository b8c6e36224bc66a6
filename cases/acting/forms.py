"""Forms of the case's page read into wishes; what cannot be read is named by its field."""

from collections.abc import Mapping
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from cases.acting.states import ActKind
from cases.acting.wishes import (
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
from oms_service.console import changes_forms
from oms_service.kernel.errors import Invalid
from oms_service.kernel.money import Money
from oms_service.operations.changes.changing_book import open_book
from oms_service.operations.money.refunding import RefundReason
from oms_service.operations.returning.claiming import ClaimedLine
from oms_service.operations.returning.exchanging import WantedSwap
from oms_service.operations.returning.returns import WantedLine
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.states import ChangeKind, HoldReason
from oms_service.payments.attempts import MOST_MINOR
from oms_service.payments.states import RefundPart
from oms_service.returns.states import ClaimReason, ReturnReason
from oms_service.runtime import Runtime

Form = Mapping[str, str]
E = TypeVar("E", RefundReason, RefundPart, HoldReason, ReturnReason, ClaimReason)

#: More digits than this make no quantity and no id.
_DIGITS: Final = 9
_LONGEST: Final = 60


def read(  # noqa: PLR0911 - one for each kind
    runtime: Runtime, session: Session, order: OrderView, kind: ActKind, form: Form
) -> Wish:
    """What somebody wishes who filled this form in.

    Raises:
        Invalid: ``fields`` names what cannot be read, by the name of its input.
    """
    match kind:
        case ActKind.REFUND | ActKind.STORE_CREDIT:
            return _give_back(session, order, kind, form)
        case ActKind.REPLACEMENT:
            reason = _one_of(ClaimReason, form, "reason")
            units = _units(session, order, form)
            return Replace(
                lines=[
                    ClaimedLine(line_id=line_id, quantity=count, reason=reason)
                    for line_id, count in units.items()
                ],
                evidence=frozenset({"photo"} if form.get("photo") == "yes" else ()),
            )
        case ActKind.RETURN:
            why = _one_of(ReturnReason, form, "reason")
            units = _units(session, order, form)
            return SendBack(
                lines=[
                    WantedLine(line_id=line_id, quantity=count, reason=why)
                    for line_id, count in units.items()
                ]
            )
        case ActKind.EXCHANGE:
            return _swap(session, order, form)
        case ActKind.LABEL:
            return LabelAgain(return_number=form.get("return_number", "")[:_LONGEST], text="")
        case ActKind.HOLD:
            return KeepBack(reason=_one_of(HoldReason, form, "reason"))
        case ActKind.RELEASE:
            return LetGo(reason=_one_of(HoldReason, form, "reason"))
        case _:
            book = open_book(session, order.id, now=runtime.clock.now())
            return Change(wish=changes_forms.read(ChangeKind(kind.value), form, book))


def _give_back(session: Session, order: OrderView, kind: ActKind, form: Form) -> GiveBack:
    scope = form.get("scope", "")
    part = _one_of(RefundPart, form, "part") if scope == "amount" else RefundPart.ORDER
    amount, units = None, None
    if scope == "amount":
        amount = _amount(order, form)
    elif scope == "lines":
        units = _units(session, order, form)
    elif scope == "shipping":
        part = RefundPart.SHIPPING
    elif scope != "all":
        raise Invalid("nothing is chosen", {"scope": "is not chosen"})
    return GiveBack(
        part=part,
        reason=_one_of(RefundReason, form, "reason"),
        amount=amount,
        lines=units,
        to_store_credit=kind is ActKind.STORE_CREDIT,
    )


def _swap(session: Session, order: OrderView, form: Form) -> Swap:
    reason = _one_of(ReturnReason, form, "reason")
    swaps = []
    for line in orders.lines(session, order.id):
        sku = form.get(f"sku-{line.id}", "")[:_LONGEST]
        if sku and sku != line.sku:
            count = _count(form, f"units-{line.id}") or 1
            swaps.append(WantedSwap(line_id=line.id, sku=sku, quantity=count, reason=reason))
    if not swaps:
        raise Invalid("nothing is chosen", {"swaps": "is empty"})
    method = _count(form, "method_id")
    return Swap(swaps=swaps, method_id=method)


def _amount(order: OrderView, form: Form) -> Money:
    typed = form.get("amount", "").strip().replace(",", "")[:20]
    try:
        amount = Money.parse(typed, order.total.currency)
    except ValueError:
        raise Invalid("not an amount", {"amount": "is not an amount"}) from None
    if not 0 < amount.minor <= MOST_MINOR:
        raise Invalid("not an amount", {"amount": "is not an amount"})
    return amount


def _units(session: Session, order: OrderView, form: Form) -> dict[int, int]:
    """How many of each line; those left empty are not meant."""
    found = {}
    for line in orders.lines(session, order.id):
        count = _count(form, f"units-{line.id}")
        if count:
            found[line.id] = count
    if not found:
        raise Invalid("no units are named", {"lines": "is empty"})
    return found


def _count(form: Form, name: str) -> int | None:
    typed = form.get(name, "").strip()
    if not typed:
        return None
    if not typed.isdecimal() or len(typed) > _DIGITS:
        raise Invalid("not a number", {"lines": "must be whole numbers"})
    return int(typed)


def _one_of(kind: type[E], form: Form, name: str) -> E:
    given = form.get(name, "")
    if given not in set(kind):
        raise Invalid("nothing is chosen", {name: "is not one of the list"})
    return kind(given)
