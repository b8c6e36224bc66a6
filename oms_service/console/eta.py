"""``oms eta``: learning how long parcels take, and how well arrivals can be foretold."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from oms_service.console.commands import OpenRuntime
from oms_service.importing import journeys
from oms_service.importing.report import Damaged
from oms_service.infra.progress import shown
from oms_service.inventory import queries as stock
from oms_service.kernel.actors import SYSTEM
from oms_service.operations.outlook.journeys import gather
from oms_service.operations.outlook.learning import Learned, Learning
from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping.arrivals import queries
from oms_service.shipping.arrivals.backtest import Report, backtest, moments
from oms_service.shipping.arrivals.fitted import Fitted
from oms_service.shipping.arrivals.journeys import Stage
from oms_service.shipping.arrivals.queries import ModelView
from oms_service.shipping.arrivals.service import Outcome
from oms_service.shipping.because import HouseStage

_MOST_LINES: Final = 20
_TOLD_EVERY: Final = 500


@click.group()
def eta() -> None:
    """How arrivals are foretold: learn from deliveries, and measure how well it is done."""


@eta.command("fit")
@click.option("--anyway", is_flag=True, help="Use the model even where it is clearly worse.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def fit_(open_runtime: OpenRuntime, *, anyway: bool, as_json: bool) -> None:
    """Learn how long parcels take from the deliveries of this shop; 1 when it is not used.

    The same deliveries give the same model. One that is clearly worse than the model in use, on
    the parcels of the last four weeks, is kept and not used.
    """
    runtime = open_runtime()
    learning = Learning(runtime.settings.zone, runtime.clock, runtime.database)
    with shown() as tell:
        learned = learning.learn(lambda: runtime.unit_of_work(SYSTEM), tell=tell, anyway=anyway)
    if as_json:
        click.echo(json.dumps(_as_json(learned)))
    else:
        for line in _fitted(learned):
            click.echo(line)
    sys.exit(learned.outcome is Outcome.WORSE)


@eta.command("models")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def models_(open_runtime: OpenRuntime, *, as_json: bool) -> None:
    """List the kept models, newest first."""
    with open_runtime().database.looking() as session:
        found = queries.models(session)
        fitted = queries.current(session)
        places = {str(one.id): one.name.get("en", one.code) for one in stock.locations(session)}
    if as_json:
        click.echo(json.dumps([_model(one) for one in found]))
        return
    if not found:
        click.echo("Nothing was fitted yet: `oms eta fit` does it.", err=True)
    used = next((one.version for one in found if one.is_active), None)
    for one in found:
        state = "in use" if one.version == used else one.refusal.replace("_", " ") or "older"
        when = f"{one.fitted_at:%Y-%m-%d %H:%M}Z"
        click.echo(f"{one.version:>4}  {when}  {one.journeys:>7,} parcels  {state}")
    for line in _quiet(fitted, places):
        click.echo(line)


@eta.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export_(open_runtime: OpenRuntime, *, file: Path) -> None:
    """Write the deliveries of this shop to FILE, as `oms eta backtest` reads them."""
    runtime = open_runtime()
    with shown() as tell:
        found = gather(runtime.database, now=runtime.clock.now(), tell=tell)
    click.echo(f"{journeys.write_file(file, found):,} parcels")


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


def _as_json(learned: Learned) -> dict[str, Any]:
    return {
        "outcome": learned.outcome,
        "model": _model(learned.model) if learned.model else None,
        "current_error_days": learned.current_error_days,
    }


def _model(one: ModelView) -> dict[str, Any]:
    times = {"fitted_at": one.fitted_at, "from_at": one.from_at, "until_at": one.until_at}
    return {
        "version": one.version,
        "digest": one.digest,
        "journeys": one.journeys,
        "is_active": one.is_active,
        "refusal": one.refusal,
        **{name: at.isoformat() if at else None for name, at in times.items()},
        "figures": one.figures,
    }


def _fitted(learned: Learned) -> Iterator[str]:
    model = learned.model
    if model is None:
        yield "No parcel has been delivered yet, so there is nothing to learn from."
        return
    yield f"Learned from {model.journeys:,} parcels."
    for stage, word in ((Stage.PLACEMENT, "when ordered"), (Stage.HANDOVER, "when sent")):
        yield f"  foretold {word}: {_said(model.figures[stage])}"
    match learned.outcome:
        case Outcome.ACTIVATED:
            yield f"Model {model.version} is in use."
        case Outcome.UNCHANGED:
            yield f"Nothing new since model {model.version}, which stays in use."
        case _:
            yield (
                f"Model {model.version} is not used: on the last parcels it is off by "
                f"{_days(model.figures['recent_error_days'])}, the one in use by "
                f"{_days(learned.current_error_days)}. `--anyway` uses it all the same."
            )


#: How a parcel stands while nothing is heard of it.
_MEANWHILE: Final = {
    CarrierStatus.PRE_TRANSIT: "after the hand-over",
    CarrierStatus.IN_TRANSIT: "in transit",
    CarrierStatus.OUT_FOR_DELIVERY: "on the van",
    CarrierStatus.DELAYED: "after word of a delay",
    CarrierStatus.CUSTOMS_HOLD: "at customs",
}


def _quiet(fitted: Fitted, places: Mapping[str, str]) -> Iterator[str]:
    """How long it is quiet as a rule: by carrier, and in each house."""
    carriers = sorted({key[1] for key in fitted.silences if len(key) > 1})
    if carriers:
        yield "Nineteen of twenty silences are over, closed days aside, after:"
    for carrier in carriers:
        spans = [
            (fitted.silences.get((status, carrier)), words) for status, words in _MEANWHILE.items()
        ]
        yield f"  {carrier}: {_each(spans)}"
    houses = sorted({key[1] for key in fitted.stays if len(key) > 1})
    if houses:
        yield "Nineteen of twenty go on from a step in the house, closed days aside, after:"
    for house in houses:
        steps = [(fitted.stays.get((stage, house)), stage) for stage in HouseStage]
        yield f"  {places.get(house, house)}: {_each(steps)}"


def _each(spans: Iterable[tuple[float | None, str]]) -> str:
    return ", ".join(f"{_days(days)} {words}" for days, words in spans if days is not None)


def _days(count: float | None) -> str:
    return "unknown" if count is None else f"{count:.2f} days"


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
