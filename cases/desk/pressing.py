"""What happens when something is pressed on the page of a case: done once, or refused kindly."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from flask import Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cases import queries
from cases.desk import shown
from cases.holding import AlreadyDone
from cases.service import Unreachable
from cases.views import CaseView
from cases.writing.answering import Overtaken
from oms_service.access import queries as access
from oms_service.access.guard import actor
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import IllegalTransition, Invalid, Stale
from oms_service.runtime import runtime
from oms_service.web.texts import N_, gettext

#: Longer numbers are no version.
_DIGITS: Final = 9


def _(text: str) -> str:
    return str(gettext(text))


def typed() -> dict[str, str]:
    """What the form says, without spaces around."""
    return {name: value.strip() for name, value in request.form.items()}


Press = Callable[[UnitOfWork, CaseView, Mapping[str, str]], object]


def press(number: str, form: str, do: Press, done: str) -> ResponseReturnValue:
    """Do it once; whatever is refused leaves what was typed and shows the case as it is now."""
    values = typed()
    try:
        with runtime().unit_of_work(actor()) as uow:
            found = queries.by_number(uow.session, number)
            do(uow, found, values)
    except Stale:
        flash(_("Somebody changed this case meanwhile. This is how it stands now."), "attention")
        return _again(number, shown.Typed(form, values), HTTPStatus.CONFLICT)
    except Overtaken as found_out:
        overtaken = shown.Typed(form, values, news=found_out.news)
        return _again(number, overtaken, HTTPStatus.CONFLICT)
    except AlreadyDone as refused:
        flash(_already(refused), "attention")
    except IllegalTransition:
        flash(_("That is not possible any more. This is how it stands now."), "attention")
    except Unreachable:
        flash(_("This customer has neither a chat nor a mail address to answer to."), "danger")
        return _again(number, shown.Typed(form, values), HTTPStatus.CONFLICT)
    except Invalid as refused:
        return _again(
            number, shown.Typed(form, values, refused.fields), HTTPStatus.UNPROCESSABLE_ENTITY
        )
    else:
        flash(_(done), "success")
    return redirect(url_for("desk.case", number=number), HTTPStatus.SEE_OTHER)


def _again(number: str, typed: shown.Typed, status: HTTPStatus) -> Response:
    return make_response(shown.show(number, typed), status)


_DONE: Final = {
    "approved": N_("Already approved by %(name)s."),
    "rejected": N_("Already rejected by %(name)s."),
    "received": N_("Already approved by %(name)s, and the goods have come back."),
    "taken": N_("%(name)s has this case already."),
    "sent": N_("It has left already."),
    "undone": N_("It is undone already."),
    "failed": N_("It could not be sent."),
    "released": N_("Nobody has this case."),
    "resolved": N_("Already resolved by %(name)s."),
}


def _already(refused: AlreadyDone) -> str:
    words = _(_DONE.get(refused.what, "Already resolved by %(name)s."))
    return words % {"name": _who(refused.by)}


def _who(ref: str) -> str:
    if not ref:
        return _("the system")
    by = Actor.from_ref(ref)
    if by.kind is not ActorKind.STAFF:
        return _("the system")
    with runtime().database.reading() as connection:
        return access.staff_names(connection).get(int(by.id), "")


def version_of(values: Mapping[str, str]) -> int | None:
    written = values.get("version", "")
    is_number = written.isascii() and written.isdecimal() and len(written) <= _DIGITS
    return int(written) if is_number else None


def moment(day: str, clock: str) -> datetime:
    """A day and a time as a colleague picks them, in the shop's zone."""
    try:
        found = datetime.fromisoformat(f"{day}T{clock}")
        return found.replace(tzinfo=runtime().settings.zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("that is no moment", {"until": "is not a day and a time"}) from None
