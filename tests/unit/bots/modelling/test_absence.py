"""Where no model is plugged in, nothing of it is even loaded."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from oms_service.settings import BadSetting, Settings
from tests.unit.oms_service.test_settings import GOOD

ROOT = Path(__file__).parents[4]


def loaded_at_once(tree: ast.AST) -> Iterator[str]:
    """What a module imports when it is loaded, not when a function of it runs."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                continue
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case ast.Import():
                yield from (one.name for one in node.names)
            case ast.ImportFrom():
                yield from (f"{node.module}.{one.name}" for one in node.names)
            case _:
                yield from loaded_at_once(node)


def test_nobody_loads_it_at_start_up() -> None:
    for package in ("bots", "cases", "notifications", "oms_service"):
        for path in (ROOT / package).rglob("*.py"):
            code = path.read_text(encoding="utf-8")
            if "modelling" in path.parts or "bots.modelling" not in code:
                continue
            found = list(loaded_at_once(ast.parse(code)))
            assert not [name for name in found if name.startswith("bots.modelling")], path


def test_it_is_off_unless_a_setting_says_otherwise() -> None:
    settings = Settings.from_env(GOOD)
    assert settings.model_url == ""
    assert not settings.model_tools
    assert not settings.model_rephrases
    assert settings.model_timeout_ms < 6_000


@pytest.mark.parametrize(
    "url",
    [
        "http://models.example/v1",
        "http://10.0.0.1/v1",
        "http://169.254.169.254/v1",
        "ftp://localhost/v1",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@models.example/v1",
        "https://models.example/v1?key=secret",
        "https://models.example/v1#secret",
        "localhost:8080",
    ],
)
def test_an_address_that_is_not_safe_stops_start_up(url: str) -> None:
    with pytest.raises(BadSetting, match=r"^MODEL_URL: ") as refused:
        Settings.from_env({**GOOD, "MODEL_URL": url})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["https://models.example/v1/", "http://localhost:8080/v1"])
def test_a_safe_address_is_taken_as_it_is(url: str) -> None:
    assert Settings.from_env({**GOOD, "MODEL_URL": url}).model_url == url.rstrip("/")


def test_nobody_waits_longer_than_six_seconds() -> None:
    with pytest.raises(BadSetting, match=r"^MODEL_TIMEOUT_MS: must be 5500 or less"):
        Settings.from_env({**GOOD, "MODEL_TIMEOUT_MS": "6000"})
