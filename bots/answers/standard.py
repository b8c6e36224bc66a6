"""The answers that come with the product: version 0 of each, true for any shop."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

from bots.answers.states import Topic
from bots.answers.views import AnswerView


@cache
def standard() -> Mapping[str, AnswerView]:
    """The standard answers by their codes, in the order they are offered; read once."""
    source = resources.files("bots.answers").joinpath("standard.toml")
    told = tomllib.loads(source.read_text(encoding="utf-8"))
    return {
        code: AnswerView(
            code=code,
            version=0,
            topic=Topic(one["topic"]),
            product_id=None,
            questions={language: tuple(one[language]["questions"]) for language in ("ja", "en")},
            body={language: one[language]["body"].strip() for language in ("ja", "en")},
            is_active=True,
            by="",
            at=None,
        )
        for code, one in told.items()
    }
