"""What stands unread in the bell goes further: by mail to its reader, and on to the leads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute

from cases import reach
from notifications.colleagues import planner, service, wishes
from notifications.colleagues.models import ColleagueNotice
from notifications.colleagues.rules import BY_CODE
from notifications.colleagues.service import Fact
from notifications.colleagues.teller import leads_of
from notifications.colleagues.wording import letter, letter_of_many
from notifications.render import Speech, Words
from oms_service.access import queries as access
from oms_service.access.queries import StaffView
from oms_service.appearance import queries as looks
from oms_service.appearance.colours import DEFAULT
from oms_service.conversations import service as talking
from oms_service.infra.fallout import cause_of
from oms_service.infra.uow import UnitOfWork

log = structlog.get_logger(__name__)

#: As many notices as one transaction of a sweep takes on.
BATCH: Final = 50
#: When one that could not be put into words is tried again.
AGAIN: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Mailing:
    """The sweeps, which know the shop's zone and where its pages are."""

    zone: ZoneInfo
    site: str

    def write_due(self, uow: UnitOfWork) -> int:
        """Write to whoever has not read what is due; how many notices were looked at.

        What is due to one reader at the same time, as in the morning, is one letter.
        """
        found = _due(uow, ColleagueNotice.mail_at)
        for staff_id in sorted({one.staff_id for one in found}):
            theirs = [one for one in found if one.staff_id == staff_id]
            _alone(uow, theirs, partial(self._write, uow, staff_id, theirs))
        return len(found)

    def tell_leads(self, uow: UnitOfWork) -> int:
        """Tell the leads what has stood unread for too long; how many notices were looked at."""
        found = _due(uow, ColleagueNotice.leads_at)
        for one in found:
            _alone(uow, [one], partial(self._tell_leads, uow, one))
        return len(found)

    def _write(self, uow: UnitOfWork, staff_id: int, theirs: Sequence[ColleagueNotice]) -> None:
        """One letter, unless its reader is gone, may see none of it, or is left alone now."""
        to = access.staff_by_id(uow.session, staff_id)
        wish = wishes.of(uow.session, [staff_id], shop=self.zone)[staff_id]
        at = planner.decent(uow.now, wish)
        told = []
        for notice in theirs:
            if not _may_still(uow, to, notice):
                notice.mail_at = None
            elif at > uow.now:  # they have chosen other hours since
                notice.mail_at = at
            else:
                told.append(notice)
        if not told:
            return
        words = self._words(uow, told, Speech(to.language, uow.now, wish.zone))
        message = talking.say_by_mail(
            uow,
            to=to.mail,
            customer_id=None,
            language=to.language,
            subject=words.subject,
            text=words.text,
            key=f"colleague-notice:{told[0].id}:{len(told)}",
            extra={"html": words.html},
        )
        for notice in told:
            notice.mail_at, notice.mailed_at, notice.message_id = None, uow.now, message.id

    def _words(self, uow: UnitOfWork, told: Sequence[ColleagueNotice], speech: Speech) -> Words:
        accent = looks.current(uow.session).accent or DEFAULT
        base = self.site.rstrip("/")
        choices = f"{base}/notices/choices"
        facts = [(BY_CODE[one.rule], one.facts) for one in told]
        if len(told) > 1:
            return letter_of_many(
                facts, speech, link=f"{base}/notices", choices=choices, accent=accent
            )
        link = f"{base}/notices/{told[0].id}"
        return letter(*facts[0], speech, link=link, choices=choices, accent=accent)

    def _tell_leads(self, uow: UnitOfWork, notice: ColleagueNotice) -> None:
        """The same fact, under the same key: who was told of it before is not told again."""
        rule = BY_CODE[BY_CODE[notice.rule].leads_rule]
        notice.leads_at = None
        if notice.case_id is None:
            return
        queue_id = reach.queues_of(uow.session, [notice.case_id])[notice.case_id]
        fact = Fact(
            rule=rule,
            key=notice.key,
            matter=notice.matter,
            path=notice.path,
            facts=notice.facts,
            case_id=notice.case_id,
            queue_id=queue_id,
        )
        leads = tuple(one for one in leads_of(uow, queue_id) if one.id != notice.staff_id)
        service.tell(uow, fact, leads, zone=self.zone)


def _due(uow: UnitOfWork, due: InstrumentedAttribute[datetime | None]) -> Sequence[ColleagueNotice]:
    """What is due and still unread, held; what another sweep holds is left to it."""
    query = (
        select(ColleagueNotice)
        .where(due <= uow.now, ColleagueNotice.read_at.is_(None), ColleagueNotice.old_at.is_(None))
        .order_by(due, ColleagueNotice.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return uow.session.scalars(query).all()


def _alone(uow: UnitOfWork, held: Sequence[ColleagueNotice], do: Callable[[], None]) -> None:
    """What breaks keeps nothing else from being told; it is tried again."""
    mark = len(uow.emitted), len(uow.topics)
    try:
        with uow.session.begin_nested():
            do()
            uow.session.flush()
    except Exception as error:
        if isinstance(error, DBAPIError):
            raise
        del uow.emitted[mark[0] :], uow.topics[mark[1] :]
        ids = [one.id for one in held]
        log.error("colleague_notice.broke", notice_ids=ids, cause=cause_of(error))  # noqa: TRY400 - a trace may quote somebody
        later = uow.now + AGAIN
        for notice in held:
            notice.mail_at = later if notice.mail_at is not None else None
            notice.leads_at = later if notice.leads_at is not None else None


def _may_still(uow: UnitOfWork, to: StaffView, notice: ColleagueNotice) -> bool:
    """Whether a reader is at work here and may still see what a notice is about."""
    queue_id = None
    if notice.case_id is not None:
        queue_id = reach.queues_of(uow.session, [notice.case_id])[notice.case_id]
    rule, place = BY_CODE[notice.rule], notice.location_id
    return planner.may_be_told(to, rule, queue_id=queue_id, location_id=place)
