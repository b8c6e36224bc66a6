"""Telling colleagues: one row for each fact and colleague, read, taken back, or old."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.dialects.postgresql import insert

from cases.together import queries as together
from cases.together import watching
from notifications.colleagues import wishes
from notifications.colleagues.models import ColleagueNotice
from notifications.colleagues.planner import may_be_told, plan
from notifications.colleagues.rules import MENTIONED, Rule, alike, ended_by
from notifications.colleagues.states import End
from oms_service.access.queries import StaffView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.actors import Actor
from oms_service.kernel.actors import staff as staff_actor

#: How long a press that marked notices as read can be taken back.
UNDO_WITHIN: Final = timedelta(hours=1)
_OPEN: Final = and_(ColleagueNotice.read_at.is_(None), ColleagueNotice.old_at.is_(None))
_ALL: Final = 2**63 - 1
#: The answer time that a notice tells of; a case has several, each a matter of its own.
_METRIC: Final = ColleagueNotice.facts["metric"].astext


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something to be told. ``key`` says once of what; ``matter`` what makes it old again.

    ``queue_id`` and ``location_id`` are those of the thing: who does not see them is not told.
    """

    rule: Rule
    key: str
    matter: str
    path: str
    facts: Mapping[str, Any]
    case_id: int | None = None
    queue_id: int | None = None
    location_id: int | None = None


def topic(staff_id: int) -> str:
    """What the bell of a colleague listens to."""
    return f"bell:{staff_id}"


def tell(
    uow: UnitOfWork,
    fact: Fact,
    colleagues: Iterable[StaffView],
    *,
    zone: ZoneInfo,
    by: Actor | None = None,
) -> tuple[int, ...]:
    """Tell a fact to colleagues, each once, but not to who may not see it or has done it.

    Args:
        uow: the transaction of what tells it.
        fact: what is told.
        colleagues: whom it is for.
        zone: the shop's.
        by: who did it.

    Returns:
        The ids of those who are told now.
    """
    found = {
        one.id: one
        for one in colleagues
        if (by is None or staff_actor(one.id) != by)
        and may_be_told(one, fact.rule, queue_id=fact.queue_id, location_id=fact.location_id)
    }
    if not found:
        return ()
    wanted = wishes.of(uow.session, sorted(found), shop=zone)
    plans = {one: plan(fact.rule, wanted[one], now=uow.now) for one in sorted(found)}
    rows = [
        {
            "key": fact.key,
            "staff_id": one,
            "rule": fact.rule.code,
            "matter": fact.matter,
            "case_id": fact.case_id,
            "location_id": fact.location_id,
            "path": fact.path,
            "facts": dict(fact.facts),
            "at": uow.now,
            "read_in": "",
            "why": "",
            "mail_at": made.mail_at,
            "leads_at": made.leads_at,
        }
        for one, made in plans.items()
        if made is not None
    ]
    if not rows:
        return ()
    told = dict(
        uow.session.execute(
            insert(ColleagueNotice)
            .values(rows)
            .on_conflict_do_nothing(index_elements=["key", "staff_id"])
            .returning(ColleagueNotice.staff_id, ColleagueNotice.id)
        ).all()
    )
    if told and fact.rule.about:
        _outdate(
            uow,
            End.REPLACED,
            ColleagueNotice.matter == fact.matter,
            ColleagueNotice.rule.in_(alike(fact.rule)),
            _METRIC.is_not_distinct_from(fact.facts.get("metric")),
            ColleagueNotice.staff_id.in_(told),
            ColleagueNotice.id.not_in(told.values()),
        )
    for one in sorted(told):
        uow.touch(topic(one))
    return tuple(sorted(told))


def outdate(
    uow: UnitOfWork, end: End, matter: str, *, but: int | None = None, metric: str = ""
) -> None:
    """What is unread of a matter is old, where ``end`` is what its rule waits for.

    Args:
        uow: the transaction.
        end: what happened.
        matter: to what.
        but: a colleague for whom it is not old.
        metric: a target of answer times that this does not end.
    """
    which = [ColleagueNotice.matter == matter, ColleagueNotice.rule.in_(ended_by(end))]
    if but is not None:
        which.append(ColleagueNotice.staff_id != but)
    if metric:
        which.append(_METRIC.is_distinct_from(metric))
    _outdate(uow, end, *which)


# Reading


def read(uow: UnitOfWork, staff_id: int, notice_ids: Collection[int]) -> int:
    """Somebody has looked at some of their notices; how many were unread."""
    return _read(uow, staff_id, "", ColleagueNotice.id.in_(sorted(notice_ids)))


def read_one(uow: UnitOfWork, staff_id: int, notice_id: int) -> tuple[int, str]:
    """Somebody says that they have read one; how many were unread, and the press that did it."""
    press = ids.token()
    return _read(uow, staff_id, press, ColleagueNotice.id == notice_id), press


def read_all(uow: UnitOfWork, staff_id: int, *, up_to: int) -> tuple[int, str]:
    """Somebody has seen all up to one notice; how many were unread, and the press that did it."""
    press = ids.token()
    done = _read(uow, staff_id, press, ColleagueNotice.id <= up_to)
    return done, press


def read_at(uow: UnitOfWork, staff_id: int, path: str) -> int:
    """Somebody has opened the page that some of their notices are about; how many were unread.

    What the list *For me* says of a case is read with what was told of it.
    """
    which = ColleagueNotice.staff_id == staff_id, ColleagueNotice.path == path, _OPEN
    case_ids = set(uow.session.scalars(select(ColleagueNotice.case_id).where(*which)))
    for case_id in sorted(one for one in case_ids if one is not None):
        watching.read_news(uow, staff_id, up_to=_ALL, case_id=case_id)
    return _read(uow, staff_id, "", ColleagueNotice.path == path)


def read_mentions(uow: UnitOfWork, staff_id: int) -> int:
    """Somebody has read their list *For me*: what calls they saw there; how many were unread."""
    query = select(ColleagueNotice.id, ColleagueNotice.key).where(
        ColleagueNotice.staff_id == staff_id, ColleagueNotice.rule == MENTIONED.code, _OPEN
    )
    notes = {int(row.key.rpartition(":")[2]): row.id for row in uow.session.execute(query)}
    seen = together.seen(uow.session, staff_id, sorted(notes)) if notes else frozenset()
    return read(uow, staff_id, [notes[one] for one in seen]) if seen else 0


def take_back(uow: UnitOfWork, staff_id: int, press: str) -> int:
    """What one press marked as read is unread again; done twice, it is so once.

    What was opened since, or marked long ago, stays read.
    """
    if not press:
        return 0
    done = uow.session.execute(
        update(ColleagueNotice)
        .where(
            ColleagueNotice.staff_id == staff_id,
            ColleagueNotice.read_in == press,
            ColleagueNotice.read_at > uow.now - UNDO_WITHIN,
        )
        .values(read_at=None, read_in="")
        .execution_options(synchronize_session=False)
    )
    uow.touch(topic(staff_id))
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it


# Inside


def _read(uow: UnitOfWork, staff_id: int, press: str, *which: ColumnElement[bool]) -> int:
    done = uow.session.execute(
        update(ColleagueNotice)
        .where(
            ColleagueNotice.staff_id == staff_id,
            _OPEN,
            *which,
        )
        .values(read_at=uow.now, read_in=press)
        .execution_options(synchronize_session=False)
    )
    count = int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has it
    if count:
        uow.touch(topic(staff_id))
    return count


def _outdate(uow: UnitOfWork, end: End, *which: ColumnElement[bool]) -> None:
    done = uow.session.scalars(
        update(ColleagueNotice)
        .where(_OPEN, *which)
        .values(old_at=uow.now, why=str(end))
        .returning(ColleagueNotice.staff_id)
        .execution_options(synchronize_session=False)
    )
    for one in sorted(set(done)):
        uow.touch(topic(one))
