"""How well customers are understood, on utterances written for this product."""

import json
from pathlib import Path

import pytest

from bots.understanding.measure import Figures, figures, main
from oms_service.kernel.languages import Language

HERE = Path(__file__).parent


def _figures(name: str, language: Language) -> Figures:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return figures([json.loads(line) for line in lines], language)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", ["utterances.jsonl", "paraphrases.jsonl"])
def test_most_utterances_are_understood_and_few_are_mistaken(name: str, language: Language) -> None:
    found = _figures(name, language)
    assert found.total >= 60
    assert found.accuracy >= 0.9
    assert found.acting_recall >= 0.9
    assert found.acting_precision >= 0.95


def test_the_report_is_one_json_line_a_language(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(HERE / "paraphrases.jsonl")]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["language"] for line in lines] == ["ja", "en"]
    assert sum(line["utterances"] for line in lines) == 221
