"""Telephone numbers as providers want them: +819012345678."""

import unicodedata
from typing import Final

_LONGEST: Final = 40


def e164(typed: str, *, region: str = "JP") -> str | None:
    """A number that can get short messages, however it is typed; None for any other.

    Args:
        typed: with or without a country code, full-width digits too.
        region: whose number it is without a country code.
    """
    import phonenumbers  # noqa: PLC0415 - its tables are large, and few processes read a number

    if len(typed) > _LONGEST:
        return None
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", typed), region)
    except phonenumbers.NumberParseException:
        return None
    kinds = phonenumbers.PhoneNumberType
    may_be_mobile = {kinds.MOBILE, kinds.FIXED_LINE_OR_MOBILE}
    if not phonenumbers.is_valid_number(number):
        return None
    if phonenumbers.number_type(number) not in may_be_mobile:
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
