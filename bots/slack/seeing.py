"""A case as Slack shows it: the desk's own page of it, and what the card needs beside that."""

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from bots.slack.blocks.card import Beside
from bots.slack.blocks.speaking import Sight, Voice
from bots.slack.blocks.waiting import Asked
from bots.slack.views import ChannelView
from cases import queries as cases
from cases.acting import showing
from cases.desk import at_hand
from cases.desk import page as pages
from cases.desk.page import CasePage
from cases.routing import queries as routing
from cases.taxonomy import labels
from cases.writing import queries as writing
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime


@dataclass(frozen=True)
class Seen:
    """One case, read at one moment."""

    page: CasePage
    beside: Beside


def read(house: Runtime, session: Session, case_id: int) -> Seen:
    """All that a card says of a case, in a number of queries that does not grow.

    Raises:
        NotFound: there is no such case.
    """
    page = pages.read(house, session, cases.by_id(session, case_id).number)
    case = page.case
    queue = next(one for one in routing.queues(session) if one.id == case.queue_id)
    beside = Beside(queue=queue.name, desk_url=desk_url(house, case.number))
    if case.merged_into_id is not None:
        into = cases.by_id(session, case.merged_into_id).number
        return Seen(page, replace(beside, merged_into=into, merged_url=desk_url(house, into)))
    if not page.is_active:
        return Seen(page, beside)
    macros = writing.fitting(
        writing.macros(session, staff_id=None), reason=case.reason, queue=queue.code
    )
    return Seen(
        page,
        replace(
            beside,
            asked=_asked(session, page),
            suggestions=at_hand.suggestions(session, page, macros),
            macros={one.code: one.title for one in macros},
        ),
    )


def _asked(session: Session, page: CasePage) -> Asked:
    """What waits for a word in the order of a case."""
    if page.panel is None:
        return Asked()
    found = showing.Beside(session, page.case.id, page.panel.order.id, me=SYSTEM.ref)
    return Asked(tuple(found.waiting), tuple(found.claims), tuple(found.wishes))


def desk_url(house: Runtime, number: str) -> str:
    """The page of a case on the desk."""
    return f"{house.settings.public_url.rstrip('/')}/desk/cases/{number}"


def voice(house: Runtime, session: Session, sight: Sight) -> Voice:
    """The voice of the locale at hand."""
    return Voice.of(labels.read(session), sight, now=house.clock.now(), zone=house.settings.zone)


def sight_in(channel: ChannelView) -> Sight:
    """How much of a customer may be read in a channel."""
    return Sight.ALL if channel.is_private else Sight.SHORT
