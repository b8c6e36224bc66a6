"""Histories out of files, and what is said of a wrong one."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from oms_service.cli import main
from oms_service.importing import journeys
from oms_service.importing.report import Damaged
from tests.factories.histories import TOKYO, a_history

HEADING = "placed_at,handed_over_at,delivered_at,promised_at,origin,destination,carrier,service\n"


def test_times_without_a_zone_are_the_shops(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text(f"{HEADING}2026-04-01T09:30,,2026-04-03 18:00:00+00:00,,Tokyo,Osaka,yamato,\n")
    (one,) = journeys.read_file(file, TOKYO)
    assert one.placed_at is not None
    assert one.placed_at.isoformat() == "2026-04-01T09:30:00+09:00"
    assert one.handed_over_at is None
    assert one.delivered_at is not None
    assert one.delivered_at.isoformat() == "2026-04-03T18:00:00+00:00"
    assert (one.road.origin, one.road.service) == ("Tokyo", "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{HEADING}yesterday,,,,,,,\n", "row 2, placed_at: is no time"),
        (f"{HEADING},,,,,,,,more\n", "row 2: has more cells than headings"),
        ("placed_at,delivered_at\n", "row 1, handed_over_at: is missing"),
        ("", "row 1, placed_at: is missing"),
        (f'{HEADING}"2026-04-01', "the file: cannot be read"),
    ],
)
def test_a_wrong_file_names_its_rows(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "history.csv"
    file.write_text(text)
    with pytest.raises(Damaged) as raised:
        journeys.read_file(file, TOKYO)
    assert str(raised.value.problems[0]).startswith(says)


def test_a_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_bytes(b"\xff\xfe\x00p")
    with pytest.raises(Damaged, match="is not UTF-8"):
        journeys.read_file(file, TOKYO)


def test_the_command_answers_in_json_and_in_words(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    rows = [
        [
            *(one.placed_at, one.handed_over_at, one.delivered_at, one.promised_at),
            *(one.road.origin, one.road.destination, one.road.carrier, one.road.service),
        ]
        for one in a_history(seed=6, days=10, a_day=4)
    ]
    file.write_text(HEADING + "".join(",".join(map(str, row)) + "\n" for row in rows))
    answer = CliRunner().invoke(main, ["eta", "backtest", str(file), "--json"])
    assert answer.exit_code == 0, answer.output
    report = json.loads(answer.stdout)
    assert report["journeys"] == 40
    assert set(report["handover"]["baselines"]) == {"promised", "global_median", "lane_median"}
    words = CliRunner().invoke(main, ["eta", "backtest", str(file)]).stdout.splitlines()
    assert words[0] == "40 journeys"
    assert words[1].startswith("placement: 40 parcels, half of them within ")


def test_the_command_refuses_in_words(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text(f"{HEADING}yesterday,,,,,,,\n")
    answer = CliRunner().invoke(main, ["eta", "backtest", str(file)])
    assert answer.exit_code == 1
    assert "row 2, placed_at: is no time" in answer.output
    answer = CliRunner().invoke(main, ["eta", "backtest", str(file), "--zone", "Mars/North"])
    assert answer.exit_code == 2
    assert "there is no time zone 'Mars/North'" in answer.output
