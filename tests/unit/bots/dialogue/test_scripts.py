"""Whole conversations, as people have them."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from oms_service.kernel.languages import Language
from tests.unit.bots.dialogue.shop import KEY, Shop, begun, identified, tell

HERE = Path(__file__)
SCRIPTS = [
    script
    for name in ("scripts.toml", "coming_back.toml")
    for script in tomllib.loads(HERE.with_name(name).read_text(encoding="utf-8"))["dialogue"]
]


@pytest.mark.parametrize("script", SCRIPTS, ids=[script["name"] for script in SCRIPTS])
def test_the_conversation_goes_as_written(script: dict[str, Any]) -> None:
    language = Language(script["language"])
    state = begun(language)
    if "identified_by" in script:
        state = identified(language, KEY if script["identified_by"] == "order" else None)
    shop = Shop(script.get("outcomes", {}), json.loads(script.get("data", "{}")))
    for turn in script["turns"]:
        had = tell(state, turn["words"], shop)
        assert (turn["words"], had.keys, had.skills) == (turn["words"], turn["says"], turn["calls"])
        assert len(had.message.paragraphs) == len(had.says)
        state = had.state


def test_there_are_conversations_in_both_languages() -> None:
    counts = {
        language: sum(script["language"] == language for script in SCRIPTS) for language in Language
    }
    assert min(counts.values()) >= 20
