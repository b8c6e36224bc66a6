"""Addresses in forms: filled in from a postal code, or from one that is kept."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from oms_service.customers import addresses
from oms_service.customers.addresses import Kept
from oms_service.kernel.errors import Invalid
from oms_service.operations.placement import postal_codes
from oms_service.operations.placement.addressing import PARTS
from oms_service.runtime import reading
from oms_service.web.texts import N_, gettext

_NO_SUCH_CODE: Final = N_("We could not find this postal code. Please check it, or go on by hand.")
_CHECK: Final = N_("Please check this entry.")
_SAID: Final = {
    "recipient": N_("Please enter who receives it."),
    "postal_code": N_("Please enter a postal code of 7 digits."),
    "region": N_("Please enter a prefecture, such as Tokyo."),
    "city": N_("Please enter the city or ward."),
    "line1": N_("Please enter the street and number."),
    "country": N_("Please choose a country."),
    "phone": N_("Please enter a phone number, such as 090-1234-5678, or leave it empty."),
}
#: As people write numbers; the long vowel of kana stands for a hyphen in many of them.
_PHONE: Final = re.compile(r"[\d+()./\s\-\u2010-\u2015\u2212\u30fc]*")
_FEWEST_DIGITS: Final = 9
_MOST_DIGITS: Final = 15
#: More digits than this make no id.
_DIGITS: Final = 9


def typed(form: Mapping[str, str]) -> dict[str, str]:
    """The parts of an address as they were typed."""
    return {name: form.get(name, "") for name in PARTS}


def check_phone(form: Mapping[str, str]) -> None:
    """Whether the driver could call the number that somebody typed; none at all is fine.

    Raises:
        Invalid: it is no phone number.
    """
    said = unicodedata.normalize("NFKC", form.get("phone", "")).strip()
    digits = sum(one.isdecimal() for one in said)
    if said and not (_PHONE.fullmatch(said) and _FEWEST_DIGITS <= digits <= _MOST_DIGITS):
        raise Invalid("that is no phone number", {"phone": "is no phone number"})


def helped(
    form: Mapping[str, str], known: Sequence[Kept]
) -> tuple[dict[str, str] | None, dict[str, str]]:
    """What a button that fills in brings: the form filled in, or what is wrong.

    Neither where no such button was pressed; ``known`` are the addresses to choose from.
    """
    if "use" in form:
        wanted = next((one for one in known if str(one.id) == form["use"]), None)
        return (dict(vars(wanted.address)), {}) if wanted is not None else (None, {})
    if "complete" in form:
        filled = completed(typed(form))
        return (filled, {}) if filled else (None, {"postal_code": str(gettext(_NO_SUCH_CODE))})
    return None, {}


def completed(given: Mapping[str, str]) -> dict[str, str] | None:
    """The form with what the postal code says; a street stays if its city does."""
    found = postal_codes.area(given["postal_code"])
    if found is None or not found.region:
        return None
    filled = {**given, "country": "JP", "postal_code": found.postal_code, "region": found.region}
    if found.city:
        filled["city"] = found.city
    if not given["line1"].strip() or given["city"].strip() != found.city:
        filled["line1"] = found.town
    return filled


def saved(customer_id: int) -> tuple[Kept, ...]:
    """The addresses a customer keeps, the default one first."""
    return addresses.book(reading(), customer_id)


def messages(error: Invalid) -> dict[str, str]:
    """What is wrong, beside the field it is wrong in."""
    found = {}
    for field in error.fields:
        name = field.rpartition(".")[2]
        found[name] = str(gettext(_SAID.get(name, _CHECK)))
    return found


def number(written: str) -> int | None:
    """The id that a form says; None for what is none."""
    plain = written.strip()
    return int(plain) if plain.isascii() and plain.isdecimal() and len(plain) <= _DIGITS else None
