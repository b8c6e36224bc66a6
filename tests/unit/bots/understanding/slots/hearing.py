"""Messages heard on one day, a Tuesday, by the shop of these tests."""

from datetime import date

from bots.understanding.hear import hear
from bots.understanding.heard import Expecting, Heard, Kind, Option
from oms_service.kernel.languages import Language

JA, EN = Language.JAPANESE, Language.ENGLISH
#: A Tuesday.
TODAY = date(2026, 11, 24)


def heard(
    text: str, kind: Kind | None = None, *options: Option, language: Language | None = None
) -> Heard:
    hint = language or (EN if text.isascii() else JA)
    expecting = Expecting(kind, options) if kind else None
    return hear(text, language_hint=hint, expecting=expecting, today=TODAY)
