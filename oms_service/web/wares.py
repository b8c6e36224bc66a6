"""What was ordered and how it was paid, in the words of the reader."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

from oms_service.access import personal
from oms_service.catalog import queries as catalog
from oms_service.catalog.queries import VariantView
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext

#: Brands of cards as their owners write them; others keep their own letters.
BRANDS: Final[Mapping[str, str]] = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "jcb": "JCB",
    "amex": "American Express",
    "diners": "Diners Club",
    "discover": "Discover",
}


class PaidWith(Protocol):
    """What is shown of a way to pay."""

    @property
    def brand(self) -> str: ...
    @property
    def last_four(self) -> str: ...


def way_to_pay(method: PaidWith, word: str) -> str:
    """「カード(Visa、下4桁 4242)」, "Card (Visa ending in 4242)"; ``word`` says the kind.

    Whose card it is tells the kind alone to who need not know customers.
    """
    if not personal.may_see():
        return word
    brand = BRANDS.get(method.brand.lower(), method.brand)
    end = method.last_four
    if brand and end:
        words = gettext("%(kind)s (%(brand)s ending in %(end)s)", kind=word, brand=brand, end=end)
        return str(words)
    if end:
        return str(gettext("%(kind)s (ending in %(end)s)", kind=word, end=end))
    return str(gettext("%(kind)s (%(brand)s)", kind=word, brand=brand)) if brand else word


def choices_of(variant: VariantView) -> str:
    """「紺 / M」, "navy / M"; the catalogue's own values where it has no words for them."""
    said = variant.option_words.get(str(spoken()), {})
    return " / ".join(said.values() or variant.options.values())


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


def chosen_in(*lists: Iterable[Any]) -> Callable[[Any], str]:
    """Says of each of these lines what was chosen (「紺 / M」); all are asked of at once.

    A line has a ``variant_id`` and the ``options`` it was ordered with, which stand where the
    catalogue has no words; a variant of the catalogue brings its own.
    """
    said = option_words_of(line.variant_id for lines in lists for line in lines if line.options)

    def chosen(line: Any) -> str:
        if isinstance(line, VariantView):
            return choices_of(line)
        return said.get(line.variant_id) or " / ".join(line.options.values())

    return chosen
