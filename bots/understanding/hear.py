"""From the text of one message to what was heard. Pure, and quick enough for every message."""

import re
from datetime import date
from typing import Final

from bots.understanding import text as texts
from bots.understanding.fusion import recognised
from bots.understanding.heard import Act, Expecting, Heard, Intent
from bots.understanding.intents import act_of, intent_of, is_slip
from bots.understanding.lexicon import Lexicon, lexicon
from bots.understanding.model import Recogniser
from bots.understanding.slots.gather import slots_in
from oms_service.kernel.languages import Language

#: How sure an intent must be before it is acted upon.
SURE = 0.25


#: Acts that a first clause shows, whatever follows: ``no, that is not what I meant``.
OPENERS = frozenset({Act.YES, Act.NO, Act.GREETING, Act.LEAVE, Act.THANKS, Act.GOODBYE})

#: Answers of one word, as far as a slip in them is no other word.
_ANSWERS: Final = ("yes", "yeah", "yep", "yup", "nope", "okay", "sure", "correct", "absolutely")
_SHORTEST_SLIP: Final = 4

#: What takes a yes back in the same breath: ``yes, no, I don't know``.
_UNSAYS: Final = frozenset({Act.NO, Act.LEAVE, Act.BACK, Act.DONT_KNOW})
#: Words of leaving that may as well be what is agreed to: ``yes, cancel it``.
_CALLS_OFF: Final = re.compile(r"cancel|きゃんせる|中止|取り?消")


def hear(
    text: str,
    *,
    language_hint: Language,
    expecting: Expecting | None = None,
    today: date | None = None,
    recogniser: Recogniser | None = None,
) -> Heard:
    """Everything ``text`` could mean, read against the last question.

    Args:
        text: as it arrived, of any length; what lies beyond the first 2,000 characters is unread.
        language_hint: for words that belong to no language, such as an order number.
        expecting: what the last question asked for, as ``Dialogue.expecting`` says it.
        today: the day of the shop's zone; without it no days are heard.
        recogniser: weighs what the words may mean; without it rules alone decide.
    """
    plain = texts.tidy(text)
    language, is_clear = texts.language_of(plain, language_hint)
    words, ready = lexicon(language), texts.matchable(plain)
    wanted = _wanted_language(ready)
    others = [lexicon(other) for other in Language if other is not language]
    act, is_act_all = _act(plain, ready, words, others)
    slots = slots_in(plain, language, (words, *others), expecting, today)
    intent, confidence = intent_of(ready, words)
    if wanted:
        intent, confidence = Intent.CHANGE_LANGUAGE, 1.0
    elif confidence < SURE:
        intent, confidence = None, 0.0
    heard = Heard(
        text=plain,
        language=language,
        is_language_clear=is_clear,
        act=act,
        is_act_all=is_act_all,
        intent=intent,
        confidence=confidence,
        follow_up=next((one for one, p in words.follow_ups.items() if p.fullmatch(ready)), None),
        wanted_language=wanted,
        **vars(slots),
    )
    return recognised(heard, recogniser, expecting) if recogniser else heard


def press(value: str, *, language: Language) -> Heard:
    """A button that was pressed: exactly its value, nothing to guess."""
    return Heard(text="", language=language, pressed=value[:200])


def _act(plain: str, ready: str, words: Lexicon, others: list[Lexicon]) -> tuple[Act | None, bool]:
    """The act, and whether it is all that the message says.

    Short answers are understood in any language: "ok" shows none.
    """
    clauses = [texts.matchable(part) for part in _clauses(plain)]
    act = next((found for known in (words, *others) if (found := act_of(ready, known))), None)
    acts = [act] if act else [act_of(part, words) for part in clauses if part]
    opening = acts[0] if acts else None
    if opening is Act.YES and _is_unsaid(clauses, words):
        return None, False
    if opening is None and len(clauses) == 1:
        opening = _slipped(ready, words)
        acts = [opening]
    return (opening if act or opening in OPENERS else None), bool(acts) and None not in acts


def _slipped(ready: str, words: Lexicon) -> Act | None:
    """The yes or no that one slip away from is all the message says: ``yess``, ``noope``."""
    near = [known for known in _ANSWERS if len(ready) >= _SHORTEST_SLIP and is_slip(ready, known)]
    acts = {act_of(known, words) for known in near}
    return acts.pop() if len(acts) == 1 else None


def _is_unsaid(clauses: list[str], words: Lexicon) -> bool:
    """Whether what follows a yes takes it back."""
    after = [part for part in clauses[1:] if not _CALLS_OFF.search(part)]
    return any(act_of(part, words) in _UNSAYS for part in after)


def _clauses(text: str) -> list[str]:
    for mark in ",、。!?;":
        text = text.replace(mark, "\n")
    return [part.strip() for part in text.split("\n")]


def _wanted_language(ready: str) -> Language | None:
    for known in Language:
        for language, pattern in lexicon(known).wanted_language.items():
            if pattern.search(ready):
                return language
    return None
