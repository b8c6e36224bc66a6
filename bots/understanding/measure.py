"""How well utterances are understood: ``python -m bots.understanding.measure FILE.jsonl``."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bots.understanding.hear import hear
from bots.understanding.heard import Act, Heard, Intent
from oms_service.kernel.languages import Language

#: What an act is called among the intents of an utterance file.
ACTS = {
    Act.YES: "affirm",
    Act.NO: "deny",
    Act.LEAVE: "deny",
    Act.THANKS: "thanks",
    Act.GREETING: "greet",
    Act.GOODBYE: "goodbye",
    Act.HELP: "help",
}
#: Intents that lead to an answer of the bot itself; the others lead to a colleague.
ACTING = frozenset(ACTS.values()) | {
    Intent.TRACK_ORDER,
    Intent.DELIVERY_ETA,
    Intent.REPORT_DELAY,
    Intent.DATE_CHANGED,
    Intent.TRACKING_LINK,
    Intent.ORDER_HISTORY,
    Intent.RETURN_ITEM,
    Intent.TALK_TO_HUMAN,
}
MISS = "out_of_scope"


@dataclass(frozen=True)
class Figures:
    """Counts of one language; ``confusions`` are (meant, heard) with their number."""

    right: int
    total: int
    acting_right: int
    acting_total: int
    acting_heard: int
    confusions: Mapping[tuple[str, str], int]

    @property
    def accuracy(self) -> float:
        return self.right / self.total if self.total else 0.0

    @property
    def acting_recall(self) -> float:
        return self.acting_right / self.acting_total if self.acting_total else 0.0

    @property
    def acting_precision(self) -> float:
        return self.acting_right / self.acting_heard if self.acting_heard else 0.0


def label(heard: Heard) -> str:
    """The one intent name a message is taken for when nothing was asked before."""
    act = ACTS.get(heard.act) if heard.act else None
    if heard.intent and (not heard.is_act_all or heard.act in {Act.LEAVE, Act.DONT_KNOW}):
        return str(heard.intent)
    return act or (str(heard.intent) if heard.intent else MISS)


def figures(rows: Iterable[Mapping[str, str]], language: Language) -> Figures:
    pairs = Counter(
        (row["intent"], label(hear(row["text"], language_hint=language)))
        for row in rows
        if row["lang"] == language
    )
    same = {meant: count for (meant, heard), count in pairs.items() if meant == heard}
    return Figures(
        right=sum(same.values()),
        total=pairs.total(),
        acting_right=sum(count for meant, count in same.items() if meant in ACTING),
        acting_total=sum(count for (meant, _), count in pairs.items() if meant in ACTING),
        acting_heard=sum(count for (_, heard), count in pairs.items() if heard in ACTING),
        confusions={pair: count for pair, count in pairs.most_common() if pair[0] != pair[1]},
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="one JSON object a line: text, lang, intent")
    chosen = parser.parse_args(arguments)
    lines = chosen.file.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    for language in Language:
        found = figures(rows, language)
        report = {
            "language": str(language),
            "utterances": found.total,
            "accuracy": round(found.accuracy, 3),
            "acting_recall": round(found.acting_recall, 3),
            "acting_precision": round(found.acting_precision, 3),
            "confusions": [[*pair, count] for pair, count in found.confusions.items()],
        }
        sys.stdout.write(json.dumps(report, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
