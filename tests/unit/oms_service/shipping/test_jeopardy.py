"""How a promise stands."""

from datetime import UTC, datetime, timedelta

import pytest

from oms_service.ports.carrier import CarrierStatus as S
from oms_service.shipping.jeopardy import SILENCE, judge
from oms_service.shipping.states import Jeopardy
from oms_service.shipping.windows import Window

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
SOON = Window(NOW, NOW + timedelta(days=1))
LATER = Window(NOW, NOW + timedelta(days=2))
PAST = Window(NOW - timedelta(days=2), NOW - timedelta(days=1))
FRESH = NOW - timedelta(hours=3)


@pytest.mark.parametrize(
    ("status", "heard_at", "promised", "estimated", "verdict"),
    [
        (S.IN_TRANSIT, FRESH, SOON, SOON, Jeopardy.ON_TIME),
        (S.IN_TRANSIT, FRESH, SOON, LATER, Jeopardy.AT_RISK),
        (S.IN_TRANSIT, FRESH, PAST, LATER, Jeopardy.LATE),
        (S.FAILURE, FRESH, SOON, None, Jeopardy.LATE),
        (S.IN_TRANSIT, NOW - SILENCE, SOON, SOON, Jeopardy.STALLED),
        (S.IN_TRANSIT, NOW - SILENCE, PAST, None, Jeopardy.STALLED),
        (S.AVAILABLE_FOR_PICKUP, NOW - SILENCE, SOON, None, Jeopardy.ON_TIME),
        (S.UNKNOWN, None, None, None, Jeopardy.ON_TIME),
    ],
)
def test_a_parcel_on_its_way(
    status: S, heard_at: datetime | None, promised: Window, estimated: Window, verdict: Jeopardy
) -> None:
    found = judge(
        status=status,
        heard_at=heard_at,
        delivered_at=None,
        promised=promised,
        estimated=estimated,
        now=NOW,
    )
    assert found is verdict


@pytest.mark.parametrize(
    ("delivered_at", "verdict"),
    [(FRESH, Jeopardy.ON_TIME), (SOON.until, Jeopardy.LATE), (None, Jeopardy.ON_TIME)],
)
def test_a_delivered_parcel_kept_its_promise_or_did_not(
    delivered_at: datetime | None, verdict: Jeopardy
) -> None:
    found = judge(
        status=S.DELIVERED,
        heard_at=delivered_at,
        delivered_at=delivered_at,
        promised=SOON,
        estimated=None,
        now=NOW + timedelta(days=9),
    )
    assert found is verdict
