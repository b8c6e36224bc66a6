"""How long refunds take, from being asked for to being paid."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Float, Subquery, cast, func, literal, select
from sqlalchemy.orm import Session

from oms_service.payments.models import Refund
from oms_service.payments.states import RefundState

#: How many, the median and the ninth tenth in seconds.
Times = tuple[int, float, float]


def refunds(
    reader: Connection | Session,
    *,
    since: datetime,
    until: datetime,
    of: Subquery | None = None,
) -> Mapping[str, Times]:
    """Refunds paid from one moment to before another, by calendar time; all under "".

    ``of`` has columns ``order_id`` and ``key`` to count them by; one under two keys counts twice.
    """
    took_s = cast(func.extract("epoch", Refund.settled_at - Refund.requested_at), Float)
    key = literal("") if of is None else of.c.key
    query = (
        select(
            key.label("under"),
            func.count(),
            func.percentile_cont(0.5).within_group(took_s),
            func.percentile_cont(0.9).within_group(took_s),
        )
        .where(
            Refund.state == RefundState.PAID,
            Refund.settled_at >= since,
            Refund.settled_at < until,
        )
        .group_by("under")
    )
    if of is not None:
        query = query.join(of, of.c.order_id == Refund.order_id)
    return {str(one): (count, half, most) for one, count, half, most in reader.execute(query)}
