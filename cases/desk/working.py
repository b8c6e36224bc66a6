"""Who works on a case, and when: given to a colleague, let go, put away, waiting for others."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from flask import Blueprint
from flask.typing import ResponseReturnValue

from cases import service
from cases.desk import pressing
from cases.views import CaseView
from cases.writing import handing
from cases.writing.moments import Preset, moment
from oms_service.access.guard import guard
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.runtime import runtime
from oms_service.web.texts import N_

blueprint = Blueprint("desk_work", __name__, url_prefix="/desk")

#: The choice beside the named moments: a day and a time of one's own.
MOMENT: Final = "moment"
#: As long as the number of a colleague is at most.
_DIGITS: Final = 12


@blueprint.post("/cases/<number>/assign")
@guard("cases:assign")
def assign(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        service.assign(uow, found.id, _staff(values), version=pressing.version_of(values))

    return pressing.press(number, "assign", press, N_("Given to your colleague."))


def _staff(values: Mapping[str, str]) -> int:
    chosen = values.get("staff", "")
    if not (chosen.isascii() and chosen.isdecimal() and len(chosen) <= _DIGITS):
        raise Invalid("choose a colleague", {"staff": "is missing"})
    return int(chosen)


@blueprint.post("/cases/<number>/release")
@guard("cases:work")
def release(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        handing.release(uow, found.id, version=pressing.version_of(values))

    return pressing.press(number, "release", press, N_("Given back to the queue."))


@blueprint.post("/cases/<number>/snooze")
@guard("cases:work")
def snooze(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        until = _until(values, uow.now)
        service.snooze(uow, found.id, until, version=pressing.version_of(values))

    return pressing.press(number, "snooze", press, N_("Put away until then."))


def _until(values: Mapping[str, str], now: datetime) -> datetime:
    chosen = values.get("when", "")
    if chosen in set(Preset):
        return moment(Preset(chosen), now=now, zone=runtime().settings.zone)
    if chosen == MOMENT:
        return pressing.moment(values.get("snooze_day", ""), values.get("snooze_time", ""))
    raise Invalid("choose until when", {"until": "is missing"})


@blueprint.post("/cases/<number>/wait")
@guard("cases:work")
def wait(number: str) -> ResponseReturnValue:
    def press(uow: UnitOfWork, found: CaseView, values: Mapping[str, str]) -> None:
        service.wait_for_others(uow, found.id, version=pressing.version_of(values))

    return pressing.press(number, "wait", press, N_("Waiting for others now."))
