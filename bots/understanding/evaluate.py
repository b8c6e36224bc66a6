"""How well utterances are understood, measured on lines that say what was meant.

Each line is heard as the first message of a conversation, exactly as in the chat.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bots.understanding.fusion import CONSEQUENTIAL, doubted
from bots.understanding.hear import hear
from bots.understanding.heard import Act, Heard
from bots.understanding.model import Ranks, Recogniser, of
from bots.understanding.seed import ACTS, FINER, OUT_OF_SCOPE, Seed
from bots.understanding.training import Trained
from oms_service.kernel.languages import Language

#: What an act is called among the labels; to leave is to deny.
_CALLED: Final = {**{act: label for label, act in ACTS.items()}, Act.LEAVE: "deny"}
_WEAK: Final = frozenset({Act.LEAVE, Act.DONT_KNOW})
_TOP: Final = 3
_CONFUSIONS: Final = 40
_EXAMPLES: Final = 3


@dataclass(frozen=True)
class Guess:
    """What was made of one line."""

    seed: Seed
    label: str
    """The likeliest."""
    top: tuple[str, ...]
    """The three likeliest."""
    is_direct: bool
    """Whether the bot acts upon it without asking what was meant."""
    offered: tuple[str, ...]
    """What it offers to choose from, otherwise or below its answer; ``something else`` leads out
    of scope."""
    took_s: float

    @property
    def is_right(self) -> bool:
        return self.seed.is_right(self.label)

    @property
    def is_resolvable(self) -> bool:
        is_answered = self.is_direct and self.is_right
        return is_answered or any(map(self.seed.is_right, self.offered))

    @property
    def opens_wrongly(self) -> bool:
        """Whether a flow begins that ends in a change nobody asked for."""
        return self.is_direct and not self.is_right and self.label in CONSEQUENTIAL


@dataclass
class _Listening:
    """A recogniser that keeps what it said last."""

    recogniser: Recogniser
    last: tuple[Ranks, ...] = ()

    def rank(self, texts: Sequence[str], language: Language) -> tuple[Ranks, ...]:
        self.last = self.recogniser.rank(texts, language)
        return self.last


def guess(seed: Seed, recogniser: Recogniser, clock: Callable[[], float]) -> Guess:
    """Hear one line as the chat does."""
    listening = _Listening(recogniser)
    began = clock()
    heard = hear(seed.text, language_hint=seed.language, recogniser=listening)
    took_s = clock() - began
    ranks = [label for label, _ in listening.last[0]] if listening.last else []
    said = direct_label(heard)
    label = said or (ranks[0] if ranks else OUT_OF_SCOPE)
    label = _as_written(label, ranks)
    top = tuple(dict.fromkeys([label, *ranks]))[:_TOP]
    offered = doubted(heard) if said else tuple(intent for intent, _ in heard.ranked)
    return Guess(
        seed=seed,
        label=label,
        top=top,
        is_direct=said is not None,
        offered=(*map(str, offered), OUT_OF_SCOPE) if doubted(heard) or heard.is_unsure else (),
        took_s=took_s,
    )


def cross_validated(trained: Trained, clock: Callable[[], float]) -> list[Guess]:
    """What heads that had not seen a seed make of it."""
    return [
        guess(seed, model, clock)
        for model, seeds in ((of(head), seeds) for head, seeds in trained.folds)
        for seed in seeds
    ]


def direct_label(heard: Heard) -> str | None:
    """What the bot acts upon when nothing was asked before; None when it asks."""
    if heard.intent and not (heard.is_act_all and heard.act not in _WEAK):
        return str(heard.intent)
    if heard.act in _CALLED and not heard.is_unsure:
        return _CALLED[heard.act]
    return OUT_OF_SCOPE if heard.is_out_of_scope else None


def figures(guesses: Sequence[Guess]) -> dict[str, Any]:
    """The figures of some lines, shares from 0 to 1, times in milliseconds."""
    total = len(guesses)
    direct = [one for one in guesses if one.is_direct]
    outside = [one for one in guesses if one.seed.label == OUT_OF_SCOPE]
    called_outside = [one for one in guesses if one.label == OUT_OF_SCOPE]
    times = sorted(one.took_s * 1_000 for one in guesses)
    return {
        "utterances": total,
        "accuracy": _share(sum(one.is_right for one in guesses), total),
        "macro_f1": _macro_f1(guesses),
        "top_3": _share(sum(any(map(one.seed.is_right, one.top)) for one in guesses), total),
        "out_of_scope_recall": _share(sum(one.is_right for one in outside), len(outside)),
        "out_of_scope_precision": _share(
            sum(one.is_right for one in called_outside), len(called_outside)
        ),
        "direct": _share(len(direct), total),
        "right_when_direct": _share(sum(one.is_right for one in direct), len(direct)),
        "resolvable_in_one_click": _share(sum(one.is_resolvable for one in guesses), total),
        "wrong_consequential_flow": _share(sum(one.opens_wrongly for one in guesses), total),
        "ms_p50": _percentile(times, 50),
        "ms_p95": _percentile(times, 95),
    }


def report(guesses: Sequence[Guess]) -> dict[str, Any]:
    """All lines, each language, and what was taken for what."""
    by_language = {
        str(language): [one for one in guesses if one.seed.language is language]
        for language in Language
    }
    wrong = [one for one in guesses if not one.is_right]
    confused = Counter((one.seed.label, one.label) for one in wrong)
    return {
        "all": figures(guesses),
        **{language: figures(some) for language, some in by_language.items() if some},
        "confusions": [
            {
                "meant": meant,
                "heard": heard,
                "count": count,
                "examples": [
                    one.seed.text for one in wrong if (one.seed.label, one.label) == (meant, heard)
                ][:_EXAMPLES],
            }
            for (meant, heard), count in confused.most_common(_CONFUSIONS)
        ],
    }


def _macro_f1(guesses: Sequence[Guess]) -> float | None:
    """The mean over all labels that were meant; what is right as well counts as meant."""
    meant = Counter(one.label if one.is_right else one.seed.label for one in guesses)
    heard = Counter(one.label for one in guesses)
    right = Counter(one.label for one in guesses if one.is_right)
    if not meant:
        return None
    scores = [2 * right[label] / (meant[label] + heard[label]) for label in meant]
    return round(sum(scores) / len(scores), 4)


def _as_written(label: str, ranks: Sequence[str]) -> str:
    """A finer wish under the name that lines have for what it belongs to."""
    coarser = {str(fine): of for fine, of in FINER.items()}.get(label)
    return next((rank for rank in ranks if rank in coarser), label) if coarser else label


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _percentile(ordered: Sequence[float], percent: int) -> float | None:
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, len(ordered) * percent // 100)], 2)
