"""The demo as it runs: its own processes, the stage among them, and a press on a real card."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots.slack.preview.asking import Asking, Away
from bots.slack.stage import keys
from bots.slack.stage.furnishing import STRANGER
from cases.routing import agents
from cases.views import CaseView
from oms_service.access import demo_accounts
from oms_service.app import build_runtime
from oms_service.embedded.ports import free_ports
from oms_service.kernel.actors import SYSTEM
from oms_service.settings import Settings
from tests.factories.cases import make_case
from tests.factories.shop import make_shop
from tests.running import PATIENCE_S, RunningHouse, a_running_house

SECRET = "a key for tests, thirty-two characters and more"
PORT = free_ports(1)[0]


def until(look: Callable[[], Any]) -> Any:
    """What ``look`` finds, once it finds something: other processes are at work."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    raise TimeoutError("nothing came of it")


@pytest.fixture
def case(settings: Settings) -> CaseView:
    runtime = build_runtime(replace(settings, demo=True))
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        demo_accounts.ensure(uow, runtime.settings)
        agents.ensure(uow)
        made = make_case(uow)
    runtime.database.close()
    return made


@pytest.fixture
def played(
    database_url: str, redis_url: str, tmp_path: Path, case: CaseView
) -> Iterator[RunningHouse]:
    with a_running_house(
        database_url,
        redis_url,
        tmp_path,
        without=("streams", "clock"),
        SECRET_KEY=SECRET,
        **keys.settings(SECRET, PORT),
    ) as running:
        yield running


def test_a_card_stands_in_the_channel_and_its_buttons_open_windows(
    played: RunningHouse, case: CaseView
) -> None:
    asking = Asking(PORT, keys.page_token(SECRET))

    def seen(**said: str) -> dict[str, Any]:
        try:
            return asking.look(**said)
        except Away:
            return {}

    def card() -> tuple[str, dict[str, Any]] | None:
        for one in seen().get("channels", ()):
            for message in seen(channel=one["id"])["messages"]:
                if case.number in message["text"]:
                    return one["id"], message
        return None

    channel, message = until(card)
    people = {one["mail"]: one["id"] for one in seen()["people"]}
    agent = people["agent@desk.example"]
    press = {"deed": "press", "channel": channel, "ts": message["ts"], "action_id": "case:reply"}
    done = asking.do({**press, "person": agent})
    assert done == {"is_good": True, "why": "", "status": 200}
    window = asking.look(person=agent)["window"]
    assert window["callback_id"] == "case:reply"
    assert str(case.id) in window["private_metadata"]
    stranger = next(one["id"] for one in seen()["people"] if one["handle"] == STRANGER[0])
    asking.do({**press, "person": stranger})
    assert asking.look(person=stranger)["window"] is None, "who is not linked may not act"
    book = Path(played.environ["STATE_DIR"]) / "slack.json"
    until(lambda: book.exists() and case.number in book.read_text())
