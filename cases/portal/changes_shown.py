"""What the pages of a change show: what there is to choose, and in words what it would bring."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from cases.portal.changes_words import FORBIDDEN_REASONS, PAYS_WITH, REASONS
from oms_service.catalog import queries as catalog
from oms_service.console import changes_shown
from oms_service.operations.changes import changing_preview
from oms_service.operations.changes.change_wishes import (
    CallOff,
    DeliverAt,
    SetQuantities,
    ShipElsewhere,
    SwapItems,
    Wish,
)
from oms_service.operations.changes.changing_book import Book
from oms_service.operations.changes.changing_preview import Preview
from oms_service.operations.rules.change_rules import KindRules
from oms_service.orders.queries import LineView
from oms_service.orders.states import ChangeKind
from oms_service.payments.queries import MethodView
from oms_service.web import wares
from oms_service.web.languages import spoken
from oms_service.web.texts import gettext


def facts(session: Session, book: Book, kind: ChangeKind) -> dict[str, Any]:
    """What the form of one kind offers; ways to pay are those a customer can use by themselves."""
    found = changes_shown.facts(session, book, kind)
    rules = _rules(book, kind)
    accepted = rules.methods if rules is not None else None
    found["methods"] = tuple(
        one
        for one in found["methods"]
        if _is_usable(one, book, accepted)
        and not (kind is ChangeKind.PAYMENT and _has_paid_all(one, book))
    )
    if "reasons" in found:
        found["reasons"] = [one for one in found["reasons"] if one not in FORBIDDEN_REASONS]
    found["option_words"] = _option_words(session, book, found.get("others", {}))
    return found


def brings(session: Session, book: Book, seen: Preview) -> dict[str, Any]:
    """What a preview shows besides its amounts."""
    wish = seen.wish
    method = book.method(seen.method_id)
    return {
        "written": changes_shown.written(wish),
        "wished": changes_shown.wished(wish),
        "is_whole": isinstance(wish, CallOff) and changing_preview.is_whole(book, wish),
        "lines": items(session, book, wish),
        "way": _method(method) if method is not None else "",
    }


def items(session: Session, book: Book, wish: Wish) -> list[tuple[LineView, str, str]]:
    """The lines a wish names: each with what is there now and what would be, in words."""
    match wish:
        case CallOff(lines=units) if units is not None:
            return [
                (book.lines[line], str(book.facts.left(line)), str(book.facts.left(line) - count))
                for line, count in sorted(units.items())
                if count
            ]
        case SetQuantities():
            return [
                (book.lines[line], str(book.lines[line].counters.wanted), str(wanted))
                for line, wanted in sorted(wish.quantities.items())
                if wanted != book.lines[line].counters.wanted
            ]
        case SwapItems():
            known = _words_of(
                session,
                {one.variant_id for one in wish.swaps}
                | {book.lines[one.line_id].variant_id for one in wish.swaps},
            )
            return [
                (
                    book.lines[one.line_id],
                    known.get(book.lines[one.line_id].variant_id, ""),
                    f"{known.get(one.variant_id, '')} × {one.quantity}",
                )
                for one in wish.swaps
            ]
        case _:
            return []


def wish_in_words(session: Session, book: Book, wish: Wish) -> list[str]:
    """What is wished, a line each, as the customer would write it to a colleague."""
    said = list(changes_shown.written(wish))
    if isinstance(wish, DeliverAt):
        said.append(changes_shown.wished(wish) or str(gettext("Any time")))
    if isinstance(wish, CallOff):
        said.append(
            gettext("Reason: %(reason)s", reason=gettext(REASONS.get(wish.reason, wish.reason)))
        )
    language = str(spoken())
    said += [
        f"{line.name.get(language, '')}: {before} → {after}"
        for line, before, after in items(session, book, wish)
        if not isinstance(wish, ShipElsewhere)
    ]
    return [str(one) for one in said]


def _rules(book: Book, kind: ChangeKind) -> KindRules | None:
    of: Mapping[ChangeKind, KindRules | None] = {
        ChangeKind.PAYMENT: book.rules.payment,
        ChangeKind.ITEMS: book.rules.items,
        ChangeKind.QUANTITY: book.rules.quantity,
        ChangeKind.EXPEDITE: book.rules.expedite,
    }
    return of.get(kind)


def _has_paid_all(one: MethodView, book: Book) -> bool:
    return all(paid.method_id == one.id for paid in book.paid if paid.left_minor)


def _is_usable(one: MethodView, book: Book, accepted: Any) -> bool:
    return (
        one.is_active
        and one.kind in PAYS_WITH
        and (accepted is None or one.kind in accepted)
        and one.currency in {None, book.order.total.currency}
        and (one.expires_at is None or one.expires_at > book.now)
    )


def _method(one: MethodView) -> str:
    return wares.way_to_pay(one, gettext(PAYS_WITH[one.kind])) if one.kind in PAYS_WITH else ""


def _option_words(session: Session, book: Book, others: Mapping[int, Any]) -> dict[int, str]:
    """The options of what is there and of what there is instead, by variant."""
    if not others:
        return {}
    ids = {line.variant_id for line in book.lines.values()}
    return _words_of(session, ids | {one.id for of in others.values() for one in of})


def _words_of(session: Session, variant_ids: set[int]) -> dict[int, str]:
    known = catalog.variants(session, variant_ids)
    said = catalog.option_words(session, known)
    language = str(spoken())
    return {
        one: " / ".join(said.get(one, {}).get(language, {}).values())
        or " / ".join(known[one].options.values())
        or known[one].sku
        for one in known
    }
