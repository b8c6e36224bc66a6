"""What follows from where an order is, and from what colleagues write: pure decisions."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, Protocol

from cases.states import LineEnding, Stage
from cases.taxonomy.states import FieldKind
from cases.taxonomy.views import FieldView
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.kernel.text import folded
from oms_service.orders.states import FulfilmentState, OrderState
from oms_service.ports.carrier import CarrierStatus


class AnOrder(Protocol):
    """As much of an order as its stage follows from."""

    @property
    def order_state(self) -> OrderState: ...

    @property
    def fulfilment_state(self) -> FulfilmentState: ...


class AParcel(Protocol):
    """As much of a parcel as the stage of its order follows from."""

    @property
    def status(self) -> CarrierStatus: ...


#: Parcels that will not arrive by themselves any more.
_FAILED: Final = frozenset({CarrierStatus.RETURNING, CarrierStatus.FAILURE})
_ARRIVED: Final = frozenset({FulfilmentState.DELIVERED, FulfilmentState.PARTIALLY_DELIVERED})
_LEFT: Final = frozenset({FulfilmentState.SHIPPED, FulfilmentState.PARTIALLY_SHIPPED})


def stage_of(order: AnOrder | None, parcels: Iterable[AParcel]) -> Stage:
    """How far an order is, as reasons are sorted; of several parcels the one in trouble speaks."""
    if order is None or order.order_state is OrderState.DRAFT:
        return Stage.NONE
    if order.order_state is OrderState.CANCELLED:
        return Stage.CANCELLED
    statuses = {one.status for one in parcels}
    if statuses & _FAILED:
        return Stage.FAILED
    if order.fulfilment_state in _ARRIVED or CarrierStatus.DELIVERED in statuses:
        return Stage.DELIVERED
    if order.fulfilment_state in _LEFT:
        return Stage.SHIPPED
    return Stage.PROCESSING


# What colleagues write

_LONGEST_NAME: Final = 80
_LONGEST_TEXT: Final = 500
_LONGEST_TAG: Final = 40
_LONGEST_TAG_KEY: Final = 80
_LARGEST: Final = Decimal(10) ** 12
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,58}[a-z0-9]")
_CENTURIES: Final = (date(1900, 1, 1), date(2199, 12, 31))
_NUMBER: Final = re.compile(r"[+-]?\d{1,13}(?:\.\d{1,6})?")


def in_both(
    given: Mapping[str, Any], field: str, *, longest: int = _LONGEST_NAME
) -> dict[str, str]:
    """A name in both languages, on one line each.

    Raises:
        Invalid: naming the language in which it is missing or too long.
    """
    found = {str(one): _line(given.get(str(one))) for one in Language}
    wrong = {}
    for language, said in found.items():
        if not said:
            wrong[f"{field}.{language}"] = "is missing"
        elif len(said) > longest:
            wrong[f"{field}.{language}"] = f"is longer than {longest} characters"
    if wrong:
        raise Invalid("a name is needed in both languages", wrong)
    return found


def code_of(given: str, name: Mapping[str, str], field: str = "code") -> str:
    """The code that was given, or one made of the English name.

    Raises:
        Invalid: it is no code, or the name makes none.
    """
    code = given.strip() or _NOT_CODE.sub("_", name["en"].casefold()).strip("_")[:60]
    if not _CODE.fullmatch(code):
        raise Invalid(
            "that is no code", {field: "must be small letters, digits and _, beginning by a letter"}
        )
    return code


_NOT_CODE: Final = re.compile(r"[^a-z0-9]+")


def tag_of(given: str) -> tuple[str, str]:
    """A tag as it is shown, and the key by which it is one and the same.

    Raises:
        Invalid: it is empty or too long.
    """
    name = _line(given).lstrip("#＃").strip()
    key = folded(name)
    if not key:
        raise Invalid("a tag is a word", {"tag": "is empty"})
    if len(name) > _LONGEST_TAG or len(key) > _LONGEST_TAG_KEY:
        raise Invalid("a tag is short", {"tag": f"is longer than {_LONGEST_TAG} characters"})
    return name, key


def value_of(field: FieldView, typed: str) -> str:
    """What was typed, as a field keeps it; empty where nothing was.

    Raises:
        Invalid: the field cannot say that.
    """
    said = _line(typed) if field.kind is not FieldKind.TEXT else _storable(typed).strip()
    if not said:
        return ""
    found = _READ[field.kind](field, said)
    if found is None:
        raise Invalid("that does not fit the field", {f"fields.{field.code}": _WRONG[field.kind]})
    return found


def _text(field: FieldView, said: str) -> str | None:
    del field
    return said if len(said) <= _LONGEST_TEXT else None


def _number(field: FieldView, said: str) -> str | None:
    del field
    plain = unicodedata.normalize("NFKC", said).replace(",", "")
    if not _NUMBER.fullmatch(plain):
        return None
    found = Decimal(plain)
    if abs(found) > _LARGEST:
        return None
    return f"{found.normalize():f}" if found else "0"


def _date(field: FieldView, said: str) -> str | None:
    del field
    plain = unicodedata.normalize("NFKC", said).replace("/", "-")
    try:
        day = date.fromisoformat(plain)
    except ValueError:
        return None
    return day.isoformat() if _CENTURIES[0] <= day <= _CENTURIES[1] else None


def _choice(field: FieldView, said: str) -> str | None:
    return said if any(one.code == said and one.is_active for one in field.choices) else None


def _yes_no(field: FieldView, said: str) -> str | None:
    del field
    return said if said in {"yes", "no"} else None


_READ: Final[Mapping[FieldKind, Callable[[FieldView, str], str | None]]] = {
    FieldKind.TEXT: _text,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.CHOICE: _choice,
    FieldKind.YES_NO: _yes_no,
}
_WRONG: Final = {
    FieldKind.TEXT: f"is longer than {_LONGEST_TEXT} characters",
    FieldKind.NUMBER: "is not a number",
    FieldKind.DATE: "is not a day",
    FieldKind.CHOICE: "is not one of the choices",
    FieldKind.YES_NO: "is neither yes nor no",
}


def _line(given: Any) -> str:
    return " ".join(_storable(given).split())


def _storable(given: Any) -> str:
    text = "" if given is None else str(given)
    return "".join(one for one in text if one != "\0" and unicodedata.category(one) != "Cs")


# How lines end

#: How the lines of a case ended that were not settled by themselves, by the ending of the case.
_ENDINGS: Final[Mapping[str, LineEnding]] = {
    "answered": LineEnding.EXPLAINED,
    "refused": LineEnding.REFUSED,
    "no_answer": LineEnding.WITHDRAWN,
    "refunded": LineEnding.REFUNDED,
    "return_rejected": LineEnding.REFUSED,
    "goods_back": LineEnding.RETURNED,
    "withdrawn": LineEnding.WITHDRAWN,
    "claim_rejected": LineEnding.REFUSED,
    "recovered": LineEnding.EXPLAINED,
    "arrived": LineEnding.EXPLAINED,
    "called_off": LineEnding.WITHDRAWN,
}


def ending_of(resolution: str, wanted: Mapping[str, Any]) -> LineEnding | None:
    """How a case's ending settles its open lines; None where it says nothing of them."""
    if resolution == "remedied":
        return LineEnding.REPLACED if wanted.get("remedy") == "replacement" else LineEnding.REFUNDED
    return _ENDINGS.get(resolution)
