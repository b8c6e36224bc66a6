"""How fast a chat reads what is named in a message: pure computation, seconds of the processor."""

import time
from collections.abc import Iterator
from datetime import date
from statistics import quantiles
from typing import Final

from benchmarks.harness import Bench, Figure, figure
from bots.understanding import seed
from bots.understanding import text as texts
from bots.understanding.lexicon import lexicon
from bots.understanding.slots.gather import slots_in
from oms_service.kernel.languages import Language

_TODAY: Final = date(2026, 11, 24)
#: Every so many of the shipped examples is read.
_STEP: Final = 5


@figure("bot")
def slots(bench: Bench) -> Iterator[Figure]:
    """The examples that come with the chat, in both languages, as customers write."""
    lexicons = tuple(lexicon(language) for language in Language)
    examples = [
        (texts.tidy(one.text), one.language) for one in [*seed.merged(seed.shipped())][::_STEP]
    ]
    bench.tell(f"reading {len(examples)} messages")
    taken_ms = []
    for plain, language in [*examples[:50], *examples]:
        begun = time.thread_time()
        slots_in(plain, language, lexicons, None, _TODAY)
        taken_ms.append((time.thread_time() - begun) * 1_000)
    p95 = quantiles(taken_ms[50:], n=20)[-1]
    yield Figure(name="slots_ms_p95", value=p95, unit="ms", goal=2.0, at_most=True)
