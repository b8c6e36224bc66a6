"""``oms rebuild``: projections of cases, written anew from their rows."""

import json
from collections.abc import Callable

import click

from cases import inbox
from cases.reports import facts
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime

OpenRuntime = Callable[[], Runtime]


@click.group()
def rebuild() -> None:
    """Write a projection anew; what it is made of stays as it is."""


@rebuild.command("inbox")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def rebuild_inbox(open_runtime: OpenRuntime, *, as_json: bool) -> None:
    """Write the inbox of the desk anew."""
    runtime = open_runtime()
    with runtime.unit_of_work(SYSTEM) as uow:
        inbox.forget(uow)
        chunks = list(inbox.chunks(uow))
    done = 0
    for chunk in chunks:
        with runtime.unit_of_work(SYSTEM) as uow:
            done += inbox.project(uow, chunk, holds=True)
    click.echo(json.dumps({"cases": done}) if as_json else f"{done} cases")


@rebuild.command("case-facts")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def rebuild_case_facts(open_runtime: OpenRuntime, *, as_json: bool) -> None:
    """Write what reports about cases are counted from anew."""
    runtime = open_runtime()
    with runtime.unit_of_work(SYSTEM) as uow:
        facts.forget(uow)
        chunks = list(facts.chunks(uow))
    done = 0
    for chunk in chunks:
        with runtime.unit_of_work(SYSTEM) as uow:
            done += facts.derive(uow, chunk, holds=True)
    click.echo(json.dumps({"cases": done}) if as_json else f"{done} cases")
