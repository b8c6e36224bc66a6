"""When a model is asked at all, and which replies it may put otherwise."""

from dataclasses import replace

import pytest

from bots.dialogue.turns import Dialogue, Frame, Question, Say
from bots.modelling.advising import is_worth_asking
from bots.understanding.hear import hear, press
from bots.understanding.heard import Heard, Intent, Kind
from oms_service.kernel.languages import Language

JA = Language.JAPANESE
IDLE = Dialogue(language=JA)


def heard(text: str) -> Heard:
    return hear(text, language_hint=JA)


def asking(kind: Kind) -> Dialogue:
    question = Question(kind, Say("track.which"))
    return replace(IDLE, frames=(Frame("track"),), question=question)


def test_words_that_nobody_understands_are_worth_it() -> None:
    assert is_worth_asking(IDLE, heard("ぽよぽよ大作戦を発動"))
    unsure = replace(
        heard("ぽよぽよ"), is_unsure=True, ranked=((Intent.RETURN_ITEM, 0.3),), intent=None
    )
    assert is_worth_asking(IDLE, unsure)
    assert is_worth_asking(asking(Kind.CHOICE), heard("ぽよぽよ大作戦を発動"))


@pytest.mark.parametrize(
    "text",
    ["", "   ", "注文はどこですか", "返品したい", "はい", "こんにちは", "担当者", "12345", "!?"],
)
def test_what_we_understand_and_what_says_nothing_is_not(text: str) -> None:
    assert not is_worth_asking(IDLE, heard(text))


def test_buttons_are_never_guessed_at() -> None:
    assert not is_worth_asking(IDLE, press("no-such-button", language=JA))


@pytest.mark.parametrize("kind", [Kind.CONFIRM, Kind.PROOF, Kind.MAIL, Kind.CODE, Kind.ADDRESS])
def test_answers_that_are_private_or_a_yes_or_no_are_shown_to_nobody(kind: Kind) -> None:
    assert not is_worth_asking(asking(kind), heard("ぽよぽよ大作戦を発動"))


def test_nobody_is_asked_while_people_answer() -> None:
    assert not is_worth_asking(replace(IDLE, is_muted=True), heard("ぽよぽよ大作戦を発動"))
