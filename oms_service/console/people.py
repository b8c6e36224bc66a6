"""``oms customers``: find people, show and erase what is kept of them, make two records one."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, TypeVar

import click
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from oms_service.conversations import handing_out
from oms_service.customers import queries
from oms_service.customers.queries import CustomerView
from oms_service.customers.service import MergeView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import DomainError
from oms_service.operations.people import People, StillWaiting
from oms_service.runtime import Runtime

OpenRuntime = Callable[[], Runtime]
T = TypeVar("T")

#: Messages and parcels go first; after so many tries somebody should look at who holds the rows.
_TRIES: Final = 5
_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")


@click.group()
def customers() -> None:
    """People: find them, export or erase what is kept of them, merge two records and undo that."""


@customers.command("find")
@click.argument("text")
@_JSON
@click.pass_obj
def find(open_runtime: OpenRuntime, text: str, *, as_json: bool) -> None:
    """Find people by a part of their name, or by mail address or phone number."""
    with open_runtime().database.reading() as connection:
        found = [_as_json(connection, one) for one in queries.search(connection, text)]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    if not found:
        click.echo("Nobody.", err=True)
    for one in found:
        records = "".join(
            f"  [merge {merge['merge']}: {merge['merged']}]" for merge in one["merges"]
        )
        click.echo(f"{one['customer']}  {one['name']}  {', '.join(one['known_by'])}{records}")


@customers.command("export")
@click.argument("customer", type=int)
@click.argument("file", type=click.File("x", encoding="utf-8"), required=False)
@click.pass_obj
def export(open_runtime: OpenRuntime, customer: int, file: IO[str] | None) -> None:
    """Write all that is kept of CUSTOMER as JSON, to FILE or to standard output.

    Colleagues' notes are in it as well: read it before you hand it out.
    """
    runtime = open_runtime()
    with _plainly(), runtime.database.looking() as session:
        kept = People(runtime.keepers).export(session, customer)
    said = json.dumps(kept, ensure_ascii=False, indent=2, default=_written)
    click.echo(said, file=file)
    if file is not None:
        click.echo(f"Written to {Path(file.name)}.", err=True)


@customers.command("pack")
@click.argument("customer", type=int)
@click.argument("file", type=click.File("xb"))
@click.option("--for-them", is_flag=True, help="Without what only colleagues read.")
@click.pass_obj
def pack(open_runtime: OpenRuntime, customer: int, file: IO[bytes], *, for_them: bool) -> None:
    """Write all that is kept of CUSTOMER to FILE as a zip: the data, and the files themselves."""
    runtime = open_runtime()
    with _plainly(), runtime.database.looking() as session:
        made = handing_out.archive(session, runtime.keepers, customer, inside=not for_them)
    for piece in made.chunks(runtime.files):
        file.write(piece)
    click.echo(f"Written to {Path(file.name)}.", err=True)


@customers.command("erase")
@click.argument("customer", type=int)
@click.option("--force", is_flag=True, help="Even where something is still to be done for them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@_JSON
@click.pass_obj
def erase(
    open_runtime: OpenRuntime, customer: int, *, force: bool, yes: bool, as_json: bool
) -> None:
    """Empty all that tells who CUSTOMER is. This cannot be undone.

    Totals, counters and ledgers stay, as books must. Refused while an order, a return, a refund,
    a case or a balance is open.
    """
    if not yes:
        click.confirm(f"Erase customer {customer} for good?", abort=True, err=True)
    runtime = open_runtime()
    people = People(runtime.keepers)
    try:
        done = _try(runtime, lambda uow: people.erase(uow, customer, force=force))
    except StillWaiting as error:
        matters = "".join(f"\n  - {matter}" for matter in error.matters)
        raise click.ClickException(
            f"Customer {customer} is not erased, for:{matters}\n"
            "Settle these first, or erase with --force: cases end, the rest is for you to end."
        ) from None
    if as_json:
        click.echo(json.dumps({"customer": done.customer_id, "is_new": done.is_new}))
    else:
        what = "is erased" if done.is_new else "had been erased before"
        click.echo(f"Customer {done.customer_id} {what}.")


@customers.command("merge")
@click.argument("kept", type=int)
@click.argument("merged", type=int)
@_JSON
@click.pass_obj
def merge(open_runtime: OpenRuntime, kept: int, merged: int, *, as_json: bool) -> None:
    """Let the record KEPT stand for MERGED as well: all that is MERGED's moves to it."""
    runtime = open_runtime()
    people = People(runtime.keepers)
    made = _try(runtime, lambda uow: people.merge(uow, kept_id=kept, merged_id=merged))
    _tell(made, "is now" if made.is_new else "was already", as_json=as_json)


@customers.command("unmerge")
@click.argument("number", type=int)
@_JSON
@click.pass_obj
def unmerge(open_runtime: OpenRuntime, number: int, *, as_json: bool) -> None:
    """Undo the merge of that NUMBER: what had moved goes back, what came since stays."""
    runtime = open_runtime()
    people = People(runtime.keepers)
    undone = _try(runtime, lambda uow: people.undo_merge(uow, number))
    _tell(undone, "is no longer" if undone.is_new else "was no longer", as_json=as_json)


@contextmanager
def _plainly() -> Iterator[None]:
    """A refusal is one line, not a traceback."""
    try:
        yield
    except DomainError as error:
        raise click.ClickException(str(error)) from None


def _try(runtime: Runtime, do: Callable[[UnitOfWork], T]) -> T:
    """Do it, stepping back where somebody is at work with this customer."""
    for _ in range(_TRIES):
        try:
            with runtime.unit_of_work(SYSTEM) as uow:
                return do(uow)
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable | DeadlockDetected):
                raise
        except StillWaiting:
            raise
        except DomainError as error:
            raise click.ClickException(str(error)) from None
    raise click.ClickException("Somebody is at work with this customer; try again in a minute.")


def _tell(merge: MergeView, what: str, *, as_json: bool) -> None:
    if as_json:
        said = {
            "merge": merge.id,
            "kept": merge.kept_id,
            "merged": merge.merged_id,
            "is_new": merge.is_new,
            "is_undone": merge.undone_at is not None,
        }
        click.echo(json.dumps(said))
    else:
        click.echo(f"Customer {merge.merged_id} {what} {merge.kept_id} (merge {merge.id}).")


def _as_json(reader: Connection, one: CustomerView) -> dict[str, Any]:
    family = queries.family(reader, one.id)
    return {
        "customer": one.id,
        "name": one.name,
        "language": one.language,
        "known_by": [known.shown for known in queries.identities(reader, family)],
        "merges": [
            {"merge": merge.id, "kept": merge.kept_id, "merged": merge.merged_id}
            for merge in queries.merges_of(reader, family)
            if merge.undone_at is None
        ],
    }


def _written(value: object) -> str:
    """Times in ISO 8601; whatever else, as it writes itself."""
    return value.isoformat() if isinstance(value, datetime) else str(value)
