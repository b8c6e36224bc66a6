"""What is asked of every answer of a customer: a score, words of a length, and in time."""

from datetime import datetime
from typing import Protocol

from cases.after.policy import LONGEST_WORDS, SCORES
from cases.after.states import AskState
from oms_service.kernel.errors import DomainError, Invalid, NotFound


class TooLate(DomainError):
    """The time in which this could be answered or changed is over."""

    code = "answer-too-late"


class Question(Protocol):
    """A row that was asked."""

    @property
    def state(self) -> AskState: ...

    @property
    def answer_until(self) -> datetime | None: ...


def check(score: int | None, words: str) -> None:
    """Refuse what is no answer.

    Raises:
        Invalid: naming what is wrong.
    """
    wrong = {}
    if score is not None and score not in SCORES:
        wrong["score"] = "must be from 1 to 5"
    if len(words) > LONGEST_WORDS:
        wrong["words"] = f"at most {LONGEST_WORDS} characters"
    elif "\0" in words:
        wrong["words"] = "holds a character that is none"
    if wrong:
        raise Invalid("this is no answer", wrong)


def is_open(question: Question, *, now: datetime) -> bool:
    """Whether it was asked and may still be answered, or answered anew."""
    until = question.answer_until
    return until is not None and now <= until


def assert_open(question: Question, *, now: datetime) -> None:
    """Let nothing but a question pass that may be answered now.

    Raises:
        NotFound: it was never asked.
        TooLate: its deadline has passed.
    """
    if question.state not in {AskState.ASKED, AskState.ANSWERED}:
        raise NotFound("this was not asked")
    if not is_open(question, now=now):
        raise TooLate("the time to answer this is over")
