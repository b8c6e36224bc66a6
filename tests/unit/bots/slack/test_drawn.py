"""Everything that is drawn is what was looked at, and what Slack takes, in both languages.

After a change that is meant: ``python -m tests.unit.bots.slack.test_drawn`` draws it anew; look
at what differs before it is kept.
"""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from bots.slack import values
from bots.slack.blocks.fitting import Message
from bots.slack.blocks.speaking import Sight
from bots.slack.stage import limits as stage
from oms_service.kernel.languages import Language
from tests.unit.bots.slack import drawn, hostile, limits, made
from tests.unit.bots.slack.conftest import speaking_app

SNAPSHOTS: Final = Path(__file__).parent / "snapshots"
OWN: Final = ("https://shop.example/", "https://carrier.example/")
EVERY: Final = [
    *(("message", name) for name in drawn.MESSAGES),
    *(("view", name) for name in drawn.VIEWS),
]


def draw(kind: str, name: str, language: Language, sight: Sight = Sight.SHORT) -> Any:
    of = drawn.MESSAGES if kind == "message" else drawn.VIEWS
    with made.spoken(language, sight) as voice:
        found = of[name](voice)
    return {"text": found.text, "blocks": found.blocks} if isinstance(found, Message) else found


def place(kind: str, name: str, language: Language) -> Path:
    return SNAPSHOTS / f"{kind}-{name}.{language}.json"


def written(found: Any) -> str:
    """JSON with a block a line, so that a change shows where it is."""
    head = {name: one for name, one in found.items() if name != "blocks"}
    lines = [json.dumps(one, ensure_ascii=False) for one in (head, *found["blocks"])]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_it_is_drawn_as_it_was_looked_at(kind: str, name: str, language: Language) -> None:
    expected = place(kind, name, language).read_text(encoding="utf-8")
    assert written(draw(kind, name, language)) == expected


@pytest.mark.parametrize("sight", list(Sight))
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_slack_takes_it_and_nothing_in_it_misleads(
    kind: str, name: str, language: Language, sight: Sight
) -> None:
    found = draw(kind, name, language, sight)
    faults = (
        limits.faults_of_message(found["text"], found["blocks"])
        if kind == "message"
        else limits.faults_of_view(found)
    )
    assert faults == []
    if kind == "message":
        stage.check_message(found["text"], found["blocks"], is_update=True)
    else:
        stage.check_view(found, kinds=("modal", "home"))
    assert hostile.dangers(found["blocks"], own=OWN) == []


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", drawn.VIEWS)
def test_the_frame_of_a_dialog_is_said_in_full(name: str, language: Language) -> None:
    view = draw("view", name, language)
    for part in ("title", "submit", "close"):
        assert not view.get(part, {}).get("text", "").endswith("…")


@pytest.mark.parametrize("name", drawn.VIEWS)
def test_what_a_dialog_remembers_are_ids_and_codes(name: str) -> None:
    memory = draw("view", name, Language.JAPANESE, Sight.ALL)["private_metadata"]
    assert memory.isascii()
    if memory:
        values.decode(memory)


def test_there_is_no_snapshot_of_what_is_drawn_no_more() -> None:
    expected = {place(kind, name, one).name for kind, name in EVERY for one in Language}
    assert {one.name for one in SNAPSHOTS.iterdir()} == expected


def draw_anew() -> None:
    """Write every snapshot, for somebody to look at."""
    SNAPSHOTS.mkdir(exist_ok=True)
    with speaking_app().app_context():
        for kind, name in EVERY:
            for language in Language:
                text = written(draw(kind, name, language))
                place(kind, name, language).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    draw_anew()
