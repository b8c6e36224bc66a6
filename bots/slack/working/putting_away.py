"""When a case goes on: put away until a moment, or waiting for others."""

from datetime import UTC, datetime, timedelta
from typing import Final

from bots.slack.blocks.forms import working as forms
from bots.slack.working import pressing
from bots.slack.working.asked import DONE, Answer, Asked
from bots.slack.working.looking import look
from bots.slack.working.pressing import Matter
from cases import service
from cases.desk.shown import DAYS
from cases.desk.working import MOMENT
from cases.views import CaseView
from cases.writing import reminding
from cases.writing.moments import MORNING, Preset, moment
from cases.writing.states import ReminderKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid


def snooze_form(asked: Asked) -> Answer:
    with look(asked) as here:
        return Answer(view=forms.snooze(here.page, here.voice))


def snooze(asked: Asked) -> Answer:
    def act(uow: UnitOfWork, found: CaseView) -> None:
        service.snooze(uow, found.id, _until(asked, uow.now), version=asked.value.version)

    pressing.do(asked, act)
    return DONE


def _until(asked: Asked, now: datetime) -> datetime:
    typed, zone = asked.typed.values, asked.house.settings.zone
    if typed.get("when", "") in set(Preset):
        return moment(Preset(typed["when"]), now=now, zone=zone)
    if typed.get("when") != MOMENT:
        raise Invalid("choose until when", {"until": "is missing"})
    try:
        found = datetime.fromisoformat(f"{typed['snooze_day']}T{typed['snooze_time']}")
        return found.replace(tzinfo=zone).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        raise Invalid("that is no moment", {"until": "is not a day and a time"}) from None


def wait_form(asked: Asked) -> Answer:
    with look(asked) as here:
        return Answer(view=forms.wait(here.page, here.voice))


def wait(asked: Asked) -> Answer:
    days = asked.typed.values.get("days", "")

    def act(uow: UnitOfWork, found: CaseView) -> None:
        kept = service.wait_for_others(uow, found.id, version=asked.value.version)
        if days in {str(one) for one in DAYS}:
            zone = asked.house.settings.zone
            day = (uow.now.astimezone(zone) + timedelta(days=int(days))).date()
            due_at = datetime.combine(day, MORNING, tzinfo=zone).astimezone(UTC)
            kind = ReminderKind.NO_ANSWER
            reminding.remind(uow, found.id, kind, due_at, version=kept.version)

    pressing.do(asked, act)
    return DONE


MATTERS: Final = (
    Matter(verb="snooze", needs="cases:work", press=snooze_form, send=snooze),
    Matter(verb="wait", needs="cases:work", press=wait_form, send=wait),
)
