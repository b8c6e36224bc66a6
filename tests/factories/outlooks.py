"""What is believed of the arrival of orders, as lists and boards show it."""

from datetime import datetime, timedelta

from oms_service.infra.uow import UnitOfWork
from oms_service.shipping import outlooks
from oms_service.shipping.jeopardy import Verdict
from oms_service.shipping.outlooks import Assessed
from oms_service.shipping.states import Cause, Jeopardy, Stage, Suggestion
from oms_service.shipping.windows import Window


def make_outlook(
    uow: UnitOfWork,
    order_id: int,
    *,
    due: datetime | None = None,
    stands: Jeopardy = Jeopardy.ON_TIME,
    cause: Cause = Cause.SILENCE,
    suggestion: Suggestion = Suggestion.NONE,
) -> None:
    """An order promised within the two hours until ``due``, or never, and how that stands."""
    window = None if due is None else Window(due - timedelta(hours=2), due)
    is_fine = stands is Jeopardy.ON_TIME
    outlooks.keep(
        uow,
        Assessed(
            order_id=order_id,
            stage=Stage.HANDED_OVER,
            promised=window,
            promised_at=uow.now if window else None,
            told=window,
            estimated=None,
            median=None,
            because={},
            verdict=Verdict(stands) if is_fine else Verdict(stands, cause, suggestion),
            parcel_id=None,
            parts=(),
            risk_percent=50,
            look_again_at=None,
        ),
    )
