"""``oms slack``: the app's manifest, connecting a workspace, looking whether all is well."""

import dataclasses
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import click

from bots.slack import queries, rereading, workspaces
from bots.slack.client import Busy, Refused, Slack, Unanswered
from bots.slack.install import manifest as manifests
from bots.slack.sealing import CannotOpen
from bots.slack.views import WorkspaceView
from cases.routing import queries as routing
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import say
from oms_service.runtime import Runtime
from oms_service.settings import Settings

OpenRuntime = Callable[[], Runtime]

_LOOK_EVERY_S: Final = 2.0
_TROUBLE = (Busy, Refused, Unanswered, CannotOpen, NotFound)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``advice`` is empty when it is well."""

    name: str
    said: str
    advice: str = ""


@click.group()
def slack() -> None:
    """Slack: where agents finish cases."""


@slack.command()
@click.option("--name", default="Order Desk", help="What the app is called in Slack.")
@click.pass_obj
def manifest(open_runtime: OpenRuntime, name: str) -> None:
    """Write the app's manifest, to paste under "Create an app from a manifest"."""
    made = manifests.manifest(open_runtime().settings, name=name)
    click.echo(json.dumps(made, ensure_ascii=False, indent=2))


@slack.command()
@click.pass_obj
def connect(open_runtime: OpenRuntime) -> None:
    """Connect the workspace of SLACK_BOT_TOKEN; again, it is the same one."""
    house = open_runtime()
    if not house.settings.has_slack or not house.settings.slack_bot_token:
        raise click.ClickException("Set SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN first.")
    try:
        found = workspaces.connect(house)
    except _TROUBLE as error:
        raise click.ClickException(f"Slack does not let us in: {error}") from None
    if found is not None:
        click.echo(f"Connected: {found.name or found.team}")


@slack.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def doctor(open_runtime: OpenRuntime, *, as_json: bool) -> None:
    """Look whether Slack is set up: token, rights, channels, what waits. 1 when it is not."""
    found = list(examine(open_runtime()))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], ensure_ascii=False))
    for one in [] if as_json else found:
        mark = "BAD" if one.advice else "ok "
        click.echo(f"{mark}  {one.name:<12} {one.said}" + (f". {one.advice}" if one.advice else ""))
    sys.exit(1 if any(one.advice for one in found) else 0)


@slack.command()
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"]), help="The shop's time."
)
@click.option("--patience", default=120.0, help="Seconds without progress until it gives up.")
@click.pass_obj
def reconcile(open_runtime: OpenRuntime, *, since: datetime | None, patience: float) -> None:
    """Have the worker read the threads of cases again, for notes that were not heard.

    Without --since from where all is known. Safe to run twice, and to stop: the worker goes on.
    1 where nothing moves, as without a worker.
    """
    house = open_runtime()
    if not house.settings.has_slack:
        raise click.ClickException("Slack is off.")
    moment = since.replace(tzinfo=house.settings.zone).astimezone(UTC) if since else None
    with house.unit_of_work(SYSTEM) as uow:
        rereading.read_again(uow, since=moment)
    waits, still_s = _left(house), 0.0
    while waits and still_s < patience:
        click.echo(f"{waits} threads to read", err=True)
        time.sleep(_LOOK_EVERY_S)
        before, waits = waits, _left(house)
        still_s = still_s + _LOOK_EVERY_S if waits >= before else 0.0
    if waits:
        raise click.ClickException(f"{waits} threads wait. Does the worker run, does Slack answer?")
    click.echo("Every thread was read again.")


def _left(house: Runtime) -> int:
    with house.database.reading() as connection:
        return rereading.left(connection, now=house.clock.now())


def examine(house: Runtime) -> Iterator[Finding]:
    """Look at everything; what cannot be looked at says so."""
    settings = house.settings
    if not settings.has_slack:
        some = settings.slack_signing_secret or settings.slack_bot_token or settings.slack_client_id
        advice = "Set SLACK_SIGNING_SECRET, and SLACK_BOT_TOKEN or SLACK_CLIENT_ID." if some else ""
        yield Finding("slack", "off", advice)
        return
    yield _addresses(settings)
    with house.database.reading() as connection:
        found = [one for one in queries.workspaces(connection) if one.revoked_at is None]
    if not found:
        advice = (
            "Run: oms slack connect"
            if settings.slack_bot_token
            else "Connect one at the console, under: Slack."
        )
        yield Finding("workspace", "none is connected", advice)
        return
    for one in found:
        yield from _workspace(house, one)
    yield from _queues(house)


def _addresses(settings: Settings) -> Finding:
    if settings.slack_app_token:
        return Finding("addresses", "by Socket Mode; the process `socket` has to run")
    wanted = settings.public_url.rstrip("/") + manifests.DOOR
    if not wanted.startswith("https:") and settings.slack_api_url.startswith("https://slack.com"):
        return Finding("addresses", wanted, "Slack calls HTTPS only: correct PUBLIC_URL.")
    return Finding("addresses", f"events, presses and commands: {wanted}")


def _workspace(house: Runtime, one: WorkspaceView) -> Iterator[Finding]:
    name = one.name or one.team
    try:
        caller = workspaces.slack_of(house, one.id)
        said = caller.call("auth.test", {})
    except _TROUBLE as error:
        yield Finding("token", f"{name}: {error}", "Connect the workspace again.")
        return
    yield Finding("token", f"{name}: good; the bot is called {said.get('user', '')}")
    yield _rights(caller, one, name)
    if one.trouble:
        yield Finding("trouble", f"{name}: {one.trouble}", "It is tried again every ten minutes.")


def _rights(caller: Slack, one: WorkspaceView, name: str) -> Finding:
    granted = set(one.scopes) or set(caller.scopes())
    lacks = sorted(set(manifests.SCOPES) - granted)
    if not granted:
        return Finding("rights", f"{name}: Slack does not say which the bot has")
    if lacks:
        for_what = ", ".join(f"{scope} ({manifests.SCOPES[scope]})" for scope in lacks)
        advice = "Install the app again from `oms slack manifest`."
        return Finding("rights", f"{name}: lacks {for_what}", advice)
    return Finding("rights", f"{name}: all {len(manifests.SCOPES)}")


def _queues(house: Runtime) -> Iterator[Finding]:
    with house.database.reading() as connection:
        for queue in routing.queues(connection):
            name = say(queue.name, house.settings.language)
            channel = queries.channel_of_queue(connection, queue.id)
            if channel is None:
                yield Finding("channel", f"{name}: none; its cases are worked on the desk")
                continue
            waits = queries.waiting(connection, channel.id)
            said = f"{name}: #{channel.name}, {waits} posts wait"
            yield Finding(
                "channel", said, f"Slack says: {channel.trouble}" if channel.trouble else ""
            )
