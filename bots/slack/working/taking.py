"""Who has a case: taken, the next one taken, given on, given back; and what waits goes on."""

from typing import Any, Final

from bots.slack import seeing
from bots.slack.blocks.forms import working as forms
from bots.slack.blocks.texts import esc, joined, linked
from bots.slack.working import pressing
from bots.slack.working.asked import DONE, Answer, Asked
from bots.slack.working.looking import look
from bots.slack.working.pressing import Matter
from cases import service
from cases.routing import assignment
from cases.views import CaseView
from cases.writing import handing
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.web.texts import gettext

#: As long as the number of a colleague is at most.
_DIGITS: Final = 12
#: As many choices as Slack shows for what is typed.
_MOST_FOUND: Final = 100


def take(asked: Asked) -> Answer:
    def act(uow: UnitOfWork, found: CaseView) -> None:
        service.take(uow, found.id, version=asked.value.version)

    pressing.do(asked, act)
    return DONE


def take_next(asked: Asked) -> Answer:
    """The most pressing case that waits for them; told twice, it is still one case."""
    with asked.house.unit_of_work(asked.seat.actor) as uow:
        pressing.note(uow, asked)
        found = assignment.take_next(uow, asked.me.id)
    url = seeing.desk_url(asked.house, found.number)
    return Answer(said=joined([esc(_("It is yours now.")), linked(url, found.number)], " "))


def resume(asked: Asked) -> Answer:
    def act(uow: UnitOfWork, found: CaseView) -> None:
        service.resume(uow, found.id, version=asked.value.version)

    pressing.do(asked, act)
    return DONE


def release(asked: Asked) -> Answer:
    def act(uow: UnitOfWork, found: CaseView) -> None:
        handing.release(uow, found.id, version=asked.value.version)

    pressing.do(asked, act)
    return DONE


def assign_form(asked: Asked) -> Answer:
    with look(asked) as here:
        others = here.page.colleagues(asked.me.id)
        return Answer(view=forms.assign(here.page, others, here.voice))


def assign(asked: Asked) -> Answer:
    staff_id = chosen(asked)
    if staff_id is None:
        raise Invalid("choose a colleague", {"staff": "is missing"})

    def act(uow: UnitOfWork, found: CaseView) -> None:
        service.assign(uow, found.id, staff_id, version=asked.value.version)

    pressing.do(asked, act)
    return DONE


def chosen(asked: Asked) -> int | None:
    """The colleague that was chosen in a form."""
    written = asked.typed.values.get("staff", "")
    is_id = written.isascii() and written.isdecimal() and len(written) <= _DIGITS
    return int(written) if is_id else None


def found_colleagues(asked: Asked, part: str) -> list[dict[str, Any]]:
    """Who may be given the case, of those whose name has ``part`` in it, as Slack's choices."""
    with look(asked) as here:
        others = here.page.colleagues(asked.me.id)
    fit = [one for one in others if part.casefold() in one.name.casefold()]
    return [
        {"text": {"type": "plain_text", "text": one.name[:75]}, "value": str(one.id)}
        for one in fit[:_MOST_FOUND]
    ]


MATTERS: Final = (
    Matter(verb="take", needs="cases:work", press=take),
    Matter(verb="next", needs="cases:work", press=take_next),
    Matter(verb="resume", needs="cases:work", press=resume),
    Matter(verb="release", needs="cases:work", press=release),
    Matter(verb="assign", needs="cases:assign", press=assign_form, send=assign),
)


def _(text: str) -> str:
    return str(gettext(text))
