"""``oms fallout``, ``oms stock`` and ``oms doctor``: what the console shows, as commands."""

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable
from functools import partial

import click

from oms_service.catalog import queries as catalog
from oms_service.console.doctor import Check, examine
from oms_service.infra import fallout as steps
from oms_service.infra.fallout import NOTE_LENGTH, FalloutView
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as levels
from oms_service.inventory.queries import LedgerLine
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime

OpenRuntime = Callable[[], Runtime]


def doctor(more: Callable[[], Iterable[Check]]) -> click.Command:
    """The command ``oms doctor``; ``more`` brings the checks of packages above this one."""

    @click.command("doctor")
    @click.option("--json", "as_json", is_flag=True, help="For machines.")
    @click.pass_obj
    def look(open_runtime: OpenRuntime, *, as_json: bool) -> None:
        """Look whether everything is in place; one line each, with what to do. 1 when it is not."""
        found = examine(open_runtime(), more())
        if as_json:
            rows = [{**dataclasses.asdict(one), "is_well": one.is_well} for one in found]
            click.echo(json.dumps(rows, ensure_ascii=False))
        else:
            for one in found:
                mark = "ok " if one.is_well else "BAD"
                click.echo(
                    f"{mark}  {one.name:<9} {one.said}" + (f". {one.advice}" * (not one.is_well))
                )
        sys.exit(0 if all(one.is_well for one in found) else 1)

    return look


@click.group()
def fallout() -> None:
    """Failed steps: list them, try them again, settle them by hand."""


@fallout.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def list_steps(open_runtime: OpenRuntime, *, as_json: bool) -> None:
    """List what waits for a person, oldest first."""
    with open_runtime().database.looking() as session:
        found = steps.waiting(session)
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in found], ensure_ascii=False))
        return
    if not found:
        click.echo("Nothing has failed.", err=True)
    for one in found:
        click.echo(
            f"{one.id}  {one.failed_at:%Y-%m-%d %H:%M}Z  {one.what}  {one.step}  "
            f"{one.cause}  {one.attempts} tries  owner: {one.owner}"
        )


@fallout.command("retry")
@click.argument("number", type=int)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def retry(open_runtime: OpenRuntime, number: int, *, as_json: bool) -> None:
    """Try the step of that number again."""
    _settle(open_runtime(), steps.retry, number, as_json=as_json)


@fallout.command("resolve")
@click.argument("number", type=int)
@click.option("--reason", required=True, help="How it was put right; the console shows it.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def resolve(open_runtime: OpenRuntime, number: int, *, reason: str, as_json: bool) -> None:
    """Take the step of that number off the list: it was put right by hand."""
    note = reason.strip()
    if not 1 <= len(note) <= NOTE_LENGTH:
        raise click.ClickException(f"say the reason in 1 to {NOTE_LENGTH} characters")
    _settle(open_runtime(), partial(steps.resolve, note=note), number, as_json=as_json)


@click.group()
def stock() -> None:
    """Stock: why a level is what it is."""


@stock.command("why")
@click.argument("sku")
@click.option("--location", "code", help="Only at the location of that code.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a movement.")
@click.pass_obj
def why(open_runtime: OpenRuntime, sku: str, *, code: str | None, as_json: bool) -> None:
    """Every movement of SKU (or barcode), oldest first, and what was on hand after it."""
    with open_runtime().database.looking() as session:
        variant = catalog.variants_by_code(session, [sku]).get(sku)
        if variant is None:
            raise click.ClickException(f"no variant is called {sku}")
        places = {one.id: one.code for one in levels.locations(session)}
        if code is not None and code not in places.values():
            raise click.ClickException(
                f"no location is called {code}; there are {', '.join(sorted(places.values()))}"
            )
        known = levels.availability(session, [variant.id])
        told = {
            level: levels.why(session, variant.id, level.location_id)
            for level in known
            if level.location_id in places and code in (None, places[level.location_id])
        }
    for level, lines in told.items():
        here = places[level.location_id]
        if not as_json:
            click.echo(
                f"{variant.sku} at {here}: {level.on_hand} on hand, {level.allocated} allocated, "
                f"{level.available} to promise"
            )
        for line in lines:
            click.echo(_told(here, line, as_json=as_json))
    if not told:
        click.echo(f"{variant.sku} has never been there.", err=True)


def _told(place: str, line: LedgerLine, *, as_json: bool) -> str:
    if as_json:
        return json.dumps({"location": place, **dataclasses.asdict(line)}, default=str)
    why_so = " ".join(part for part in (line.cause, line.reason, line.actor) if part)
    return (
        f"{line.at:%Y-%m-%d %H:%M}Z  {line.kind:<18} {line.on_hand:>+7} {line.allocated:>+7}"
        f"  -> {line.on_hand_after:>7} {line.allocated_after:>7}  {why_so}"
    )


def _settle(
    runtime: Runtime,
    how: Callable[[UnitOfWork, int], FalloutView],
    number: int,
    *,
    as_json: bool,
) -> None:
    try:
        with runtime.unit_of_work(SYSTEM) as uow:
            view = how(uow, number)
    except NotFound:
        raise click.ClickException(f"no failed step {number} waits") from None
    click.echo(json.dumps(_as_json(view)) if as_json else f"{view.what}: {view.state}")


def _as_json(view: FalloutView) -> dict[str, object]:
    return {
        "number": view.id,
        "kind": view.kind,
        "what": view.what,
        "step": view.step,
        "cause": view.cause,
        "owner": view.owner,
        "attempts": view.attempts,
        "failed_at": view.failed_at.isoformat(),
        "state": view.state,
    }
