"""What nobody has read is said by the next way as well: once, unless its matter is over."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import exists, select
from sqlalchemy.exc import DBAPIError

from cases import queries as cases
from cases.states import CaseState
from notifications import planner, rules, service, versions
from notifications.models import Notice
from notifications.rules import BY_TEMPLATE
from notifications.service import Voice
from notifications.states import NoticeState
from notifications.stops import Stops
from oms_service.conversations import outgoing
from oms_service.conversations.states import DeliveryState
from oms_service.customers import zones
from oms_service.infra.fallout import cause_of
from oms_service.infra.uow import UnitOfWork
from oms_service.payments import attempts
from oms_service.payments.states import AttemptState
from oms_service.pickup import queries as pickups
from oms_service.pickup.states import PickupState

log = structlog.get_logger(__name__)

BATCH: Final = 100
#: When one that broke is tried again.
AGAIN: Final = timedelta(hours=1)


def _is_to_be_paid(uow: UnitOfWork, attempt_id: int) -> bool:
    return attempts.one(uow.session, attempt_id).state is AttemptState.WAITING


def _lies_ready(uow: UnitOfWork, pickup_id: int) -> bool:
    return pickups.by_id(uow.session, pickup_id).state is PickupState.READY


def _is_awaited(uow: UnitOfWork, case_id: int) -> bool:
    return cases.by_id(uow.session, case_id).state is CaseState.WAITING_CUSTOMER


#: Whether a matter still waits for its customer, by what it is.
STILL: Final[Mapping[str, Callable[[UnitOfWork, int], bool]]] = {
    rules.MONEY: _is_to_be_paid,
    rules.COLLECTION: _lies_ready,
    rules.CASE: _is_awaited,
}


def go_further(uow: UnitOfWork, *, zone: ZoneInfo, stops: Stops | None = None) -> int:
    """Say what has stood unread for too long by another way; answer how many were looked at.

    What is being read at this moment is left to its reader: whoever comes first holds the row.
    """
    found = uow.session.scalars(
        select(Notice)
        .where(
            Notice.unread_at <= uow.now,
            Notice.state == NoticeState.SPOKEN,
            Notice.read_at.is_(None),
        )
        .order_by(Notice.unread_at, Notice.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for notice in found:
        _apart(uow, notice, Voice(zone, stops))
    return len(found)


def _apart(uow: UnitOfWork, notice: Notice, voice: Voice) -> None:
    """What breaks keeps nothing else from being said; it is tried again."""
    mark = len(uow.emitted), len(uow.topics)
    try:
        with uow.session.begin_nested():
            _settle(uow, notice, voice)
            uow.session.flush()
    except Exception as error:
        if isinstance(error, DBAPIError):
            raise
        log.error("notice.broke", notice_id=notice.id, cause=cause_of(error))  # noqa: TRY400 - a trace may quote a customer
        del uow.emitted[mark[0] :], uow.topics[mark[1] :]
        notice.unread_at = uow.now + AGAIN


def _settle(uow: UnitOfWork, notice: Notice, voice: Voice) -> None:
    rule = versions.in_force(uow.session, notice.template).rule
    if not (rule.is_on and rule.unread_h and _is_open(uow, notice)):
        notice.unread_at = None
        return
    own = zones.of(uow.session, notice.customer_id, shop=voice.zone)
    awake_at = planner.awake_at(rule, uow.now, own)
    if awake_at > uow.now:
        notice.unread_at = awake_at
        return
    notice.unread_at = None
    service.say_further(uow, notice, voice)


def _is_open(uow: UnitOfWork, notice: Notice) -> bool:
    """Whether its reader still has to do something, and has not read of it in a chat."""
    about, _colon, of = notice.matter.partition(":")
    if about not in STILL or not notice.facts or notice.message_id is None:
        return False
    if _is_overtaken(uow, notice):
        return False
    if outgoing.one(uow.session, notice.message_id).state is DeliveryState.READ:
        return False
    return STILL[about](uow, int(of))


def _is_overtaken(uow: UnitOfWork, notice: Notice) -> bool:
    """Whether a later step of the same matter was told, or is about to be."""
    now = BY_TEMPLATE[notice.template]
    later = [one.template for one in rules.RULES if one.about == now.about and one.rank >= now.rank]
    query = exists().where(
        Notice.customer_id == notice.customer_id,
        Notice.template.in_(later),
        Notice.matter == notice.matter,
        Notice.id > notice.id,
    )
    return bool(uow.session.scalar(select(query)))
