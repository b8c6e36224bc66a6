"""Changing an order before it leaves: what may change, what that would bring, and done once.

Signed in, or as a guest of that order. It needs no script: each step is a form that carries what
was chosen before, and nothing is done before the last one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cases import queries
from cases.acting import referred
from cases.after import answering
from cases.portal import address_forms, changes_shown, doors
from cases.portal.changes_words import CHOICES, DONE, FORBIDDEN_REASONS, PAYS_WITH, REASONS, WISHES
from cases.portal.doors import GUEST, Door
from cases.service import Unreachable
from cases.views import CaseView
from oms_service.access.guard import guard, public
from oms_service.console import changes_forms
from oms_service.console.changes_words import SPEEDS
from oms_service.customers.addresses import Kept
from oms_service.history import tracking
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import actors, ids
from oms_service.kernel.errors import Invalid, Stale
from oms_service.operations.changes import change_wishes, changing, changing_preview
from oms_service.operations.changes.change_wishes import CallOff, ShipElsewhere, SwapItems, Wish
from oms_service.operations.changes.changing import Wanted
from oms_service.operations.changes.changing_book import Book, open_book
from oms_service.operations.rules import change_rules, reasons
from oms_service.operations.rules.change_eligibility import ChangeDecision, ChangeRefused
from oms_service.operations.rules.eligibility import Cause, Code, Outcome
from oms_service.orders.changes import ChangeView
from oms_service.orders.states import ChangeKind, ChangeState
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint("portal_changes", __name__, template_folder="templates")

#: Under which name changes that customers make here are kept.
CHANNEL: Final = "portal"
#: Forms that may be sent about one order; people look at two or three wishes.
TRIES: Final = "60/hour"
_KINDS: Final = "any(cancel,address,delivery,items,quantity,payment,expedite):what"
#: What needs more than the proof of one order: where it goes, and what may cost more.
_SIGNED_IN: Final = frozenset(
    {
        ChangeKind.ADDRESS,
        ChangeKind.ITEMS,
        ChangeKind.QUANTITY,
        ChangeKind.EXPEDITE,
        ChangeKind.PAYMENT,
    }
)
#: No colleague can do what says nothing new, or leaves out by what it is paid.
_SLIPS: Final = frozenset({Code.NOTHING_CHANGES, Code.SAME_VARIANT, Code.METHOD_MISSING})
_CHANGED: Final = N_("Your order has changed meanwhile. This is how it is now.")
_NOBODY: Final = N_("We have no mail address to answer to. Please write to us in the chat.")


@dataclass(frozen=True)
class Seen:
    """What a form is answered with besides itself.

    ``refused`` says why what was wished is not possible; ``asks`` whether a colleague may still be
    asked for it.
    """

    errors: Mapping[str, str]
    refused: Sequence[str] = ()
    asks: bool = False


_FRESH: Final = Seen({})


@blueprint.after_request
def unlisted(answer: Response) -> Response:
    """No search engine keeps an address that opens somebody's order, and no cache its page."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/orders/<number>/change")
@guard(customer=True)
def choose_mine(number: str) -> ResponseReturnValue:
    """What may be changed of one's own order, and why the rest may not."""
    return _choose(doors.own(number))


@blueprint.get("/find/order/change")
@public(reason=GUEST)
def choose_as_guest() -> ResponseReturnValue:
    """The same as a guest."""
    door = doors.guest()
    return _look_up_again() if door is None else _choose(door)


@blueprint.route(f"/orders/<number>/change/<{_KINDS}>", methods=["GET", "POST"])
@guard(customer=True)
def change_mine(number: str, what: str) -> ResponseReturnValue:
    """Choose, look, confirm: of one's own order."""
    return _change(doors.own(number), ChangeKind(what))


@blueprint.route(f"/find/order/change/<{_KINDS}>", methods=["GET", "POST"])
@public(reason=GUEST)
def change_as_guest(what: str) -> ResponseReturnValue:
    """The same as a guest."""
    door, kind = doors.guest(), ChangeKind(what)
    if door is None:
        return _look_up_again()
    if kind in _SIGNED_IN:
        return redirect(door.change, HTTPStatus.SEE_OTHER)
    return _change(door, kind)


@blueprint.get("/orders/<number>/when")
@guard(customer=True)
def when(number: str) -> ResponseReturnValue:
    """The day and the hours of the delivery, by the address that mails and calendars carry."""
    return redirect(doors.own(number).change_of(ChangeKind.DELIVERY), HTTPStatus.SEE_OTHER)


def _look_up_again() -> ResponseReturnValue:
    return redirect(url_for("portal_find.look_up"), HTTPStatus.SEE_OTHER)


def _choose(door: Door) -> str:
    house = runtime()
    with house.database.looking() as session:
        offers = changing_preview.offers(session, door.order.id, now=house.clock.now())
    causes = {one.kind: [_said(cause) for cause in one.causes] for one in offers}
    kinds = [one for one in CHOICES if not (door.is_guest and one in _SIGNED_IN)]
    return render_template(
        "portal/change_choose.html",
        door=door,
        order=door.order,
        choices=[(kind, *CHOICES[kind]) for kind in kinds if not causes.get(kind)],
        closed=_by_reason([(one, causes[one]) for one in kinds if causes.get(one)]),
    )


def _by_reason(
    closed: Sequence[tuple[ChangeKind, list[str]]],
) -> list[tuple[list[str], list[tuple[ChangeKind, str]]]]:
    """What may not be changed, under each reason once."""
    found: dict[tuple[str, ...], list[tuple[ChangeKind, str]]] = {}
    for kind, causes in closed:
        found.setdefault(tuple(causes), []).append((kind, CHOICES[kind][0]))
    return [(list(causes), kinds) for causes, kinds in found.items()]


def _change(door: Door, kind: ChangeKind) -> ResponseReturnValue:
    if request.method == "GET":
        return _form(door, kind, request.args)
    runtime().limits.take("portal-changes", str(door.order.id), TRIES)
    helped = _helped(door) if kind is ChangeKind.ADDRESS else None
    if helped is not None:
        return helped
    try:
        return _STEPS.get(request.form.get("step", ""), _shown)(door, kind)
    except Invalid as error:
        seen = Seen(changes_forms.messages(error))
        return _form(door, kind, request.form, seen), HTTPStatus.UNPROCESSABLE_ENTITY
    except ChangeRefused as error:
        return _refused(door, kind, error.decision)
    except Stale:
        flash(_(_CHANGED), "attention")
        return redirect(door.change_of(kind), HTTPStatus.SEE_OTHER)


def _refused(door: Door, kind: ChangeKind, decision: ChangeDecision) -> ResponseReturnValue:
    """The form with what stands against the wish; a colleague is asked where rules do."""
    said = [_said(cause) for cause in decision.causes]
    if said and all(one.code in _SLIPS for one in decision.causes):
        seen = Seen({"form": said[0]})
        return _form(door, kind, request.form, seen), HTTPStatus.UNPROCESSABLE_ENTITY
    seen = Seen(changes_forms.lacking(kind, request.form), said, asks=True)
    return _form(door, kind, request.form, seen), HTTPStatus.CONFLICT


def _helped(door: Door) -> ResponseReturnValue | None:
    """An address filled in, where a button was pressed that does it."""
    filled, errors = address_forms.helped(request.form, _saved(door))
    if errors:
        shown = _form(door, ChangeKind.ADDRESS, request.form, Seen(errors))
        return shown, HTTPStatus.UNPROCESSABLE_ENTITY
    return None if filled is None else _form(door, ChangeKind.ADDRESS, filled)


def _edited(door: Door, kind: ChangeKind) -> ResponseReturnValue:
    """Back to the form, as it was filled in."""
    return _form(door, kind, request.form)


def _form(door: Door, kind: ChangeKind, typed: Mapping[str, str], seen: Seen = _FRESH) -> str:
    """What is asked for; where nothing of the kind may be changed, why, and whom to ask."""
    house = runtime()
    now = house.clock.now()
    with house.database.looking() as session:
        book = open_book(session, door.order.id, now=now)
        offers = changing_preview.offers(session, door.order.id, now=now)
        against = next((one.causes for one in offers if one.kind is kind), ())
        facts = changes_shown.facts(session, book, kind)
    reasons_of = facts.get("reasons", ())
    return render_template(
        "portal/change.html",
        door=door,
        order=book.order,
        kind=kind,
        choice=CHOICES[kind],
        refused=seen.refused or [_said(cause) for cause in against],
        is_closed=bool(against),
        asks=seen.asks or bool(against),
        errors=dict(seen.errors),
        typed=typed,
        key=ids.token(),
        reason_words=[(one, _(REASONS.get(one, one))) for one in reasons_of],
        methods_words=PAYS_WITH,
        speed_words=SPEEDS,
        saved=_saved(door) if kind is ChangeKind.ADDRESS else (),
        **_open_to(door, facts),
    )


def _saved(door: Door) -> tuple[Kept, ...]:
    """The addresses to choose from; what else is kept of a buyer is no guest's business."""
    return () if door.is_guest else address_forms.saved(door.order.customer_id)


def _open_to(door: Door, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What may be seen of the facts: no guest reads where it goes and by what it was paid."""
    return {**facts, "address": {"country": "JP"}, "methods": ()} if door.is_guest else {**facts}


def _shown(door: Door, kind: ChangeKind) -> ResponseReturnValue:
    """What the wish would bring, before anything is done."""
    house = runtime()
    with house.database.looking() as session:
        book = open_book(session, door.order.id, now=house.clock.now())
        wish = _wish(kind, book)
        seen = changing_preview.look(session, book, wish)[0]
        if seen.decision.is_refused:
            raise ChangeRefused(seen.decision)
        brings = changes_shown.brings(session, book, seen)
        standing = tracking.track_all(session, house.adapters, [book.order], now=house.clock.now())[
            book.order.id
        ]
    return render_template(
        "portal/change_preview.html",
        door=door,
        order=book.order,
        kind=kind,
        choice=CHOICES[kind],
        seen=seen,
        by_person=seen.decision.outcome is Outcome.PERSON,
        doubts=[_said(cause) for cause in seen.decision.causes],
        # Where the day stays, the days that the page of the order names.
        stays=None if seen.arrival.moves else standing.window,
        fields=_fields(),
        key=ids.token(),
        reason_words=REASONS,
        **brings,
    )


def _confirmed(door: Door, kind: ChangeKind) -> ResponseReturnValue:
    """Do what was shown, once for each form; what a person decides waits in a case."""
    order = door.order
    with runtime().unit_of_work(actors.customer(order.customer_id)) as uow:
        book = open_book(uow.session, order.id, now=uow.now)
        done = changing.request(
            uow,
            Wanted(
                order_id=order.id,
                wish=_wish(kind, book),
                channel=CHANNEL,
                key=_key(door),
                version=changes_forms.version(request.form),
                digest=request.form.get("digest", "")[:64],
            ),
        )
        case = _case_of(uow, done)
    if case is not None:
        return _handed_over(door, case.number)
    if done.state is ChangeState.CONFIRMED:
        flash(_(DONE[kind]), "success")
    else:
        flash(_(_CHANGED), "attention")
    return redirect(door.page, HTTPStatus.SEE_OTHER)


def _case_of(uow: UnitOfWork, done: ChangeView) -> CaseView | None:
    """The case of what is left to a person; sent again, it is there already."""
    if not done.is_open:
        return None
    found = queries.carrying(uow.session, done.order_id, "change", str(done.position))
    return found or referred.open_for_change(uow, done)


def _asked(door: Door, kind: ChangeKind) -> ResponseReturnValue:
    """What the rules refuse may still be asked for: a case with what is wanted, in words too."""
    order = door.order
    words = request.form.get("more", "").strip()
    with runtime().unit_of_work(actors.customer(order.customer_id)) as uow:
        book = open_book(uow.session, order.id, now=uow.now)
        wish = _wanted(kind, book)
        said = [_(WISHES[kind])]
        if wish is not None:
            said += changes_shown.wish_in_words(uow.session, book, wish)
        if words:
            said.append(words)
        try:
            done = answering.open_new(
                uow,
                customer_id=order.customer_id,
                reason=referred.REASONS.get(kind, "change_order"),
                order_id=order.id,
                text="\n".join(str(one) for one in said),
                key=_key(door),
                wanted=_written(kind, wish),
                failed_rule=_rule(uow.session, book, kind, wish),
            )
        except Unreachable:
            return _form(
                door, kind, request.form, Seen({"form": str(_(_NOBODY))}, asks=True)
            ), HTTPStatus.CONFLICT
    return _handed_over(door, done.case.number)


def _handed_over(door: Door, number: str) -> ResponseReturnValue:
    flash(
        _(
            "A colleague looks at it and writes to you. Your case number is %(number)s.",
            number=number,
        ),
        "success",
    )
    return redirect(door.case(number) or door.page, HTTPStatus.SEE_OTHER)


def _wish(kind: ChangeKind, book: Book) -> Wish:
    """What the form says.

    Raises:
        Invalid: something cannot be read, by the name of its input.
    """
    if kind is ChangeKind.ADDRESS:
        address_forms.check_phone(request.form)
    wish = changes_forms.read(kind, request.form, book)
    if isinstance(wish, SwapItems) and wish.method_id is None and _names_method(book):
        return replace(wish, method_id=book.usual_method_id)
    if isinstance(wish, CallOff) and wish.reason in FORBIDDEN_REASONS:
        raise Invalid("that is the shop's own reason", {"reason": "is not one of the list"})
    return wish


def _names_method(book: Book) -> bool:
    """Whether a difference has to name its way; what the customer sees names the usual one."""
    return (book.rules.items or change_rules.ItemRules()).names_method


def _wanted(kind: ChangeKind, book: Book) -> Wish | None:
    """What somebody asks a colleague for, as far as it can be read."""
    try:
        wish = _wish(kind, book)
        change_wishes.check(wish)
    except Invalid:
        return None
    return wish


def _written(kind: ChangeKind, wish: Wish | None) -> dict[str, Any]:
    """The wish as a case keeps it."""
    if wish is None:
        return {"kind": str(kind)}
    address = dict(wish.address) if isinstance(wish, ShipElsewhere) else None
    return {
        "kind": str(kind),
        **change_wishes.written(wish),
        **({"reason": wish.reason} if isinstance(wish, CallOff) else {}),
        **({"address": address} if address else {}),
    }


def _rule(session: Session, book: Book, kind: ChangeKind, wish: Wish | None) -> str:
    """The first rule that stands against it."""
    offers = changing_preview.offers(session, book.order.id, now=book.now)
    causes = next((one.causes for one in offers if one.kind is kind), ())
    if not causes and wish is not None:
        try:
            decision = changing_preview.look(session, book, wish)[0].decision
        except Invalid:
            return ""
        causes = decision.causes if decision.is_refused else ()
    return str(causes[0].code) if causes else ""


_STEPS: Final[Mapping[str, Callable[[Door, ChangeKind], ResponseReturnValue]]] = {
    "edit": _edited,
    "ask": _asked,
    "confirm": _confirmed,
}


def _fields() -> list[tuple[str, str]]:
    """What was typed, for the next step to carry on."""
    own = {"key", "digest", "version", "step", "csrf_token", "more"}
    return [(name, value) for name, value in request.form.items() if name not in own and value]


def _key(door: Door) -> str:
    return f"portal:{door.order.id}:{changes_forms.key(request.form)}"


def _said(cause: Cause) -> str:
    return reasons.say(cause, spoken())
