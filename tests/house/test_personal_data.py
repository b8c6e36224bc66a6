"""Personal data: every column of text says whether it is any, and the page names those that are."""

import re
from pathlib import Path

from sqlalchemy import ARRAY, JSON, Column, Enum, LargeBinary, String

from migrations.tables import METADATA
from oms_service.infra.db import Model
from oms_service.runtime import Runtime

PAGE = Path(__file__).parents[2] / "docs/architecture.md"


def holds_text(column: Column[object]) -> bool:
    free = isinstance(column.type, String | LargeBinary | JSON | ARRAY)
    return free and not isinstance(column.type, Enum)


def test_every_column_of_text_or_json_says_whether_it_is_personal() -> None:
    silent = [
        f"{table.name}.{column.name}"
        for table in METADATA.sorted_tables
        for column in table.columns
        if holds_text(column) and column.info.get("personal") not in {"customer", "staff", ""}
    ]
    assert silent == []


def test_the_page_names_exactly_the_personal_columns() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## Personal data")[2]
    named = {
        (table, column)
        for table, columns in re.findall(r"^\| `(\w+)` \| (.+) \|$", section, re.MULTILINE)
        for column in re.findall(r"`(\w+)`", columns)
    }
    declared = {
        (table.name, column.name)
        for table in METADATA.sorted_tables
        for column in table.columns
        if column.info.get("personal")
    }
    assert named == declared


def test_every_package_with_personal_columns_is_a_keeper(runtime: Runtime) -> None:
    models = {
        mapper.class_.__module__.rpartition(".")[0]
        for mapper in Model.registry.mappers
        if any(column.info.get("personal") == "customer" for column in mapper.local_table.columns)
    }
    keepers = {keeper.__name__.rpartition(".")[0] for _name, keeper in runtime.keepers}  # type: ignore[attr-defined]  # they are modules
    # Raw bodies are emptied by shipping, whose carriers sent them.
    assert models - {"oms_service.infra"} == keepers
