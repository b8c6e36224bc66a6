"""Speaking what has waited: each once, and several of one customer in one letter."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from notifications import asked, service, versions
from notifications.models import Notice
from notifications.planner import Do
from notifications.push import ringing
from notifications.render import together
from notifications.rules import is_gathered
from notifications.service import Voice
from notifications.states import NoticeState, Waits
from notifications.stops import Stops
from notifications.versions import RuleView
from oms_service.conversations.channels import MAIL
from oms_service.infra.fallout import cause_of
from oms_service.infra.uow import UnitOfWork

log = structlog.get_logger(__name__)

BATCH: Final = 100
#: So many more of the same customers are taken along, that one letter may tell them.
_ALONG: Final = 400
#: So many stand in one letter; who reads more is helped by none of them.
_IN_ONE: Final = 10
#: When a notice that broke is tried again.
AGAIN: Final = timedelta(hours=1)


@dataclass
class _Trial:
    """Whether what was tried broke, or came to nothing."""

    broke: bool = False

    def check(self) -> None:
        """Go on only with what came to something.

        Raises:
            _Undone: it did not.
        """
        if self.broke:
            raise _Undone


class _Undone(Exception):
    """What was tried came to nothing."""


def speak_due(uow: UnitOfWork, *, zone: ZoneInfo, stops: Stops | None = None) -> int:
    """Speak what has waited for the morning; answer how many were looked at."""
    found = _due(uow)
    templates = {one.template for one in found}
    holds = {name: versions.in_force(uow.session, name) for name in templates}
    morning = _Morning(uow, Voice(zone, stops), holds)
    for several in _groups(found, holds):
        if len(several) == 1 or not morning.tell_together(several):
            for notice in several:
                morning.tell(notice)
    return len(found)


def _due(uow: UnitOfWork) -> list[Notice]:
    """What is due, with whatever else of the same customers is; nobody else speaks it meanwhile."""
    waits = (
        select(Notice)
        .where(Notice.state == NoticeState.WAITING, Notice.due_at <= uow.now)
        .order_by(Notice.due_at, Notice.id)
        .with_for_update(skip_locked=True)
    )
    found = list(uow.session.scalars(waits.limit(BATCH)))
    if len(found) == BATCH:
        theirs = Notice.customer_id.in_({one.customer_id for one in found})
        others = Notice.id.not_in([one.id for one in found])
        found += uow.session.scalars(waits.where(theirs, others).limit(_ALONG))
    return found


def _groups(found: Sequence[Notice], holds: Mapping[str, RuleView]) -> Iterator[list[Notice]]:
    """What may share a letter, in the order it came to wait; everything else alone."""
    shared: dict[tuple[int, str, str], list[Notice]] = {}
    for notice in found:
        rule = holds[notice.template].rule
        if is_gathered(rule):
            whose = (notice.customer_id, notice.language, rule.kind)
            shared.setdefault(whose, []).append(notice)
        else:
            yield [notice]
    for several in shared.values():
        yield from (several[at : at + _IN_ONE] for at in range(0, len(several), _IN_ONE))


@dataclass(frozen=True)
class _Morning:
    """One round: what cannot be put into words keeps nothing else from being told."""

    uow: UnitOfWork
    voice: Voice
    holds: Mapping[str, RuleView]

    def tell(self, notice: Notice) -> None:
        """Tell one by itself; one that breaks is tried again later."""
        with self._apart(notice) as trial:
            if asked.is_over(self.uow, notice):
                notice.state, notice.due_at = NoticeState.SUPPRESSED, None
                notice.why = "superseded"
            else:
                service.follow(self.uow, notice, self.holds[notice.template], self.voice)
        if trial.broke:
            notice.due_at, notice.why = self.uow.now + AGAIN, Waits.BROKE

    def tell_together(self, several: Sequence[Notice]) -> bool:
        """Tell those that go by mail now in one letter; False where each has to be told alone."""
        with self._apart(several[0]) as trial:
            trial.broke = not self._gather(several)
        return not trial.broke

    def _gather(self, several: Sequence[Notice]) -> bool:
        addresses = set()
        for notice in several:
            made, to = service.decide(self.uow, notice, self.holds[notice.template], self.voice)
            if made.do is not Do.SPEAK or not isinstance(to, str):
                return False
            addresses.add(to)
        (to,) = addresses
        first, orders = several[0], {one.order_id for one in several}
        said = []
        for notice in several:
            rule = self.holds[notice.template]
            service.note_date(self.uow, notice, MAIL)
            said.append(service.in_words(self.uow, notice, rule, self.voice, notice.language))
        letter = service.write(
            self.uow,
            first,
            self.holds[first.template],
            self.voice,
            service.Letter(
                to,
                together(said, first.language),
                key=f"notices:{first.id}-{several[-1].id}",
                order_id=first.order_id if len(orders) == 1 else None,
            ),
        )
        for notice in several:
            service.spoken(self.uow, notice, self.holds[notice.template], letter, by=MAIL)
        # One letter rings once, however much it tells.
        ringing.plan(self.uow, several[-1])
        return True

    @contextmanager
    def _apart(self, notice: Notice) -> Iterator[_Trial]:
        """What is done in the block is undone where it breaks, and where it says it broke."""
        uow, trial = self.uow, _Trial()
        mark = len(uow.emitted), len(uow.topics)
        try:
            with uow.session.begin_nested():
                yield trial
                uow.session.flush()
                trial.check()
        except Exception as error:
            if isinstance(error, DBAPIError):
                raise
            if not isinstance(error, _Undone):
                log.error("notice.broke", notice_id=notice.id, cause=cause_of(error))  # noqa: TRY400 - a trace may quote a customer
            trial.broke = True
            del uow.emitted[mark[0] :], uow.topics[mark[1] :]
