"""How right we are: forecasts, promises and warnings of a period, as tiles, a chart and a table."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import get_locale

from oms_service.access.guard import guard
from oms_service.console.eta_quality import WEEKS, period_of
from oms_service.kernel.languages import Language, say
from oms_service.runtime import runtime
from oms_service.shipping import accuracy, carriers
from oms_service.shipping.accuracy import By, Line, Period
from oms_service.shipping.states import ForecastStage
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
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([*keys, *accuracy.COLUMNS])
    for line in lines:
        named = (*line.key, "", "")[: len(keys)]
        rows.writerow([*(_plain(one) for one in named), *accuracy.table(line)])
    name = f"accuracy-{period.first}-{period.last}-{by}.csv"
    return Response(
        text.getvalue().encode("utf-8-sig"),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@dataclass(frozen=True)
class Mark:
    """One week of one line of the chart, in the units of its drawing."""

    x: float
    y: float
    week: date
    share: float


@dataclass(frozen=True)
class Chart:
    """Shares week by week, ready to be drawn: an area of 400 by 200, a share of 1 at the top."""

    inside: tuple[Mark, ...]
    kept: tuple[Mark, ...]
    weeks: tuple[date, ...]

    @staticmethod
    def path(marks: Sequence[Mark]) -> str:
        """The points as SVG wants them."""
        return " ".join(f"{one.x:g},{one.y:g}" for one in marks)

    @staticmethod
    def height(share: float) -> float:
        return round(_TOP + (1 - share) * (_BOTTOM - _TOP), 1)


_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 388, 12, 166
#: One week alone makes no line.
_LEAST_WEEKS: Final = 2


def _chart(weeks: Sequence[Line]) -> Chart | None:
    if len(weeks) < _LEAST_WEEKS:
        return None
    days = [_week_of(one) for one in weeks]
    whole = max(1, (days[-1] - days[0]).days)

    def marks(shares: Sequence[float | None]) -> tuple[Mark, ...]:
        return tuple(
            Mark(
                round(_LEFT + (day - days[0]).days / whole * (_RIGHT - _LEFT), 1),
                Chart.height(share),
                day,
                share,
            )
            for day, share in zip(days, shares, strict=True)
            if share is not None
        )

    spoken = [_spoken(one) for one in weeks]
    return Chart(
        inside=marks([one.coverage if one else None for one in spoken]),
        kept=marks([one.kept.original if one.kept else None for one in weeks]),
        weeks=tuple(days),
    )


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


def _plain(cell: str) -> str:
    """What a spreadsheet would take for a formula is marked as text."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
