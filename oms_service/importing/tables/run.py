"""One file into the shop: all of it, none of it, or all but the rows that are wrong."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from oms_service.importing.report import IMPORTER, Damaged, Problem, Report
from oms_service.importing.tables import reading
from oms_service.importing.tables.columns import TABLES, Context, Table
from oms_service.importing.tables.goods import BinsLoader, ProductsLoader, StockLoader
from oms_service.importing.tables.loader import Group, Loader, Work, sift
from oms_service.importing.tables.people import CustomersLoader
from oms_service.importing.tables.reading import Raw, Row, at
from oms_service.importing.tables.sold import OrdersLoader
from oms_service.infra import bulk
from oms_service.infra.progress import Tell, silently
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime
from oms_service.sales import queries as sales
from oms_service.sales.queries import ChannelView

LOADERS: Final[dict[str, Callable[[Work], Loader]]] = {
    "orders": OrdersLoader,
    "customers": CustomersLoader,
    "products": ProductsLoader,
    "stock": StockLoader,
    "bins": BinsLoader,
}
#: So many groups of rows are in memory at a time.
CHUNK: Final = 2_000
_MOST_ROWS_AN_ORDER: Final = 500
#: After so many problems a load that is going to fail anyway stops looking.
_MOST_PROBLEMS: Final = 100


@dataclass(frozen=True, kw_only=True)
class How:
    """How a file is loaded.

    Args:
        channel: the sales channel whose money, zone and orders are meant.
        encoding: of the file.
        is_dry: look at everything, change nothing.
        errors: where to write the rows that are wrong; without it one wrong row stops all.
    """

    channel: str
    encoding: str = "utf-8"
    is_dry: bool = False
    errors: Path | None = None


class _Undone(Exception):
    """Takes a dry run back."""


def load_file(
    runtime: Runtime, name: str, path: Path, how: How, *, tell: Tell = silently
) -> Report:
    """Load the table ``name`` from ``path`` in one transaction.

    Raises:
        Damaged: something is wrong and ``how.errors`` was not given; nothing was changed.
    """
    report = Report()
    try:
        with runtime.unit_of_work(IMPORTER) as uow:
            bulk.alone(uow.session)
            work = Work(uow, _channel(uow.session, how.channel), report)
            _load(work, TABLES[name], path, how, tell)
            if how.is_dry:
                raise _Undone  # noqa: TRY301 - it must pass through the unit of work
    except _Undone:
        report.notes["dry run"] = "nothing was changed"
    return report


def _channel(session: Session, code: str) -> ChannelView:
    try:
        return sales.channel(session, code)
    except NotFound as error:
        raise Damaged([Problem(where="--channel", field="", says=str(error))]) from None


def _load(work: Work, table: Table, path: Path, how: How, tell: Tell) -> None:
    context = Context(work.channel.currency, ZoneInfo(work.channel.zone))
    loader = LOADERS[table.name](work)
    groups = grouped(reading.rows(path, table, encoding=how.encoding), table)
    of, done = reading.count_rows(path), 0
    with _Bin(how.errors) as bin_:
        for chunk in _chunks(groups):
            done += sum(len(group) for group in chunk)
            good, problems = _read(chunk, table, context)
            may_write = how.errors is not None or not work.report.problems
            problems += loader.take(good) if may_write else []
            work.report.problems += problems
            bin_.put(chunk, problems)
            tell(table.name, done, max(of, done))
            if how.errors is None and len(work.report.problems) >= _MOST_PROBLEMS:
                break
        if work.report.problems and how.errors is None:
            raise Damaged(work.report.problems[:_MOST_PROBLEMS])
        loader.finish()
    if how.errors is not None:
        work.report.notes["rows left out"] = bin_.rows


def grouped(rows: Iterable[Raw], table: Table) -> Iterator[tuple[Raw, ...]]:
    """Rows that stand or fall together: those of one order that stand together."""
    if table.name != "orders":
        for raw in rows:
            yield (raw,)
        return
    for _, group in groupby(rows, key=lambda raw: raw.cells.get("order_ref", "").strip()):
        found: list[Raw] = []
        for raw in group:
            found.append(raw)
            if len(found) == _MOST_ROWS_AN_ORDER:
                yield tuple(found)
                found = []
        if found:
            yield tuple(found)


def _read(
    chunk: Sequence[tuple[Raw, ...]], table: Table, context: Context
) -> tuple[list[Group], list[Problem]]:
    problems: list[Problem] = []
    groups: list[Group] = []
    for raws in chunk:
        rows: list[Row] = []
        for raw in raws:
            row, wrong = reading.read(raw, table, context)
            problems += wrong
            if row is not None:
                rows.append(row)
        if len(rows) == len(raws):
            groups.append(tuple(rows))
    return sift(groups, problems), problems


def _chunks(groups: Iterator[tuple[Raw, ...]]) -> Iterator[list[tuple[Raw, ...]]]:
    chunk: list[tuple[Raw, ...]] = []
    for group in groups:
        chunk.append(group)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


class _Bin:
    """The file of rows that were left out: their cells, and what is wrong with each."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.rows = 0

    def __enter__(self) -> "_Bin":
        self._file = self._path.open("w", encoding="utf-8-sig", newline="") if self._path else None
        self._writer: csv.DictWriter[str] | None = None
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def put(self, chunk: Sequence[tuple[Raw, ...]], problems: Sequence[Problem]) -> None:
        if self._file is None or not problems:
            return
        says: dict[str, list[str]] = {}
        for problem in problems:
            told = f"{problem.field}: {problem.says}" if problem.field else problem.says
            says.setdefault(problem.where, []).append(told)
        for group in chunk:
            if any(_where(raw) in says for raw in group):
                for raw in group:
                    self._write(raw, "; ".join(says.get(_where(raw), ["its order is wrong"])))

    def _write(self, raw: Raw, says: str) -> None:
        if self._file is None:
            return
        if self._writer is None:
            names = ["row", "problem", *raw.cells]
            self._writer = csv.DictWriter(self._file, names, extrasaction="ignore")
            self._writer.writeheader()
        self._writer.writerow({**raw.cells, "row": raw.number, "problem": says})
        self.rows += 1


def _where(raw: Raw) -> str:
    return at(raw.number, "", "").where
