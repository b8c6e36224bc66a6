"""What is set on the page of a case: done once, then back to the page, with a word of it."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from cases.models import Case, Queue
from cases.states import LineEnding, Priority
from cases.taxonomy import fields as own_fields
from cases.taxonomy import matters, queries, sorting, statuses, tags
from cases.taxonomy.matters import LinesSettled, NotTheirs
from cases.taxonomy.sorting import AnotherOpen, Sorting
from oms_service.access.guard import actor, guard
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, NotFound, Stale
from oms_service.kernel.languages import Language, say
from oms_service.kernel.text import order_key
from oms_service.orders import queries as orders
from oms_service.runtime import runtime
from oms_service.web.languages import spoken
from oms_service.web.texts import N_, gettext

blueprint = Blueprint(
    "case_sheet", __name__, url_prefix="/desk/cases/<number>", template_folder="templates"
)

Press = Callable[[UnitOfWork, Case, Mapping[str, str]], object]
_DIGITS: Final = 9
_PIECES, _ENDED, _FIELD = "pieces-", "ended-", "field-"


def _(text: str) -> str:
    return str(gettext(text))


def _press(number: str, do: Press, done: str) -> ResponseReturnValue:
    """Do it once and say so; what is refused is said in plain words, and nothing has changed."""
    values = {name: value.strip() for name, value in request.form.items()}
    try:
        with runtime().unit_of_work(actor()) as uow:
            do(uow, _case(uow, number), values)
    except Stale:
        flash(_("Somebody changed this case meanwhile. This is how it stands now."), "attention")
    except AnotherOpen as refused:
        said = _("Case %(number)s of this order and reason is open already; merge the two.")
        flash(said % {"number": refused.number}, "danger")
    except NotTheirs:
        flash(_("That order belongs to another customer."), "danger")
    except LinesSettled:
        flash(_("Something was done about this already, so it stays in the case."), "danger")
    except Invalid as refused:
        flash(_why(refused), "danger")
    else:
        flash(_(done), "success")
    return redirect(url_for("desk.case", number=number), HTTPStatus.SEE_OTHER)


def _case(uow: UnitOfWork, number: str) -> Case:
    key = order_key(number).removeprefix("C")
    found = uow.session.scalars(select(Case).where(Case.number == f"C-{key}")).one_or_none()
    if found is None:
        raise NotFound("no such case")
    return found


_WHY: Final = {
    "tag": N_("A tag is a short word, and a case has at most 20 of them."),
    "reason": N_("That reason is not in use any more."),
    "queue": N_("That queue is not there any more."),
    "status": N_("That status does not fit where the case stands now."),
    "order": N_("A case is about at most 20 further orders."),
    "lines": N_("Those lines cannot be chosen so."),
}


def _why(refused: Invalid) -> str:
    first = next(iter(refused.fields), "")
    kind, _dot, code = first.partition(".")
    if kind == "fields":
        with runtime().database.reading() as connection:
            try:
                name = say(queries.field(connection, code).name, spoken())
            except NotFound:
                name = code
        return _("“%(name)s” cannot say that. Nothing was saved.") % {"name": name}
    return _(_WHY.get(kind, "Please check this."))


def _version(values: Mapping[str, str]) -> int | None:
    typed = values.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS else None


@blueprint.post("/sort")
@guard("cases:work")
def sort(number: str) -> ResponseReturnValue:
    def do(uow: UnitOfWork, case: Case, values: Mapping[str, str]) -> None:
        version, wish = _version(values), _sorting(uow, case, values)
        if "set_status" in values and values["set_status"] != (case.status or ""):
            statuses.put(uow, case.id, values["set_status"] or None, version=version)
            version = None
        sorting.sort(uow, case.id, wish, version=version)

    return _press(number, do, N_("Saved."))


def _sorting(uow: UnitOfWork, case: Case, values: Mapping[str, str]) -> Sorting:
    """What was set by hand: what the form only repeats follows the reason."""
    priority, language = values.get("set_priority", ""), values.get("set_language", "")
    queue = values.get("set_queue", "")
    is_now = uow.session.scalar(select(Queue.code).where(Queue.id == case.queue_id))
    return Sorting(
        reason=values.get("set_reason") or None,
        priority=Priority(priority) if priority in set(Priority) else None,
        queue=queue if queue and queue != is_now else None,
        language=Language(language) if language in set(Language) else None,
    )


@blueprint.post("/tags")
@guard("cases:work")
def tag(number: str) -> ResponseReturnValue:
    def do(uow: UnitOfWork, case: Case, values: Mapping[str, str]) -> None:
        tags.put(uow, case.id, values.get("tag", ""))

    return _press(number, do, N_("The tag is on."))


@blueprint.post("/tags/<int:tag_id>/off")
@guard("cases:work")
def take_off(number: str, tag_id: int) -> ResponseReturnValue:
    def do(uow: UnitOfWork, case: Case, _values: Mapping[str, str]) -> None:
        tags.take_off(uow, case.id, tag_id)

    return _press(number, do, N_("The tag is off."))


@blueprint.post("/fields")
@guard("cases:work")
def fields(number: str) -> ResponseReturnValue:
    def do(uow: UnitOfWork, case: Case, values: Mapping[str, str]) -> None:
        typed = {
            name.removeprefix(_FIELD): said
            for name, said in values.items()
            if name.startswith(_FIELD)
        }
        own_fields.write(uow, case.id, typed, version=_version(values))

    return _press(number, do, N_("Saved."))


@blueprint.post("/orders")
@guard("cases:work")
def add_order(number: str) -> ResponseReturnValue:
    def do(uow: UnitOfWork, case: Case, values: Mapping[str, str]) -> None:
        found = _order(uow, values.get("more_order", ""))
        matters.add_order(uow, case.id, found, version=_version(values))

    return _press_order(number, do, N_("The order belongs to this case now."))


@blueprint.post("/orders/off")
@guard("cases:work")
def remove_order(number: str) -> ResponseReturnValue:
    def do(uow: UnitOfWork, case: Case, values: Mapping[str, str]) -> None:
        found = _order(uow, values.get("order", ""))
        matters.remove_order(uow, case.id, found, version=_version(values))

    return _press_order(number, do, N_("The order does not belong to this case any more."))


class _NoSuchOrder(DomainError):
    """Nobody has an order of that number."""


def _order(uow: UnitOfWork, typed: str) -> int:
    try:
        return orders.find(uow.session, typed[:60]).id
    except NotFound:
        raise _NoSuchOrder("no such order") from None


def _press_order(number: str, do: Press, done: str) -> ResponseReturnValue:
    try:
        return _press(number, do, done)
    except _NoSuchOrder:
        flash(_("There is no order of that number."), "danger")
        return redirect(url_for("desk.case", number=number), HTTPStatus.SEE_OTHER)


@blueprint.post("/lines")
@guard("cases:work")
def lines(number: str) -> ResponseReturnValue:
    def do(uow: UnitOfWork, case: Case, values: Mapping[str, str]) -> None:
        pieces = {
            line_id: int(typed)
            for line_id, typed in _by_line(values, _PIECES)
            if typed.isascii() and typed.isdecimal() and len(typed) <= _DIGITS
        }
        endings = {
            line_id: LineEnding(typed) if typed else None
            for line_id, typed in _by_line(values, _ENDED)
            if not typed or typed in set(LineEnding)
        }
        version = _version(values)
        before = case.version
        chosen = matters.choose_lines(uow, case.id, pieces, version=version)
        kept = {one: end for one, end in endings.items() if pieces.get(one, 1)}
        matters.settle_lines(
            uow, case.id, kept, version=version if chosen.version == before else None
        )

    return _press(number, do, N_("Saved."))


def _by_line(values: Mapping[str, str], prefix: str) -> list[tuple[int, str]]:
    return [
        (int(name.removeprefix(prefix)), typed)
        for name, typed in values.items()
        if name.startswith(prefix)
        and name.removeprefix(prefix).isascii()
        and name.removeprefix(prefix).isdecimal()
        and len(name) <= len(prefix) + 18
    ]
