"""On what, and in which language, a journey is made."""

import os
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

#: Where every step's picture is kept: ``JOURNEY/STEP.LOOK.jpg``.
PICTURES: Final = Path(__file__).parents[3] / "build" / "journeys"
#: ``all``, or names with commas; without it the two that together are every value once, of which
#: journeys of colleagues take one.
CHOICE: Final = "JOURNEY_LOOKS"


@dataclass(frozen=True)
class Look:
    """A screen, how it is worked, its theme, and the language of whoever sits before it."""

    screen: Literal["phone", "desktop"]
    language: Literal["ja", "en"]

    def __str__(self) -> str:
        return f"{self.screen}.{self.language}"

    @property
    def is_phone(self) -> bool:
        return self.screen == "phone"

    @property
    def width(self) -> int:
        return 390 if self.is_phone else 1280

    @property
    def height(self) -> int:
        return 844 if self.is_phone else 860

    @property
    def locale(self) -> str:
        return "ja-JP" if self.language == "ja" else "en-GB"

    @property
    def theme(self) -> Literal["light", "dark"]:
        """A phone by day, a desk by night."""
        return "light" if self.is_phone else "dark"

    def either(self, japanese: str, english: str) -> str:
        """What somebody of this language types or reads, where it is no text of the pages."""
        return japanese if self.language == "ja" else english


PHONE_JA: Final = Look("phone", "ja")
DESKTOP_EN: Final = Look("desktop", "en")
EVERY: Final = (PHONE_JA, DESKTOP_EN, Look("phone", "en"), Look("desktop", "ja"))
USUAL: Final = EVERY[:2]


def usual_of(journey: str) -> Look:
    """One of the usual two, always the same for a journey: half of them are made in each."""
    return USUAL[zlib.crc32(journey.encode()) % len(USUAL)]


def is_thorough() -> bool:
    """Whether looks were asked for: then axe looks at every step, and not at the last alone."""
    return bool(os.environ.get(CHOICE))


def chosen() -> tuple[Look, ...]:
    """The looks of this run.

    Raises:
        LookupError: a name is none.
    """
    wanted = os.environ.get(CHOICE, "")
    if not wanted:
        return USUAL
    if wanted == "all":
        return EVERY
    known = {str(look): look for look in EVERY}
    names = wanted.split(",")
    if unknown := sorted(set(names) - known.keys()):
        raise LookupError(f"{CHOICE}: {', '.join(unknown)}; there are {', '.join(known)}")
    return tuple(known[name] for name in names)
