"""``oms import``: a shop's own files, from the command line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from oms_service.importing.report import IMPORTER, Damaged, Problem, Report
from oms_service.importing.retail import load, reading
from oms_service.importing.tables.columns import TABLES, as_markdown
from oms_service.importing.tables.run import How, load_file
from oms_service.infra.progress import shown
from oms_service.operations.returning import scanning
from oms_service.ports.carrier import Unreadable
from oms_service.runtime import Runtime
from oms_service.shipping.inbound import Scans

OpenRuntime = Callable[[], Runtime]
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_MOST_LINES: Final = 20


class _Refused(click.ClickException):
    """A file that was not loaded; standard output stays what was promised."""

    exit_code = 1

    def __init__(self, damaged: Damaged, *, as_json: bool) -> None:
        problems = damaged.problems
        lines = [str(problem) for problem in problems[:_MOST_LINES]]
        if len(problems) > _MOST_LINES:
            lines.append(f"... and {len(problems) - _MOST_LINES} more")
        super().__init__("\n".join([*lines, "Nothing was changed."]))
        if as_json:
            _print(Report(problems=problems), as_json=True)


@click.group("import")
def import_() -> None:
    """Load a shop's own files."""


@import_.command("retail")
@click.argument("file", type=_FILE)
@click.option(
    "--opening-stock",
    type=click.IntRange(0, 1_000_000),
    default=load.OPENING_STOCK,
    show_default=True,
    help="Units each available variant opens with: the file only says that there are some.",
)
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.pass_obj
def retail(open_runtime: OpenRuntime, *, file: Path, opening_stock: int, as_json: bool) -> None:
    """Load a retail file: one JSON document with products, users and orders."""
    runtime = open_runtime()
    try:
        with shown() as tell:
            tell("reading", 0, None)
            found = reading.read_file(file)
            with runtime.unit_of_work(IMPORTER) as uow:
                report = load.load(uow, found, opening_stock=opening_stock, tell=tell)
    except Damaged as damaged:
        raise _Refused(damaged, as_json=as_json) from None
    _print(report, as_json=as_json)


@import_.command("scans")
@click.argument("file", type=_FILE)
@click.option("--mapping", default="plain-csv", show_default=True, help="How the file is read.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.pass_obj
def scans(open_runtime: OpenRuntime, *, file: Path, mapping: str, as_json: bool) -> None:
    """Take in what carriers scanned, from a file; taken in again, it adds nothing."""
    runtime = open_runtime()
    ways = Scans(runtime.adapters, runtime.settings.zone, scanning.record)
    body = file.read_bytes()
    try:
        with runtime.unit_of_work(IMPORTER) as uow:
            done = ways.take_file(uow, mapping, body)
    except Unreadable as problem:
        wrong = Damaged([Problem(where=str(file), field="", says=str(problem))])
        raise _Refused(wrong, as_json=as_json) from None
    report = Report()
    report.count("scans", new=done.new, unchanged=done.repeated)
    report.problems = [
        Problem(where=f"row {one.row}", field=one.path, says=one.why) for one in done.wrong
    ]
    report.warnings = [
        f"row {row}: {one.fact.tracking_number} {one.why}" for row, one in done.refused
    ]
    _print(report, as_json=as_json)
    for one in [] if as_json else report.problems:
        click.echo(str(one), err=True)


@import_.command("columns")
def columns() -> None:
    """Write the columns of every table to standard output."""
    click.echo(as_markdown(), nl=False)


def _table(name: str) -> click.Command:
    @click.command(name, help=f"Load {name} from a CSV or JSON Lines file. {TABLES[name].words}")
    @click.argument("file", type=_FILE)
    @click.option("--channel", default="web", show_default=True, help="The sales channel meant.")
    @click.option("--encoding", default="utf-8", show_default=True, help="Also shift_jis.")
    @click.option("--dry-run", is_flag=True, help="Look at everything, change nothing.")
    @click.option(
        "--skip-bad-rows",
        is_flag=True,
        help="Load the rest, and write wrong rows to FILE.errors.csv.",
    )
    @click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
    @click.pass_obj
    def command(
        open_runtime: OpenRuntime,
        *,
        file: Path,
        channel: str,
        encoding: str,
        dry_run: bool,
        skip_bad_rows: bool,
        as_json: bool,
    ) -> None:
        errors = file.with_name(f"{file.name}.errors.csv") if skip_bad_rows else None
        how = How(channel=channel, encoding=encoding, is_dry=dry_run, errors=errors)
        try:
            with shown() as tell:
                report = load_file(open_runtime(), name, file, how, tell=tell)
        except Damaged as damaged:
            raise _Refused(damaged, as_json=as_json) from None
        _print(report, as_json=as_json)

    return command


for table in TABLES:
    import_.add_command(_table(table))


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report.as_json(), ensure_ascii=False))
        return
    for line in report.as_lines():
        click.echo(line)
