"""The pages about files and about the demo say what the code says."""

from pathlib import Path

from oms_service.demo_shop import scenes, today
from oms_service.importing.tables import columns

DOCS = Path(__file__).parents[2] / "docs"


def test_every_column_of_every_table_is_documented() -> None:
    assert columns.as_markdown() in (DOCS / "importing.md").read_text(encoding="utf-8")


def test_the_orders_to_try_are_those_of_the_demo_shop() -> None:
    assert scenes.as_markdown() in (DOCS / "demo.md").read_text(encoding="utf-8")


def test_the_orders_of_today_are_those_of_the_demo_shop() -> None:
    assert today.as_markdown() in (DOCS / "demo.md").read_text(encoding="utf-8")
