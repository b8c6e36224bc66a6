"""What customers ask about their own orders besides where they are, and about their balances."""

from collections.abc import Mapping, Sequence
from typing import Final

from bots.dialogue.contracts.answering import (
    ContentsLineData,
    PaidByData,
    Paper,
    ReturnOfLineData,
)
from bots.dialogue.contracts.shapes import RefusalData
from bots.dialogue.turns import Data, Result
from bots.skills.context import Context, Skill, known_customer, money, own, refusal
from bots.skills.tracking import choices, steps, summary
from cases.portal.links import PaperLinks
from oms_service.kernel.money import Money
from oms_service.operations.changes import changing_preview
from oms_service.operations.returning import returns
from oms_service.orders import queries as orders
from oms_service.orders.queries import LineView, OrderView
from oms_service.orders.states import ChangeKind, OrderState
from oms_service.payments import queries as payments
from oms_service.payments.states import EntryKind

#: Orders that are told with their sums, the newest first.
_MOST_SUMS: Final = 5


def policy_of_order(context: Context, given: Data, customer_id: int) -> Result:
    """What of an order may come back and until when, or whether it can be called off."""
    order = own(context, given, customer_id)
    if order is None:
        return Result("policy_of_order", "unknown")
    against = _against_cancelling(context, order) if given["about"] == "cancelling" else None
    lines = _returns(context, order) if given["about"] == "returns" else []
    return Result(
        "policy_of_order",
        "ok",
        {
            "number": order.number,
            "lines": lines,
            "can_cancel": against is None,
            "refusal": against,
        },
    )


def _returns(context: Context, order: OrderView) -> list[ReturnOfLineData]:
    found = returns.returnable_lines(context.uow.session, order.id, now=context.uow.now)
    return [
        {
            "name": dict(one.line.name),
            "quantity": one.quantity,
            "until": one.until.isoformat() if one.until else None,
            "refusal": refusal(one.cause) if one.cause else None,
        }
        for one in found
    ]


def _against_cancelling(context: Context, order: OrderView) -> RefusalData | None:
    offers = changing_preview.offers(context.uow.session, order.id, now=context.uow.now)
    causes = next(one.causes for one in offers if one.kind is ChangeKind.CANCEL)
    return refusal(causes[0]) if causes else None


def order_contents(context: Context, given: Data, customer_id: int) -> Result:
    """What is in an order and what it came to; without a number the only one, or the newest."""
    order = _meant(context, given, customer_id, "order_contents", is_last=given["is_last"])
    if isinstance(order, Result):
        return order
    session = context.uow.session
    lines = _lines(order, orders.lines(session, order.id))
    sums = payments.sums(session, order.id)
    currency = order.total.currency
    return Result(
        "order_contents",
        "ok",
        {
            "number": order.number,
            "placed_at": order.placed_at.isoformat() if order.placed_at else None,
            "lines": lines,
            "units": sum(one["quantity"] for one in lines),
            "items": money(order.items),
            "discount": money(order.discount) if order.discount.minor else None,
            "shipping": money(order.shipping),
            "added_tax": money(Money(order.added_tax_minor, currency))
            if order.added_tax_minor
            else None,
            "total": money(order.total),
            "refunded": money(Money(sums.refunded, currency)) if sums.refunded else None,
            "paid_by": _paid_by(context, order),
            "is_cancelled": order.order_state is OrderState.CANCELLED,
        },
    )


def _lines(order: OrderView, lines: Sequence[LineView]) -> list[ContentsLineData]:
    """What is charged; of an order that was called off, what it was."""
    is_cancelled = order.order_state is OrderState.CANCELLED
    units = {one.id: one.counters.ordered if is_cancelled else one.priced.charged for one in lines}
    return [
        {
            "name": dict(one.name),
            "options": " / ".join(one.options.values()),
            "quantity": units[one.id],
            "amount": money(Money(one.unit_price.minor * units[one.id], one.unit_price.currency)),
        }
        for one in lines
        if units[one.id]
    ]


def _paid_by(context: Context, order: OrderView) -> list[PaidByData]:
    """What each method brought; what banks have only promised where nothing came yet."""
    session = context.uow.session
    entries = payments.entries(session, order.id)
    for kind in (EntryKind.CAPTURED, EntryKind.AUTHORIZED):
        came: dict[int, int] = {}
        for one in entries:
            if one.kind is kind and one.method_id is not None:
                came[one.method_id] = came.get(one.method_id, 0) + one.amount.minor
        if came:
            known = payments.methods_by_id(session, came)
            return [
                {
                    "kind": str(known[method_id].kind),
                    "last_four": known[method_id].last_four,
                    "amount": money(Money(minor, order.total.currency)),
                }
                for method_id, minor in came.items()
            ]
    return []


def order_sums(context: Context, given: Data, customer_id: int) -> Result:  # noqa: ARG001 - skills are called alike
    """The customer's newest orders with what each came to."""
    mine = orders.summaries(context.uow.session, customer_id)
    zone = context.runtime.settings.zone
    shown = [
        {
            "number": one.order.number,
            "summary": summary(one.first_item, one.further_items),
            "placed_on": one.order.placed_at.astimezone(zone).date().isoformat()
            if one.order.placed_at
            else None,
            "total": money(one.order.total),
        }
        for one in mine[:_MOST_SUMS]
    ]
    return Result("order_sums", "ok", {"orders": shown, "count": len(mine)})


def paper_of_order(context: Context, given: Data, customer_id: int) -> Result:
    """Where the invoice or receipt of an order is made, or why there is none."""
    order = _meant(context, given, customer_id, "paper_of_order")
    if isinstance(order, Result):
        return order
    paper = Paper(given["paper"])
    why = _why_no(context, order, paper)
    if why is not None:
        return Result("paper_of_order", "refused", {"number": order.number, "why": why})
    house = context.runtime
    links = PaperLinks(house.settings.secret_key, house.clock)
    link = f"{house.links.base}{links.path(order.id, customer_id)}/{paper}"
    return Result("paper_of_order", "ok", {"number": order.number, "link": link})


def _why_no(context: Context, order: OrderView, paper: Paper) -> str | None:
    if paper is Paper.RECEIPT:
        came = payments.sums(context.uow.session, order.id).captured
        return None if came else "nothing_received"
    if order.order_state is OrderState.CANCELLED:
        return "cancelled"
    return None if order.total.minor else "nothing_charged"


def balances(context: Context, given: Data, customer_id: int) -> Result:  # noqa: ARG001 - as above
    """What the customer's gift cards and store credit hold."""
    zone = context.runtime.settings.zone
    found = [
        {
            "kind": str(one.kind),
            "last_four": one.last_four,
            "amount": money(Money(one.balance_minor, one.currency)),
            "expires_on": one.expires_at.astimezone(zone).date().isoformat()
            if one.expires_at
            else None,
        }
        for one in payments.methods(context.uow.session, customer_id)
        if one.balance_minor is not None and one.currency is not None
    ]
    return Result("balances", "ok", {"balances": found})


def _meant(
    context: Context, given: Data, customer_id: int, skill: str, *, is_last: bool = False
) -> OrderView | Result:
    """The order that was named, the only one, or the newest; else what to ask."""
    if given["order_key"] is not None:
        return own(context, given, customer_id) or Result(skill, "unknown")
    mine = orders.summaries(context.uow.session, customer_id)
    if not mine:
        return Result(skill, "none")
    if len(mine) > 1 and not is_last:
        return Result(skill, "several", choices(mine, steps(context, mine)))
    return mine[0].order


SKILLS: Final[Mapping[str, Skill]] = {
    "policy_of_order": known_customer(policy_of_order),
    "order_contents": known_customer(order_contents),
    "order_sums": known_customer(order_sums),
    "paper_of_order": known_customer(paper_of_order),
    "balances": known_customer(balances),
}
