"""``oms line``: is the shop's LINE channel set up as it has to be?"""

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click

from bots.line.client import Api, Busy, Refused, Unanswered
from oms_service.runtime import Runtime
from oms_service.settings import Settings

OpenRuntime = Callable[[], Runtime]

WEBHOOK: str = "/line/webhook"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``advice`` is empty when it is well."""

    name: str
    said: str
    advice: str = ""


@click.group()
def line() -> None:
    """LINE: look after the shop's account."""


@line.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def doctor(open_runtime: OpenRuntime, *, as_json: bool) -> None:
    """Look whether LINE is set up: token, webhook, this month's messages. 1 when it is not."""
    settings = open_runtime().settings
    found = list(examine(settings, Api.of(settings)))
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], ensure_ascii=False))
    for one in [] if as_json else found:
        mark = "BAD" if one.advice else "ok "
        click.echo(f"{mark}  {one.name:<9} {one.said}" + (f". {one.advice}" if one.advice else ""))
    sys.exit(1 if any(one.advice for one in found) else 0)


def examine(settings: Settings, api: Api) -> Iterator[Finding]:
    """Look at everything; what cannot be looked at says so."""
    if not settings.has_line:
        some = settings.line_channel_secret or settings.line_channel_token
        advice = "Set both LINE_CHANNEL_SECRET and LINE_CHANNEL_TOKEN." if some else ""
        yield Finding("line", "off", advice)
        return
    for look in (_token, _webhook, _month):
        try:
            yield look(settings, api)
        except (Unanswered, Busy, Refused) as error:
            advice = "See whether LINE_CHANNEL_TOKEN is the channel's, and LINE can be reached."
            yield Finding(look.__name__.strip("_"), str(error), advice)


def _token(_settings: Settings, api: Api) -> Finding:
    return Finding("token", f"good; the account is called {api.name()}")


def _webhook(settings: Settings, api: Api) -> Finding:
    wanted = settings.public_url + WEBHOOK
    found = api.webhook()
    if found is None or found.url != wanted:
        there = found.url if found is not None else "nothing"
        return Finding("webhook", f"set to {there}", f"Set it to {wanted} in LINE's console.")
    if not found.is_active:
        return Finding("webhook", f"{wanted}, switched off", "Switch “Use webhook” on.")
    if not wanted.startswith("https:"):
        return Finding("webhook", wanted, "LINE calls HTTPS only: correct PUBLIC_URL.")
    return Finding("webhook", wanted)


def _month(_settings: Settings, api: Api) -> Finding:
    quota = api.quota()
    if quota.allowance is None:
        return Finding("month", f"{quota.used} messages sent, no limit")
    said = f"{quota.used} of {quota.allowance} messages used"
    if quota.used >= quota.allowance:
        return Finding("month", said, "Answers to customers still leave; others wait. Buy more.")
    return Finding("month", said)
