"""Counting figures, from the rows of facts and what the house below knows. Nothing is written."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Integer,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from cases.after import counted
from cases.models import Case
from cases.reports.figures import (
    OF_TALKS,
    TIMES,
    By,
    Count,
    Figure,
    Line,
    Measured,
    Rate,
    Satisfied,
    Share,
    Spread,
    Wanted,
)
from cases.reports.models import CaseFact, CaseSpan
from cases.sla.clocks import Metric
from oms_service.conversations import talks
from oms_service.infra.db import UtcTime
from oms_service.infra.hot import Hot, among, named
from oms_service.orders import counting
from oms_service.payments import cycle
from oms_service.shipping import slips

Reader = Connection | Session
#: A figure of each key.
Found = Mapping[str, Mapping[Figure, Measured]]

_EVERY: Final = frozenset(Figure)
_SPANS: Final = {
    Metric.FIRST_RESPONSE: Figure.FIRST_RESPONSE,
    Metric.NEXT_RESPONSE: Figure.NEXT_RESPONSE,
    Metric.RESOLUTION: Figure.RESOLUTION,
}
_HALF, _MOST = 0.5, 0.9
#: What the days before are counted under, where they are counted together with those asked for.
_BEFORE: Final = "before"
#: So many statements are kept built; there is one for each figure, split and set of filters.
_KEPT: Final = 512
_START, _SINCE, _UNTIL, _AT = (
    bindparam(name, type_=UtcTime) for name in ("start", "since", "until", "at")
)


def report(
    reader: Reader,
    wanted: Wanted,
    *,
    now: datetime,
    by: By | None = None,
    figures: Collection[Figure] = _EVERY,
) -> tuple[Line, ...]:
    """The figures of a period: everything together, or split; each is one query or none.

    Args:
        reader: sees committed rows.
        wanted: which days and which cases.
        now: what has not happened by then does not count.
        by: what to split by; None for one line of everything.
        figures: those that are wanted.

    Returns:
        Days and weeks in order, those without anything left out; else what happened most first.
        Without a split always one line.
    """
    lines = _counted(_Asked(reader, wanted, now, frozenset(figures), by), () if by else ("",))
    if by in TIMES:
        return tuple(sorted(lines, key=lambda one: one.key))
    return tuple(sorted(lines, key=lambda one: (-one.weight, one.key)))


def compared(
    reader: Reader, wanted: Wanted, *, now: datetime, figures: Collection[Figure] = _EVERY
) -> tuple[Line, Line]:
    """The figures of a period, and of as many days before it; both are counted together."""
    asked = _Asked(reader, wanted, now, frozenset(figures), compares=True)
    found = {one.key: one for one in _counted(asked, ("", _BEFORE))}
    return found[""], Line("", found[_BEFORE].figures)


def has_any(reader: Reader) -> bool:
    """Whether there is a case at all."""
    return _ANY.first(reader) is not None


_ANY: Final = named(select(CaseFact.case_id).limit(1))


def _counted(asked: "_Asked", keys: Sequence[str]) -> list[Line]:
    """What was asked, a line for each key that has something, and for these in any case."""
    lines: dict[str, dict[Figure, Measured]] = {key: {} for key in keys}
    for names, count in _COUNTED:
        if names & asked.figures:
            for key, some in count(asked).items():
                kept = {name: one for name, one in some.items() if name in asked.figures}
                if kept:
                    lines.setdefault(key, {}).update(kept)
    return [Line(key, some) for key, some in lines.items()]


@dataclass(frozen=True)
class _Shape:
    """How statements are put together, whatever days and values are asked for.

    ``narrows`` are the filters that are given; ``compares``: what was before ``start`` counts
    under ``_BEFORE``; ``sorts``: times are wanted, whose medians cost sorting.
    """

    by: By | None
    narrows: frozenset[str]
    compares: bool
    sorts: bool

    def called(self, at: Any) -> ColumnElement[str] | None:
        """What a row is called by its moment; None where that says nothing."""
        if self.compares:
            return case((at >= _START, ""), else_=_BEFORE)
        return self.moment(at) if self.by in TIMES else None

    def which(self, agent: Any = CaseFact.assignee_id) -> list[ColumnElement[bool]]:
        """The filters; ``agent`` is whom a row counts for."""
        filters = {
            "queue_ids": CaseFact.queue_id == among("queue_ids"),
            "queue_id": CaseFact.queue_id == bindparam("queue_id"),
            "agent_id": agent == bindparam("agent_id"),
            "channel": CaseFact.channel == bindparam("channel"),
            "reason": CaseFact.reason == bindparam("reason"),
            "language": CaseFact.language == bindparam("language"),
            "tag_id": bindparam("tag_id", type_=Integer) == func.any(CaseFact.tags),
        }
        return [
            CaseFact.is_counted.is_(True),
            *(one for name, one in filters.items() if name in self.narrows),
        ]

    def key(
        self, at: Any, rows: FromClause, agent: Any = CaseFact.assignee_id
    ) -> tuple[ColumnElement[str], FromClause]:
        """What a row is called in the split, and where rows come from for that."""
        called = self.called(at)
        if called is not None:
            return called, rows
        if self.by is None:
            return literal(""), rows
        if self.by in _MANY:
            each = func.unnest(_MANY[self.by]).table_valued("value").render_derived(name="each")
            return func.coalesce(each.c.value, ""), rows.outerjoin(each, true())
        column = agent if self.by is By.AGENT else _ONE[self.by]
        return func.coalesce(cast(column, String), ""), rows

    def moment(self, at: Any) -> ColumnElement[str]:
        local = func.timezone(bindparam("zone", type_=String), at)
        if self.by is By.WEEK:
            local = func.date_trunc("week", local)
        return func.to_char(local, "YYYY-MM-DD")

    def rows(
        self, at: Any, *columns: Any, agent: Any = None, spans: bool = False
    ) -> Select[*tuple[Any, ...]]:
        """Aggregates of facts, or of spans with them, in the period and under their keys."""
        rows: FromClause = CaseFact.__table__
        agent = CaseFact.assignee_id if agent is None else agent
        which = self.which(agent)
        if spans and self._says_all_of_spans:
            rows, which = CaseSpan.__table__, []
        elif spans:
            rows = CaseSpan.__table__.join(rows, CaseFact.case_id == CaseSpan.case_id)
        key, rows = self.key(at, rows, agent)
        return (
            select(key.label("key"), *columns)
            .select_from(rows)
            .where(at >= _SINCE, at < _UNTIL, *which)
            .group_by("key")
        )

    @property
    def _says_all_of_spans(self) -> bool:
        """Whether spans know all that is asked; they are kept of cases that are counted only."""
        return not self.narrows and self.by in {None, By.AGENT, *TIMES}

    def cases(self) -> Subquery | None:
        """Cases with their keys, to count what others keep of them; None where all count alike."""
        if self.by is None and not self.narrows:
            return None
        key, rows = replace(self, compares=False).key(CaseFact.opened_at, CaseFact.__table__)
        return (
            select(CaseFact.case_id, key.label("key"))
            .select_from(rows)
            .where(*self.which())
            .subquery()
        )

    def labels(self) -> Subquery | None:
        """What all orders are called by themselves, by carrier and product."""
        if self.by is By.CARRIER:
            return slips.carriers()
        return counting.skus() if self.by is By.SKU else None

    def orders(self) -> Subquery | None:
        """Orders with their keys; by carrier and product all orders, else those with such cases."""
        mine, labels = self.cases(), self.labels()
        if labels is None:
            if mine is None:
                return None
            return (
                select(Case.order_id, mine.c.key)
                .join(mine, mine.c.case_id == Case.id)
                .where(Case.order_id.is_not(None))
                .distinct()
                .subquery()
            )
        if not self.narrows or mine is None:
            return labels
        only = select(Case.order_id).join(mine, mine.c.case_id == Case.id)
        return select(labels.c.order_id, labels.c.key).where(labels.c.order_id.in_(only)).subquery()


class _Asked:
    """One question: the shape of its statements, and the values they are given."""

    def __init__(
        self,
        reader: Reader,
        wanted: Wanted,
        now: datetime,
        figures: frozenset[Figure],
        by: By | None = None,
        *,
        compares: bool = False,
    ) -> None:
        self.reader, self.figures, self.by = reader, figures, by
        start, end = wanted.period.start, wanted.period.end
        filters = {
            "queue_ids": sorted(wanted.queue_ids) or None,
            "queue_id": wanted.queue_id,
            "agent_id": wanted.agent_id,
            "channel": wanted.channel or None,
            "reason": wanted.reason or None,
            "language": wanted.language,
            "tag_id": wanted.tag_id,
        }
        self.narrows = frozenset(name for name, one in filters.items() if one is not None)
        self.shape = _Shape(by, self.narrows, compares, not figures.isdisjoint(_SPANS.values()))
        self.given: dict[str, object] = filters | {
            "start": start,
            "since": wanted.before().period.start if compares else start,
            "until": end,
            "zone": wanted.period.zone.key,
        }
        #: When the time ends that is counted under a key, or now while it is not over.
        self.ends = {"": min(end, now)} | ({_BEFORE: min(start, now)} if compares else {})

    def rows(self, build: "Build") -> list[Any]:
        """What the statement of this shape answers."""
        return _statement(build, self.shape).all(self.reader, **self.given)

    def by_key(self, build: "Build") -> dict[str, tuple[Any, ...]]:
        """The same of a statement whose first column is the key."""
        return {str(key): tuple(some) for key, *some in self.rows(build)}


Build = Callable[[_Shape], Select[*tuple[Any, ...]]]


@lru_cache(maxsize=_KEPT)
def _statement(build: Build, shape: _Shape) -> Hot[Any]:
    return named(build(shape))


_ONE: Final[Mapping[By, InstrumentedAttribute[Any]]] = {
    By.QUEUE: CaseFact.queue_id,
    By.CHANNEL: CaseFact.channel,
    By.REASON: CaseFact.reason,
}
_MANY: Final[Mapping[By, InstrumentedAttribute[Any]]] = {
    By.CARRIER: CaseFact.carriers,
    By.SKU: CaseFact.skus,
}


# Each figure: its statement, and what it says


def _of_opened(shape: _Shape) -> Select[*tuple[Any, ...]]:
    contacts = func.count().filter(CaseFact.is_contact.is_(True))
    return shape.rows(CaseFact.opened_at, func.count().label("many"), contacts.label("contacts"))


def _of_placed(shape: _Shape) -> Select[*tuple[Any, ...]]:
    return counting.placed(of=shape.labels(), called=shape.called)


def _opened(asked: _Asked) -> Found:
    """With the contact rate: by carrier and product of the orders with them, else of all orders."""
    rows = asked.rows(_of_opened)
    found: dict[str, dict[Figure, Measured]] = {
        row.key: {Figure.OPENED: Count(row.many)} for row in rows
    }
    if Figure.CONTACT_RATE in asked.figures and asked.by not in TIMES:
        placed = asked.by_key(_of_placed)
        is_split = asked.by is not None and asked.by not in _MANY
        for row in rows:
            (orders,) = placed.get("" if is_split else row.key, (0,))
            if row.contacts and orders:
                found[row.key][Figure.CONTACT_RATE] = Rate(row.contacts, orders)
    return found


def _of_settled(shape: _Shape) -> Select[*tuple[Any, ...]]:
    answered = and_(CaseFact.replies > 0, CaseFact.is_contact.is_(True))
    at_once = and_(answered, CaseFact.replies == 1, CaseFact.reopenings == 0)
    return shape.rows(
        CaseFact.resolved_at,
        func.count().label("many"),
        *_spread(_seconds(CaseFact.resolved_at, CaseFact.opened_at)),
        func.count().filter(answered).label("answered"),
        func.count().filter(at_once).label("at_once"),
    )


def _settled(asked: _Asked) -> Found:
    """What was settled last in the period and is so still."""
    return {
        row.key: {
            Figure.SETTLED: Count(row.many),
            Figure.TO_SETTLING: Spread(row.many, row.half, row.most),
            **({Figure.ONE_TOUCH: Share(row.at_once, row.answered)} if row.answered else {}),
        }
        for row in asked.rows(_of_settled)
    }


def _of_reopened(shape: _Shape) -> Select[*tuple[Any, ...]]:
    return shape.rows(
        CaseFact.first_resolved_at,
        func.count().label("whole"),
        func.count().filter(CaseFact.reopenings > 0).label("part"),
    )


def _reopened(asked: _Asked) -> Found:
    return {
        row.key: {Figure.REOPENED: Share(row.part, row.whole)} for row in asked.rows(_of_reopened)
    }


def _of_routing(shape: _Shape) -> Select[*tuple[Any, ...]]:
    took = _seconds(CaseFact.first_assigned_at, CaseFact.opened_at)
    return shape.rows(CaseFact.first_assigned_at, func.count().label("many"), *_spread(took))


def _routing(asked: _Asked) -> Found:
    return {
        row.key: {Figure.ROUTING: Spread(row.many, row.half, row.most)}
        for row in asked.rows(_of_routing)
    }


def _of_answers(shape: _Shape) -> Select[*tuple[Any, ...]]:
    done = CaseSpan.is_done.is_(True)
    spreads = (
        *_spread(CaseSpan.calendar_s, where=done),
        *_spread(CaseSpan.business_s, where=done, prefix="business_"),
    )
    return shape.rows(
        CaseSpan.ended_at,
        CaseSpan.metric,
        func.count().filter(done).label("many"),
        *(spreads if shape.sorts else ()),
        func.count(CaseSpan.is_kept).label("judged"),
        func.count().filter(CaseSpan.is_kept.is_(True)).label("kept"),
        agent=CaseSpan.staff_id,
        spans=True,
    ).group_by(CaseSpan.metric)


def _answers(asked: _Asked) -> Found:
    """First and next answers and settlings, and how many of all waits were within their target."""
    found: dict[str, dict[Figure, Measured]] = {}
    for row in asked.rows(_of_answers):
        of = found.setdefault(row.key, {})
        if asked.shape.sorts and row.many and row.metric in _SPANS:
            of[_SPANS[row.metric]] = Spread(
                row.many, row.half, row.most, row.business_half, row.business_most
            )
        if row.judged:
            before = of.get(Figure.IN_TIME)
            part, whole = (before.part, before.whole) if isinstance(before, Share) else (0, 0)
            of[Figure.IN_TIME] = Share(part + row.kept, whole + row.judged)
    return found


def _of_backlog(shape: _Shape) -> Select[*tuple[Any, ...]]:
    key, rows = shape.key(CaseFact.opened_at, CaseFact.__table__)
    return (
        select(
            key.label("key"),
            func.count().label("many"),
            *_spread(_seconds(_AT, CaseFact.opened_at)),
        )
        .select_from(rows)
        .where(
            CaseFact.opened_at < _AT,
            or_(CaseFact.resolved_at.is_(None), CaseFact.resolved_at >= _AT),
            *shape.which(),
        )
        .group_by("key")
    )


def _backlog(asked: _Asked) -> Found:
    """What is open at the end of the period, or now while it is not over, and how old it is."""
    if asked.by in TIMES:
        return {}
    query = _statement(_of_backlog, replace(asked.shape, compares=False))
    return {
        under or row.key: {Figure.BACKLOG: Spread(row.many, row.half, row.most)}
        for under, at in asked.ends.items()
        for row in query.all(asked.reader, **asked.given, at=at)
    }


def _of_satisfaction(shape: _Shape) -> Select[*tuple[Any, ...]]:
    return counted.given_scores(of=shape.cases(), called=shape.called)


def _satisfaction(asked: _Asked) -> Found:
    if asked.by in TIMES:
        return {}
    return {
        key: {Figure.SATISFACTION: Satisfied(good, count, total)}
        for key, (count, good, total) in asked.by_key(_of_satisfaction).items()
    }


def _of_refund_cycle(shape: _Shape) -> Select[*tuple[Any, ...]]:
    return cycle.refunds(of=shape.orders(), called=shape.called)


def _refund_cycle(asked: _Asked) -> Found:
    if asked.by in TIMES:
        return {}
    found = asked.by_key(_of_refund_cycle)
    return {key: {Figure.REFUND_CYCLE: Spread(*one)} for key, one in found.items()}


def _of_promise_slip(shape: _Shape) -> Select[*tuple[Any, ...]]:
    return slips.slips(of=shape.orders(), called=shape.called)


def _promise_slip(asked: _Asked) -> Found:
    if asked.by in TIMES:
        return {}
    found = asked.by_key(_of_promise_slip)
    return {key: {Figure.PROMISE_SLIP: Spread(*one)} for key, one in found.items()}


def _of_containment(shape: _Shape) -> Select[*tuple[Any, ...]]:
    talk = talks.with_bot(since=_SINCE, until=_UNTIL)
    key = talk.c.channel if shape.by is By.CHANNEL else shape.called(talk.c.at)
    has_case = select(Case.id).where(Case.conversation_id == talk.c.id).exists()
    return (
        select(
            (literal("") if key is None else key).label("key"),
            func.count().label("whole"),
            func.count().filter(~has_case).label("part"),
        )
        .select_from(talk)
        .where(
            talk.c.channel == bindparam("channel") if "channel" in shape.narrows else true(),
            talk.c.language == bindparam("language") if "language" in shape.narrows else true(),
        )
        .group_by("key")
    )


def _containment(asked: _Asked) -> Found:
    """Of conversations there is a channel and a language; asked for more, there is no figure."""
    if asked.by is not None and asked.by not in OF_TALKS:
        return {}
    if asked.narrows - {"channel", "language"}:
        return {}
    return {
        row.key: {Figure.CONTAINMENT: Share(row.part, row.whole)}
        for row in asked.rows(_of_containment)
    }


def _seconds(later: Any, sooner: Any) -> ColumnElement[Any]:
    # EXTRACT answers a numeric, which is many times slower to sort than a float.
    return cast(func.extract("epoch", later - sooner), Float)


def _spread(
    value: Any, *, where: ColumnElement[bool] | None = None, prefix: str = ""
) -> tuple[ColumnElement[Any], ...]:
    kept = value if where is None else case((where, value), else_=None)
    return tuple(
        func.percentile_cont(part).within_group(kept).label(f"{prefix}{name}")
        for part, name in ((_HALF, "half"), (_MOST, "most"))
    )


_COUNTED: Final[tuple[tuple[frozenset[Figure], Callable[[_Asked], Found]], ...]] = (
    (frozenset({Figure.OPENED, Figure.CONTACT_RATE}), _opened),
    (frozenset({Figure.SETTLED, Figure.TO_SETTLING, Figure.ONE_TOUCH}), _settled),
    (frozenset({Figure.REOPENED}), _reopened),
    (frozenset({Figure.ROUTING}), _routing),
    (frozenset({*_SPANS.values(), Figure.IN_TIME}), _answers),
    (frozenset({Figure.BACKLOG}), _backlog),
    (frozenset({Figure.SATISFACTION}), _satisfaction),
    (frozenset({Figure.REFUND_CYCLE}), _refund_cycle),
    (frozenset({Figure.PROMISE_SLIP}), _promise_slip),
    (frozenset({Figure.CONTAINMENT}), _containment),
)
