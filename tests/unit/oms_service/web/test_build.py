import gzip
import json
from pathlib import Path

import pytest

from oms_service.web import build
from oms_service.web.static_files import Assets, NotBuilt


def test_every_file_has_a_hashed_name_and_a_packed_copy(tmp_path: Path) -> None:
    names = build.build(tmp_path)

    assert json.loads((tmp_path / "manifest.json").read_text()) == names
    assert {"css/app.css", "js/app.js", "vendor/htmx.js", "img/mark.svg"} <= set(names)
    style = tmp_path / names["css/app.css"]
    assert gzip.decompress((tmp_path / (names["css/app.css"] + ".gz")).read_bytes()) == (
        style.read_bytes()
    )
    assert f"../{names['vendor/biz-udpgothic-400.ttf']}" in style.read_text()
    assert f"./{names['js/theme.js'].removeprefix('js/')}" in (
        (tmp_path / names["js/app.js"]).read_text()
    )


def test_a_second_build_changes_nothing(tmp_path: Path) -> None:
    first = build.build(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.css")}
    assert build.build(tmp_path) == first
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.css")} == before


def test_a_missing_package_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "ROOT", tmp_path)
    assert build.main() == 1
    said = capsys.readouterr().err
    assert said == "build: node_modules/htmx.org/dist/htmx.min.js is missing: run npm ci\n"


def test_a_reference_to_nothing_names_both_files(tmp_path: Path) -> None:
    script = tmp_path / "a.js"
    script.write_text('import "./gone.js";')
    writer = build._Writer({**build.sources(), "js/a.js": script}, tmp_path / "out")
    with pytest.raises(build.MissingFile, match=r"js/a\.js -> js/gone\.js: there is no such file"):
        writer.write_all()


def test_pages_before_the_build_say_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NotBuilt, match=r"run python -m oms_service\.web\.build"):
        Assets(tmp_path).url("css/app.css")
