"""How long refunds take, from being asked for to being paid."""

from typing import Any

from sqlalchemy import Float, Select, Subquery, bindparam, cast, func, select

from oms_service.infra.headings import Called, heading
from oms_service.payments.models import Refund
from oms_service.payments.states import RefundState


def refunds(
    *, of: Subquery | None = None, called: Called | None = None
) -> Select[*tuple[Any, ...]]:
    """Refunds paid from the moment ``since`` to before ``until``, by calendar time.

    ``of`` has columns ``order_id`` and ``key`` to count them by; one under two keys counts twice.

    Returns:
        A statement that answers ``under, many, half, most``: the heading, how many, the median
        and the ninth tenth in seconds.
    """
    took_s = cast(func.extract("epoch", Refund.settled_at - Refund.requested_at), Float)
    query = (
        select(
            heading(Refund.settled_at, of, called).label("under"),
            func.count().label("many"),
            func.percentile_cont(0.5).within_group(took_s).label("half"),
            func.percentile_cont(0.9).within_group(took_s).label("most"),
        )
        .where(
            Refund.state == RefundState.PAID,
            Refund.settled_at >= bindparam("since"),
            Refund.settled_at < bindparam("until"),
        )
        .group_by("under")
    )
    return query if of is None else query.join(of, of.c.order_id == Refund.order_id)
