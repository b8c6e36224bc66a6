"""Money at the console: an order's ledger, giving back, taking, and what waits for a person."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from oms_service.access.guard import actor, guard, staff
from oms_service.console import orders_words, payments_words
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, IllegalTransition, Invalid, NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.money import matching, paying, refunding
from oms_service.operations.money.refunding import NotTheirMethod, RefundReason, Wish
from oms_service.operations.rules import payment_rules
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.payments import attempts, chargebacks, gift_cards, limits, notices, refunds
from oms_service.payments import queries as payments
from oms_service.payments.attempts import CaptureTooHigh
from oms_service.payments.chargebacks import NewChargeback
from oms_service.payments.gift_cards import NewCard
from oms_service.payments.limits import AboveOwnLimit
from oms_service.payments.refunds import PaymentUnderWay, SecondPersonNeeded
from oms_service.payments.service import RefundTooHigh
from oms_service.payments.states import ChargebackAction, RefundPart
from oms_service.runtime import runtime
from oms_service.web import formats
from oms_service.web.texts import gettext

_ = gettext

blueprint = Blueprint(
    "console_payments", __name__, url_prefix="/console/payments", template_folder="templates"
)

#: How the form says that a refund goes into the balance with the shop.
_CREDIT: Final = "credit"
_OUTCOMES: Final = {"won": ChargebackAction.WIN, "lost": ChargebackAction.LOSE}


@blueprint.get("/orders/<number>")
@guard("payments:read")
def of_order(number: str) -> str:
    """All of an order's money, and what may be done with it."""
    return _page(number)


@blueprint.post("/orders/<number>/refund")
@guard("refunds:make")
def refund(number: str) -> ResponseReturnValue:
    """The first press shows what would happen, the second does it."""
    house = runtime()
    try:
        with house.unit_of_work(actor()) as uow:
            order = orders.find(uow.session, number)
            wish = _wish(order)
            if "confirmed" not in request.form:
                rules = payment_rules.of_channel(uow.session, order.channel_id, at=uow.now)
                seen = refunding.preview(uow.session, wish, rules, by=uow.actor)
                return _page(number, seen=seen, wish=wish)
            made = refunding.request(uow, wish)
    except DomainError as refused:
        return _page(number, errors=_said(refused)), 422
    waits = any(one.state == "awaiting_approval" for one in made)
    said = (
        _("A colleague has to agree to this refund.") if waits else _("The refund is on its way.")
    )
    flash(said, "attention" if waits else "success")
    return _to_order(number)


@blueprint.post("/orders/<number>/capture")
@guard("payments:capture")
def capture(number: str) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            order = orders.find(uow.session, number)
            paying.capture(uow, order.id, _amount(order, "capture_amount"), key=_key())
    except DomainError as refused:
        return _page(number, errors=_said(refused, field="capture_amount")), 422
    flash(_("The money is being taken."), "success")
    return _to_order(number)


@blueprint.post("/orders/<number>/void")
@guard("payments:capture")
def void(number: str) -> ResponseReturnValue:
    with runtime().unit_of_work(actor()) as uow:
        order = orders.find(uow.session, number)
        paying.let_go(uow, order.id, key=_key(), reason="by_hand")
    flash(_("The promised money is let go."), "success")
    return _to_order(number)


@blueprint.post("/orders/<number>/attempts/<int:attempt_id>/paid")
@guard("payments:capture")
def paid(number: str, attempt_id: int) -> ResponseReturnValue:
    """A slip or transfer has come in; staff have seen it."""

    def finish(uow: UnitOfWork) -> None:
        found = attempts.one(uow.session, attempt_id)
        if found.order_id != orders.find(uow.session, number).id:
            raise NotFound("no such payment")
        if not found.is_by_hand:
            raise PaymentUnderWay("nobody pays this by hand")
        attempts.finish(uow, attempt_id)

    return _do(finish, _("The payment is noted."), url_for(".of_order", number=number))


@blueprint.post("/orders/<number>/chargebacks")
@guard("payments:settle")
def dispute(number: str) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            order = orders.find(uow.session, number)
            amount = _amount(order, "dispute_amount")
            if amount is None:
                raise Invalid("an amount is missing", {"dispute_amount": "is missing"})
            chargebacks.open_one(
                uow,
                NewChargeback(
                    order_id=order.id, amount=amount, reason="by_hand", key=f"console:{_key()}"
                ),
            )
    except DomainError as refused:
        return _page(number, errors=_said(refused, field="dispute_amount")), 422
    flash(_("The dispute is noted. What it is about is not refunded meanwhile."), "success")
    return _to_order(number)


@blueprint.get("")
@guard("payments:read")
def waiting() -> str:
    """What waits for a person: refunds, money without an order, disputes."""
    with runtime().database.looking() as session:
        to_settle = payments.unsettled_refunds(session)
        unmatched = notices.unmatched(session)
        disputes = chargebacks.undecided(session)
        numbers = orders.numbers_of(
            session, {one.order_id for one in to_settle} | {one.order_id for one in disputes}
        )
        known = payments.methods_by_id(
            session, [one.method_id for one in to_settle if one.method_id is not None]
        )
    return render_template(
        "console/payments_waiting.html",
        area="console",
        refunds=to_settle,
        unmatched=unmatched,
        disputes=disputes,
        numbers=numbers,
        methods=known,
        me=actor().ref,
        words=payments_words,
        kinds=orders_words.METHODS,
        cause=_cause,
    )


@blueprint.post("/refunds/<int:refund_id>/approve")
@guard("refunds:approve")
def approve(refund_id: int) -> ResponseReturnValue:
    return _do(lambda uow: refunds.approve(uow, refund_id), _("The refund is on its way."))


@blueprint.post("/refunds/<int:refund_id>/decline")
@guard("refunds:approve")
def decline(refund_id: int) -> ResponseReturnValue:
    return _do(lambda uow: refunds.decline(uow, refund_id), _("The refund is declined."))


@blueprint.post("/refunds/<int:refund_id>/paid")
@guard("refunds:confirm")
def refund_paid(refund_id: int) -> ResponseReturnValue:
    return _do(lambda uow: refunds.confirm_by_hand(uow, refund_id), _("The refund is paid."))


@blueprint.post("/refunds/<int:refund_id>/retry")
@guard("refunds:confirm")
def refund_retry(refund_id: int) -> ResponseReturnValue:
    return _do(lambda uow: refunds.retry(uow, refund_id), _("It is being tried again."))


@blueprint.post("/refunds/<int:refund_id>/to-credit")
@guard("refunds:confirm")
def refund_to_credit(refund_id: int) -> ResponseReturnValue:
    return _do(
        lambda uow: refunding.redirect(uow, refund_id, method_id=None),
        _("It goes into the customer's store credit."),
    )


@blueprint.post("/notices/<int:notice_id>/attach")
@guard("payments:settle")
def attach(notice_id: int) -> ResponseReturnValue:
    number = request.form.get("number", "")[:40]
    return _do(
        lambda uow: matching.attach(uow, notice_id, number),
        _("The money belongs to the order now."),
    )


@blueprint.post("/notices/<int:notice_id>/send-back")
@guard("payments:settle")
def send_back(notice_id: int) -> ResponseReturnValue:
    return _do(lambda uow: notices.send_back(uow, notice_id), _("The money is being sent back."))


@blueprint.post("/chargebacks/<int:chargeback_id>/<any(contest, won, lost):what>")
@guard("payments:settle")
def settle_dispute(chargeback_id: int, what: str) -> ResponseReturnValue:
    def change(uow: UnitOfWork) -> None:
        if what in _OUTCOMES:
            chargebacks.settle(uow, chargeback_id, _OUTCOMES[what])
        else:
            chargebacks.contest(uow, chargeback_id)

    return _do(change, _("The dispute is brought up to date."))


@blueprint.get("/gift-cards")
@guard("giftcards:issue")
def cards() -> str:
    return _cards_page()


@blueprint.post("/gift-cards")
@guard("giftcards:issue")
def issue_card() -> ResponseReturnValue:
    house = runtime()
    try:
        with house.unit_of_work(actor()) as uow:
            amount = Money.parse(request.form.get("amount", ""), request.form.get("currency", ""))
            limits.check_alone(uow, amount)
            made = gift_cards.issue(
                uow,
                NewCard(amount=amount, cause="goodwill", key=f"console:{_key()}"),
                secret=house.settings.secret_key,
            )
    except AboveOwnLimit as refused:
        return _cards_page(errors=_said(refused)), 422
    except (DomainError, ValueError):
        return _cards_page(errors={"amount": _("Enter an amount above 0.")}), 422
    return _cards_page(code=gift_cards.shown(made.code))


def panel(known: Mapping[str, object]) -> str | None:
    """Beside an order: what may still be taken and given back."""
    order_id = known.get("order_id")
    if not isinstance(order_id, int):
        return None
    with runtime().database.looking() as session:
        order = orders.by_id(session, order_id)
        left = refunding.refundable(session, order_id)
        open_minor = sum(one.left_minor for one in payments.authorizations(session, order_id))
        pending = [one for one in attempts.of_order(session, order_id) if one.state == "waiting"]
    return render_template(
        "console/payments_panel.html",
        order=order,
        left=left,
        open=Money(open_minor, order.total.currency),
        pending=pending,
        words=payments_words,
    )


def count_waiting() -> int:
    """What waits for a person, for the navigation."""
    with runtime().database.looking() as session:
        return (
            len(payments.unsettled_refunds(session))
            + len(notices.unmatched(session))
            + len(chargebacks.undecided(session))
        )


def _page(
    number: str,
    *,
    seen: refunding.Preview | None = None,
    wish: Wish | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    with runtime().database.looking() as session:
        order = orders.find(session, number)
        entries = payments.entries(session, order.id)
        back = payments.refunds(session, order.id)
        used = {one.method_id for one in entries} | {one.method_id for one in back}
        open_minor = sum(one.left_minor for one in payments.authorizations(session, order.id))
        facts: dict[str, Any] = {
            "order": order,
            "entries": entries,
            "refunds": back,
            "attempts": attempts.of_order(session, order.id),
            "disputes": chargebacks.of_order(session, order.id),
            "left": refunding.refundable(session, order.id),
            "open": Money(open_minor, order.total.currency),
            "methods": payments.methods_by_id(session, [one for one in used if one is not None]),
        }
    return render_template(
        "console/payments_order.html",
        area="console",
        words=payments_words,
        kinds=orders_words.METHODS,
        cause=_cause,
        seen=seen,
        wish=wish,
        errors=dict(errors or {}),
        given=request.form,
        key=request.form.get("key") or ids.token(),
        **facts,
    )


def _cards_page(*, code: str | None = None, errors: Mapping[str, str] | None = None) -> str:
    with runtime().database.looking() as session:
        newest = gift_cards.newest(session)
    return render_template(
        "console/gift_cards.html",
        area="console",
        cards=newest,
        code=code,
        errors=dict(errors or {}),
        given=request.form if errors else {},
        key=ids.token(),
    )


def _wish(order: OrderView) -> Wish:
    form = request.form
    amount = _amount(order, "amount")
    wrong = {}
    if form.get("part") not in set(RefundPart):
        wrong["part"] = "is not a part"
    if form.get("reason") not in set(RefundReason):
        wrong["reason"] = "is not a reason"
    if amount is None:
        wrong["amount"] = "is missing"
    if wrong or amount is None:
        raise Invalid("this refund cannot be made", wrong)
    return Wish(
        order_id=order.id,
        amount=amount,
        part=RefundPart(form["part"]),
        reason=RefundReason(form["reason"]),
        key=_key(),
        givers=refunding.givers_of([str(role) for role in staff().roles]),
        to_store_credit=form.get("where") == _CREDIT,
    )


def _amount(order: OrderView, name: str) -> Money | None:
    """What somebody typed; None for nothing."""
    typed = request.form.get(name, "").strip().replace(",", "")
    if not typed:
        return None
    try:
        amount = Money.parse(typed[:20], order.total.currency)
    except ValueError:
        raise Invalid("not an amount", {name: "is not an amount"}) from None
    if not 0 < amount.minor <= attempts.MOST_MINOR:
        raise Invalid("not an amount", {name: "is not an amount"})
    return amount


def _key() -> str:
    """The form's own key: pressed twice, it is done once."""
    return ids.digest(f"{actor().ref} {request.form.get('key', '')[:200]}")[:40]


def _do(
    how: Callable[[UnitOfWork], object], said: str, back: str | None = None
) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            how(uow)
    except IllegalTransition:
        flash(_("Somebody has dealt with it already."), "attention")
    except SecondPersonNeeded:
        flash(_("Somebody else has to decide this: it is your own request."), "attention")
    except DomainError as refused:
        flash(next(iter(_said(refused).values())), "attention")
    else:
        flash(said, "success")
    return redirect(back or url_for(".waiting"), 303)


def _said(refused: DomainError, *, field: str = "amount") -> dict[str, str]:
    """A refusal in words, beside the field it is about."""
    match refused:
        case RefundTooHigh(left=left) | CaptureTooHigh(left=left):
            most = formats.money(left, Language(str(get_locale())))
            return {field: _("At most %(money)s is left.", money=most)}
        case NotTheirMethod():
            return {field: _("The money cannot go there.")}
        case AboveOwnLimit(limit=limit):
            most = formats.money(limit, Language(str(get_locale())))
            return {field: _("Your own limit is %(money)s. Ask a colleague.", money=most)}
        case PaymentUnderWay():
            return {field: _("The provider is being asked just now. Look again in a minute.")}
        case Invalid(fields=fields) if fields:
            return {name: _("Please check this.") for name in fields}
        case _:
            return {field: _("This could not be found, or cannot be done any more.")}


def _cause(code: str) -> str:
    known = payments_words.REFUSALS.get(code)
    return _(known) if known else code


def _to_order(number: str) -> ResponseReturnValue:
    return redirect(url_for(".of_order", number=number), 303)
