"""What happens when something is pressed on the page of a case: done once, or refused kindly."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from flask import Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cases import queries
from cases.desk import refusing, shown
from cases.holding import AlreadyDone
from cases.service import Unreachable
from cases.views import CaseView
from cases.writing.answering import Overtaken
from oms_service.access.guard import actor
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import IllegalTransition, Invalid, Stale
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

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
    except Stale as refused:
        flash(refusing.words(refused), "attention")
        return _again(number, shown.Typed(form, values), HTTPStatus.CONFLICT)
    except Overtaken as found_out:
        overtaken = shown.Typed(form, values, news=found_out.news)
        return _again(number, overtaken, HTTPStatus.CONFLICT)
    except (AlreadyDone, IllegalTransition) as refused:
        flash(refusing.words(refused), "attention")
    except Unreachable as refused:
        flash(refusing.words(refused), "danger")
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
