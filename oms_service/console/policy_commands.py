"""``oms policies``: what a channel's customers may do, shown and put in force from files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.operations.rules import policies as book
from oms_service.runtime import Runtime
from oms_service.sales import queries as sales

OpenRuntime = Callable[[], Runtime]


@click.group()
def policies() -> None:
    """Policies of sales channels: returns, exchanges, claims, changes, payments."""


@policies.command("show")
@click.argument("channel")
@click.pass_obj
def show(open_runtime: OpenRuntime, channel: str) -> None:
    """Print what is in force in a channel, in the form that ``adopt`` reads."""
    runtime = open_runtime()
    with runtime.database.looking() as session:
        try:
            found = sales.channel(session, channel)
        except NotFound:
            raise click.ClickException(f"no sales channel {channel!r}") from None
        known = sales.in_force(session, found.id, tuple(book.READERS), at=runtime.clock.now())
    said = {
        kind: {"version": one.version, "rules": one.rules, "text": one.text}
        for kind, one in known.items()
    }
    click.echo(json.dumps(said, ensure_ascii=False, indent=2))


@policies.command("adopt")
@click.argument("channel")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def adopt(open_runtime: OpenRuntime, channel: str, file: Path) -> None:
    """Put the policies of a JSON file in force, all of them or none.

    The file has a table for each kind: ``{"returns": {"rules": {...}, "text": {"ja": ..., "en":
    ...}}}``.
    """
    runtime = open_runtime()
    try:
        wanted = read(file.read_text(encoding="utf-8"))
        with runtime.unit_of_work(SYSTEM) as uow:
            found = sales.channel(uow.session, channel)
            done = [
                book.adopt(
                    uow, channel_id=found.id, kind=kind, rules=one["rules"], text=one["text"]
                )
                for kind, one in wanted.items()
            ]
    except NotFound:
        raise click.ClickException(f"no sales channel {channel!r}") from None
    except Invalid as refused:
        wrong = "; ".join(f"{name} {why}" for name, why in sorted(refused.fields.items()))
        raise click.ClickException(wrong or str(refused)) from None
    for one in done:
        click.echo(f"{one.kind}: version {one.version} is in force")


def read(written: str) -> dict[str, dict[str, Any]]:
    """The tables of a file.

    Raises:
        Invalid: it is no JSON, or no such tables.
    """
    try:
        found = json.loads(written)
    except ValueError as error:
        raise Invalid("not JSON", {"file": f"is not JSON: {error}"}) from None
    if not isinstance(found, dict) or not found:
        raise Invalid("no policies", {"file": "must be a table of policies"})
    wrong = {
        str(kind): "must have rules, and text where customers read one"
        for kind, one in found.items()
        if not isinstance(one, dict)
        or not isinstance(one.get("rules"), dict)
        or not isinstance(one.get("text", {}), dict)
    }
    if wrong:
        raise Invalid("these policies cannot be read", wrong)
    return {
        kind: {"rules": one["rules"], "text": one.get("text", {})} for kind, one in found.items()
    }
