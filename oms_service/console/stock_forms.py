"""Forms of many items, without script: a scanner types a code and Enter, and the line is there."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from flask import flash, request, url_for
from sqlalchemy.orm import Session

from oms_service.access.guard import actor
from oms_service.catalog import queries as catalog
from oms_service.catalog.queries import VariantView
from oms_service.console import stock_words
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory.policy import MOST_MOVED
from oms_service.inventory.writing import MOST_LINES
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

#: Longer codes and texts are nobody's.
_LONGEST: Final = 80


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


@dataclass
class Line:
    """One item of a form and its numbers as typed, by field."""

    variant: VariantView
    typed: dict[str, str]


@dataclass
class Draft:
    """What a form holds so far; ``errors`` by field name."""

    lines: dict[int, Line] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    last_id: int | None = None

    def numbers(self, name: str, *, least: int = 0, needed: bool = True) -> dict[int, int]:
        """One number of each line, by variant; what is none is an error of its line.

        A field left empty is 0, or, where numbers are not ``needed``, left out.
        """
        found: dict[int, int] = {}
        for variant_id, line in self.lines.items():
            typed = line.typed.get(name, "")
            value = number(typed) if typed else 0
            if value is None or not least <= value <= MOST_MOVED:
                self.errors[f"{name}-{line.variant.sku}"] = _(
                    "%(item)s: a whole number from %(least)s on.",
                    item=stock_words.named(line.variant),
                    least=least,
                )
            elif typed or needed:
                found[variant_id] = value
        return found


def number(typed: str) -> int | None:
    """A whole number as people type it, in full-width digits too; None where it is none."""
    plain = unicodedata.normalize("NFKC", typed).strip().replace("−", "-")
    if len(plain) > len(str(MOST_MOVED)) + 1 or not plain.removeprefix("-").isdecimal():
        return None
    return int(plain)


def text(name: str) -> str:
    return request.form.get(name, "").strip()[:_LONGEST]


def day(name: str) -> date | None:
    """A day a form sent; None where it is none."""
    try:
        return date.fromisoformat(text(name))
    except ValueError:
        return None


def version() -> int | None:
    """What the form was made of; None where it does not say."""
    found = number(text("version"))
    return found if found is not None and found > 0 else None


def fresh_key() -> str:
    """Names the command a form will send, so that sending it twice is once."""
    return ids.readable_code(16)


def command_key() -> str:
    """The command this form names, apart from those of other colleagues."""
    return ids.digest(f"{actor().ref} {request.path} {text('key')}")[:40]


def is_adding() -> bool:
    """Whether the form only adds an item, by button or by a scanner's Enter."""
    return request.form.get("do") == "add"


def read(
    session: Session,
    names: Sequence[str],
    *,
    counts: str,
    among: Mapping[int, object] | None = None,
) -> Draft:
    """The items a form holds, with the one just typed or scanned, if there is one.

    Args:
        session: to look codes up.
        names: the number fields of each line.
        counts: the one a scan adds 1 to.
        among: only these variants may be added; None is any.
    """
    skus = request.form.getlist("sku")[:MOST_LINES]
    columns = {name: request.form.getlist(name) for name in names}
    known = catalog.variants_by_sku(session, set(skus))
    draft = Draft()
    for index, sku in enumerate(skus):
        if sku in known and request.form.get("remove") != sku:
            typed = {
                name: values[index][:20] if index < len(values) else ""
                for name, values in columns.items()
            }
            draft.lines[known[sku].id] = Line(known[sku], typed)
    code = text("code")
    if code and request.form.get("remove") is None:
        _add(session, draft, code, counts, among)
    return draft


def _add(
    session: Session, draft: Draft, code: str, counts: str, among: Mapping[int, object] | None
) -> None:
    variant = catalog.variants_by_code(session, [code]).get(code)
    if variant is None:
        draft.errors["code"] = _("No item has this SKU or barcode.")
    elif among is not None and variant.id not in among:
        draft.errors["code"] = _("%(item)s is not on this paper.", item=stock_words.named(variant))
    elif variant.id not in draft.lines and len(draft.lines) >= MOST_LINES:
        draft.errors["code"] = _("This paper is full. Begin another one.")
    else:
        line = draft.lines.setdefault(variant.id, Line(variant, {}))
        line.typed[counts] = str((number(line.typed.get(counts, "")) or 0) + 1)
        draft.last_id = variant.id


def do(step: Callable[[UnitOfWork], object], said: str) -> bool:
    """Take one step in the name of who pressed, and say how it went."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            step(uow)
    except NotFound:
        raise
    except DomainError as error:
        flash(told(error), "attention")
        return False
    flash(said, "success")
    return True


def told(error: DomainError) -> str:
    """A refusal in words, with the items it is about."""
    shortages = getattr(error, "shortages", ())
    with runtime().database.reading() as connection:
        known = catalog.variants(connection, [one.variant_id for one in shortages])
    return stock_words.refusal(error, known)


def fields_of(error: DomainError) -> dict[str, str]:
    """What a form says of a refusal: beside its fields, or above it."""
    if isinstance(error, Invalid) and error.fields:
        return stock_words.errors_of(error)
    return {"code": told(error)}


def paging(endpoint: str, here: Mapping[str, Any], following: str | None) -> dict[str, str | None]:
    """The next page of a list and its first one, as ``parts.pagination`` takes them."""
    return {
        "next_url": url_for(endpoint, after=following, **here) if following else None,
        "first_url": url_for(endpoint, **here) if "after" in request.args else None,
    }
