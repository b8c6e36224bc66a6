"""Countries by their names, for people who choose one; kept and sent as ISO 3166 codes."""

from functools import lru_cache
from typing import Final

from babel import Locale

from oms_service.kernel.languages import Language

#: Codes of the library's book that are no country a parcel goes to: groups, parts, made-up ones.
_NONE: Final = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
)
_CODE_LENGTH: Final = 2


@lru_cache(maxsize=2 * len(Language))
def choices(language: Language, home: str) -> tuple[tuple[str, str], ...]:
    """Code and name of every country: the shop's own first, the others as their names sort."""
    known = {
        code: str(name)
        for code, name in Locale(language.value).territories.items()
        if len(code) == _CODE_LENGTH and code.isalpha() and code not in _NONE
    }
    others = sorted((name, code) for code, name in known.items() if code != home)
    first = [(home, known[home])] if home in known else []
    return (*first, *((code, name) for name, code in others))
