"""Orders, revenue, delays and returns over time: charts, each with its table and its file."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request, url_for
from sqlalchemy.orm import Session

from oms_service.access.guard import guard
from oms_service.console import sheets
from oms_service.console.returns_words import REASONS
from oms_service.kernel.languages import say
from oms_service.kernel.money import Money
from oms_service.operations.outlook import words as said
from oms_service.orders import figures as orders
from oms_service.orders.figures import Day
from oms_service.returns import figures as returns
from oms_service.returns.states import ReturnReason
from oms_service.runtime import runtime
from oms_service.sales import queries as sales
from oms_service.shipping import figures as shipping
from oms_service.shipping.states import Jeopardy
from oms_service.web.charts import Chart, Pace, Series, Unit
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint(
    "console_trade", __name__, url_prefix="/console/trade", template_folder="templates"
)

#: Shown where the address names no days: whole weeks, this one the last.
WEEKS: Final = 8
#: No more days are counted at once.
MOST_DAYS: Final = 366
_WEEK: Final = timedelta(days=7)
_IN_DOUBT: Final = (Jeopardy.AT_RISK, Jeopardy.LATE, Jeopardy.STALLED)
#: The reasons with a line of their own; a drawing of more could not be read.
_DRAWN: Final = 2
_YEARS: Final = (2000, 2099)


@dataclass(frozen=True)
class Period:
    """Days of the shop, both ends included."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def begin(self) -> datetime:
        return datetime.combine(self.first, time.min, self.zone)

    @property
    def end(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time.min, self.zone)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    @property
    def mondays(self) -> list[date]:
        first = self.first - timedelta(days=self.first.weekday())
        return [first + _WEEK * n for n in range((self.last - first).days // 7 + 1)]


@blueprint.get("")
@guard("console:read")
def overview() -> str:
    """What the days in the address brought; the last weeks without any."""
    period = _period()
    with runtime().database.looking() as session:
        currencies = _currencies(session)
        currency = _currency(currencies)
        placed = _placed(session, period, currency)
        doubts = shipping.doubts_by_week(session, **_span(period))
        back = returns.by_week(session, **_span(period))
    reasons = _reasons(back)
    drawn = (
        _of_orders(period, placed),
        _of_revenue(period, placed, currency),
        _of_doubts(period, doubts),
        _of_returns(period, back),
    )
    return render_template(
        "console/trade.html",
        area="console",
        period=period,
        currencies=[(one, one) for one in currencies],
        currency=currency,
        charts_of=[
            (one, f"{url_for('console_trade.file', name=one.name)}?{_query(period, currency)}")
            for one in drawn
            if one.is_worth_drawing
        ],
        count=sum(one.orders for one in placed.values()),
        cancelled=sum(one.cancelled for one in placed.values()),
        revenue=Money(sum(one.total_minor for one in placed.values()), currency),
        late=sum(units for (_monday, stands), units in doubts.items() if stands is Jeopardy.LATE),
        reasons=reasons,
        returned=sum(units for _reason, units in reasons),
        said_reasons=REASONS,
        is_empty=not placed and not doubts and not back,
        weeks=WEEKS,
        most_days=MOST_DAYS,
    )


@blueprint.get("/<name>.csv")
@guard("console:read")
def file(name: str) -> Response:
    """The table behind one drawing; of returns, with every reason."""
    rows = _FILES.get(name) or abort(404)
    period = _period()
    with runtime().database.looking() as session:
        written = tuple(rows(session, period, _currency(_currencies(session))))
    return sheets.streamed(f"{name}-{period.first}-{period.last}", written)


def _file_of_orders(reader: Session, period: Period, currency: str) -> Iterator[Sequence[str]]:
    yield _("Day"), _("Orders"), _("Cancelled since"), _("Revenue"), _("Currency")
    placed = _placed(reader, period, currency)
    for day in period.days:
        one = placed.get(day, Day(day, 0, 0, 0))
        amount = f"{Money(one.total_minor, currency).decimal:f}"
        yield day.isoformat(), str(one.orders), str(one.cancelled), amount, currency


def _file_of_doubts(reader: Session, period: Period, _currency: str) -> Iterator[Sequence[str]]:
    yield _("Week of"), *(say(said.JEOPARDY[one], spoken()) for one in _IN_DOUBT)
    found = shipping.doubts_by_week(reader, **_span(period))
    for week in period.mondays:
        yield week.isoformat(), *(str(found.get((week, one), 0)) for one in _IN_DOUBT)


def _file_of_returns(reader: Session, period: Period, _currency: str) -> Iterator[Sequence[str]]:
    yield _("Week of"), *(str(_(REASONS[one])) for one in ReturnReason)
    found = returns.by_week(reader, **_span(period))
    for week in period.mondays:
        yield week.isoformat(), *(str(found.get((week, one), 0)) for one in ReturnReason)


_FILES: Final[Mapping[str, Callable[[Session, Period, str], Iterator[Sequence[str]]]]] = {
    "orders": _file_of_orders,
    "revenue": _file_of_orders,
    "delays": _file_of_doubts,
    "returns": _file_of_returns,
}


def _of_orders(period: Period, placed: Mapping[date, Day]) -> Chart:
    days = [placed.get(day, Day(day, 0, 0, 0)) for day in period.days]
    return Chart(
        name="orders",
        title=_("Orders a day"),
        unit=Unit.NUMBER,
        pace=Pace.DAY,
        times=period.days,
        series=[
            Series(_("Orders placed"), tuple(float(one.orders) for one in days)),
            Series(_("Cancelled since"), tuple(float(one.cancelled) for one in days)),
        ],
    )


def _of_revenue(period: Period, placed: Mapping[date, Day], currency: str) -> Chart:
    amounts = (placed[day].total_minor if day in placed else 0 for day in period.days)
    return Chart(
        name="revenue",
        title=_("Revenue a day (%(currency)s)", currency=currency),
        unit=Unit.NUMBER,
        pace=Pace.DAY,
        times=period.days,
        series=[
            Series(_("Revenue"), tuple(float(Money(one, currency).decimal) for one in amounts))
        ],
    )


def _of_doubts(period: Period, found: Mapping[tuple[date, Jeopardy], int]) -> Chart:
    weeks = period.mondays
    return Chart(
        name="delays",
        title=_("Deliveries in doubt a week"),
        unit=Unit.NUMBER,
        pace=Pace.WEEK,
        times=weeks,
        series=[
            Series(
                say(said.JEOPARDY[one], spoken()),
                tuple(float(found.get((week, one), 0)) for week in weeks),
            )
            for one in _IN_DOUBT
        ],
    )


def _of_returns(period: Period, found: Mapping[tuple[date, ReturnReason], int]) -> Chart:
    """The reasons most often given, and all others together."""
    weeks = period.mondays
    first = [reason for reason, _units in _reasons(found)][:_DRAWN]
    rest = [one for one in ReturnReason if one not in first]

    def line(label: str, reasons: Sequence[ReturnReason]) -> Series:
        return Series(
            label,
            tuple(float(sum(found.get((week, one), 0) for one in reasons)) for week in weeks),
        )

    return Chart(
        name="returns",
        title=_("Units to be returned a week, by reason"),
        unit=Unit.NUMBER,
        pace=Pace.WEEK,
        times=weeks,
        series=[
            *(line(str(_(REASONS[one])), (one,)) for one in first),
            line(_("All other reasons"), rest),
        ],
    )


def _reasons(found: Mapping[tuple[date, ReturnReason], int]) -> list[tuple[ReturnReason, int]]:
    """Units by reason, the most frequent first."""
    units: Counter[ReturnReason] = Counter()
    for (_week, reason), count in found.items():
        units[reason] += count
    return units.most_common()


def _placed(reader: Session, period: Period, currency: str) -> dict[date, Day]:
    found = orders.by_day(reader, **_span(period), currency=currency)
    return {one.day: one for one in found}


def _span(period: Period) -> dict[str, Any]:
    return {"begin": period.begin, "end": period.end, "zone": period.zone}


def _currencies(reader: Session) -> tuple[str, ...]:
    """Those that the shop sells in, the first channel's first."""
    return tuple(dict.fromkeys(one.currency for one in sales.channels(reader)))


def _currency(known: Sequence[str]) -> str:
    asked = request.args.get("currency", "")
    return asked if asked in known else next(iter(known), "JPY")


def _query(period: Period, currency: str) -> str:
    return urlencode({"from": period.first, "to": period.last, "currency": currency})


def _period() -> Period:
    """The days in the address, at most ``MOST_DAYS`` of them, the last ones."""
    house = runtime()
    zone = house.settings.zone
    today = house.clock.now().astimezone(zone).date()
    first, last = _day("from"), _day("to")
    if first and last and first > last:
        first, last = last, first
    last = last or max(today, first or today)
    if first is None:
        first = last - timedelta(days=last.weekday()) - _WEEK * (WEEKS - 1)
    return Period(max(first, last - timedelta(days=MOST_DAYS - 1)), last, zone)


def _day(name: str) -> date | None:
    """A day out of the address; what is none, or far from our time, is left out."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if _YEARS[0] <= found.year <= _YEARS[1] else None
