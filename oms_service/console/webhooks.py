"""Webhooks at the console: which servers are told of events, what they were told, tell it again."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access import queries as staff
from oms_service.access.guard import actor, guard
from oms_service.console import stock_forms as forms
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext, ngettext
from oms_service.webhooks import policy, queries, service, signing
from oms_service.webhooks.queries import EndpointView
from oms_service.webhooks.service import EndpointOff, Wanted
from oms_service.webhooks.states import DeliveryState, Outcome


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


blueprint = Blueprint(
    "console_webhooks", __name__, url_prefix="/console/webhooks", template_folder="templates"
)

PAGE: Final = 30
#: Label, tone and icon of each state.
STATES: Final[Mapping[DeliveryState, tuple[str, str, str]]] = {
    DeliveryState.WAITING: (N_("Waits to be told"), "accent", "clock"),
    DeliveryState.DELIVERED: (N_("Told"), "success", "check"),
    DeliveryState.FAILED: (N_("Could not be told"), "danger", "alert"),
    DeliveryState.PARKED: (N_("Parked"), "attention", "stop"),
}
OUTCOMES: Final[Mapping[Outcome, str]] = {
    Outcome.ACCEPTED: N_("Accepted"),
    Outcome.REFUSED: N_("The server refused it"),
    Outcome.TIMED_OUT: N_("No answer in time"),
    Outcome.UNREACHABLE: N_("The server cannot be reached"),
    Outcome.FORBIDDEN_ADDRESS: N_("The address is not public"),
    Outcome.BAD_CERTIFICATE: N_("The server's certificate is not valid"),
    Outcome.BROKEN_ANSWER: N_("The answer cannot be read"),
}


@blueprint.get("")
@guard("webhooks:manage")
def listed() -> str:
    return _list_page()


@blueprint.post("")
@guard("webhooks:manage")
def create() -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            view = service.create(uow, _typed(), private=runtime().settings.webhooks_private)
    except Invalid as error:
        return _list_page(errors=_errors(error)), 422
    flash(_("The endpoint is ready. Send it a test to see that it answers."), "success")
    return _page(view.number, is_secret_shown=True)


@blueprint.get("/<number>")
@guard("webhooks:manage")
def one(number: str) -> str:
    return _page(number)


@blueprint.post("/<number>/change")
@guard("webhooks:manage")
def change(number: str) -> ResponseReturnValue:
    wanted, version = _typed(), forms.version() or 0
    try:
        with runtime().unit_of_work(actor()) as uow:
            service.change(
                uow, number, wanted, version=version, private=runtime().settings.webhooks_private
            )
    except Invalid as error:
        return _page(number, errors=_errors(error)), 422
    except DomainError as error:
        return _refused(number, error)
    flash(_("The change is kept."), "success")
    return _back(number)


@blueprint.post("/<number>/rotate")
@guard("webhooks:manage")
def rotate(number: str) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            version = forms.version() or 0
            service.rotate(uow, number, version=version, overlap=timedelta(hours=24))
    except DomainError as error:
        return _refused(number, error)
    return _page(number, is_secret_shown=True)


@blueprint.post("/<number>/end")
@guard("webhooks:manage")
def end(number: str) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            service.end(uow, number, version=forms.version() or 0)
    except DomainError as error:
        return _refused(number, error)
    flash(_("The endpoint is taken away. Nothing is sent to it any more."), "success")
    return redirect(url_for("console_webhooks.listed"), 303)


@blueprint.post("/<number>/test")
@guard("webhooks:manage")
def test(number: str) -> ResponseReturnValue:
    return _do(
        number,
        lambda uow: service.test(uow, number),
        _("A test is on its way. Look below in a few seconds for how it went."),
    )


@blueprint.post("/<number>/replay")
@guard("webhooks:manage")
def replay(number: str) -> ResponseReturnValue:
    since = _moment(forms.text("since"))
    if since is None:
        flash(_("Choose a day and a time that have passed."), "attention")
        return _back(number)
    told: list[int] = []
    return _do(
        number,
        lambda uow: told.append(service.replay_since(uow, number, since=since)),
        lambda: _("%(count)s events are told again.", count=told[0]),
    )


@blueprint.post("/<number>/replay-failed")
@guard("webhooks:manage")
def replay_failed(number: str) -> ResponseReturnValue:
    told: list[int] = []
    return _do(
        number,
        lambda uow: told.append(service.replay_failed(uow, number)),
        lambda: (
            ngettext("%(num)d event is told again.", "%(num)d events are told again.", told[0])
            if told[0]
            else _("Nothing waits to be told again: somebody was faster.")
        ),
    )


@blueprint.post("/<number>/deliveries/<uuid:event_id>/replay")
@guard("webhooks:manage")
def replay_one(number: str, event_id: uuid.UUID) -> ResponseReturnValue:
    return _do(
        number,
        lambda uow: service.replay(uow, number, event_id),
        _("It is told again. Look below in a few seconds for how it went."),
    )


def _do(
    number: str, work: Callable[[UnitOfWork], object], said: str | Callable[[], str]
) -> ResponseReturnValue:
    try:
        with runtime().unit_of_work(actor()) as uow:
            work(uow)
    except DomainError as error:
        return _refused(number, error)
    flash(said if isinstance(said, str) else said(), "success")
    return _back(number)


def _refused(number: str, error: DomainError) -> ResponseReturnValue:
    """Back to what is there now, with a word why; what is gone is not found there."""
    if isinstance(error, NotFound):
        raise error
    if isinstance(error, EndpointOff):
        said = _("The endpoint is switched off. Switch it on first.")
    elif isinstance(error, Invalid):
        said = _("Choose a later time: those are too many events, or it has not passed yet.")
    else:
        said = _("Somebody changed it meanwhile. This is how it is now.")
    flash(said, "attention")
    return _back(number)


def _back(number: str) -> ResponseReturnValue:
    return redirect(url_for("console_webhooks.one", number=number), 303)


def _typed() -> Wanted:
    return Wanted(
        url=request.form.get("url", "").strip(),
        patterns=request.form.get("events", "").replace(",", " ").split(),
        label=request.form.get("label", ""),
        is_active=request.form.get("is_active") != "no",
    )


def _moment(typed: str) -> datetime | None:
    """A local time as ``datetime-local`` sends it; None where it is none."""
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        return None
    local = found.replace(tzinfo=runtime().settings.zone)
    return local if 2000 <= local.year <= 2099 else None  # noqa: PLR2004 - this century


def _errors(error: Invalid) -> dict[str, str]:
    said = {
        "url": _("Give a public address that begins with https://."),
        "events": _("Give names of events, such as order.placed, order.* or *."),
        "label": _("At most %(most)s characters.", most=policy.LONGEST_LABEL),
    }
    return {name: said[name] for name in error.fields}


def _list_page(*, errors: Mapping[str, str] | None = None) -> str:
    with runtime().database.looking() as session:
        page = queries.endpoints(session, cursor=request.args.get("after", ""), limit=PAGE)
        counts = queries.counts(session, [view.id for view in page.items])
    return render_template(
        "console/webhooks.html",
        area="console",
        views=page.items,
        counts=counts,
        errors=errors or {},
        typed=_typed(),
        **forms.paging("console_webhooks.listed", {}, page.next_cursor),
    )


def _page(
    number: str, *, is_secret_shown: bool = False, errors: Mapping[str, str] | None = None
) -> str:
    house = runtime()
    state = request.args.get("state", "")
    with house.database.looking() as session:
        view = queries.find(session, number)
        page = queries.deliveries(
            session,
            view.id,
            state=DeliveryState(state) if state in set(DeliveryState) else None,
            name=request.args.get("type", "")[:80],
            cursor=request.args.get("after", ""),
            limit=PAGE,
        )
        attempts = queries.attempts(session, [one.id for one in page.items])
        seed = queries.seed(session, view.id)
        names = staff.staff_names(session.connection())
    here = {"number": number, "state": state, "type": request.args.get("type", "")[:80]}
    return render_template(
        "console/webhook.html",
        area="console",
        view=view,
        typed=_typed() if errors else _as_typed(view),
        errors=errors or {},
        secret=signing.secret(house.settings.secret_key, seed) if is_secret_shown else None,
        deliveries=page.items,
        attempts=attempts,
        made_by=names.get(_staff_id(view.created_by)),
        states=STATES,
        outcomes=OUTCOMES,
        state=state,
        type=here["type"],
        **forms.paging("console_webhooks.one", here, page.next_cursor),
    )


def _as_typed(view: EndpointView) -> Wanted:
    return Wanted(url=view.url, patterns=view.patterns, label=view.label, is_active=view.is_active)


def _staff_id(ref: str) -> int:
    kind, _colon, party = ref.partition(":")
    return int(party) if kind == ActorKind.STAFF else 0
