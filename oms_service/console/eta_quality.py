"""``oms eta report`` and ``oms eta warnings``: how right the shop was, and would have been."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from oms_service.access.commands import OpenRuntime
from oms_service.importing import scanned
from oms_service.importing.report import Damaged
from oms_service.shipping import accuracy
from oms_service.shipping.accuracy import By, Line, Period
from oms_service.shipping.arrivals import warnings

#: Without other days a report is of so many weeks, the present one among them.
WEEKS: Final = 12
_MOST_LINES: Final = 20
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command("report")
@click.option("--from", "first", type=_DAY, help="The first day; 12 weeks ago without it.")
@click.option("--to", "last", type=_DAY, help="The last day; today without it.")
@click.option(
    "--by", type=click.Choice([str(one) for one in By]), help="Split by carrier, lane or week."
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def report(
    open_runtime: OpenRuntime,
    *,
    first: datetime | None,
    last: datetime | None,
    by: str | None,
    as_json: bool,
) -> None:
    """How right forecasts, promises and warnings were; docs/eta-quality.md says what each is.

    Deliveries count in the days in which they arrived, promises and warnings in those in which
    the promise ended.
    """
    runtime = open_runtime()
    now = runtime.clock.now()
    period = period_of(first, last, now=now, zone=runtime.settings.zone)
    if period.first > period.last:
        raise click.BadParameter("is before the first day", param_hint="--to")
    with runtime.database.reading() as connection:
        (whole, *_) = accuracy.report(connection, period, now=now) or (Line(()),)
        kind = By(by) if by else None
        split = accuracy.report(connection, period, now=now, by=kind) if kind else ()
    if as_json:
        click.echo(json.dumps(_as_json(period, whole, kind, split)))
        return
    click.echo(f"{period.first} to {period.last}")
    for line in (whole, *split):
        for said in _lines(line):
            click.echo(said)


def period_of(first: date | None, last: date | None, *, now: datetime, zone: ZoneInfo) -> Period:
    """The days asked for; the last 12 weeks where none are."""
    end = _day(last) or now.astimezone(zone).date()
    return Period(_day(first) or end - timedelta(weeks=WEEKS, days=-1), end, zone)


def _day(moment: date | None) -> date | None:
    return moment.date() if isinstance(moment, datetime) else moment


def _as_json(period: Period, whole: Line, by: By | None, split: tuple[Line, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        **{name: of for name, of in whole.as_json().items() if name != "key"},
    }
    if by is not None:
        found |= {"by": str(by), "lines": [line.as_json() for line in split]}
    return found


def _lines(line: Line) -> Iterator[str]:
    name, indent = " to ".join(line.key), "  " if line.key else ""
    if name:
        yield name
    for stage in accuracy.STAGES:
        of = line.foretold.get(stage)
        if of is not None:
            yield (
                f"{indent}at {stage}: {of.deliveries:,} deliveries, {of.coverage:.1%} inside the "
                f"window, half of them within {of.median_abs_error_days:.2f} days"
            )
    if line.kept is not None:
        yield (
            f"{indent}promises: {line.kept.ended:,} ended, {line.kept.original:.1%} kept as first "
            f"made, {line.kept.last_told:.1%} as told last"
        )
    warned = line.warned
    if warned is not None:
        yield (
            f"{indent}warnings: {warned.warned:,} of {warned.judged:,}, {_share(warned.precision)} "
            f"right; {warned.late:,} came late, {_share(warned.recall)} of them warned of"
        )
    if not line.key and not (line.foretold or line.kept or warned):
        yield "Nothing has arrived and no promise has ended in these days."


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.1%}"


@click.command("warnings")
@click.argument("file", type=_FILE)
@click.argument("scans", type=_FILE)
@click.option("--zone", default="Asia/Tokyo", show_default=True, help="The shop's time zone.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=warnings.THRESHOLD,
    show_default=True,
    help="From which chance of being late on a promise is at risk.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines, every warning as well.")
def warnings_(*, file: Path, scans: Path, zone: str, threshold: float, as_json: bool) -> None:
    """Live through a history and warn a day before each promise ends, from what was heard by then.

    FILE is CSV as for `oms eta backtest`, with a column `parcel` that names each (its number,
    from 1, without it). SCANS is CSV with parcel, occurred_at, status and, where known, heard_at,
    place, reason. A column first_sign_at in FILE, when a delay first showed, adds a comparison
    with an oracle that knows it. Nothing is kept.
    """
    try:
        found = scanned.read_files(file, scans, _zone(zone))
    except Damaged as damaged:
        lines = [str(problem) for problem in damaged.problems[:_MOST_LINES]]
        more = len(damaged.problems) - _MOST_LINES
        raise click.ClickException(
            "\n".join([*lines, *([f"... and {more} more"] if more > 0 else [])])
        ) from None
    said = warnings.replay(found.parcels, _zone(zone), threshold=threshold)
    figures = warnings.score(found.parcels, said, found.first_signs)
    if as_json:
        told = [
            {
                "parcel": found.names[one.number],
                "at": one.at.isoformat(),
                "chance_late": round(one.chance_late, 4),
                "at_risk": one.is_at_risk,
            }
            for one in said
        ]
        click.echo(json.dumps({**figures, "warnings": told}))
        return
    for line in _scored(figures):
        click.echo(line)


def _scored(figures: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"{figures['judged']:,} parcels were underway a day before their promise ended, "
        f"{figures['late']:,} came late"
    )
    yield (
        f"{figures['warned']:,} warnings, {_share(figures['precision'])} of them right; "
        f"{_share(figures['recall'])} of the late ones were warned of"
    )
    oracle = figures.get("oracle")
    if oracle is not None:
        yield (
            f"{oracle['shown']:,} delays had shown by then: an oracle warns of "
            f"{_share(oracle['recall'])}, this is {_share(oracle['share'])} of it"
        )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise click.BadParameter(f"there is no time zone {name!r}", param_hint="--zone") from None
