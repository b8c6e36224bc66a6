"""How right we are: forecasts, promises and warnings of a period, as tiles, a chart and a table."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from itertools import chain
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import get_locale

from oms_service.access.guard import guard
from oms_service.console import sheets
from oms_service.console.eta_quality import WEEKS, period_of
from oms_service.kernel.languages import Language, say
from oms_service.runtime import runtime
from oms_service.shipping import accuracy, carriers
from oms_service.shipping.accuracy import By, Line, Period
from oms_service.shipping.states import ForecastStage
from oms_service.web.charts import Chart, Pace, Series, Unit
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint(
    "console_accuracy", __name__, url_prefix="/console/accuracy", template_folder="templates"
)

#: What the figures are split by, in the order of the tabs.
SPLITS: Final[Mapping[By, str]] = {
    By.CARRIER: N_("By carrier"),
    By.LANE: N_("By route"),
    By.WEEK: N_("By week"),
}
#: The forecasts that the page speaks of; the file and the command have all.
SPOKEN: Final = (ForecastStage.HANDOVER,)
#: The share of deliveries that windows are made to hold.
AIM: Final = 0.8
#: Rows of a page; the file has them all.
MOST: Final = 60
_YEARS: Final = (2000, 2099)


@blueprint.get("")
@guard("console:read")
def overview() -> str:
    """The figures of the days in the address; the last weeks without any."""
    period, by = _period(), _by()
    now = runtime().clock.now()
    with runtime().database.reading() as connection:
        figures = partial(accuracy.report, connection, period, now=now, stages=SPOKEN)
        (whole, *_rest) = figures() or (Line(()),)
        weeks = figures(by=By.WEEK)
        lines = weeks if by is By.WEEK else figures(by=by)
        is_empty = not weeks and not accuracy.has_any(connection)
    return render_template(
        "console/accuracy.html",
        area="console",
        period=period,
        usual_weeks=WEEKS,
        by=by,
        whole=whole,
        kept=whole.kept,
        warned=whole.warned,
        spoken=_spoken(whole),
        lines=lines[-MOST:] if by is By.WEEK else lines[:MOST],
        left_out=max(0, len(lines) - MOST),
        chart=_chart(weeks),
        is_empty=is_empty,
        tabs=[_tab(one, by) for one in SPLITS],
        csv_url=f"{url_for('console_accuracy.file')}?{urlencode(_args(by))}",
        course_url=f"{url_for('console_accuracy.file')}?{urlencode(_args(By.WEEK))}",
        name=_name,
        week_of=_week_of,
        stages=ForecastStage,
    )


@blueprint.get("/figures.csv")
@guard("console:read")
def file() -> Response:
    """The table as a file, with every line and every figure."""
    period, by = _period(), _by()
    with runtime().database.reading() as connection:
        lines = accuracy.report(connection, period, now=runtime().clock.now(), by=by)
    keys = ("origin", "destination") if by is By.LANE else (str(by),)
    rows = ([*(*line.key, "", "")[: len(keys)], *accuracy.table(line)] for line in lines)
    return sheets.streamed(
        f"accuracy-{period.first}-{period.last}-{by}", chain([[*keys, *accuracy.COLUMNS]], rows)
    )


def _chart(weeks: Sequence[Line]) -> Chart | None:
    """Shares week by week; a week in which nothing came stands between others with no value."""
    told = {_week_of(one): one for one in weeks}
    if not told:
        return None
    first, last = min(told), max(told)
    days = [first + timedelta(weeks=n) for n in range((last - first).days // 7 + 1)]
    lines = [told.get(day, Line(())) for day in days]
    shown = Chart(
        name="weeks",
        title=str(_("Week by week")),
        unit=Unit.SHARE,
        pace=Pace.WEEK,
        times=days,
        series=[
            Series(
                str(_("Inside the window")),
                tuple(found.coverage if (found := _spoken(one)) else None for one in lines),
            ),
            Series(
                str(_("Promises kept")),
                tuple(one.kept.original if one.kept else None for one in lines),
            ),
        ],
        aim=AIM,
    )
    return shown if shown.is_worth_drawing else None


def _spoken(line: Line) -> accuracy.Foretold | None:
    """The forecasts that speak for a line: those at hand-over."""
    return line.foretold.get(ForecastStage.HANDOVER)


def _name(by: By, line: Line) -> str:
    """A line in the reader's words; what is not known has a dash."""
    key = (*line.key, "", "")
    match by:
        case By.CARRIER:
            return _carrier(key[0]) if key[0] else str(_("Carrier not known yet"))
        case By.LANE:
            start, end = key[0] or "–", key[1] or "–"
            return str(_("%(origin)s to %(destination)s", origin=start, destination=end))
    return key[0]


def _week_of(line: Line) -> date:
    """The Monday of a line by week."""
    return date.fromisoformat(line.key[0])


def _carrier(code: str) -> str:
    return say(carriers.name_of(runtime().adapters, code), Language(str(get_locale())))


def _tab(one: By, by: By) -> dict[str, Any]:
    query = urlencode(_args(one))
    return {
        "label": gettext(SPLITS[one]),
        "url": f"{url_for('console_accuracy.overview')}?{query}",
        "is_current": one is by,
    }


def _args(by: By) -> dict[str, str]:
    days = {name: request.args.get(name, "") for name in ("from", "to") if _day(name)}
    return {**days, "by": str(by)}


def _by() -> By:
    said = request.args.get("by", "")
    return By(said) if said in set(By) else By.CARRIER


def _period() -> Period:
    house = runtime()
    first, last = _day("from"), _day("to")
    if first and last and first > last:
        first, last = last, first
    if first and not last:
        last = max(first, house.clock.now().astimezone(house.settings.zone).date())
    return period_of(first, last, now=house.clock.now(), zone=house.settings.zone)


def _day(name: str) -> date | None:
    """A day out of the address; what is none, or far from our time, is left out."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if _YEARS[0] <= found.year <= _YEARS[1] else None
