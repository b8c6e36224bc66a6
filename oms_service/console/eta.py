"""``oms eta``: how well arrivals can be foretold."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from oms_service.importing import journeys
from oms_service.importing.report import Damaged
from oms_service.infra.progress import shown
from oms_service.shipping.arrivals.backtest import Report, backtest, moments
from oms_service.shipping.arrivals.journeys import Stage

_MOST_LINES: Final = 20
_TOLD_EVERY: Final = 500


@click.group()
def eta() -> None:
    """Measure how well arrivals can be foretold."""


@eta.command("backtest")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--zone", default="Asia/Tokyo", show_default=True, help="The shop's time zone.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def backtest_(*, file: Path, zone: str, as_json: bool) -> None:
    """Foretell every arrival of a history from what was known when it began.

    FILE is CSV with the columns placed_at, handed_over_at, delivered_at, promised_at, origin,
    destination, carrier, service; cells may be empty. Nothing of it is kept.
    """
    place = _zone(zone)
    try:
        with shown() as tell:
            tell("reading", 0, None)
            found = journeys.read_file(file, place)
            of = moments(found)

            def now_and_then(done: int) -> None:
                if done % _TOLD_EVERY == 0:
                    tell("living through it", done, of)

            report = backtest(found, place, tell=now_and_then)
    except Damaged as damaged:
        lines = [str(problem) for problem in damaged.problems[:_MOST_LINES]]
        more = len(damaged.problems) - _MOST_LINES
        raise click.ClickException(
            "\n".join([*lines, *([f"... and {more} more"] if more > 0 else [])])
        ) from None
    if as_json:
        click.echo(json.dumps(report.as_json()))
        return
    for line in _lines(report):
        click.echo(line)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise click.BadParameter(f"there is no time zone {name!r}", param_hint="--zone") from None


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.journeys:,} journeys"
    for stage in Stage:
        figures = report.stages[stage]
        yield f"{stage}: {_said(figures)}"
        for name, of in figures["baselines"].items():
            yield f"  {name.replace('_', ' ')}: {_said(of)}"


def _said(figures: Mapping[str, Any]) -> str:
    if not figures["parcels"]:
        return "nothing to measure"
    return (
        f"{figures['parcels']:,} parcels, half of them within "
        f"{figures['median_abs_error_days']:.2f} days, {figures['coverage']:.1%} inside a window "
        f"of {figures['mean_width_days']:.2f} days"
    )
