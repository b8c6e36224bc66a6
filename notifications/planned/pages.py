"""Notices that wait, for colleagues: what each waits for, sent now or stopped, with a reason."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from notifications import versions
from notifications.planned import queries, service, words
from notifications.planned.queries import PlannedView, Wanted
from notifications.planned.service import NotTold, Settled
from notifications.planned.states import HURRIES, STOPS, Reason
from notifications.render import Speech, render
from notifications.rules_words import RULES
from notifications.service import Voice
from notifications.states import NoticeState
from notifications.stops import Stops
from oms_service.access import personal
from oms_service.access.guard import actor, guard, staff
from oms_service.customers import queries as customers
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.kernel.masking import Kind as Masked
from oms_service.orders import queries as orders
from oms_service.ports.slots import Beside, Panel
from oms_service.runtime import reading, runtime
from oms_service.web.texts import N_, gettext

_ = gettext

blueprint = Blueprint(
    "planned_notices",
    __name__,
    url_prefix="/console/messages/planned",
    template_folder="templates",
)

#: So many stand beside an order, and over the messages that wait.
_FEW: Final = 8


@dataclass(frozen=True)
class Read:
    """Some that wait, with the orders and people they are about."""

    notices: Sequence[PlannedView]
    numbers: Mapping[int, str]
    people: Mapping[int, str]


@blueprint.get("")
@guard("customers:read")
def several() -> ResponseReturnValue:
    """All that wait, the next first."""
    cursor = request.args.get("cursor", "")
    with runtime().database.looking() as session:
        try:
            page = queries.page(session, _theirs(), cursor=cursor)
        except Invalid:
            return redirect(url_for("planned_notices.several"))
        shown = _read(session, page.items)
    return render_template(
        "notifications/planned/several.html",
        area="console",
        read=shown,
        names=RULES,
        words=words,
        next_url=url_for("planned_notices.several", cursor=page.next_cursor)
        if page.next_cursor
        else None,
        first_url=url_for("planned_notices.several") if cursor else None,
    )


@blueprint.get("/<int(max=9223372036854775807):notice_id>")
@guard("customers:read")
def one(notice_id: int) -> ResponseReturnValue:
    """One that waits: what it will say, and what can be done about it."""
    return _page(notice_id)


@blueprint.post("/<int(max=9223372036854775807):notice_id>/now")
@guard("cases:reply")
def send_now(notice_id: int) -> ResponseReturnValue:
    """Send it before its time; pressed again it is said that it has left."""
    house = runtime()
    stops = Stops(house.settings.secret_key, house.settings.public_url)
    voice = Voice(house.settings.zone, stops)

    def hurry(uow: UnitOfWork, reason: Reason) -> None:
        service.hurry(uow, notice_id, reason=reason, voice=voice)

    return _decide(notice_id, "hurry", HURRIES, hurry, _("It is on its way."))


@blueprint.post("/<int(max=9223372036854775807):notice_id>/stop")
@guard("cases:reply")
def stop(notice_id: int) -> ResponseReturnValue:
    """Do not send it; pressed again it is said that it was stopped."""

    def never(uow: UnitOfWork, reason: Reason) -> None:
        service.stop(uow, notice_id, reason=reason)

    return _decide(notice_id, "stop", STOPS, never, _("It will not be sent."))


def order_panel(context: Mapping[str, object]) -> str | None:
    """What waits to be told of an order; nothing where nothing does."""
    order_id = context.get("order_id")
    if not isinstance(order_id, int):
        return None
    wanted = Wanted(order_id=order_id, of_orders_alone=_theirs().of_orders_alone)
    found = queries.page(reading(), wanted, limit=_FEW).items
    return _panel(Read(found, {}, {}), more=0) if found else None


def list_panel(context: Mapping[str, object]) -> str | None:  # noqa: ARG001 - a panel's signature
    """What waits and is no message yet; nothing where nothing does."""
    reader = reading()
    page = queries.page(reader, _theirs(), limit=_FEW)
    if not page.items:
        return None
    more = queries.count(reader, _theirs()) - len(page.items) if page.next_cursor else 0
    return _panel(_read(reader, page.items), more=more)


def _panel(read: Read, *, more: int) -> str:
    return render_template(
        "notifications/planned/panel.html", read=read, names=RULES, words=words, more=more
    )


def _theirs() -> Wanted:
    """What the colleague at hand may see: who is limited sees nothing of cases."""
    me = staff()
    return Wanted(of_orders_alone=bool(me.queues or me.locations))


def _read(reader: Session | Connection, found: Sequence[PlannedView]) -> Read:
    about = {one.order_id for one in found if one.order_id is not None}
    people = customers.those(reader, {one.customer_id for one in found}) if found else {}
    return Read(
        found,
        orders.numbers_of(reader, about) if about else {},
        {key: personal.shown(one.name, Masked.NAME) for key, one in people.items()},
    )


def _page(notice_id: int, errors: Mapping[str, str] | None = None) -> ResponseReturnValue:
    house = runtime()
    with house.database.looking() as session:
        state = queries.state_of(session, notice_id, _theirs())
        if state is not NoticeState.WAITING:
            flash(_(words.SETTLED[state]), "attention")
            return redirect(url_for("planned_notices.several"), HTTPStatus.SEE_OTHER)
        found = queries.one(session, notice_id, _theirs())
        read = _read(session, [found])
        holds = versions.in_force(session, found.rule.template)
    said = render(
        found.rule.template,
        found.facts,
        Speech(found.language, found.due_at, house.settings.zone),
        wording=holds.wording(found.language),
    )
    page = render_template(
        "notifications/planned/one.html",
        area="console",
        one=found,
        read=read,
        name=RULES[found.rule.template],
        said=said,
        words=words,
        hurries=_options(HURRIES),
        stops=_options(STOPS),
        may_decide=staff().may("cases:reply"),
        errors=errors or {},
    )
    return page, HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK


def _options(reasons: Sequence[Reason]) -> list[dict[str, str]]:
    return [{"value": one.value, "label": str(_(words.REASONS[one]))} for one in reasons]


def _decide(
    notice_id: int,
    field: str,
    among: Collection[Reason],
    act: Callable[[UnitOfWork, Reason], None],
    done: str,
) -> ResponseReturnValue:
    reason = next((one for one in among if one == request.form.get(field)), None)
    if reason is None:
        return _page(notice_id, {field: str(_("Please choose a reason."))})
    try:
        with runtime().unit_of_work(actor()) as uow:
            queries.state_of(uow.session, notice_id, _theirs())
            act(uow, reason)
    except Settled as settled:
        flash(_(words.SETTLED[settled.state]), "attention")
    except NotTold as refused:
        flash(_(words.NOT_TOLD[refused.why]), "attention")
        return redirect(url_for("planned_notices.one", notice_id=notice_id), HTTPStatus.SEE_OTHER)
    else:
        flash(done, "success")
    return redirect(url_for("planned_notices.several"), HTTPStatus.SEE_OTHER)


PANELS: Final = (
    Panel(
        beside=Beside.ORDER,
        name="planned-notices",
        label=N_("To be told"),
        render=order_panel,
        permission="customers:read",
    ),
    Panel(
        beside=Beside.WAITING,
        name="planned-notices",
        label=N_("Notices that wait for their time"),
        render=list_panel,
        permission="customers:read",
    ),
)
