"""Histories with scans out of files, what is said of wrong ones, and the command that replays."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from oms_service.cli import main
from oms_service.importing import scanned
from oms_service.importing.report import Damaged
from oms_service.ports.carrier import CarrierStatus
from oms_service.shipping.arrivals.warnings import replay, score
from tests.factories.histories_with_scans import TOKYO, Known, by_days

HEADING = "parcel,placed_at,handed_over_at,delivered_at,promised_at,carrier,first_sign_at\n"
SCANS = "parcel,occurred_at,heard_at,status,place,reason\n"


def write(folder: Path, text: str, scans: str) -> tuple[Path, Path]:
    files = folder / "history.csv", folder / "scans.csv"
    for file, said in zip(files, (text, scans), strict=True):
        file.write_text(said)
    return files


def written(folder: Path, history: list[Known]) -> tuple[Path, Path]:
    files = folder / "history.csv", folder / "scans.csv"
    with files[0].open("w", newline="") as file, files[1].open("w", newline="") as of_scans:
        rows, scans = csv.writer(file), csv.writer(of_scans)
        names = ["parcel", *("placed_at", "handed_over_at", "delivered_at", "promised_at")]
        rows.writerow([*names, "origin", "destination", "carrier", "service", "first_sign_at"])
        scans.writerow(["parcel", "occurred_at", "heard_at", "status", "place", "reason"])
        for number, one in enumerate(history):
            way = one.scanned.journey
            times = (way.placed_at, way.handed_over_at, way.delivered_at, way.promised_at)
            road = (way.road.origin, way.road.destination, way.road.carrier, way.road.service)
            rows.writerow([f"P{number}", *times, *road, one.first_sign_at or ""])
            for word in one.scanned.words:
                said = (word.occurred_at, word.heard_at, word.status, word.place, word.reason)
                scans.writerow([f"P{number}", *said])
    return files


def test_words_find_their_parcels_and_a_promised_day_ends_with_itself(tmp_path: Path) -> None:
    found = scanned.read_files(
        *write(
            tmp_path,
            f"{HEADING}A,2026-04-01T09:00,,,2026-04-03,yamato,2026-04-02T08:00\n"
            ",2026-04-01T10:00,,,2026-04-03T18:00,yamato,\n",
            f"{SCANS}2,2026-04-02T08:00,2026-04-02T09:00,delayed,Tokyo,weather\n"
            "A,2026-04-02T07:00,,in_transit,,\n",
        ),
        TOKYO,
    )
    assert found.names == ("A", "2")
    first, second = found.parcels
    assert first.journey.promised_at is not None
    assert first.journey.promised_at.isoformat() == "2026-04-04T00:00:00+09:00"
    assert second.journey.promised_at is not None
    assert second.journey.promised_at.isoformat() == "2026-04-03T18:00:00+09:00"
    (word,) = second.words
    assert (word.status, word.place, word.reason) == (CarrierStatus.DELAYED, "Tokyo", "weather")
    assert word.heard_at.isoformat() == "2026-04-02T09:00:00+09:00"
    assert first.words[0].heard_at == first.words[0].occurred_at
    assert found.first_signs is not None
    assert set(found.first_signs) == {0}


@pytest.mark.parametrize(
    ("row", "scan", "says"),
    [
        ("A,,,,,,\nA,,,,,,\n", "", "history.csv, row 3, parcel: names 'A' a second time"),
        ("A,,,,,,soon\n", "", "history.csv, row 2, first_sign_at: is no time"),
        ("A,,,,,,\n", "B,2026-04-01,,delayed,,\n", "scans.csv, row 2, parcel: is no parcel"),
        ("A,,,,,,\n", "A,,,delayed,,\n", "scans.csv, row 2, occurred_at: is empty"),
        ("A,,,,,,\n", "A,2026-04-01,,gone,,\n", "scans.csv, row 2, status: is none of"),
        ("A,,,,,,\n", "A,2026-04-01,later,delayed,,\n", "scans.csv, row 2, heard_at: is no time"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, row: str, scan: str, says: str) -> None:
    with pytest.raises(Damaged) as raised:
        scanned.read_files(*write(tmp_path, HEADING + row, SCANS + scan), TOKYO)
    assert str(raised.value.problems[0]).startswith(says)


def test_scans_without_their_columns_or_of_other_bytes_are_refused(tmp_path: Path) -> None:
    files = write(tmp_path, f"{HEADING}A,,,,,,\n", "parcel,status\n")
    with pytest.raises(Damaged, match="occurred_at: is missing"):
        scanned.read_files(*files, TOKYO)
    files[1].write_bytes(b"\xff\xfe\x00p")
    with pytest.raises(Damaged, match="cannot be read"):
        scanned.read_files(*files, TOKYO)


def test_the_command_says_what_the_model_says(tmp_path: Path) -> None:
    history = by_days(seed=4, days=100, a_day=5)
    file, scans = (str(path) for path in written(tmp_path, history))
    done = CliRunner().invoke(main, ["eta", "warnings", file, scans, "--json"])
    assert done.exit_code == 0, done.output
    answer = json.loads(done.output)
    parcels = [one.scanned for one in history]
    signs = {n: one.first_sign_at for n, one in enumerate(history) if one.first_sign_at}
    said = replay(parcels, TOKYO)
    assert {name: answer[name] for name in answer if name != "warnings"} == score(
        parcels, said, signs
    )
    assert [one["parcel"] for one in answer["warnings"]] == [f"P{one.number}" for one in said]
    words = CliRunner().invoke(main, ["eta", "warnings", file, scans]).output
    assert f"{answer['judged']:,} parcels were underway" in words
    assert "an oracle warns of" in words


def test_the_command_names_wrong_rows(tmp_path: Path) -> None:
    file, scans = write(tmp_path, f"{HEADING}A,,,,,,\n", f"{SCANS}B,,,,,\n")
    done = CliRunner().invoke(main, ["eta", "warnings", str(file), str(scans)])
    assert done.exit_code == 1
    assert "scans.csv, row 2, parcel: is no parcel of the history" in done.output
    zone = ["eta", "warnings", str(file), str(scans), "--zone", "Mars"]
    assert CliRunner().invoke(main, zone).exit_code == 2
