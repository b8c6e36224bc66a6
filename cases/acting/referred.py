"""A wish to change an order that policy left to a person: brought before one, once."""

from typing import Final

from cases import opening
from cases.views import CaseView
from oms_service.infra.uow import UnitOfWork
from oms_service.orders import queries as orders
from oms_service.orders.changes import ChangeView
from oms_service.orders.states import ChangeKind

#: Under which reason a wish to change an order is taken up.
REASONS: Final = {
    ChangeKind.CANCEL: "cancel",
    ChangeKind.ADDRESS: "change_address",
    ChangeKind.DELIVERY: "change_address",
    ChangeKind.PAYMENT: "payment",
}


def open_for_change(
    uow: UnitOfWork,
    change: ChangeView,
    *,
    conversation_id: int | None = None,
    passes_on: bool = True,
) -> CaseView:
    """Open a case with what is wished and the rule that keeps it from being done at once.

    Args:
        uow: its actor is who asked.
        change: as it was proposed.
        conversation_id: where its customer is answered, if they asked in one.
        passes_on: whether people own that conversation from now on.
    """
    order = orders.by_id(uow.session, change.order_id)
    return opening.open_case(
        uow,
        reason=REASONS.get(change.kind, "change_order"),
        language=order.language,
        channel=change.channel,
        order_id=order.id,
        customer_id=order.customer_id,
        conversation_id=conversation_id,
        lines=_lines_of(change),
        wanted={
            **change.wish,
            "change": change.position,
            "kind": str(change.kind),
            "reason": change.reason,
            "before_minor": change.before.minor,
            "after_minor": change.after.minor,
            "currency": change.before.currency,
        },
        failed_rule=change.referred_by_rule,
        passes_on=passes_on,
    )


def _lines_of(change: ChangeView) -> dict[int, int]:
    """Units by order line that a wish names."""
    named = change.wish.get("lines") or change.wish.get("quantities") or []
    pairs = [(int(line), int(units)) for line, units in named]
    pairs += [(int(line), int(units)) for line, units, _ in change.wish.get("swaps", [])]
    return {line: units for line, units in pairs if units}
