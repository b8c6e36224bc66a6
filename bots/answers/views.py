"""Answers as others read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bots.answers.states import Topic
from oms_service.kernel.languages import Language, Words, say


@dataclass(frozen=True)
class AnswerView:
    """One version of an answer. Version 0 came with the product: nobody wrote it here."""

    code: str
    version: int
    topic: Topic
    product_id: int | None
    questions: Mapping[str, Sequence[str]]
    body: Words
    is_active: bool
    by: str
    at: datetime | None

    @property
    def title(self) -> dict[str, str]:
        """The first question, per language."""
        return {code: said[0] for code, said in self.questions.items() if said}

    def titled(self, language: Language) -> str:
        """The first question as a reader of that language sees it."""
        return say(self.title, language) or self.code
