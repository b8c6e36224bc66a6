"""What a case is: how pressing, in which queue, and whether it is the same as another."""

from typing import Final

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from bots.slack import seeing
from bots.slack.blocks.forms import working as forms
from bots.slack.working import pressing
from bots.slack.working.asked import DONE, Answer, Asked
from bots.slack.working.looking import look
from bots.slack.working.pressing import Matter
from bots.slack.working.taking import chosen
from cases import queries as cases
from cases import reach, service
from cases.merging import queries as merged
from cases.merging import service as merging
from cases.routing import queries as routing
from cases.states import Priority
from cases.taxonomy import sorting
from cases.taxonomy.sorting import Sorting
from cases.views import CaseView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import Forbidden, Invalid, NotFound

#: As many cases as one chooses from.
_MOST_ALIKE: Final = 5


def escalate_form(asked: Asked) -> Answer:
    with look(asked) as here:
        others = here.page.colleagues(asked.me.id)
        leads = [one for one in others if one.may("cases:assign")]
        given = leads if asked.me.may("cases:assign") else ()
        return Answer(view=forms.escalate(here.page, here.voice, leads=given))


def escalate(asked: Asked) -> Answer:
    """More pressing, perhaps somebody else's, with a note that says why; all or nothing."""
    typed, staff_id = asked.typed.values, chosen(asked)
    priority = typed.get("set_priority", "")
    if staff_id is not None and not asked.me.may("cases:assign"):
        raise Forbidden("this is for colleagues with another role")

    def act(uow: UnitOfWork, found: CaseView) -> None:
        wish = Sorting(priority=Priority(priority) if priority in set(Priority) else None)
        sorting.sort(uow, found.id, wish, version=asked.value.version)
        if staff_id is not None:
            service.assign(uow, found.id, staff_id)
        if typed.get("note", "").strip():
            service.note(uow, found.id, typed["note"])

    pressing.do(asked, act)
    return DONE


def queue_form(asked: Asked) -> Answer:
    with look(asked) as here:
        known = routing.queues(here.session)
        now_in = next(one.code for one in known if one.id == here.page.case.queue_id)
        named = [(one.code, one.name) for one in known]
        return Answer(view=forms.queue(here.page, named, here.voice, now_in=now_in))


def queue(asked: Asked) -> Answer:
    code = asked.typed.values.get("set_queue", "")
    if not code:
        raise Invalid("choose a queue", {"set_queue": "is missing"})

    def act(uow: UnitOfWork, found: CaseView) -> None:
        sorting.sort(uow, found.id, Sorting(queue=code), version=asked.value.version)

    try:
        pressing.do(asked, act)
    except Invalid:
        raise Invalid("no such queue", {"set_queue": "is unknown"}) from None
    return DONE


def merge_form(asked: Asked) -> Answer:
    with look(asked) as here:
        found = merged.suggestions(here.session, here.page.case)
        theirs = reach.those(here.session, [one.case.id for one in found], asked.me)
        reasons = cases.reasons(here.session)
        alike = [
            (one.case.number, reasons[one.case.reason].name, one.score)
            for one in found[:_MOST_ALIKE]
            if one.case.id in theirs
        ]
        return Answer(view=forms.merge(here.page, alike, here.voice))


def merge_look(asked: Asked) -> Answer:
    """Both cases side by side."""
    typed = asked.typed.values
    number = (typed.get("with", "") or typed.get("alike", ""))[:40]
    with look(asked) as here:
        try:
            other = _other(here.session, asked, number)
        except NotFound:
            raise Invalid("no such case", {"with": "is unknown"}) from None
        if other.id == here.page.case.id:
            raise Invalid("the same case", {"with": "is the same case"})
        seen = seeing.read(asked.house, here.session, other.id)
        key = ids.token()
        return Answer(view=forms.merge_both(here.page, seen.page, here.voice, key=key))


def merge(asked: Asked) -> Answer:
    """Merge as the form says: ``stays`` is the number of the case that stands for both."""
    versions = {}

    def act(uow: UnitOfWork, found: CaseView) -> None:
        other = _other(uow.session, asked, asked.value.word("other"))
        versions.update({found.id: asked.value.version, other.id: asked.value.number("rv")})
        stays = asked.typed.values.get("stays", "")
        loser, winner = (other, found) if stays == found.number else (found, other)
        merging.merge(
            uow,
            loser.id,
            winner.id,
            key=f"slack:{asked.value.word('key')[:60]}",
            version=versions[loser.id],
            into_version=versions[winner.id],
        )

    pressing.do(asked, act)
    return DONE


def _other(reader: Session | Connection, asked: Asked, number: str) -> CaseView:
    """Another case by its number, if it is one of theirs."""
    found = cases.by_number(reader, number)
    if not reach.those(reader, [found.id], asked.me):
        raise NotFound("no such case")
    return found


MATTERS: Final = (
    Matter(verb="escalate", needs="cases:work", press=escalate_form, send=escalate),
    Matter(verb="queue", needs="cases:work", press=queue_form, send=queue),
    Matter(verb="merge", needs="cases:work", press=merge_form, send=merge_look),
    Matter(verb="merge_both", needs="cases:work", send=merge),
)
