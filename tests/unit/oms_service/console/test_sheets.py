"""Cells of CSV files never become formulas."""

import pytest

from oms_service.console import sheets


@pytest.mark.parametrize("sign", list("=+-@\t\r\n＝＋－＠"))
def test_no_cell_begins_as_a_formula_does(sign: str) -> None:
    assert sheets.plain(f"{sign}1+1") == f"'{sign}1+1"


def test_other_cells_stay_as_they_are() -> None:
    assert [sheets.plain(cell) for cell in ("", "A-1", "田中 葵")] == ["", "A-1", "田中 葵"]
