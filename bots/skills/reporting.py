"""What is brought before people once it is agreed to: a delay, a refund, a complaint."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from bots.dialogue.turns import Data, Result
from bots.skills import answering, claiming, refunding
from bots.skills import coming_back as back
from bots.skills.context import Context, Skill, known_customer, own
from bots.skills.proposing import Agreed, Doer, Done, NoLonger, propose
from oms_service.history import tracking
from oms_service.history.tracking import Proof
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView


def propose_delay_report(context: Context, given: Data, customer_id: int) -> Result:
    """That an order is late would be brought into its delay case; of one in time nothing would."""
    order = own(context, given, customer_id)
    if order is None:
        return Result("propose_delay_report", "unknown")
    if not _is_late(context, order):
        return Result("propose_delay_report", "in_time")
    return _proposed(context, customer_id, "delay_report", order)


def propose_refund_chase(context: Context, given: Data, customer_id: int) -> Result:
    """The refunds of an order would be looked into."""
    order = own(context, given, customer_id)
    if order is None:
        return Result("propose_refund_chase", "unknown")
    return _proposed(context, customer_id, "refund_chase", order)


def propose_complaint(context: Context, given: Data, customer_id: int) -> Result:
    """What was said in this conversation would be read as a complaint, of an order or of none."""
    if given["order_key"] is None:
        return _proposed(context, customer_id, "complaint", None)
    order = own(context, given, customer_id)
    if order is None:
        return Result("propose_complaint", "unknown")
    return _proposed(context, customer_id, "complaint", order)


def _proposed(context: Context, customer_id: int, kind: str, order: OrderView | None) -> Result:
    shown = propose(
        context,
        customer_id,
        kind=kind,
        order_id=order.id if order else None,
        arguments={},
        digest=hashlib.sha256(f"{kind}:{order.id if order else ''}".encode()).hexdigest(),
        decision="agent",
        shown={
            "number": order.number if order else None,
            "summary": back.known(context, order)["summary"] if order else "",
        },
    )
    return Result(f"propose_{kind}", "ok", shown)


def _is_late(context: Context, order: OrderView) -> bool:
    session, now = context.uow.session, context.uow.now
    proof = Proof.of_customer(order.customer_id)
    return tracking.track(session, context.runtime.adapters, order.number, proof, now=now).is_late


def _do_delay_report(context: Context, agreed: Agreed) -> Done:
    order = _order(context, agreed)
    if order is None or not _is_late(context, order):
        raise NoLonger
    return _done(order, claiming.report_delay, context, agreed)


def _do_refund_chase(context: Context, agreed: Agreed) -> Done:
    return _done(_order(context, agreed), refunding.chase_refund, context, agreed)


def _do_complaint(context: Context, agreed: Agreed) -> Done:
    order = _order(context, agreed)
    said = answering.report_complaint(context, {"order_key": order.number if order else None})
    if said.outcome != "ok":
        raise NoLonger
    return _with_case(order, said.data)


def _done(order: OrderView | None, skill: Any, context: Context, agreed: Agreed) -> Done:
    if order is None:
        raise NoLonger
    said = skill(context, {"order_key": order.number}, agreed.customer_id)
    return _with_case(order, said.data)


def _with_case(order: OrderView | None, data: Mapping[str, Any]) -> Done:
    number = order.number if order else None
    return Done(decision="agent", order_number=number, case_number=data["case_number"])


def _order(context: Context, agreed: Agreed) -> OrderView | None:
    if agreed.order_id is None:
        return None
    return orders.by_id(context.uow.session, agreed.order_id)


#: By the kind of a proposal.
DOERS: Final[Mapping[str, Doer]] = {
    "delay_report": _do_delay_report,
    "refund_chase": _do_refund_chase,
    "complaint": _do_complaint,
}
SKILLS: Final[Mapping[str, Skill]] = {
    "propose_delay_report": known_customer(propose_delay_report),
    "propose_refund_chase": known_customer(propose_refund_chase),
    "propose_complaint": known_customer(propose_complaint),
}
