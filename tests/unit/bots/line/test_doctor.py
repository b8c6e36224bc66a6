"""``oms line doctor``: what it looks at, asked of LINE over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bots.line.client import Api
from bots.line.commands import examine
from oms_service.settings import Settings
from tests.apps import settings_for
from tests.fakes.line import SECRET, TOKEN, LineServer, a_line


@pytest.fixture
def line() -> Iterator[LineServer]:
    with a_line() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for("postgresql://nowhere/shop", "redis://nowhere", tmp_path)


def test_the_doctor_looks_at_token_webhook_and_month(settings: Settings, line: LineServer) -> None:
    on_line = replace(
        settings,
        public_url="https://desk.example",
        line_channel_secret=SECRET,
        line_channel_token=TOKEN,
        line_api_url=line.url,
    )

    def looked(of: Settings = on_line) -> list[tuple[str, bool]]:
        return [(one.name, not one.advice) for one in examine(of, Api.of(of))]

    assert looked() == [("token", True), ("webhook", False), ("month", True)]
    line.webhook = {"endpoint": "https://desk.example/line/webhook", "active": False}
    line.allowance, line.used = 200, 200
    assert looked() == [("token", True), ("webhook", False), ("month", False)]
    line.webhook["active"], line.used = True, 7
    assert looked() == [("token", True), ("webhook", True), ("month", True)]
    stranger = replace(on_line, line_channel_token="another")
    assert looked(stranger) == [("token", False), ("webhook", False), ("month", False)]
    half = replace(on_line, line_channel_token="")
    assert looked(half) == [("line", False)]
