"""All slots of one message, read one after the other so that nothing counts as two things."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from bots.understanding import text as texts
from bots.understanding.heard import Expecting, Kind
from bots.understanding.intents import is_slip
from bots.understanding.lexicon import Lexicon
from bots.understanding.slots.addresses import address_in
from bots.understanding.slots.amounts import amounts_in
from bots.understanding.slots.choices import choices_in, named_here
from bots.understanding.slots.contact import mail_in, phone_in, told_phone
from bots.understanding.slots.moments import when_in
from bots.understanding.slots.names import name_in
from bots.understanding.slots.orders import (
    SHORTEST_ORDER,
    bare_numbers,
    spoken_numbers,
    take_others,
    told_orders,
)
from bots.understanding.slots.payments import payments_in
from bots.understanding.slots.postal import postal_in
from bots.understanding.slots.quantities import counted_in, quantity_in
from bots.understanding.slots.sheet import TAKEN, Sheet
from bots.understanding.slots.wishes import wanted_in
from bots.understanding.values import AddressHeard, Counted, PersonName, Slots, When
from oms_service.kernel.languages import Language
from oms_service.kernel.text import folded

#: Reasons that the flow of returns asks for; others are of other wishes.
_OF_RETURNS: Final = frozenset({"damaged", "wrong_item", "wrong_size", "changed_mind", "other"})
#: Words of reasons in which a slip makes no other word.
_REASON_WORDS: Final = (
    *("mistake", "accident", "broken", "damaged", "defective", "faulty", "cracked", "missing"),
    *("wrong", "cheaper", "quality", "delayed", "needed", "different", "duplicate"),
)
_SHORTEST_SLIP: Final = 5
_PHONE_LENGTHS: Final = (10, 11)
_POSTAL_LENGTHS: Final = (7, 5, 9)
_CODE_LENGTHS: Final = (6,)
#: Of longer messages so much is read in full; of the rest only numbers and contacts.
_BEGINNING: Final = 360
_ENDING: Final = 160
#: A word or number that was cut in two means nothing.
_CUT_AT_END: Final = re.compile(r"[\w@.+#-]{1,40}$", re.ASCII)
_CUT_AT_BEGINNING: Final = re.compile(r"^[\w@.+#-]{1,40}", re.ASCII)
#: For masking any day will do: it is where days stand that counts.
_ANY_DAY: Final = date(2000, 1, 1)


@dataclass(frozen=True)
class _Figures:
    """What is made of figures."""

    order_keys: tuple[str, ...]
    phone: str | None
    postal: str | None
    code: str | None
    name: PersonName | None
    when: When | None


def slots_in(
    plain: str,
    language: Language,
    lexicons: tuple[Lexicon, ...],
    expecting: Expecting | None,
    today: date | None,
) -> Slots:
    """Everything that a tidy text names.

    Args:
        plain: the text.
        language: of the text; it decides how days are read first.
        lexicons: the words of that language, then those of the others.
        expecting: the question the text answers, if any.
        today: the shop's day; without it no days are heard.
    """
    kind = expecting.kind if expecting else None
    short = _excerpt(plain)
    sheet, ready = Sheet(short), texts.matchable(short)
    mail = mail_in(sheet)
    amounts = amounts_in(sheet)
    payments = payments_in(sheet)
    address = address_in(sheet, is_asked=kind is Kind.ADDRESS)
    figures = _figures(sheet, kind, language, address, today, has_mail=bool(mail))
    if short is not plain:
        whole = Sheet(plain)
        mail = mail_in(whole)
        figures = _with_all_numbers(figures, whole, kind)
    chosen = choices_in(short, expecting, lexicons[0])
    left = folded(sheet.left).replace("'", "").replace("’", "")
    wanted, had = wanted_in(left)
    reasons = _reasons(ready, lexicons)
    if kind is Kind.REASON and not reasons:
        reasons = _reasons(_respelled(ready), lexicons)
    return Slots(
        order_keys=figures.order_keys,
        mail=mail,
        phone=figures.phone,
        postal=figures.postal,
        code=figures.code,
        name=figures.name,
        when=figures.when,
        address=address,
        payment=payments[0] if payments else None,
        payments=payments,
        amounts=amounts,
        quantity=_quantity(ready, lexicons, kind),
        counted=_counted(left, expecting),
        is_everything=chosen.is_everything,
        is_rest=chosen.is_rest,
        excepted_words=chosen.excepted,
        choices=chosen.values,
        reason=next((code for code in reasons if code in _OF_RETURNS), None),
        reasons=reasons,
        wanted_words=_bare(wanted),
        had_words=_bare(had),
    )


def read_all(plain: str) -> Sheet:
    """The sheet of a tidy text with everything taken that is personal or a figure."""
    sheet = Sheet(plain)
    mail_in(sheet)
    amounts_in(sheet)
    payments_in(sheet)
    address = address_in(sheet, is_asked=False)
    _figures(sheet, None, Language.ENGLISH, address, _ANY_DAY, has_mail=True)
    return sheet


def _excerpt(plain: str) -> str:
    """The beginning and the end of a long message, where people say what they want."""
    if len(plain) <= _BEGINNING + _ENDING:
        return plain
    beginning = _CUT_AT_END.sub("", plain[:_BEGINNING])
    return f"{beginning} ; {_CUT_AT_BEGINNING.sub('', plain[-_ENDING:])}"


def _with_all_numbers(figures: _Figures, whole: Sheet, kind: Kind | None) -> _Figures:
    """Order numbers and contacts wherever they stand in a long message."""
    take_others(whole)
    phone = told_phone(whole)
    told = told_orders(whole)
    phone = phone or phone_in(whole)
    postal = postal_in(whole, is_asked=False)
    rest = bare_numbers(whole, kind, is_order_told=True)
    keys = [*told, *(number for number in rest.bare if len(number) >= SHORTEST_ORDER)]
    return replace(
        figures,
        order_keys=tuple(dict.fromkeys([*figures.order_keys, *keys])),
        phone=figures.phone or phone,
        postal=figures.postal or postal,
        code=figures.code or rest.code,
    )


def _figures(
    sheet: Sheet,
    kind: Kind | None,
    language: Language,
    address: AddressHeard | None,
    today: date | None,
    *,
    has_mail: bool,
) -> _Figures:
    take_others(sheet)
    phone = told_phone(sheet)
    told = told_orders(sheet)
    spoken = spoken_numbers(sheet)
    told += spoken.order_keys
    phone = phone or phone_in(sheet)
    postal = postal_in(sheet, is_asked=kind is Kind.PROOF)
    postal = (address.postal if address and address.postal else None) or postal
    when = when_in(sheet, language, today) if today else None
    name = name_in(sheet, is_asked=kind is Kind.PROOF)
    rest = bare_numbers(sheet, kind, is_order_told=bool(told))
    bare = [*spoken.bare, *rest.bare]
    shaped = [number for number in (phone, postal) if number and number.isdigit()]
    orders = [number for number in bare if len(number) >= SHORTEST_ORDER]
    if kind is Kind.ORDER:
        orders += shaped
    elif kind is Kind.PROOF and (told or has_mail or phone or postal):
        orders = []
    elif name and not postal and len(bare) == 1 and len(bare[0]) in _POSTAL_LENGTHS:
        orders = []  # who says their name and a number says where they live
    return _Figures(
        order_keys=tuple(dict.fromkeys([*told, *orders])),
        phone=phone or _first(bare, _PHONE_LENGTHS),
        postal=postal or _first(bare, _POSTAL_LENGTHS),
        code=rest.code or _first(bare, _CODE_LENGTHS),
        name=name,
        when=when,
    )


def _first(numbers: list[str], lengths: tuple[int, ...]) -> str | None:
    return next((number for number in numbers if len(number) in lengths), None)


def _quantity(ready: str, lexicons: tuple[Lexicon, ...], kind: Kind | None) -> int | None:
    numbers = (quantity_in(ready, known, kind) for known in lexicons)
    return next((number for number in numbers if number is not None), None)


def _counted(left: str, expecting: Expecting | None) -> tuple[Counted, ...]:
    return tuple(
        Counted(number=one.number, words=one.words, choices=named_here(one.words, expecting))
        for one in counted_in(left)
        if TAKEN not in one.words
    )


def _reasons(ready: str, lexicons: tuple[Lexicon, ...]) -> tuple[str, ...]:
    """By the first language that gives any: the words of another one may look alike."""
    for known in lexicons:
        found = tuple(code for code, pattern in known.reasons.items() if pattern.search(ready))
        if found:
            return found
    return ()


def _respelled(ready: str) -> str:
    """With slips in the words that reasons are mostly given by read as those words."""
    return " ".join(
        next((known for known in _REASON_WORDS if is_slip(word, known)), word)
        if len(word) >= _SHORTEST_SLIP
        else word
        for word in ready.split()
    )


def _bare(words: str) -> str:
    """Words without what was a date, an address or a number; nothing where it was only that."""
    return texts.matchable(words.replace(TAKEN, " "))
