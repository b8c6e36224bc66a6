"""The page of figures, its file, and an agent's own day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for

from cases.reports import asking, charts, naming, queries, sheets, words
from cases.reports.asking import FILTERS, Names
from cases.reports.figures import TIMES, By, Figure, Line, Measured, Spread, Wanted
from cases.sla.pages import CHANNEL_WORDS
from oms_service.access.guard import guard, staff
from oms_service.console.sheets import streamed
from oms_service.kernel.languages import Language, say
from oms_service.ports.slots import Area, Entry
from oms_service.runtime import runtime
from oms_service.shipping.accuracy import Period
from oms_service.web.charts import Chart, Unit
from oms_service.web.languages import OWN_NAMES, spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint("reports", __name__, url_prefix="/desk/reports", template_folder="templates")

#: The figures at the top of the page.
FIRST: Final = (
    Figure.FIRST_RESPONSE,
    Figure.RESOLUTION,
    Figure.IN_TIME,
    Figure.SATISFACTION,
    Figure.BACKLOG,
    Figure.CONTACT_RATE,
)
#: The columns of a split on the page; the file has all.
SPLIT: Final = (
    Figure.OPENED,
    Figure.SETTLED,
    Figure.BACKLOG,
    Figure.FIRST_RESPONSE,
    Figure.RESOLUTION,
    Figure.IN_TIME,
    Figure.ONE_TOUCH,
    Figure.REOPENED,
    Figure.SATISFACTION,
)
#: What an agent sees of their own day.
OWN: Final = (
    Figure.SETTLED,
    Figure.FIRST_RESPONSE,
    Figure.NEXT_RESPONSE,
    Figure.IN_TIME,
    Figure.SATISFACTION,
    Figure.BACKLOG,
)
LOADS: Final = (Figure.OPENED, Figure.SETTLED)
SHARES: Final = (Figure.IN_TIME, Figure.ONE_TOUCH)
#: Rows of a split on a page.
MOST: Final = 60


def _(text: str) -> str:
    return str(gettext(text))


@dataclass(frozen=True)
class Shown:
    """One figure as the page says it: ``change`` against the days before, as a share."""

    name: Figure
    found: Measured
    before: Measured | None
    change: float | None

    @property
    def is_better(self) -> bool | None:
        """None where it is neither better nor worse."""
        if not self.change or self.name in words.NEITHER:
            return None
        return (self.change < 0) == (self.name in words.LESS_IS_BETTER)


@blueprint.get("")
@guard("reports:read")
def overview() -> str:
    """The figures of the days in the address; of the last four weeks without any."""
    house = runtime()
    now, zone = house.clock.now(), house.settings.zone
    by = _by()
    with house.database.reading() as connection:
        names = asking.names(connection, only=staff().queues)
        wanted, wrong = asking.read(request.args, names, now=now, zone=zone)
        wanted = replace(wanted, queue_ids=staff().queues)
        whole, before = queries.compared(connection, wanted, now=now)
        pace = asking.pace(wanted)
        course = queries.report(connection, wanted, now=now, by=pace, figures={*LOADS, *SHARES})
        split = queries.report(connection, wanted, now=now, by=by, figures=SPLIT)
        is_empty = not queries.has_any(connection)
    days = _days(wanted.period, pace)
    return render_template(
        "reports/overview.html",
        area="desk",
        wanted=wanted,
        wrong=wrong,
        is_empty=is_empty,
        first=[one for one in _shown(whole, before) if one.name in FIRST],
        every=list(_shown(whole, before)),
        charts=_charts(course, days, pace),
        course_url=f"{url_for('reports.file')}?{urlencode({**_said(), 'by': str(pace)})}",
        split=split[:MOST],
        left_out=max(0, len(split) - MOST),
        columns=SPLIT,
        by=by,
        called=naming.namer(by, names, house.adapters, spoken()),
        tabs=[_tab(one, by) for one in words.BYS],
        fields=_fields(names),
        said=_said(),
        is_narrowed=wanted.is_narrowed,
        csv_url=f"{url_for('reports.file')}?{urlencode({**_said(), 'by': str(by)})}",
        **_words(),
    )


@blueprint.get("/figures.csv")
@guard("reports:read")
def file() -> Response:
    """The split as a file, with every line and every figure."""
    house = runtime()
    now, zone = house.clock.now(), house.settings.zone
    by = _by()
    with house.database.reading() as connection:
        names = asking.names(connection, only=staff().queues)
        wanted, _wrong = asking.read(request.args, names, now=now, zone=zone)
        wanted = replace(wanted, queue_ids=staff().queues)
        found = queries.report(connection, wanted, now=now, by=by)
    rows = sheets.rows(found, str(by), naming.namer(by, names, house.adapters, spoken()))
    return streamed(f"cases-{wanted.period.first}-{wanted.period.last}-{by}", rows)


@blueprint.get("/mine")
@guard("cases:work")
def mine() -> str:
    """An agent's own figures of today, and of the days before for comparing."""
    house = runtime()
    now, zone = house.clock.now(), house.settings.zone
    today = now.astimezone(zone).date()
    me = staff().id
    day = Wanted(period=Period(today, today, zone), agent_id=me)
    last = today - timedelta(days=1)
    usual = replace(day, period=Period(last - timedelta(days=27), last, zone))
    with house.database.reading() as connection:
        (whole,) = queries.report(connection, day, now=now, figures=OWN)
        (before,) = queries.report(connection, usual, now=now, figures=OWN)
    return render_template(
        "reports/mine.html",
        area="desk",
        own=OWN,
        today=whole.figures,
        usual=before.figures,
        not_compared={Figure.SETTLED, Figure.BACKLOG},
        **_words(),
    )


def _shown(whole: Line, before: Line) -> Iterator[Shown]:
    for name in Figure:
        found = whole.figures.get(name)
        if found is None:
            continue
        was = before.figures.get(name)
        now_size, was_size = words.size(name, found), words.size(name, was)
        change = None
        if now_size is not None and was_size and was_size > 0:
            change = now_size / was_size - 1
        yield Shown(name, found, was, change)


def _charts(course: Sequence[Line], days: Sequence[date], pace: By) -> list[Chart]:
    def labels(names: Sequence[Figure]) -> dict[Figure, str]:
        return {name: _(words.NAMES[name]) for name in names}

    found = (
        charts.chart("load", _("Opened and settled"), course, days, labels(LOADS), pace=pace),
        charts.chart(
            "share",
            _("In time, and settled with one answer"),
            course,
            days,
            labels(SHARES),
            pace=pace,
            unit=Unit.SHARE,
        ),
    )
    return [one for one in found if one is not None]


def _days(period: Period, pace: By) -> list[date]:
    """Every day, or the Monday of every week, of a period."""
    step = timedelta(days=7 if pace is By.WEEK else 1)
    day = period.first
    if pace is By.WEEK:
        day -= timedelta(days=day.weekday())
    found = []
    while day <= period.last:
        found.append(day)
        day += step
    return found


def _by() -> By:
    said = request.args.get("by", "")
    return By(said) if said in set(By) else By.QUEUE


def _said() -> dict[str, str]:
    """What the address says of days and filters."""
    return {one: request.args[one] for one in ("from", "to", *FILTERS) if request.args.get(one)}


def _tab(one: By, by: By) -> dict[str, Any]:
    query = urlencode({**_said(), "by": str(one)})
    return {
        "label": _(words.BYS[one]),
        "url": f"{url_for('reports.overview')}?{query}#split",
        "is_current": one is by,
    }


def _fields(names: Names) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """The filters: name, label and options of each."""
    language = spoken()
    options: Mapping[str, tuple[str, Mapping[str, str]]] = {
        "queue": (_("Queue"), {code: say(name, language) for code, name in names.queues.values()}),
        "agent": (_("Colleague"), {str(one): name for one, name in names.staff.items()}),
        "channel": (_("Channel"), {one: _(word) for one, word in CHANNEL_WORDS.items()}),
        "reason": (
            _("Reason"),
            {one: say(found.name, language) for one, found in names.reasons.items()},
        ),
        "language": (_("Language"), {str(one): OWN_NAMES[one] for one in Language}),
        "tag": (_("Tag"), {str(one): name for one, name in names.tags.items()}),
    }
    return [
        (name, label, [("", _("All")), *known.items()]) for name, (label, known) in options.items()
    ]


def _words() -> dict[str, Any]:
    language = spoken()
    return {
        "names": words.NAMES,
        "meanings": words.MEANINGS,
        "heads": words.HEADS,
        "value": lambda name, found: words.value(name, found, language),
        "span": words.span,
        "is_spread": lambda found: isinstance(found, Spread),
        "times": TIMES,
        "day_of": naming.day_of,
        "Figure": Figure,
    }


ENTRIES: Final = (
    Entry(
        area=Area.DESK,
        label=N_("Reports"),
        group=N_("Team and figures"),
        endpoint="reports.overview",
        permission="reports:read",
        icon="chart",
        rank=46,
    ),
    Entry(
        area=Area.DESK,
        label=N_("My day"),
        group=N_("Team and figures"),
        endpoint="reports.mine",
        permission="cases:work",
        icon="chart",
        rank=41,
    ),
)
