"""What returns, exchanges and claims have in common: which order, photos, methods, the case."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from bots.dialogue.contracts.changing import MethodData
from bots.dialogue.contracts.shapes import RefusalData
from bots.dialogue.turns import Data, Result
from bots.skills import tracking as tracks
from bots.skills.context import Context, money, own, refusal
from cases import opening as cases
from cases.portal.links import ComingBackLinks
from cases.views import CaseView
from oms_service.conversations import attachments
from oms_service.conversations import attachments_queries as files
from oms_service.kernel.money import Money
from oms_service.kernel.text import order_key
from oms_service.operations.rules.eligibility import Cause, Code
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderSummary, OrderView
from oms_service.orders.states import FulfilmentState, OrderState
from oms_service.payments import queries as payments
from oms_service.payments.queries import MethodView

#: The newest orders among which one may be meant that nobody named.
_AMONG: Final = 20
_NOTHING_LEFT: Final = frozenset({OrderState.CANCELLED, OrderState.DRAFT})
#: Of these something is with the customer, or may be.
DELIVERED: Final = frozenset({FulfilmentState.DELIVERED, FulfilmentState.PARTIALLY_DELIVERED})
SENT: Final = DELIVERED | {FulfilmentState.SHIPPED, FulfilmentState.PARTIALLY_SHIPPED}
#: As many reasons are told of an order of which nothing will do.
_MOST_REFUSALS: Final = 3


class NothingWillDo(Exception):
    """Nothing of the order will do, and why: to be told instead of what there is to choose."""

    def __init__(self, causes: Sequence[Cause]) -> None:
        super().__init__("nothing of this order will do")
        self.refusals = _once([refusal(cause) for cause in causes])[:_MOST_REFUSALS]


def facts(
    context: Context,
    given: Data,
    skill: str,
    customer_id: int,
    *,
    open_in: Collection[FulfilmentState],
    of: Callable[[Context, OrderView], Mapping[str, Any]],
) -> Result:
    """Which order is meant, and what there is of it to choose.

    Args:
        context: where it is asked.
        given: ``order_key``, and ``spoken``: the order last spoken of.
        skill: which one answers.
        customer_id: who asks.
        open_in: how far orders are of which somebody may mean one.
        of: what there is, or ``NothingWillDo``.
    """
    session, typed = context.uow.session, given["order_key"]
    if typed is None:
        mine = orders.summaries(session, customer_id, limit=_AMONG)
        if len(mine) != 1:
            data = {"orders": _choices(context, mine, open_in), "spoken": given["spoken"]}
            return Result(skill, "several", data) if mine else Result(skill, "none")
        typed = mine[0].order.number
    order = own(context, {"order_key": typed}, customer_id)
    if order is None:
        return Result(skill, "unknown")
    try:
        found = of(context, order)
    except NothingWillDo as error:
        data = {"number": order.number, "refusals": error.refusals}
        return Result(skill, "refused", data)
    return Result(skill, "ok", {**known(context, order), **found})


def known(context: Context, order: OrderView) -> dict[str, Any]:
    """How an order is called."""
    lines = orders.lines(context.uow.session, order.id)
    return {
        "order_key": order_key(order.number),
        "number": order.number,
        "summary": tracks.summary(lines[0].name, len(lines) - 1) if lines else order.number,
    }


def refused(skill: str, causes: Sequence[Cause]) -> Result:
    """The answer of a skill that proposes, where the shop's rules say no: each reason once."""
    return Result(skill, "refused", {"refusals": _once([refusal(cause) for cause in causes])})


def doubts(causes: Sequence[Cause]) -> list[RefusalData]:
    """Why a colleague decides; that a photo is missing is asked for instead."""
    return _once([refusal(one) for one in causes if one.code is not Code.EVIDENCE_NEEDED])


def lacks_photo(causes: Sequence[Cause]) -> bool:
    return any(cause.code is Code.EVIDENCE_NEEDED for cause in causes)


def evidence(context: Context, order_id: int) -> frozenset[str]:
    """What the customer has really shown here or with the order; nobody's word counts."""
    return files.evidence(
        context.uow.session, order_id=order_id, conversation_id=context.conversation.id
    )


def keep_with_order(context: Context, order_id: int) -> None:
    """The pictures of this thread show this order from now on, and the warehouse sees them."""
    seen = files.pictures_by_customer(
        context.uow.session, order_id=order_id, conversation_id=context.conversation.id
    )
    attachments.belong_to_order(context.uow, [one.id for one in seen], order_id)


def methods(context: Context, order: OrderView) -> list[MethodView]:
    """The customer's methods of the order's currency that still hold, the way it was paid first."""
    session, now = context.uow.session, context.uow.now
    used = used_for(context, order)
    usable = [
        one
        for one in payments.methods(session, order.customer_id)
        if one.is_active
        and one.currency in {None, order.total.currency}
        and (one.expires_at is None or one.expires_at > now)
    ]
    return sorted(usable, key=lambda one: (one.id not in used, one.id))


def used_for(context: Context, order: OrderView) -> set[int | None]:
    """The methods by which money for the order came that is not back yet."""
    paid = payments.left_by_method(context.uow.session, order.id)
    return {part.method_id for part in paid if part.left_minor}


def method_data(one: MethodView, used: Collection[int | None]) -> MethodData:
    balance = None
    if one.balance_minor is not None and one.currency is not None:
        balance = money(Money(one.balance_minor, one.currency))
    return {
        "method_id": one.id,
        "kind": str(one.kind),
        "brand": one.brand,
        "last_four": one.last_four,
        "balance": balance,
        "is_used": one.id in used,
    }


def page(context: Context, order_id: int, number: str) -> str:
    """Where the customer sees how a return, an exchange or a claim stands, and may withdraw it."""
    house = context.runtime
    links = ComingBackLinks(house.settings.secret_key, house.clock)
    customer_id = orders.by_id(context.uow.session, order_id).customer_id
    return f"{house.links.base}{links.path(order_id, customer_id)}/of/{number}"


def case_for(
    context: Context,
    order_id: int,
    *,
    reason: str,
    wanted: Mapping[str, Any],
    lines: Mapping[int, int],
    failed_rule: str,
    return_id: int | None = None,
) -> CaseView:
    """People decide about it; the bot goes on answering everything else."""
    conversation = context.conversation
    return cases.open_case(
        context.uow,
        reason=reason,
        language=conversation.language,
        channel=conversation.channel,
        order_id=order_id,
        customer_id=context.customer_id,
        conversation_id=conversation.id,
        return_id=return_id,
        lines=lines,
        wanted=wanted,
        failed_rule=failed_rule,
        passes_on=False,
    )


def _choices(
    context: Context, mine: Sequence[OrderSummary], open_in: Collection[FulfilmentState]
) -> list[dict[str, Any]]:
    lines = orders.lines_of(context.uow.session, [one.order.id for one in mine])
    choices = tracks.choices(mine, tracks.steps(context, mine))["orders"]
    return [
        {
            **choice,
            "items": [dict(line.name) for line in lines.get(one.order.id, ())],
            "is_open": one.order.order_state not in _NOTHING_LEFT
            and one.order.fulfilment_state in open_in,
        }
        for one, choice in zip(mine, choices, strict=True)
    ]


def _once(refusals: Sequence[RefusalData]) -> list[RefusalData]:
    return [one for index, one in enumerate(refusals) if one not in refusals[:index]]
