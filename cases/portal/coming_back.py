"""Sending items back, exchanging them, saying what is wrong: from choosing to the label.

Signed in, or by the link the customer was sent. It needs no script: each step is a form that
carries what was chosen before, and nothing is done before the last one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cases import referring
from cases.after.links import AfterLinks, Opens
from cases.evidence import service as evidence
from cases.portal import coming_back_page as pages
from cases.portal import coming_back_wishes as wishes
from cases.portal import coming_back_words as words
from cases.portal.coming_back_forms import Kind, Wish, number, read
from cases.portal.links import ComingBackLinks
from cases.portal.paths import url_of
from cases.portal.words import RETURNS
from cases.views import CaseView
from oms_service.access import visitors
from oms_service.access.guard import customer_id, guard, public
from oms_service.conversations import attachments_queries as files
from oms_service.customers import queries as customers
from oms_service.inventory.service import OutOfStock
from oms_service.kernel import actors, ids
from oms_service.kernel.errors import DomainError, IllegalTransition, Invalid, NotFound, Stale
from oms_service.operations.money.settling import CannotSettle
from oms_service.operations.returning import claiming, returns, sending_back
from oms_service.operations.returning.claiming import ClaimRefused
from oms_service.operations.returning.exchange_steps import AlreadyOnItsWay
from oms_service.operations.returning.exchanging import ExchangeRefused
from oms_service.operations.returning.returns import AlreadyRefunded, Refused
from oms_service.operations.returning.sending_back import NothingToSend
from oms_service.operations.rules.eligibility import Outcome
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.states import OrderState
from oms_service.payments.service import NotEnoughBalance
from oms_service.returns import hand_overs
from oms_service.returns.hand_overs import Sending
from oms_service.returns.states import HandOver
from oms_service.runtime import runtime
from oms_service.shipping import wishes as wishes_of_days
from oms_service.web import qr, uploads
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint("portal_coming_back", __name__, template_folder="templates")

#: Forms that may be sent about one order; people look at two or three wishes.
TRIES: Final = "60/hour"
#: Links tried from one address that open nothing.
MISSES: Final = "20/15 minutes"
SIGNED: Final = "the link is signed for this one order, and was given to its customer"
_LONGEST_KEY: Final = 64
_KINDS: Final = "any(return,exchange,problem)"


@dataclass(frozen=True)
class Door:
    """Whose order this is, and by which way they came in."""

    order: OrderView
    token: str = ""

    @property
    def by_link(self) -> bool:
        return bool(self.token)

    @property
    def scope(self) -> str:
        """Whose files these are."""
        return f"customer:{self.order.customer_id}"

    @property
    def start(self) -> str:
        return self._url("start")

    @property
    def back(self) -> str | None:
        """The page of the order; whoever came by a link has none."""
        return None if self.by_link else url_of(self.order.number)

    def at(self, kind: Kind) -> str:
        return self._url("ask", kind=str(kind))

    def result(self, of: str) -> str:
        return self._url("result", of=of)

    def send(self, of: str) -> str:
        return self._url("send", of=of)

    def withdraw(self, of: str) -> str:
        return self._url("withdraw", of=of)

    def case(self, case: CaseView) -> str:
        """Where a case is read and answered, by the same way in."""
        if not self.by_link:
            return url_for("portal_cases.mine", number=case.number)
        house = runtime()
        links = AfterLinks(house.settings.secret_key, house.settings.public_url, house.clock)
        token = links.token(Opens.CASE, case.id, self.order.customer_id)
        return url_for("portal_cases.by_link", written=token)

    def _url(self, what: str, **values: Any) -> str:
        if self.by_link:
            return url_for(f"portal_coming_back.{what}_by_link", written=self.token, **values)
        plain = url_of(self.order.number).rpartition("/")[2]
        return url_for(f"portal_coming_back.{what}_mine", number=plain, **values)


@blueprint.after_request
def unlisted(answer: Response) -> Response:
    """No search engine keeps an address that opens somebody's order, and no cache its page."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Cache-Control"] = "no-store"
    return answer


# Both doors


@blueprint.get("/orders/<number>/return")
@guard(customer=True)
def start_mine(number: str) -> str:
    """What may be done with the items of one's own order."""
    return _start(_own(number))


@blueprint.get("/coming-back/<written>")
@public(reason=SIGNED)
def start_by_link(written: str) -> str:
    """The same by the link."""
    return _start(_linked(written))


@blueprint.route(f"/orders/<number>/return/<{_KINDS}:kind>", methods=["GET", "POST"])
@uploads.takes_files
@guard(customer=True)
def ask_mine(number: str, kind: str) -> ResponseReturnValue:
    """Choose, look, confirm: of one's own order."""
    return _ask(_own(number), Kind(kind))


@blueprint.route(f"/coming-back/<written>/<{_KINDS}:kind>", methods=["GET", "POST"])
@uploads.takes_files
@public(reason=SIGNED)
def ask_by_link(written: str, kind: str) -> ResponseReturnValue:
    """The same by the link."""
    return _ask(_linked(written), Kind(kind))


@blueprint.get("/orders/<number>/return/of/<of>")
@guard(customer=True)
def result_mine(number: str, of: str) -> str:
    """How a return, an exchange or a claim of one's own stands, with its label."""
    return _result(_own(number), of)


@blueprint.get("/coming-back/<written>/of/<of>")
@public(reason=SIGNED)
def result_by_link(written: str, of: str) -> str:
    """The same by the link."""
    return _result(_linked(written), of)


@blueprint.post("/orders/<number>/return/of/<of>/withdraw")
@guard(customer=True)
def withdraw_mine(number: str, of: str) -> ResponseReturnValue:
    """Keep the items after all."""
    return _withdraw(_own(number), of)


@blueprint.post("/coming-back/<written>/of/<of>/withdraw")
@public(reason=SIGNED)
def withdraw_by_link(written: str, of: str) -> ResponseReturnValue:
    """The same by the link."""
    return _withdraw(_linked(written), of)


@blueprint.post("/orders/<number>/return/of/<of>/send")
@guard(customer=True)
def send_mine(number: str, of: str) -> ResponseReturnValue:
    """How the parcel gets to the carrier: dropped off, or collected."""
    return _send(_own(number), of)


@blueprint.post("/coming-back/<written>/of/<of>/send")
@public(reason=SIGNED)
def send_by_link(written: str, of: str) -> ResponseReturnValue:
    """The same by the link."""
    return _send(_linked(written), of)


@blueprint.get("/return-terms/<int:policy_id>")
@public(reason="the terms of a shop are for everybody to read before they buy")
def terms(policy_id: int) -> str:
    """The words of one version of the terms for what comes back (返品特約)."""
    with runtime().database.looking() as session:
        found = pages.public_terms(session, policy_id, now=runtime().clock.now())
    return render_template("portal/coming_back_terms.html", terms=found)


def links() -> ComingBackLinks:
    """What signs and reads the links of this shop."""
    house = runtime()
    return ComingBackLinks(house.settings.secret_key, house.clock)


def _own(number: str) -> Door:
    with runtime().database.looking() as session:
        order = orders.own(session, number, customer_id())
    if order.order_state is OrderState.DRAFT:
        raise NotFound("no such order")
    return Door(order)


def _linked(written: str) -> Door:
    house, address = runtime(), visitors.address()
    house.limits.check("coming-back-link-miss", address, MISSES)
    found = links().read(written)
    if found is None:
        house.limits.take("coming-back-link-miss", address, MISSES)
        raise NotFound("this link is not valid any more")
    order_id, of_customer = found
    with house.database.looking() as session:
        order = orders.by_id(session, order_id)
        is_theirs = order.customer_id == of_customer
        if not is_theirs or customers.find(session, of_customer) is None:
            raise NotFound("no such order")
    return Door(order, written)


# The steps


def _start(door: Door) -> str:
    with runtime().database.looking() as session:
        there = pages.of_order(session, door.order.id)
    return render_template(
        "portal/coming_back.html", door=door, order=door.order, there=there, **_words()
    )


def _ask(door: Door, kind: Kind) -> ResponseReturnValue:
    if request.method == "GET":
        return _form(door, kind)
    runtime().limits.take("portal-coming-back", str(door.order.id), TRIES)
    errors = _show_photos(door)
    step = request.form.get("step", "")
    if step == "edit":
        return _form(door, kind)
    with runtime().database.looking() as session:
        lines = orders.lines(session, door.order.id)
    try:
        wish = read(kind, lines, request.form, door.order.total.currency)
        if errors:
            return _form(door, kind, errors=errors), HTTPStatus.UNPROCESSABLE_ENTITY
        if step == "confirm":
            return _confirmed(door, wish)
        return _shown(door, wish)
    except Invalid as wrong:
        errors |= _errors(wrong)
        return _form(door, kind, errors=errors), HTTPStatus.UNPROCESSABLE_ENTITY


def _form(
    door: Door,
    kind: Kind,
    *,
    errors: Mapping[str, str] | None = None,
    refused: Mapping[int, tuple[str, ...]] | None = None,
) -> str:
    house = runtime()
    with house.database.looking() as session:
        found = pages.choices(session, door.order, kind, now=house.clock.now(), language=spoken())
        photos = files.shown(session, order_ids=[door.order.id])
    return render_template(
        "portal/coming_back_lines.html",
        door=door,
        order=door.order,
        kind=kind,
        found=found,
        photos=photos,
        errors=dict(errors or {}),
        refused=dict(refused or {}),
        typed=request.form,
        form_id=ids.token(),
        **_words(),
    )


def _shown(
    door: Door,
    wish: Wish,
    *,
    changed: list[str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    """What the wish brings, before anything is done; what is refused goes back to the form."""
    house = runtime()
    with house.database.looking() as session:
        seen = wishes.look(session, door.order, wish, now=house.clock.now(), language=spoken())
        lines = {one.id: one for one in orders.lines(session, door.order.id)}
        methods = pages.methods(session, door.order) if seen.needs_method else ()
    if seen.outcome is Outcome.REFUSED:
        return _form(door, wish.kind, refused=seen.refused), HTTPStatus.CONFLICT
    page = render_template(
        "portal/coming_back_preview.html",
        door=door,
        order=door.order,
        kind=wish.kind,
        seen=seen,
        lines=lines,
        methods=methods,
        fields=list(wish.fields()),
        form_id=ids.token(),
        changed=changed or [],
        errors=dict(errors or {}),
        **_words(),
    )
    if errors:
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    return (page, HTTPStatus.CONFLICT) if changed else page


def _confirmed(door: Door, wish: Wish) -> ResponseReturnValue:
    """Do what was shown, once for each form; what changed meanwhile is shown again."""
    form, order = request.form, door.order
    form_id = form.get("form_id", "")
    if not (form_id.isascii() and form_id.isprintable() and 0 < len(form_id) <= _LONGEST_KEY):
        raise NotFound("no such form")
    house = runtime()
    with house.database.looking() as session:
        held = wishes.terms(session, order, wish.kind, now=house.clock.now())
    if held.must_agree and form.get("agreed") != "yes":
        unread = words.WRONG["agreed"]
        return _shown(door, wish, errors={"agreed": str(gettext(unread))})
    key = f"portal:{order.id}:{form_id}"
    try:
        with house.unit_of_work(actors.customer(order.customer_id)) as uow:
            done = wishes.ask_for(uow, order, wish, key=key, digest=form.get("digest", ""))
    except (Stale, Refused, ExchangeRefused, ClaimRefused) as error:
        changed = _what_changed(door, wish) if isinstance(error, Stale) else None
        return _shown(door, wish, changed=changed)
    except (OutOfStock, NotEnoughBalance, CannotSettle) as gone:
        is_sold = isinstance(gone, OutOfStock)
        errors = {"lines": str(gettext(words.GONE if is_sold else words.NO_BALANCE))}
        return _form(door, wish.kind, errors=errors), HTTPStatus.CONFLICT
    there = door.result(done.number)
    if done.case is not None and wish.kind is Kind.PROBLEM:
        flash(gettext("Thank you. A colleague looks at it and writes to you here."), "success")
        there = door.case(done.case)
    return redirect(there, HTTPStatus.SEE_OTHER)


def _what_changed(door: Door, wish: Wish) -> list[str]:
    """In words, how what is shown now differs from what was shown before."""
    house = runtime()
    with house.database.looking() as session:
        now = wishes.look(session, door.order, wish, now=house.clock.now(), language=spoken())
    said = []
    if request.form.get("was_money") not in {None, str(now.money.minor)}:
        said.append(gettext("The amount is another one than before."))
    if request.form.get("was_outcome") not in {None, str(now.outcome)}:
        told = (
            N_("A colleague has to look at it now.")
            if now.by_person
            else N_("It can be done at once now.")
        )
        said.append(gettext(told))
    version = str(now.terms.view.id) if now.terms.view else ""
    if request.form.get("was_terms") not in {None, version}:
        said.append(gettext("The terms below are new."))
    return [str(one) for one in said] or [
        str(gettext("Your order has changed meanwhile. Please look at it once more."))
    ]


def _show_photos(door: Door) -> dict[str, str]:
    """Photos that came with the form are shown with the order; they are there for good then."""
    house = runtime()
    key = request.form.get("photos_id", "")[:_LONGEST_KEY]
    actor = actors.customer(door.order.customer_id)
    try:
        enclosed = uploads.taken_with_form(house, actor, scope=door.scope, key=key)
        if enclosed.ids:
            with house.unit_of_work(actor) as uow:
                evidence.show_of_order(
                    uow, door.order.id, enclosed, customer_id=door.order.customer_id
                )
    except DomainError as error:
        said = uploads.refusal(house, error)
        if said is None and not isinstance(error, Invalid):
            raise
        return {"files": said or str(gettext(words.CHECK))}
    return {}


def _errors(wrong: Invalid) -> dict[str, str]:
    """What is wrong, by the input it stands beside."""
    said = {}
    for name in wrong.fields:
        if name == "refund_minor":
            said["amount"] = str(gettext(words.TOO_MUCH))
        elif name.startswith(("lines[", "swaps")):
            said["lines"] = str(gettext(words.CHECK))
        else:
            said[name] = str(gettext(words.WRONG.get(name.partition("-")[0], words.CHECK)))
    return said


# Afterwards


def _result(door: Door, of: str, errors: Mapping[str, str] | None = None) -> str:
    house = runtime()
    zone, language = house.settings.zone, spoken()
    with house.database.looking() as session:
        found = pages.result(session, door.order, of)
        back = found.back
        sent = hand_overs.of_return(session, back.id) if back else None
    is_expected = back is not None and back.is_expected
    return render_template(
        "portal/coming_back_result.html",
        door=door,
        order=door.order,
        found=found,
        case_url=door.case(found.case) if found.case else None,
        label_url=pages.label_url(house, back, door.order) if back and is_expected else None,
        code_picture=qr.svg(back.number) if back and is_expected else None,
        sending=sent.sending if sent else None,
        days=sending_back.days(back, zone=zone, now=house.clock.now()) if back else None,
        windows=[
            ("", gettext(words.ANY_HOURS)),
            *((one, wishes_of_days.hours_said(one, language)) for one in sending_back.WINDOWS),
        ],
        errors=dict(errors or {}),
        typed=request.form,
        **_words(),
    )


def _send(door: Door, of: str) -> ResponseReturnValue:
    """Keep how it is handed over; sent twice, it is kept once."""
    house, order = runtime(), door.order
    house.limits.take("portal-coming-back", str(order.id), TRIES)
    with house.database.looking() as session:
        found = pages.result(session, order, of)
    if found.back is None:
        raise NotFound("nothing of this comes back")
    try:
        sending = _sending()
        with house.unit_of_work(actors.customer(order.customer_id)) as uow:
            zone = house.settings.zone
            is_new = sending_back.choose(uow, found.back.id, sending, zone=zone)
            if is_new and (sending.way is HandOver.PICKUP or found.case is not None):
                referring.open_for_pickup(uow, found.back.id, sending)
    except Invalid as wrong:
        said = {name: str(gettext(words.WRONG.get(name, words.CHECK))) for name in wrong.fields}
        return _result(door, of, said), HTTPStatus.UNPROCESSABLE_ENTITY
    except NothingToSend:
        flash(gettext("This has changed meanwhile. This is how it stands now."), "attention")
        return redirect(door.result(of), HTTPStatus.SEE_OTHER)
    flash(gettext(words.SENDING_KEPT[sending.way]), "success")
    return redirect(door.result(of), HTTPStatus.SEE_OTHER)


def _sending() -> Sending:
    """What the form says of the way to the carrier.

    Raises:
        Invalid: no way is chosen, or a day that is none.
    """
    said, typed = request.form.get("way", ""), request.form.get("collect_on", "").strip()
    if said not in set(HandOver):
        raise Invalid("no way is chosen", {"hand_over": "is missing"})
    try:
        day = date.fromisoformat(typed) if typed else None
    except ValueError:
        raise Invalid("no such day", {"collect_on": "is no day"}) from None
    window = request.form.get("collect_window", "")[:9]
    return Sending(way=HandOver(said), collect_on=day, collect_window=window)


_KEPT_ALREADY: Final = N_("It was withdrawn before.")
_TOO_LATE: Final = N_("It is too late to withdraw this. Please write to us.")


def _withdraw(door: Door, of: str) -> ResponseReturnValue:
    """Call it off; twice is once."""
    house, order = runtime(), door.order
    house.limits.take("portal-coming-back", str(order.id), TRIES)
    version = number(request.form.get("version", ""))
    with house.database.looking() as session:
        found = pages.result(session, order, of)
    call_off: Callable[..., Any] = returns.withdraw if found.back else claiming.withdraw
    of_id = found.back.id if found.back else found.claim.id if found.claim else 0
    try:
        with house.unit_of_work(actors.customer(order.customer_id)) as uow:
            call_off(uow, of_id, version=version)
    except IllegalTransition:
        said = _KEPT_ALREADY if found.is_withdrawn else _TOO_LATE
        flash(gettext(said), "attention")
    except (AlreadyRefunded, AlreadyOnItsWay):
        flash(gettext(_TOO_LATE), "attention")
    except Stale:
        flash(gettext("This has changed meanwhile. This is how it stands now."), "attention")
    else:
        flash(gettext("It is withdrawn. You keep the items."), "success")
    return redirect(door.result(of), HTTPStatus.SEE_OTHER)


def _words() -> dict[str, object]:
    return {
        "Kind": Kind,
        "kinds": words.KINDS,
        "return_reasons": words.RETURN_REASONS,
        "claim_reasons": words.CLAIM_REASONS,
        "condition_words": words.CONDITIONS,
        "way_words": words.WAYS,
        "method_words": words.METHODS,
        "when_words": words.WHEN,
        "sends_words": words.SENDS,
        "pays_by": words.PAYS_BY,
        "claim_states": words.CLAIM_STATES,
        "return_states": RETURNS,
        "sending_words": words.SENDING,
    }
