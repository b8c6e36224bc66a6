"""Logs tell where something broke, and nothing of whom it concerned."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from oms_service.infra.logging import set_up

MAIL = "misaki.sato@example.jp"


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """The other tests' own logging, afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers, root.level = before
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def break_down() -> None:
    try:
        dict[str, str]()[MAIL]
    except KeyError as error:
        raise ValueError(f"no {MAIL}") from error


def test_a_traceback_names_kinds_and_places_without_what_errors_quote(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up(level="INFO", process="test")
    try:
        break_down()
    except ValueError:
        logging.getLogger("flask.app").exception("Exception on %s", "/sign-in")
    line = capsys.readouterr().err
    assert MAIL not in line
    told = json.loads(line)
    assert told["event"] == "Exception on /sign-in"
    assert "ValueError" in told["exception"]
    assert "KeyError" in told["exception"]
    assert "in break_down" in told["exception"]


def test_a_value_logged_under_a_personal_name_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(level="INFO", process="test")
    structlog.get_logger("x").warning("something", mail=MAIL, order_id=5)
    told = json.loads(capsys.readouterr().err)
    assert (told["mail"], told["order_id"]) == ("***", 5)
