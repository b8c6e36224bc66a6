"""Pages of the warehouse: what is to do, and picking it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from oms_service.access import queries as people
from oms_service.access.guard import actor, guard, staff
from oms_service.catalog import goods as catalog
from oms_service.catalog.goods import Goods
from oms_service.console import reach
from oms_service.console import warehouse_words as words
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import queries as stock
from oms_service.inventory.queries import LocationView
from oms_service.kernel.actors import ActorKind
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.kernel.ids import readable_code
from oms_service.operations.dispatch import fulfilling, picking
from oms_service.operations.dispatch.picking import WantedList
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderView
from oms_service.runtime import runtime
from oms_service.warehouse import lists, queries, work
from oms_service.warehouse.queries import Fulfilment, ToDo, Walk
from oms_service.warehouse.states import ListState, ShortReason, WorkState
from oms_service.web.texts import N_, gettext

_: Callable[..., str] = gettext

blueprint = Blueprint(
    "warehouse", __name__, url_prefix="/console/warehouse", template_folder="templates"
)

#: Fulfilments on a page of the board.
PAGE: Final = 30
BATCH_SIZES: Final = (1, 5, 10, 20)
#: No order line is larger.
_MOST_UNITS: Final = 1_000_000
#: As many digits fit every column of a number.
_DIGITS: Final = 18
_LONGEST_CODE: Final = 200

VIEWS: Final[Mapping[str, tuple[str, Collection[WorkState]]]] = {
    "open": (N_("To pick"), (WorkState.OPEN, WorkState.INCOMPLETE, WorkState.IN_PROGRESS)),
    "late": (N_("Late"), queries.AT_WORK),
    "held": (N_("On hold"), (WorkState.ON_HOLD,)),
    "short": (N_("Short or partly sent"), (WorkState.INCOMPLETE,)),
    "later": (N_("Kept for later"), (WorkState.SCHEDULED,)),
}


@dataclass(frozen=True)
class Place:
    """Where somebody works, and where else they could."""

    here: LocationView | None
    all: tuple[LocationView, ...]


def place_of(session: Session) -> Place:
    """Where the colleague works, as they said last; with one location only, there."""
    known = reach.places(session)
    chosen = queries.workplace(session, actor().ref)
    if chosen is None and len(known) == 1:
        chosen = known[0].id
    return Place(next((one for one in known if one.id == chosen), None), known)


@blueprint.get("")
@guard("fulfilments:read")
def board() -> str:
    """What is to do at the location of whoever looks."""
    view = request.args.get("view", "open")
    if view not in VIEWS:
        abort(404)
    now = runtime().clock.now()
    with runtime().database.looking() as session:
        place = place_of(session)
        if place.here is None:
            return render_template("console/warehouse_place.html", area="console", place=place)
        page = queries.page(
            session,
            location_id=place.here.id,
            states=VIEWS[view][1],
            late_at=now if view == "late" else None,
            cursor=request.args.get("cursor", ""),
            limit=PAGE,
        )
        found = _orders(session, page.items)
        counts = queries.to_do(session, place.here.id, now)
        walks = queries.open_walks(session, place.here.id)
        to_pack = queries.with_loose_units(session, place.here.id)
        back = queries.with_units_to_put_back(session, place.here.id)
        shown = {"orders": found | _orders(session, (*to_pack, *back)), "counts": counts}
        zones = lists.zones(session, place.here.id)
        names = people.staff_names(session.connection())
        goods = catalog.goods(
            session, {line.variant_id for one in back for line in one.lines if line.to_put_back}
        )
    return render_template(
        "console/warehouse.html",
        area="console",
        place=place,
        page=page,
        view=view,
        views={name: (label, _count(counts, name)) for name, (label, _) in VIEWS.items()},
        walks=walks,
        to_pack=to_pack,
        to_put_back=back,
        goods=goods,
        zones=zones,
        sizes=BATCH_SIZES,
        names={f"{ActorKind.STAFF}:{one}": name for one, name in names.items()},
        me=actor().ref,
        key=readable_code(12),
        today_ends=_end_of_day(now, place.here),
        words=words,
        may_work=staff().may("fulfilments:work"),
        **shown,
    )


@blueprint.post("/place")
@guard("fulfilments:read")
def choose_place() -> ResponseReturnValue:
    """Remember where the colleague works."""
    with runtime().unit_of_work(actor()) as uow:
        wanted = stamp("location")
        if wanted not in {one.id for one in reach.places(uow.session)}:
            abort(404)
        work.work_at(uow, wanted)
    return redirect(url_for("warehouse.board"), 303)


@blueprint.post("/lists")
@guard("fulfilments:work")
def start() -> ResponseReturnValue:
    """Begin a pick list: a batch of the location, or one fulfilment."""
    with runtime().database.looking() as session:
        place = place_of(session)
        one = request.form.get("fulfilment", "")
        fulfilment = queries.fulfilment_by_number(session, one) if one else None
    if place.here is None:
        return redirect(url_for("warehouse.board"), 303)
    wanted = WantedList(
        location_id=fulfilment.location_id if fulfilment else place.here.id,
        zone="" if fulfilment else request.form.get("zone", ""),
        most=whole("most", 10),
        fulfilment_id=fulfilment.id if fulfilment else None,
    )
    key = request.form.get("key", "")
    try:
        with runtime().unit_of_work(actor()) as uow:
            walk = picking.start(uow, wanted, key=key)
    except DomainError as error:
        return refused(error, url_for("warehouse.board"))
    return redirect(url_for("warehouse.pick", number=walk.number), 303)


@blueprint.get("/lists/<number>", endpoint="pick")
@guard("fulfilments:read")
def pick_screen(number: str) -> str:
    """One list, one line at a time."""
    return _pick_page(number)


@blueprint.post("/lists/<number>/scan")
@guard("fulfilments:work")
def scan(number: str) -> ResponseReturnValue:
    """What was scanned is in the picker's hands."""
    return _on_task(
        number,
        lambda uow, task_id, version: picking.scan(
            uow, task_id, code=_code(), quantity=whole("quantity", 1), version=version
        ),
        lambda done: _(
            "%(picked)s of %(quantity)s picked.", picked=done.picked, quantity=done.quantity
        ),
    )


@blueprint.post("/lists/<number>/short")
@guard("fulfilments:work")
def short(number: str) -> ResponseReturnValue:
    """Less is there than should be."""
    reason = request.form.get("reason", "")
    if reason not in set(ShortReason):
        return _pick_page(number, wrong=_("Choose why it is missing.")), 422
    return _on_task(
        number,
        lambda uow, task_id, version: picking.short(
            uow, task_id, found=whole("found", -1), reason=ShortReason(reason), version=version
        ),
        lambda _done: _("Noted. The rest comes from elsewhere, or waits for stock."),
    )


@blueprint.post("/lists/<number>/undo")
@guard("fulfilments:work")
def undo(number: str) -> ResponseReturnValue:
    """Units lie on the shelf again."""
    return _on_task(
        number,
        lambda uow, task_id, version: picking.undo(
            uow, task_id, quantity=whole("quantity", 1), version=version
        ),
        lambda _done: _("Taken back. Lay it on its shelf again."),
    )


@blueprint.post("/lists/<number>/<any(pause, resume, take_over, give_up):how>")
@guard("fulfilments:work")
def turn(number: str, how: str) -> ResponseReturnValue:
    """Pause a list, go on with it, take it over, or leave the rest to others."""
    commands: dict[str, Callable[..., Walk]] = {
        "pause": picking.pause,
        "resume": picking.resume,
        "take_over": picking.take_over,
        "give_up": picking.give_up,
    }
    with runtime().database.looking() as session:
        known = queries.walk_by_number(session, number)
    back = url_for("warehouse.pick", number=number)
    try:
        with runtime().unit_of_work(actor()) as uow:
            commands[how](uow, known.id, version=stamp("version"))
    except DomainError as error:
        return refused(error, back)
    return redirect(back if how != "give_up" else url_for("warehouse.board"), 303)


@blueprint.post("/fulfilments/<number>/put-back")
@guard("fulfilments:work")
def put_back(number: str) -> ResponseReturnValue:
    """What was called off lies on its shelf again."""
    with runtime().unit_of_work(actor()) as uow:
        fulfilling.put_back(uow, queries.fulfilment_by_number(uow.session, number).id)
    flash(_("Thank you. It counts as back on the shelf."), "success")
    return redirect(url_for("warehouse.board"), 303)


@blueprint.post("/fulfilments/<number>/later")
@guard("fulfilments:work")
def later(number: str) -> ResponseReturnValue:
    """Keep a fulfilment for a day to come, or let it go on at once."""
    day = request.form.get("day", "")
    back = url_for("warehouse.fulfilment", number=number)
    try:
        with runtime().unit_of_work(actor()) as uow:
            known = queries.fulfilment_by_number(uow.session, number)
            zone = ZoneInfo(stock.location(uow.session, known.location_id).zone)
            fulfilling.keep_for_later(
                uow, known.id, _start_of(day, zone) if day else None, version=stamp("version")
            )
    except DomainError as error:
        return refused(error, back)
    flash(_("Kept for later.") if day else _("It can be picked now."), "success")
    return redirect(back, 303)


def refused(error: DomainError, back: str) -> ResponseReturnValue:
    """Say why not, on the page one came from; what is not there stays not there."""
    if isinstance(error, NotFound):
        raise error
    flash(words.explain(error, words.reader()), "danger")
    return redirect(back, 303)


def whole(name: str, default: int) -> int:
    """A whole number of the form; ``default`` where none, or one nobody means, was sent."""
    typed = request.form.get(name, "").strip()
    found = _number(typed)
    return found if found is not None and found <= _MOST_UNITS else default


def stamp(name: str) -> int:
    """An id or a version that a form carries; 0, which nothing has, where none was sent."""
    return _number(request.form.get(name, "").strip()) or 0


def lines_shown(
    session: Session, fulfilments: Collection[Fulfilment]
) -> tuple[dict[int, Goods], dict[int, OrderView]]:
    """The goods and the orders that these fulfilments speak of."""
    goods = catalog.goods(session, {line.variant_id for one in fulfilments for line in one.lines})
    return goods, _orders(session, fulfilments)


def _on_task(
    list_number: str,
    do: Callable[[UnitOfWork, int, int], Any],
    said: Callable[[Any], str],
) -> ResponseReturnValue:
    """Do something with a task of a list; a refusal shows on the screen as it stands now."""
    try:
        with runtime().unit_of_work(actor()) as uow:
            known = queries.walk_by_number(uow.session, list_number)
            task_id = stamp("task")
            if task_id not in {one.id for one in known.tasks}:
                abort(404)
            done = do(uow, task_id, stamp("version"))
    except NotFound:
        raise
    except DomainError as error:
        return _pick_page(list_number, wrong=words.explain(error, words.reader())), 409
    flash(said(done), "success")
    return redirect(url_for("warehouse.pick", number=list_number), 303)


def _pick_page(list_number: str, *, wrong: str = "") -> str:
    with runtime().database.looking() as session:
        walk = queries.walk_by_number(session, list_number)
        goods = catalog.goods(session, {one.variant_id for one in walk.tasks})
        found = orders.by_ids(session, {one.order_id for one in walk.tasks})
        of = queries.fulfilments_by_id(session, {one.fulfilment_id for one in walk.tasks})
        names = people.staff_names(session.connection())
    return render_template(
        "console/warehouse_pick.html",
        area="console",
        walk=walk,
        task=walk.next,
        goods=goods,
        orders=found,
        fulfilments=of,
        wrong=wrong,
        is_mine=walk.picker == actor().ref,
        is_active=walk.state is ListState.PICKING,
        picker=names.get(int(walk.picker.partition(":")[2] or 0), ""),
        words=words,
        may_work=staff().may("fulfilments:work"),
    )


def _orders(session: Session, fulfilments: Collection[Fulfilment]) -> dict[int, OrderView]:
    return orders.by_ids(session, {one.order_id for one in fulfilments})


def _count(counts: ToDo, view: str) -> int:
    if view == "late":
        return counts.late
    return sum(counts.states[state] for state in VIEWS[view][1])


def _number(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and len(typed) <= _DIGITS else None


def _end_of_day(now: datetime, place: LocationView) -> datetime:
    local = now.astimezone(ZoneInfo(place.zone))
    return datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)


def _start_of(day: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.combine(datetime.fromisoformat(day).date(), time(), zone)
    except (ValueError, OverflowError):
        raise Invalid("that is no day", {"day": "is no day"}) from None


def _code() -> str:
    return request.form.get("code", "")[:_LONGEST_CODE]
