"""``oms staff``, ``oms keys`` and ``oms permissions``: who may do what, from the command line."""

import json
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import click

from oms_service.access import demo_accounts, passwords, permissions, queries, second_steps
from oms_service.access import keys as api_keys
from oms_service.access import staff as colleagues
from oms_service.access.queries import KeyView, StaffView
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import DomainError, NotFound
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.sales import queries as sales

OpenRuntime = Callable[[], Runtime]

_ROLES = click.Choice([str(role) for role in permissions.STAFF_ROLES])


@contextmanager
def _plainly() -> Any:
    """A refusal is one line, not a traceback."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(str(error)) from None


@click.command("permissions")
def permissions_page() -> None:
    """Write the page of permissions to standard output."""
    click.echo(permissions.as_markdown(), nl=False)


@click.command("demo-accounts", hidden=True)
@click.pass_obj
def accounts_of_demo(open_runtime: OpenRuntime) -> None:
    """Let the colleagues of a demo in, who are named in what its start-up says."""
    runtime = open_runtime()
    if not runtime.settings.demo:
        raise click.ClickException("These accounts are for a demo: DEMO is not set.")
    with runtime.unit_of_work(SYSTEM) as uow:
        demo_accounts.ensure(uow, runtime.settings)
    demo_accounts.write_down(runtime.settings.state_dir)


@click.group()
def staff() -> None:
    """Colleagues: add, list, deactivate, change passwords and roles."""


@staff.command("add")
@click.option("--mail", required=True, help="Mail address to sign in with.")
@click.option("--name", required=True, help="Name as colleagues read it.")
@click.option("--role", "roles", type=_ROLES, multiple=True, required=True)
@click.option("--language", type=click.Choice([str(one) for one in Language]), default="ja")
@click.password_option(
    help=f"At least {passwords.SHORTEST} characters; asked for when it is not given."
)
@click.pass_obj
def add(
    open_runtime: OpenRuntime,
    *,
    mail: str,
    name: str,
    roles: tuple[str, ...],
    language: str,
    password: str,
) -> None:
    """Let a new colleague in."""
    with _plainly(), open_runtime().unit_of_work(SYSTEM) as uow:
        view = colleagues.add(
            uow,
            mail=mail,
            name=name,
            password=password,
            roles=[Role(role) for role in roles],
            language=Language(language),
        )
    click.echo(f"{view.mail} may sign in.")


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def list_staff(open_runtime: OpenRuntime, *, as_json: bool) -> None:
    """List all colleagues."""
    with open_runtime().database.reading() as connection:
        found = queries.all_staff(connection)
    if as_json:
        click.echo(json.dumps([_staff_json(one) for one in found], ensure_ascii=False))
        return
    if not found:
        click.echo("Nobody yet: oms staff add --mail ... --name ... --role operations", err=True)
    for one in found:
        state = "" if one.is_active else "  (deactivated)"
        click.echo(f"{one.mail}  {one.name}  {', '.join(sorted(one.roles))}{state}")


@staff.command("deactivate")
@click.argument("mail")
@click.pass_obj
def deactivate(open_runtime: OpenRuntime, mail: str) -> None:
    """Shut a colleague out at once."""
    with _plainly(), open_runtime().unit_of_work(SYSTEM) as uow:
        colleagues.deactivate(uow, colleagues.id_of(uow, mail))
    click.echo(f"{mail} is shut out.")


@staff.command("activate")
@click.argument("mail")
@click.pass_obj
def activate(open_runtime: OpenRuntime, mail: str) -> None:
    """Let a deactivated colleague in again."""
    with _plainly(), open_runtime().unit_of_work(SYSTEM) as uow:
        colleagues.activate(uow, colleagues.id_of(uow, mail))
    click.echo(f"{mail} may sign in again.")


@staff.command("roles")
@click.argument("mail")
@click.option("--role", "roles", type=_ROLES, multiple=True, required=True)
@click.pass_obj
def roles(open_runtime: OpenRuntime, mail: str, roles: tuple[str, ...]) -> None:
    """Give a colleague exactly these roles."""
    with _plainly(), open_runtime().unit_of_work(SYSTEM) as uow:
        colleagues.set_roles(uow, mail, [Role(role) for role in roles])
    click.echo(f"{mail} is now {', '.join(roles)}.")


@staff.command("password")
@click.argument("mail")
@click.password_option()
@click.pass_obj
def password(open_runtime: OpenRuntime, mail: str, password: str) -> None:
    """Give a colleague a new password and end their sign-ins."""
    with _plainly(), open_runtime().unit_of_work(SYSTEM) as uow:
        colleagues.set_password(uow, mail, password)
    click.echo(f"{mail} has a new password; every earlier sign-in has ended.")


@staff.command("reset-second-step")
@click.argument("mail")
@click.pass_obj
def reset_second_step(open_runtime: OpenRuntime, mail: str) -> None:
    """Take the second step from a colleague who has lost their app, and tell them by mail."""
    with _plainly(), open_runtime().unit_of_work(SYSTEM) as uow:
        found = queries.staff_by_mail(uow.session, mail)
        if found is None:
            raise NotFound("no colleague has that mail address")
        was_on = second_steps.reset(uow, found.id)
    if was_on:
        click.echo(f"{mail} signs in by password alone until they set up an app again.")
    else:
        click.echo(f"{mail} has no second step.")


@click.group()
def keys() -> None:
    """API keys: create, list, revoke."""


@keys.command("create")
@click.option("--label", required=True, help="What the key is for.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice([one.name for one in permissions.scopes()]),
    multiple=True,
    required=True,
)
@click.option("--channel", default="", help="The one sales channel it reaches, by its code.")
@click.option("--days", type=int, help="After how many days it ends; else when it is revoked.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def create(
    open_runtime: OpenRuntime,
    *,
    label: str,
    scopes: tuple[str, ...],
    channel: str,
    days: int | None,
    as_json: bool,
) -> None:
    """Create a key. Its secret is printed now and never again."""
    with _plainly(), open_runtime().unit_of_work(SYSTEM) as uow:
        channel_id = sales.channel(uow.session, channel).id if channel else None
        view, secret = api_keys.create(
            uow, label=label, scopes=scopes, channel_id=channel_id, days=days
        )
    if as_json:
        click.echo(json.dumps({**_key_json(view), "secret": secret}, ensure_ascii=False))
    else:
        click.echo("Copy the key now; it is not shown again.", err=True)
        click.echo(secret)


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.pass_obj
def list_keys(open_runtime: OpenRuntime, *, as_json: bool) -> None:
    """List all keys, without their secrets."""
    with open_runtime().database.reading() as connection:
        found = queries.all_keys(connection)
    if as_json:
        click.echo(json.dumps([_key_json(one) for one in found], ensure_ascii=False))
        return
    if not found:
        click.echo("No keys yet: oms keys create --label ... --scope orders:read", err=True)
    for one in found:
        state = "  (revoked)" if one.revoked_at else ""
        scopes = ", ".join(sorted(one.scopes))
        click.echo(f"{one.id}  {one.prefix}…  {one.label}  {scopes}{state}")


@keys.command("revoke")
@click.argument("key_id", type=int)
@click.pass_obj
def revoke(open_runtime: OpenRuntime, key_id: int) -> None:
    """Revoke the key of that number in the list."""
    with _plainly(), open_runtime().unit_of_work(SYSTEM) as uow:
        api_keys.revoke(uow, key_id)
    click.echo("Revoked.")


def _staff_json(view: StaffView) -> dict[str, object]:
    return {
        "mail": view.mail,
        "name": view.name,
        "roles": sorted(view.roles),
        "language": view.language,
        "is_active": view.is_active,
    }


def _key_json(view: KeyView) -> dict[str, object]:
    return {
        "number": view.id,
        "label": view.label,
        "prefix": view.prefix,
        "scopes": sorted(view.scopes),
        "created_at": view.created_at.isoformat(),
        "revoked_at": view.revoked_at.isoformat() if view.revoked_at else None,
        "expires_at": view.expires_at.isoformat() if view.expires_at else None,
        "last_used_at": view.last_used_at.isoformat() if view.last_used_at else None,
    }
