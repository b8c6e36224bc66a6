"""When people buy: more in December, at weekends, in promotions, and never in the future."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from oms_service.demo_shop import season

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def total(first: date, last: date) -> float:
    days = (last - first).days + 1
    return sum(season.weight(first + timedelta(days=n), today=TODAY) for n in range(days))


def test_december_is_the_strongest_month_and_february_a_weak_one() -> None:
    december = total(date(2025, 12, 1), date(2025, 12, 31))
    assert december > 1.4 * total(date(2025, 11, 1), date(2025, 11, 30))
    assert december > 2 * total(date(2026, 2, 1), date(2026, 2, 28))


def test_the_shop_grows() -> None:
    assert season.weight(date(2026, 6, 15), today=TODAY) > 1.3 * season.weight(
        date(2025, 6, 16), today=TODAY
    )


def test_sunday_outsells_tuesday() -> None:
    assert season.weight(date(2026, 9, 13), today=TODAY) > season.weight(
        date(2026, 9, 8), today=TODAY
    )


def test_a_promotion_lifts_its_days() -> None:
    sale = season.promotion(date(2026, 7, 10))
    assert sale is not None
    assert sale.percent == 15
    assert season.promotion(date(2026, 7, 9)) is None
    assert season.weight(date(2026, 7, 10), today=TODAY) > 1.5 * season.weight(
        date(2026, 7, 3), today=TODAY
    )


@pytest.mark.parametrize("now", [NOW, datetime(2024, 2, 29, 15, 1, tzinfo=UTC)])
def test_moments_are_in_order_within_the_past_eighteen_months(now: datetime) -> None:
    calendar = season.Calendar(now)
    moments = calendar.draw(random.Random(1), 500)  # noqa: S311 - a shop, not a secret
    assert moments == sorted(moments)
    assert moments[-1] < now
    assert moments[0] > now - timedelta(days=season.DAYS + 1)
    assert calendar.opening <= moments[0]
