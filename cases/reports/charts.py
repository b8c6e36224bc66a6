"""Figures by day or week as a chart."""

from collections.abc import Mapping, Sequence
from datetime import date

from cases.reports.figures import By, Count, Figure, Line, Share
from oms_service.web.charts import Chart, Pace, Series, Unit


def chart(
    name: str,
    title: str,
    found: Sequence[Line],
    days: Sequence[date],
    labels: Mapping[Figure, str],
    *,
    pace: By,
    unit: Unit = Unit.NUMBER,
) -> Chart | None:
    """Some figures over the days in order; None where there is nothing to draw.

    Args:
        name: of the chart, unique on its page.
        title: in the reader's words.
        found: lines by day or week; those without anything may be left out.
        days: every day, or the Monday of every week.
        labels: which figures, and what they are called.
        pace: by day or by week.
        unit: a day of which nothing is told was one of nothing in numbers, and has no share.
    """
    told = {date.fromisoformat(one.key): one.figures for one in found}
    shown = Chart(
        name=name,
        title=title,
        unit=unit,
        pace=Pace.WEEK if pace is By.WEEK else Pace.DAY,
        times=days,
        series=[
            Series(label, tuple(_value(told.get(day, {}), figure, unit) for day in days))
            for figure, label in labels.items()
        ],
    )
    return shown if shown.is_worth_drawing else None


def _value(figures: Mapping[Figure, object], name: Figure, unit: Unit) -> float | None:
    match figures.get(name):
        case Share() as share:
            return share.share
        case Count(count):
            return float(count)
    return 0.0 if unit is Unit.NUMBER else None
