"""A customer's own cases: the list, each as a conversation, and what they may do about it.

Signed in, or by the link they were sent about one case. It needs no script.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cases.after import answering, surveys
from cases.after.answering import Outcome
from cases.after.answers import TooLate
from cases.after.links import AfterLinks, Opens
from cases.after.policy import LONGEST_WORDS
from cases.after.words import SCORES
from cases.portal import case_page
from cases.portal.case_page import PublicCasePage
from cases.portal.paths import url_of
from cases.portal.words import AUTHORS, NEXT_STEPS, stages
from cases.service import Unreachable
from cases.states import Stage
from cases.taxonomy import labels, telling
from cases.taxonomy import queries as taxonomy
from cases.views import CaseView, ReasonView
from cases.words import STATE_ICONS, STATE_TONES
from oms_service.access import visitors
from oms_service.access.guard import customer_id, guard, public
from oms_service.conversations import attachments, attachments_queries
from oms_service.conversations.attachments import Enclosed
from oms_service.conversations.attachments_queries import AttachmentView
from oms_service.kernel import actors, ids
from oms_service.kernel.errors import DomainError, IllegalTransition, Invalid, NotFound, Stale
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.orders.states import OrderState
from oms_service.runtime import runtime
from oms_service.web import uploads
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint("portal_cases", __name__, template_folder="templates")

#: Forms that one customer may send about their cases; people send a few.
TRIES: Final = "60/hour"
#: Links tried from one address that open nothing.
MISSES: Final = "20/15 minutes"
SIGNED: Final = "the link is signed for this one case, and was sent to its customer"
_LINK: Final = "link"
_LONGEST_KEY: Final = 64


@dataclass(frozen=True)
class Door:
    """Whose case this is, and by which way they came in."""

    case: CaseView
    customer_id: int
    token: str = ""

    @property
    def here(self) -> str:
        if self.token:
            return url_for("portal_cases.by_link", written=self.token)
        return url_for("portal_cases.mine", number=self.case.number)

    @property
    def on(self) -> str:
        return _LINK if self.token else answering.PORTAL

    @property
    def scope(self) -> str:
        """Whose files are sent here: the customer's, or those of this very link's case."""
        return f"case:{self.case.id}" if self.token else f"customer:{self.customer_id}"

    @property
    def send_ahead(self) -> str:
        """The address to which a script sends one file before its form."""
        if self.token:
            return url_for("portal_cases.send_by_link", written=self.token)
        return url_for("files.send_ahead")

    def file(self, public_id: str) -> str:
        """The address of a file of the case."""
        if self.token:
            return url_for("portal_cases.file_by_link", written=self.token, public_id=public_id)
        return url_for("files.content", public_id=public_id)

    def told(self, view: AttachmentView) -> dict[str, object]:
        """A file with where whoever sends it finds it."""
        url = self.file(view.public_id)
        return uploads.as_sent(view, url=url, preview_url=f"{url}/preview")

    def act(self, what: str) -> str:
        """The address that one of the forms is sent to."""
        if self.token:
            return url_for("portal_cases.act_by_link", written=self.token, what=what)
        return url_for("portal_cases.act_on_mine", number=self.case.number, what=what)


@blueprint.after_request
def unlisted(answer: Response) -> Response:
    """No search engine keeps an address that opens somebody's case, and no cache its page."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer.headers["Cache-Control"] = "no-store"
    return answer


# Reading


@blueprint.get("/cases")
@guard(customer=True)
def cases() -> str:
    """The customer's cases, the newest first."""
    with runtime().database.looking() as session:
        found = case_page.listed(session, customer_id())
    return render_template("portal/cases.html", cases=found, **_words())


@blueprint.get("/cases/<number>")
@guard(customer=True)
def mine(number: str) -> ResponseReturnValue:
    """One's own case; of one that was merged, the case that stands for it."""
    return _shown(_own(number))


@blueprint.get("/case/<written>")
@public(reason=SIGNED)
def by_link(written: str) -> ResponseReturnValue:
    """The case of a link."""
    return _shown(_linked(written))


@blueprint.get("/case/<written>/files/<public_id>")
@public(reason=SIGNED)
def file_by_link(written: str, public_id: str) -> Response:
    """A file of the messages that the page of a link shows; any other is as one that never was."""
    return _file(written, public_id)


@blueprint.get("/case/<written>/files/<public_id>/preview")
@public(reason=SIGNED)
def preview_by_link(written: str, public_id: str) -> Response:
    """The same, small."""
    return _file(written, public_id, is_preview=True)


def _file(written: str, public_id: str, *, is_preview: bool = False) -> Response:
    door, house = _linked(written), runtime()
    with house.database.looking() as session:
        page = case_page.read(session, door.case, now=house.clock.now())
        shown = {one["id"] for line in page.thread for one in line.extra.get("files", ())}
        waiting = attachments_queries.waiting(session, door.scope, [public_id])
        if public_id not in {*shown, *(one.public_id for one in waiting)}:
            raise NotFound("no such file")
        place = attachments_queries.by_public_id(session, public_id)
    return uploads.show(house, place, is_preview=is_preview)


# Acting


@blueprint.post("/cases/<number>/<any(write, accept, reject, rate):what>")
@uploads.takes_files
@guard(customer=True)
def act_on_mine(number: str, what: str) -> ResponseReturnValue:
    """What the customer does with their own case."""
    return _act(_own(number), what)


@blueprint.post("/case/<written>/<any(write, accept, reject, rate):what>")
@uploads.takes_files
@public(reason=SIGNED)
def act_by_link(written: str, what: str) -> ResponseReturnValue:
    """What is done by a link."""
    return _act(_linked(written), what)


@blueprint.post("/case/<written>/files")
@uploads.takes_files
@public(reason=SIGNED)
def send_by_link(written: str) -> ResponseReturnValue:
    """Take one file in before the form of a link is sent."""
    door = _linked(written)
    me = actors.customer(door.customer_id)

    return uploads.answer_ahead(runtime(), me, scope=door.scope, told=door.told)


@blueprint.post("/case/<written>/files/<public_id>/remove")
@public(reason=SIGNED)
def discard_by_link(written: str, public_id: str) -> ResponseReturnValue:
    """Give up a file that was not sent yet."""
    door = _linked(written)
    with runtime().unit_of_work(actors.customer(door.customer_id)) as uow:
        attachments.discard(uow, scope=door.scope, public_id=public_id)
    return "", HTTPStatus.NO_CONTENT


# Opening


@blueprint.route("/cases/new", methods=["GET", "POST"])
@uploads.takes_files
@guard(customer=True)
def new() -> ResponseReturnValue:
    """A new matter that is about no order."""
    return _new(None)


@blueprint.route("/orders/<number>/cases/new", methods=["GET", "POST"])
@uploads.takes_files
@guard(customer=True)
def new_of_order(number: str) -> ResponseReturnValue:
    """A new matter about an order of one's own."""
    with runtime().database.looking() as session:
        order = orders.own(session, number, customer_id())
    if order.order_state is OrderState.DRAFT:
        raise NotFound("no such order")
    return _new(order)


def links() -> AfterLinks:
    """What signs and reads the links of this shop."""
    house = runtime()
    return AfterLinks(house.settings.secret_key, house.settings.public_url, house.clock)


def opened(opens: Opens, written: str) -> tuple[int, int]:
    """The ids of what a link opens and of its customer.

    Raises:
        NotFound: forged, over, or not a link at all; tried too often it says no more.
    """
    house, address = runtime(), visitors.address()
    house.limits.check("after-link-miss", address, MISSES)
    found = links().read(opens, written)
    if found is None:
        house.limits.take("after-link-miss", address, MISSES)
        raise NotFound("this link is not valid any more")
    return found


def scored(form: Mapping[str, str], name: str = "score") -> int | None:
    """The score that a form says; None where it says none, 0 where it says nonsense."""
    typed = form.get(name, "").strip()
    if not typed:
        return None
    return int(typed) if typed in {"1", "2", "3", "4", "5"} else 0


# Inside


def _own(number: str) -> Door:
    with runtime().database.looking() as session:
        case = case_page.own(session, number, customer_id())
    return Door(case, customer_id())


def _linked(written: str) -> Door:
    case_id, of_customer = opened(Opens.CASE, written)
    with runtime().database.looking() as session:
        case = case_page.of_customer(session, case_id, of_customer)
    return Door(case, of_customer, written)


def _shown(
    door: Door, *, errors: Mapping[str, str] | None = None, typed: Mapping[str, str] | None = None
) -> str:
    house = runtime()
    with house.database.looking() as session:
        page = case_page.read(session, door.case, now=house.clock.now())
    return render_template(
        "portal/case.html",
        door=door,
        page=page,
        case=page.case,
        form_id=ids.token(),
        errors=dict(errors or {}),
        typed=dict(typed or {}),
        value_of=telling.value,
        waits=uploads.waiting(house, door.scope, told=door.told) if errors else [],
        most=LONGEST_WORDS,
        order_url=url_of(page.order.number) if page.order and not door.token else None,
        asked_url=_asked_url(page) if not door.token else None,
        **_words(),
    )


def _asked_url(page: PublicCasePage) -> str | None:
    """Where it stands what comes back, or came broken."""
    if page.order is None or not page.coming_back:
        return None
    number, of = page.order.number, page.coming_back
    return url_for("portal_coming_back.result_mine", number=number, of=of)


def _act(door: Door, what: str) -> ResponseReturnValue:
    runtime().limits.take("portal-cases", str(door.customer_id), TRIES)
    try:
        said = {"write": _write, "reject": _reject, "accept": _accept, "rate": _rate}[what](door)
    except Invalid as refused:
        return (
            _shown(door, errors=_errors(refused), typed=request.form),
            HTTPStatus.UNPROCESSABLE_ENTITY,
        )
    except (TooLate, IllegalTransition, Stale, Unreachable) as refused:
        flash(gettext(_REFUSED.get(refused.code, _CHANGED)), "attention")
        return redirect(door.here, HTTPStatus.SEE_OTHER)
    return said


_CHECK: Final = N_("Please check this entry.")
_WRONG: Final = {
    "text": N_("Please write what it is about, in at most 2,000 characters."),
    "words": N_("Please write at most 2,000 characters."),
    "score": N_("Please choose one of the five."),
    "reason": N_("Please choose what it is about."),
    "files": N_("One file could not be sent. Please choose it again."),
    "photo": N_("Please add a photo: we need one to decide about this."),
}
_CHANGED: Final = N_("This has changed meanwhile. This is how it stands now.")
_REFUSED: Final = {
    TooLate.code: N_("The time to answer this is over. Thank you all the same."),
    Unreachable.code: N_("We have no mail address to answer to. Please write to us in the chat."),
}
_BECAME: Final = {
    Outcome.REPEATED: N_("We have your message."),
    Outcome.APPENDED: N_("Thank you. Your message is with the colleague who works on this."),
    Outcome.REOPENED: N_("We are looking at it again, and will write to you."),
    Outcome.THANKED: N_("Thank you for your message."),
    Outcome.ANOTHER: N_("That matter is closed, so we opened a new case for you."),
}


class FilesRefused(Invalid):
    """Files that are not taken; the reason is in words for the customer."""

    def __init__(self, words: str) -> None:
        super().__init__("files are refused", {"files": words})


def _errors(refused: Invalid) -> dict[str, str]:
    """What is wrong, by the field it stands beside."""
    if isinstance(refused, FilesRefused):
        return dict(refused.fields)
    said = {name: str(gettext(_WRONG.get(name, _CHECK))) for name in refused.fields}
    return {"files" if name == "photo" else name: words for name, words in said.items()}


@contextmanager
def _files(of_customer: int, scope: str) -> Iterator[Enclosed | None]:
    """What came with the form.

    Raises:
        FilesRefused: here or where they are stored.
    """
    house = runtime()
    try:
        key = request.form.get("form_id", "")[:_LONGEST_KEY]
        enclosed = uploads.taken_with_form(
            house, actors.customer(of_customer), scope=scope, key=key
        )
        yield enclosed if enclosed.ids else None
    except DomainError as error:
        words = uploads.refusal(house, error)
        if words is None:
            raise
        raise FilesRefused(words) from None


def _write(door: Door, *, rejects: bool = False) -> ResponseReturnValue:
    me = actors.customer(door.customer_id)
    with _files(door.customer_id, door.scope) as enclosed, runtime().unit_of_work(me) as uow:
        done = answering.write(
            uow,
            door.case.id,
            request.form.get("text", ""),
            key=request.form.get("form_id", ""),
            rejects=rejects,
            enclosed=enclosed,
        )
    flash(gettext(_BECAME[done.outcome]), "success")
    return redirect(_url_of(door, done.case), HTTPStatus.SEE_OTHER)


def _reject(door: Door) -> ResponseReturnValue:
    return _write(door, rejects=True)


def _accept(door: Door) -> ResponseReturnValue:
    with runtime().unit_of_work(actors.customer(door.customer_id)) as uow:
        answering.accept(uow, door.case.id)
    flash(gettext("Thank you. We have closed this case."), "success")
    return redirect(door.here, HTTPStatus.SEE_OTHER)


def _rate(door: Door) -> ResponseReturnValue:
    score = scored(request.form)
    if not score:
        raise Invalid("no score", {"score": "is missing"})
    with runtime().unit_of_work(actors.customer(door.customer_id)) as uow:
        asked = case_page.read(uow.session, door.case, now=uow.now).survey
        if asked is None:
            raise TooLate("there is nothing to answer")
        words = request.form.get("words", "")
        surveys.answer(uow, asked.id, score=score, words=words, on=door.on)
    flash(gettext("Thank you for your answer."), "success")
    return redirect(door.here, HTTPStatus.SEE_OTHER)


def _url_of(door: Door, case: CaseView) -> str:
    """Where the case is read that has the words now, by the same way in."""
    if case.id == door.case.id:
        return door.here
    if not door.token:
        return url_for("portal_cases.mine", number=case.number)
    token = links().token(Opens.CASE, case.id, door.customer_id)
    return url_for("portal_cases.by_link", written=token)


def _new(order: OrderView | None) -> ResponseReturnValue:
    errors: dict[str, str] = {}
    with runtime().database.looking() as session:
        stage = taxonomy.stage_of_order(session, order.id) if order else Stage.NONE
        reasons = taxonomy.reasons_for(session, stage)
    if request.method == "POST":
        runtime().limits.take("portal-cases", str(customer_id()), TRIES)
        try:
            return _opened(order, reasons)
        except Invalid as refused:
            errors = _errors(refused)
        except Unreachable as refused:
            errors = {"text": str(gettext(_REFUSED[refused.code]))}
    page = render_template(
        "portal/new_case.html",
        order=order,
        reasons=reasons,
        errors=errors,
        typed=request.form,
        form_id=request.form.get("form_id") or ids.token(),
        back=url_of(order.number) if order else url_for("portal_cases.cases"),
        waits=uploads.waiting(runtime(), f"customer:{customer_id()}") if errors else [],
        most=LONGEST_WORDS,
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if errors else page


def _opened(order: OrderView | None, reasons: tuple[ReasonView, ...]) -> ResponseReturnValue:
    reason = request.form.get("reason", "")
    chosen = next((one for one in reasons if one.code == reason), None)
    if chosen is None:
        raise Invalid("no such reason", {"reason": "is missing"})
    me = customer_id()
    files = _files(me, f"customer:{me}")
    with files as enclosed, runtime().unit_of_work(actors.customer(me)) as uow:
        if chosen.needs_photo and not _shows(uow.session, enclosed, order):
            raise Invalid("a photo is needed", {"photo": "is missing"})
        done = answering.open_new(
            uow,
            customer_id=customer_id(),
            reason=reason,
            order_id=order.id if order else None,
            text=request.form.get("text", ""),
            key=request.form.get("form_id", ""),
            enclosed=enclosed,
        )
    flash(gettext(_OPENED[done.outcome]), "success")
    return redirect(url_for("portal_cases.mine", number=done.case.number), HTTPStatus.SEE_OTHER)


def _shows(session: Session, enclosed: Enclosed | None, order: OrderView | None) -> bool:
    """Whether a picture comes with the form, or came with the order before."""
    if enclosed is not None:
        scope = f"customer:{customer_id()}"
        came = attachments_queries.waiting(session, scope, enclosed.ids)
        if any(one.is_picture for one in came) or attachments.are_sent(session, enclosed):
            return True
    return order is not None and bool(attachments_queries.evidence(session, order_id=order.id))


_OPENED: Final = {
    Outcome.ANOTHER: N_("We have your message. A colleague reads it and answers you."),
    Outcome.APPENDED: N_("Thank you. Your message is with the colleague who works on this."),
    Outcome.REPEATED: N_("We have your message."),
}


def _words() -> dict[str, object]:
    return {
        "label": labels.here().customer,
        "state_tones": STATE_TONES,
        "state_icons": STATE_ICONS,
        "authors": AUTHORS,
        "next_steps": NEXT_STEPS,
        "stages": stages,
        "scores": SCORES,
    }
