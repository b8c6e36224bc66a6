"""Templates are compiled once, by whoever is first, and taken from nobody else."""

from pathlib import Path

import pytest
from flask import Flask, render_template
from flask_babel import Babel
from jinja2 import DictLoader

from oms_service.web import compiled


def an_app(**templates: str) -> Flask:
    app = Flask(__name__)
    Babel(app)
    app.jinja_env.loader = DictLoader({f"{name}.html": text for name, text in templates.items()})
    return app


def said(app: Flask) -> str:
    with app.test_request_context():
        return render_template("hello.html", name="Mika")


def written(folder: Path) -> dict[str, int]:
    return {one.name: one.stat().st_mtime_ns for one in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "templates"


def test_the_next_start_reads_what_the_first_has_compiled(folder: Path) -> None:
    assert compiled.get_ready(an_app(hello="Hello {{ name }}", bye="Bye"), folder) == 2
    first = written(folder)
    assert len(first) == 2
    again = an_app(hello="Hello {{ name }}", bye="Bye")
    assert compiled.get_ready(again, folder) == 2
    assert written(folder) == first
    assert said(again) == "Hello Mika"


def test_a_template_that_was_changed_is_compiled_anew(folder: Path) -> None:
    compiled.get_ready(an_app(hello="Hello {{ name }}"), folder)
    changed = an_app(hello="Good evening {{ name }}")
    compiled.get_ready(changed, folder)
    assert said(changed) == "Good evening Mika"


def test_so_is_one_that_was_compiled_in_another_way(folder: Path) -> None:
    text = "{% if name %}\nHello {{ name }}{% endif %}"
    compiled.get_ready(an_app(hello=text), folder)
    trimming = an_app(hello=text)
    trimming.jinja_env.trim_blocks = True
    compiled.get_ready(trimming, folder)
    assert said(trimming) == "Hello Mika"


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_a_damaged_file_is_compiled_over(folder: Path, damage: bytes | None) -> None:
    compiled.get_ready(an_app(hello="Hello {{ name }}"), folder)
    (one,) = folder.iterdir()
    whole = one.read_bytes()
    one.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    app = an_app(hello="Hello {{ name }}")
    compiled.get_ready(app, folder)
    assert one.read_bytes() == whole
    assert said(app) == "Hello Mika"


def test_a_folder_in_which_others_may_write_is_left_alone(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    app = an_app(hello="Hello {{ name }}")
    assert compiled.get_ready(app, folder) == 1
    assert written(folder) == {}
    assert said(app) == "Hello Mika"


def test_where_no_folder_can_be_made_it_is_kept_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    app = an_app(hello="Hello {{ name }}")
    assert compiled.get_ready(app, tmp_path / "file" / "templates") == 1
    assert said(app) == "Hello Mika"


def test_nobody_else_can_read_what_is_kept(folder: Path) -> None:
    compiled.get_ready(an_app(hello="Hello"), folder)
    assert folder.stat().st_mode & 0o777 == 0o700
