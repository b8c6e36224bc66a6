"""What can be pressed about an order from its case: chosen, previewed, confirmed, called off."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cases import queries as case_queries
from cases import reach
from cases.acting import forms, labels, previews, queries, service, showing, words
from cases.acting.previews import ActRefused, Seen
from cases.acting.service import NoOrder
from cases.acting.states import ActKind
from cases.acting.undoing import CannotUndo
from cases.acting.wishes import PERMISSIONS, By, Wanted, by_colleague
from cases.holding import AlreadyDone
from cases.views import CaseView
from oms_service.access.guard import actor, guard, staff
from oms_service.console import changes_forms, changes_shown, changes_words, orders_words
from oms_service.console import payments_words as money_words
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import (
    DomainError,
    Forbidden,
    IllegalTransition,
    Invalid,
    NotFound,
    Stale,
)
from oms_service.operations.changes import changing
from oms_service.operations.changes.changing_book import open_book
from oms_service.operations.returning import claiming
from oms_service.orders import changes
from oms_service.orders import queries as orders
from oms_service.orders.states import ChangeKind
from oms_service.payments import queries as payments
from oms_service.payments import refunds
from oms_service.payments.queries import RefundView
from oms_service.payments.states import RefundState
from oms_service.returns import claim_queries
from oms_service.runtime import runtime
from oms_service.web.texts import gettext


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


blueprint = Blueprint("case_acting", __name__, url_prefix="/desk", template_folder="templates")

_KINDS: Final = ", ".join(kind.value for kind in ActKind)


def by() -> By:
    """What the colleague at hand may do, and whose limits hold for them."""
    return by_colleague(staff())


# What can be done; asked for when somebody wants to know, since it looks at the whole order


@blueprint.get("/cases/<number>/do")
@guard("cases:act")
def offers(number: str) -> str:
    """All that can be done about the order, as a page of its own."""
    return render_template("acting/offers.html", **_offered(number))


@blueprint.get("/cases/<number>/do/list")
@guard("cases:act")
def offered(number: str) -> str:
    """The same, for the page of the case."""
    return render_template("acting/offered.html", **_offered(number))


def _offered(number: str) -> dict[str, Any]:
    house = runtime()
    with house.database.looking() as session:
        case = case_queries.by_number(session, number)
        if case.order_id is None:
            raise NotFound("this case is about no order")
        order = orders.by_id(session, case.order_id)
        found = previews.offers(session, order.id, by(), now=house.clock.now())
    return {"case": case, "order": order, "offers": found, "words": words, "showing": showing}


# Two steps: what would happen, then doing it


@blueprint.route(f"/cases/<number>/do/<any({_KINDS}):what>", methods=["GET", "POST"])
@guard("cases:act")
def act(number: str, what: str) -> ResponseReturnValue:  # noqa: C901, PLR0911 - a refusal each
    """One thing to do: the form, then what it would bring, then done."""
    kind = ActKind(what)
    if not by().may(PERMISSIONS[kind]):
        raise Forbidden("this is for colleagues with another role")
    if request.method == "GET":
        return _page(number, kind)
    try:
        if "confirmed" in request.form:
            return _do(number, kind)
        return _page(number, kind, is_asked=True)
    except Invalid as error:
        return _page(number, kind, errors=showing.messages(error)), 422
    except ActRefused as error:
        said = [showing.cause(cause) for cause in error.causes]
        return _page(number, kind, refusals=said), 409
    except (AlreadyDone, NoOrder, Stale, IllegalTransition) as error:
        flash(showing.refusal(error), "attention")
        is_of_case = isinstance(error, AlreadyDone | NoOrder)
        return _back(number) if is_of_case else redirect(request.path, HTTPStatus.SEE_OTHER)
    except DomainError as error:
        if isinstance(error, NotFound | Forbidden):
            raise
        return _page(number, kind, refusals=[showing.refusal(error)]), 409


def _do(number: str, kind: ActKind) -> ResponseReturnValue:
    house = runtime()
    with house.unit_of_work(actor()) as uow:
        case = case_queries.by_number(uow.session, number)
        order = orders.by_id(uow.session, _order_id(uow.session, case))
        wish = forms.read(house, uow.session, order, kind, _form())
        wish = labels.worded(house, uow.session, case, wish)
        done = service.do(
            uow,
            case.id,
            Wanted(
                wish=wish,
                key=f"desk:{ids.digest(changes_forms.key(request.form))[:40]}",
                digest=request.form.get("digest", "")[:64],
                order_id=order.id,
            ),
            by(),
        )
    if done.facts.get("waits"):
        flash(_("Noted. It waits for a second person to agree."), "attention")
    else:
        flash(_("Done: %(what)s.", what=_(words.KINDS[kind][0])), "success")
    return _back(number)


def _page(
    number: str,
    kind: ActKind,
    *,
    is_asked: bool = False,
    errors: Mapping[str, str] | None = None,
    refusals: list[str] | None = None,
) -> str:
    house = runtime()
    with house.database.looking() as session:
        case = case_queries.by_number(session, number)
        order = orders.by_id(session, _order_id(session, case))
        seen: Seen | None = None
        if is_asked:
            wish = forms.read(house, session, order, kind, _form())
            seen = previews.look(session, order.id, wish, by(), now=house.clock.now())
        facts = _facts(session, order.id, kind, seen)
    return render_template(
        "acting/act.html",
        case=case,
        order=order,
        act=kind,
        kind=ChangeKind(kind.value) if kind.value in set(ChangeKind) else None,
        seen=seen.change if seen and seen.change else None,
        brings=seen,
        doubts=[],
        doubted=[showing.cause(one) for one in seen.doubts] if seen else [],
        told=showing.told(kind),
        errors=dict(errors or {}),
        refusals=refusals or [],
        given=request.form if request.method == "POST" else request.args,
        key=request.form.get("key") or ids.token(),
        order_number=order.number,
        words=changes_words,
        acts=words,
        money_words=money_words,
        kinds=orders_words.METHODS,
        **facts,
    )


def _facts(session: Session, order_id: int, kind: ActKind, seen: Seen | None) -> dict[str, Any]:
    """What the form of one kind offers."""
    now = runtime().clock.now()
    if kind.value in set(ChangeKind):
        book = open_book(session, order_id, now=now)
        change = seen.change if seen else None
        return {
            "way": changes_shown.way(book, change),
            "written": changes_shown.written(change.wish) if change else (),
            "wished": changes_shown.wished(change.wish) if change else "",
            **changes_shown.facts(session, book, ChangeKind(kind.value)),
        }
    return showing.facts(session, order_id, kind, now=now)


def _order_id(session: Session, case: CaseView) -> int:
    """The order named in the address or the form, if the case is about it; else its main one."""
    named = (request.form.get("order") or request.args.get("order") or "")[:60]
    own = queries.orders_of(session, case.id)
    if named:
        order_id = orders.find(session, named).id
        if order_id in own:
            return order_id
        raise NoOrder("this case is about no such order")
    if not own:
        raise NoOrder("this case is about no order")
    return own[0]


# Calling off, and a second person's word


@blueprint.post("/cases/<number>/done/<int(max=9223372036854775807):act_id>/undo")
@guard("cases:act")
def undo(number: str, act_id: int) -> ResponseReturnValue:
    def press(uow: UnitOfWork) -> None:
        case = case_queries.by_number(uow.session, number)
        if queries.one(uow.session, act_id).case_id != case.id:
            raise NoOrder("this was done from another case")
        service.undo(uow, act_id, by())

    return _press(press, _("Called off."), number)


@blueprint.post("/refunds/<int(max=9223372036854775807):refund_id>/<any(agree, decline):word>")
@guard("refunds:approve")
def decide(refund_id: int, word: str) -> ResponseReturnValue:
    """The second pair of eyes; whoever asked cannot be it."""

    def press(uow: UnitOfWork) -> None:
        if not _theirs(uow.session, [refund_id])[0]:
            raise NotFound("no such refund")
        how = refunds.approve if word == "agree" else refunds.decline
        how(uow, refund_id)

    said = _("The refund is on its way.") if word == "agree" else _("The refund is declined.")
    return _press(press, said, request.form.get("case", "")[:20])


@blueprint.post("/cases/<number>/claims/<claim>/<any(approve, reject):word>")
@guard("returns:approve")
def decide_claim(number: str, claim: str, word: str) -> ResponseReturnValue:
    """A claim that policy left to a person, decided from its case."""

    def press(uow: UnitOfWork) -> None:
        found = claim_queries.by_number(uow.session, claim[:20])
        _check_own(uow, number, found.order_id)
        version = _number(request.form.get("version", ""))
        if word == "approve":
            claiming.approve(uow, found.id, version=version, givers=by().givers)
            return
        answer = request.form.get("answer", "").replace("\0", "").strip()[:500]
        if not answer:
            raise Invalid("a refusal has a reason", {"answer": "is empty"})
        claiming.reject(uow, found.id, version=version, answer=answer)

    said = _("The claim is accepted.") if word == "approve" else _("The claim is rejected.")
    return _press(press, said, number)


@blueprint.post(
    "/cases/<number>/wishes/<int(max=2147483647):position>/<any(confirm, decline):word>"
)
@guard("orders:change")
def decide_wish(number: str, position: int, word: str) -> ResponseReturnValue:
    """A change that policy left to a person, decided from the case it opened."""

    def press(uow: UnitOfWork) -> None:
        case = case_queries.by_number(uow.session, number)
        order_id = _order_id(uow.session, case)
        change = changes.of_order_at(uow.session, order_id, position)
        how = changing.confirm if word == "confirm" else changing.decline
        how(uow, change.id)

    said = _("The order is changed.") if word == "confirm" else _("The change is declined.")
    return _press(press, said, number)


@blueprint.get("/second-person")
@guard("refunds:approve")
def waiting() -> str:
    """All money that waits for a second person, oldest first, with the case it comes from."""
    with runtime().database.looking() as session:
        found, of_cases = _awaited(session)
        numbers = orders.numbers_of(session, {one.order_id for one in found})
        names = showing.names(session)
    return render_template(
        "acting/waiting.html",
        refunds=found,
        numbers=numbers,
        cases=of_cases,
        me=actor().ref,
        name_of=lambda ref: showing.name_of(names, ref),
        money_words=money_words,
    )


def count_waiting() -> int:
    """How much waits for a second person, for the navigation."""
    with runtime().database.looking() as session:
        return len(_awaited(session)[0])


def _awaited(session: Session) -> tuple[list[RefundView], dict[int, str]]:
    """Money that waits for a second person, as far as its cases are theirs, and these cases."""
    waiting = {
        one.id: one
        for one in payments.unsettled_refunds(session)
        if one.state is RefundState.AWAITING_APPROVAL
    }
    theirs, numbers = _theirs(session, list(waiting))
    return [waiting[one] for one in theirs], numbers


def _theirs(session: Session, refund_ids: Sequence[int]) -> tuple[list[int], dict[int, str]]:
    """Those of some refunds that are from no case or from one of theirs, and these cases."""
    of = queries.cases_of_refunds(session, refund_ids)
    reached = reach.those(session, [case_id for case_id, _number in of.values()], staff())
    theirs = [one for one in refund_ids if one not in of or of[one][0] in reached]
    return theirs, {one: of[one][1] for one in theirs if one in of}


def _press(press: Callable[[UnitOfWork], None], said: str, number: str) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            press(uow)
    except CannotUndo as error:
        flash(_(words.WHY_NOT_UNDONE[error.why]), "attention")
    except Invalid:
        flash(_("Give the customer a reason."), "danger")
    except NotFound:
        raise
    except DomainError as error:
        flash(showing.refusal(error), "attention")
    else:
        flash(said, "success")
    return _back(number)


def _check_own(uow: UnitOfWork, number: str, order_id: int) -> None:
    case = case_queries.by_number(uow.session, number)
    if order_id not in queries.orders_of(uow.session, case.id):
        raise NoOrder("this case is about another order")


def _back(number: str) -> ResponseReturnValue:
    if not number:
        return redirect(url_for("case_acting.waiting"), HTTPStatus.SEE_OTHER)
    return redirect(url_for("desk.case", number=number), HTTPStatus.SEE_OTHER)


def _form() -> dict[str, str]:
    return {name: value.replace("\0", "").strip() for name, value in request.form.items()}


def _number(typed: str) -> int:
    return int(typed) if typed.isdecimal() and len(typed) < 10 else 0  # noqa: PLR2004 - as ids go
