"""The one command-line program, ``oms``."""

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import click

from oms_service.embedded.state import running_environment
from oms_service.settings import BadSetting, Settings, as_markdown

if TYPE_CHECKING:
    from oms_service.console.doctor import Check
    from oms_service.demo_shop.commands import Extra
    from oms_service.demo_shop.result import DemoShop
    from oms_service.infra.uow import UnitOfWork
    from oms_service.runtime import Runtime


class Commands(click.Group):
    """Commands of packages are imported when somebody asks for them: ``oms up`` waits for none."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*super().list_commands(context), *OF_PACKAGES})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in OF_PACKAGES:
            return OF_PACKAGES[name]()
        return super().get_command(context, name)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """Order Desk: the order desk that answers."""
    context.obj = open_runtime


@main.command()
@click.option("--reset", is_flag=True, help="Forget all data first.")
def up(*, reset: bool) -> None:
    """Start the whole system: servers where none are given, migrations, demo shop, processes."""
    from oms_service import supervisor  # noqa: PLC0415 - only this command needs it

    sys.exit(supervisor.run(os.environ, reset=reset))


@main.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    from migrations.run import upgrade  # noqa: PLC0415 - only this command needs it

    upgrade(_settings().database_url)


@main.command()
def settings() -> None:
    """Write the settings page to standard output."""
    click.echo(as_markdown(), nl=False)


@main.command()
def events() -> None:
    """Write the page of events to standard output."""
    from oms_service import event_pages  # noqa: PLC0415 - it loads the whole house

    click.echo(event_pages.as_markdown(), nl=False)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--files", "with_files", is_flag=True, help="Look whether every file is kept, too.")
def reconcile(*, as_json: bool, with_files: bool) -> None:
    """Prove that every counter is what its ledger says; 1 when something does not add up."""
    from rich.console import Console  # noqa: PLC0415 - only long work shows progress

    from oms_service.conversations import attachments_queries  # noqa: PLC0415 - see above
    from oms_service.operations.reconcile import (  # noqa: PLC0415 - see above
        Difference,
        audit,
        checks,
    )

    runtime = open_runtime()
    with Console(stderr=True).status("Looking") as status:
        found = list(audit(runtime.database, began=status.update))
        if with_files:
            with runtime.database.reading() as connection:
                lost = attachments_queries.lost(connection, runtime.files)
            what = "every file is where its row says"
            found += [Difference(what, f"file {one}", "kept", "lost") for one in lost]
    if as_json:
        rows = [one.as_json() for one in found]
        click.echo(json.dumps({"checks": len(checks()), "differences": rows}, ensure_ascii=False))
    for one in [] if as_json else found:
        click.echo(f"{one.check}: {one.subject} should be {one.expected}, is {one.found}")
    if not as_json:
        click.echo(f"{len(checks())} checks, {len(found)} differences", err=True)
    sys.exit(1 if found else 0)


def _demo_extras() -> "list[Extra]":
    """What packages above the shop add to the demo, in the order of their rows."""
    from bots.answers import demo as answers  # noqa: PLC0415 - only this command needs it
    from cases import demo  # noqa: PLC0415 - as above

    return [demo.add, answers.add, _at_work]


def _checks_above() -> "list[Check]":
    """What ``oms doctor`` looks at in packages above the console."""
    from bots.modelling import doctor as model  # noqa: PLC0415 - only this command needs it
    from notifications.push import doctor as push  # noqa: PLC0415 - as above

    return [model.check, push.check]


def _at_work(uow: "UnitOfWork", shop: "DemoShop") -> None:
    """What colleagues of the demo shop are at today; where there are none, the house itself."""
    # Only the command for the demo needs these.
    from oms_service.access import demo_accounts, queries  # noqa: PLC0415
    from oms_service.demo_shop import today  # noqa: PLC0415
    from oms_service.kernel.actors import SYSTEM, Actor, staff  # noqa: PLC0415

    settings = _settings()
    if settings.demo:
        demo_accounts.ensure(uow, settings)

    def colleague(role: str) -> Actor:
        found = queries.staff_by_mail(uow.session, f"{role}@desk.example")
        return staff(found.id) if found else SYSTEM

    house = today.House(
        issuer=settings.issuer,
        secret=settings.secret_key,
        agent=colleague("agent"),
        picker=colleague("warehouse"),
        seller=colleague("shop"),
    )
    today.add(uow, shop, house)


def _command(module: str, name: str) -> click.Command:
    return cast(click.Command, getattr(import_module(module), name))


def _doctor() -> click.Command:
    from oms_service.console import commands  # noqa: PLC0415 - only this command needs it

    return commands.doctor(_checks_above)


def _demo_data() -> click.Command:
    from oms_service.demo_shop import commands  # noqa: PLC0415 - only this command needs it

    return commands.command(_demo_extras)


def _eta() -> click.Command:
    from oms_service.console import eta, eta_quality  # noqa: PLC0415 - only this command needs them

    eta.eta.add_command(eta_quality.report)
    eta.eta.add_command(eta_quality.warnings_)
    return eta.eta


#: What packages add, by name, and how each is come by.
OF_PACKAGES: Final[dict[str, Callable[[], click.Command]]] = {
    "permissions": lambda: _command("oms_service.access.commands", "permissions_page"),
    "staff": lambda: _command("oms_service.access.commands", "staff"),
    "keys": lambda: _command("oms_service.access.commands", "keys"),
    "doctor": _doctor,
    "fallout": lambda: _command("oms_service.console.commands", "fallout"),
    "stock": lambda: _command("oms_service.console.commands", "stock"),
    "customers": lambda: _command("oms_service.console.people", "customers"),
    "policies": lambda: _command("oms_service.console.policy_commands", "policies"),
    "eta": _eta,
    "import": lambda: _command("oms_service.importing.commands", "import_"),
    "demo-data": _demo_data,
    "demo-accounts": lambda: _command("oms_service.access.commands", "accounts_of_demo"),
    "rebuild": lambda: _command("cases.commands", "rebuild"),
    "nlu": lambda: _command("bots.learning.commands", "nlu"),
    "mcp": lambda: _command("bots.mcp.commands", "assistants"),
    "line": lambda: _command("bots.line.commands", "line"),
    "slack": lambda: _command("bots.slack.install.commands", "slack"),
}


def open_runtime() -> "Runtime":
    """What the commands of packages work with; they get this function as their object."""
    from oms_service.app import build_runtime  # noqa: PLC0415 - only some commands need it

    runtime = build_runtime(_settings())
    click.get_current_context().call_on_close(runtime.database.close)
    return runtime


def _settings() -> Settings:
    """From the environment, and for what it lacks from the demo that runs from this folder."""
    demo = running_environment(Path(os.environ.get("STATE_DIR") or ".oms"))
    try:
        return Settings.from_env({**demo, **os.environ})
    except BadSetting as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
