"""What the pages say, looked up by the English in the code: a journey is written once."""

from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from typing import Final, Literal

from oms_service.web import texts

COMPILED: Final = Path("ja") / "LC_MESSAGES" / f"{texts.DOMAIN}.mo"


def said(language: Literal["ja", "en"], text: str, **values: object) -> str:
    """A text of the pages in a language, with its values filled in.

    Raises:
        LookupError: no page says it, so the journey names a text that was changed.
    """
    found = next((words[text] for words in _books() if text in words), None)
    if found is None:
        raise LookupError(f"no page says {text!r}")
    return (found if language == "ja" else text) % values


@cache
def _books() -> tuple[dict[str, str], ...]:
    """The Japanese of each package, as the running product reads it."""
    books = []
    for folder in texts.folders():
        with (folder / COMPILED).open("rb") as file:
            books.append(_plain(GNUTranslations(file)))
    return tuple(books)


def _plain(book: GNUTranslations) -> dict[str, str]:
    """Texts by their msgid; of those with a plural, by either form."""
    catalogue: dict[str | tuple[str, int], str] = vars(book)["_catalog"]
    return {key if isinstance(key, str) else key[0]: text for key, text in catalogue.items()}
