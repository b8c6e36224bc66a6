"""The choices of what was ordered (a colour, a size), in the words of the reader."""

from collections.abc import Iterable

from oms_service.catalog import queries as catalog
from oms_service.runtime import runtime
from oms_service.web.languages import spoken


def option_words_of(variant_ids: Iterable[int]) -> dict[int, str]:
    """``{7: "紺 / M"}`` of some variants, asked at once; those without words are left out."""
    ids = set(variant_ids)
    if not ids:
        return {}
    with runtime().database.looking() as session:
        known = catalog.option_words(session, ids)
    language = str(spoken())
    said = {one: " / ".join(known[one].get(language, {}).values()) for one in known}
    return {one: words for one, words in said.items() if words}
