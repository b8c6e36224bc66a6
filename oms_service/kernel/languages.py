"""The two languages, and text that is kept in both."""

from collections.abc import Mapping
from enum import StrEnum


class Language(StrEnum):
    JAPANESE = "ja"
    ENGLISH = "en"


Words = Mapping[str, str]
"""Text per language code, as stored: ``{"ja": "...", "en": "..."}``."""


def say(words: Words, language: Language) -> str:
    """The text in ``language``, or in whichever language there is; empty when there is none."""
    return words.get(language) or next((text for text in words.values() if text), "")


def in_both(text: str) -> dict[str, str]:
    """A text that is the same in every language, such as a brand name."""
    return {str(language): text for language in Language}
