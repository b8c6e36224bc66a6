"""Counting figures, from the rows of facts and what the house below knows. Nothing is written."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    FromClause,
    Select,
    String,
    Subquery,
    and_,
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
    asked = _Asked(reader, wanted, now, by, frozenset(figures))
    lines: dict[str, dict[Figure, Measured]] = {} if by else {"": {}}
    for names, count in _COUNTED:
        if names & asked.figures:
            for key, some in count(asked).items():
                kept = {name: one for name, one in some.items() if name in asked.figures}
                if kept:
                    lines.setdefault(key, {}).update(kept)
    found = [Line(key, some) for key, some in lines.items()]
    if by in TIMES:
        return tuple(sorted(found, key=lambda one: one.key))
    return tuple(sorted(found, key=lambda one: (-one.weight, one.key)))


def has_any(reader: Reader) -> bool:
    """Whether there is a case at all."""
    return reader.execute(select(CaseFact.case_id).limit(1)).first() is not None


class _Asked:
    """One question, and how rows are chosen and named for it."""

    def __init__(
        self,
        reader: Reader,
        wanted: Wanted,
        now: datetime,
        by: By | None,
        figures: frozenset[Figure],
    ) -> None:
        self.reader, self.wanted, self.now, self.by = reader, wanted, now, by
        self.figures = figures
        self.start, self.end = wanted.period.start, wanted.period.end

    def within(self, at: Any) -> ColumnElement[bool]:
        return and_(at >= self.start, at < self.end)

    def which(self, agent: Any = CaseFact.assignee_id) -> list[ColumnElement[bool]]:
        """The filters; ``agent`` is whom a row counts for."""
        wanted = self.wanted
        found: list[ColumnElement[bool]] = [CaseFact.is_counted.is_(True)]
        if wanted.queue_ids:
            found.append(CaseFact.queue_id.in_(wanted.queue_ids))
        if wanted.queue_id is not None:
            found.append(CaseFact.queue_id == wanted.queue_id)
        if wanted.agent_id is not None:
            found.append(agent == wanted.agent_id)
        if wanted.channel:
            found.append(CaseFact.channel == wanted.channel)
        if wanted.reason:
            found.append(CaseFact.reason == wanted.reason)
        if wanted.language is not None:
            found.append(CaseFact.language == wanted.language)
        if wanted.tag_id is not None:
            found.append(literal(wanted.tag_id) == func.any(CaseFact.tags))
        return found

    def key(
        self, at: Any, rows: FromClause, agent: Any = CaseFact.assignee_id
    ) -> tuple[ColumnElement[str], FromClause]:
        """What a row is called in the split, and where rows come from for that."""
        if self.by is None:
            return literal(""), rows
        if self.by in TIMES:
            return self.moment(at), rows
        if self.by in _MANY:
            each = func.unnest(_MANY[self.by]).table_valued("value").render_derived(name="each")
            return func.coalesce(each.c.value, ""), rows.outerjoin(each, true())
        column = agent if self.by is By.AGENT else _ONE[self.by]
        return func.coalesce(cast(column, String), ""), rows

    def moment(self, at: Any) -> ColumnElement[str]:
        local = func.timezone(self.wanted.period.zone.key, at)
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
            .where(self.within(at), *which)
            .group_by("key")
        )

    @property
    def _says_all_of_spans(self) -> bool:
        """Whether spans know all that is asked; they are kept of cases that are counted only."""
        return not self.wanted.is_narrowed and self.by in {None, By.AGENT, *TIMES}

    def cases(self) -> Subquery | None:
        """Cases with their keys, to count what others keep of them; None where all count alike."""
        if self.by is None and not self.wanted.is_narrowed:
            return None
        key, rows = self.key(CaseFact.opened_at, CaseFact.__table__)
        return (
            select(CaseFact.case_id, key.label("key"))
            .select_from(rows)
            .where(*self.which())
            .subquery()
        )

    def orders(self) -> Subquery | None:
        """Orders with their keys; by carrier and product all orders, else those with such cases."""
        mine = self.cases()
        labels = slips.carriers() if self.by is By.CARRIER else None
        labels = counting.skus() if self.by is By.SKU else labels
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
        if not self.wanted.is_narrowed or mine is None:
            return labels
        only = select(Case.order_id).join(mine, mine.c.case_id == Case.id)
        return select(labels.c.order_id, labels.c.key).where(labels.c.order_id.in_(only)).subquery()


_ONE: Final[Mapping[By, InstrumentedAttribute[Any]]] = {
    By.QUEUE: CaseFact.queue_id,
    By.CHANNEL: CaseFact.channel,
    By.REASON: CaseFact.reason,
}
_MANY: Final[Mapping[By, InstrumentedAttribute[Any]]] = {
    By.CARRIER: CaseFact.carriers,
    By.SKU: CaseFact.skus,
}


# Each figure


def _opened(asked: _Asked) -> Found:
    rows = asked.reader.execute(asked.rows(CaseFact.opened_at, func.count().label("many")))
    return {row.key: {Figure.OPENED: Count(row.many)} for row in rows}


def _settled(asked: _Asked) -> Found:
    """What was settled last in the period and is so still."""
    took = _seconds(CaseFact.resolved_at, CaseFact.opened_at)
    answered = and_(CaseFact.replies > 0, CaseFact.is_contact.is_(True))
    at_once = and_(answered, CaseFact.replies == 1, CaseFact.reopenings == 0)
    rows = asked.reader.execute(
        asked.rows(
            CaseFact.resolved_at,
            func.count().label("many"),
            *_spread(took),
            func.count().filter(answered).label("answered"),
            func.count().filter(at_once).label("at_once"),
        )
    )
    return {
        row.key: {
            Figure.SETTLED: Count(row.many),
            Figure.TO_SETTLING: Spread(row.many, row.half, row.most),
            **({Figure.ONE_TOUCH: Share(row.at_once, row.answered)} if row.answered else {}),
        }
        for row in rows
    }


def _reopened(asked: _Asked) -> Found:
    rows = asked.reader.execute(
        asked.rows(
            CaseFact.first_resolved_at,
            func.count().label("whole"),
            func.count().filter(CaseFact.reopenings > 0).label("part"),
        )
    )
    return {row.key: {Figure.REOPENED: Share(row.part, row.whole)} for row in rows}


def _routing(asked: _Asked) -> Found:
    took = _seconds(CaseFact.first_assigned_at, CaseFact.opened_at)
    rows = asked.reader.execute(
        asked.rows(CaseFact.first_assigned_at, func.count().label("many"), *_spread(took))
    )
    return {row.key: {Figure.ROUTING: Spread(row.many, row.half, row.most)} for row in rows}


def _answers(asked: _Asked) -> Found:
    """First and next answers and settlings, and how many of all waits were within their target."""
    done = CaseSpan.is_done.is_(True)
    # Sorting for medians is what costs, and charts of shares want none.
    sorts = not asked.figures.isdisjoint(_SPANS.values())
    spreads = (
        *_spread(CaseSpan.calendar_s, where=done),
        *_spread(CaseSpan.business_s, where=done, prefix="business_"),
    )
    rows = asked.reader.execute(
        asked.rows(
            CaseSpan.ended_at,
            CaseSpan.metric,
            func.count().filter(done).label("many"),
            *(spreads if sorts else ()),
            func.count(CaseSpan.is_kept).label("judged"),
            func.count().filter(CaseSpan.is_kept.is_(True)).label("kept"),
            agent=CaseSpan.staff_id,
            spans=True,
        ).group_by(CaseSpan.metric)
    )
    found: dict[str, dict[Figure, Measured]] = {}
    for row in rows:
        of = found.setdefault(row.key, {})
        if sorts and row.many and row.metric in _SPANS:
            of[_SPANS[row.metric]] = Spread(
                row.many, row.half, row.most, row.business_half, row.business_most
            )
        if row.judged:
            before = of.get(Figure.IN_TIME)
            part, whole = (before.part, before.whole) if isinstance(before, Share) else (0, 0)
            of[Figure.IN_TIME] = Share(part + row.kept, whole + row.judged)
    return found


def _backlog(asked: _Asked) -> Found:
    """What is open at the end of the period, or now while it is not over, and how old it is."""
    if asked.by in TIMES:
        return {}
    at = min(asked.end, asked.now)
    key, rows = asked.key(CaseFact.opened_at, CaseFact.__table__)
    query = (
        select(
            key.label("key"),
            func.count().label("many"),
            *_spread(_seconds(literal(at), CaseFact.opened_at)),
        )
        .select_from(rows)
        .where(
            CaseFact.opened_at < at,
            or_(CaseFact.resolved_at.is_(None), CaseFact.resolved_at >= at),
            *asked.which(),
        )
        .group_by("key")
    )
    return {
        row.key: {Figure.BACKLOG: Spread(row.many, row.half, row.most)}
        for row in asked.reader.execute(query)
    }


def _satisfaction(asked: _Asked) -> Found:
    if asked.by in TIMES:
        return {}
    found = counted.scores(asked.reader, since=asked.start, until=asked.end, of=asked.cases())
    return {
        key: {Figure.SATISFACTION: Satisfied(good, count, total)}
        for key, (count, good, total) in found.items()
    }


def _contact_rate(asked: _Asked) -> Found:
    """By carrier and product against the orders with them, else against all orders."""
    if asked.by in TIMES:
        return {}
    query = asked.rows(CaseFact.opened_at, func.count().label("many")).where(
        CaseFact.is_contact.is_(True)
    )
    contacts = {row.key: row.many for row in asked.reader.execute(query)}
    labels = slips.carriers() if asked.by is By.CARRIER else None
    labels = counting.skus() if asked.by is By.SKU else labels
    placed = counting.placed(asked.reader, since=asked.start, until=asked.end, of=labels)
    of = {key: placed.get("" if labels is None else key, 0) for key in contacts}
    return {
        key: {Figure.CONTACT_RATE: Rate(count, of[key])}
        for key, count in contacts.items()
        if of[key]
    }


def _refund_cycle(asked: _Asked) -> Found:
    if asked.by in TIMES:
        return {}
    found = cycle.refunds(asked.reader, since=asked.start, until=asked.end, of=asked.orders())
    return {key: {Figure.REFUND_CYCLE: Spread(*one)} for key, one in found.items()}


def _promise_slip(asked: _Asked) -> Found:
    if asked.by in TIMES:
        return {}
    found = slips.slips(asked.reader, since=asked.start, until=asked.end, of=asked.orders())
    return {key: {Figure.PROMISE_SLIP: Spread(*one)} for key, one in found.items()}


def _containment(asked: _Asked) -> Found:
    """Of conversations there is a channel and a language; asked for more, there is no figure."""
    wanted = asked.wanted
    if asked.by is not None and asked.by not in OF_TALKS:
        return {}
    if any((wanted.queue_ids, wanted.queue_id, wanted.agent_id, wanted.reason, wanted.tag_id)):
        return {}
    talk = talks.with_bot(since=asked.start, until=asked.end)
    key: ColumnElement[str] = literal("")
    if asked.by is By.CHANNEL:
        key = talk.c.channel
    elif asked.by is not None:
        key = asked.moment(talk.c.at)
    has_case = select(Case.id).where(Case.conversation_id == talk.c.id).exists()
    rows = asked.reader.execute(
        select(
            key.label("key"),
            func.count().label("whole"),
            func.count().filter(~has_case).label("part"),
        )
        .select_from(talk)
        .where(
            talk.c.channel == wanted.channel if wanted.channel else true(),
            talk.c.language == wanted.language if wanted.language else true(),
        )
        .group_by("key")
    )
    return {row.key: {Figure.CONTAINMENT: Share(row.part, row.whole)} for row in rows}


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
    (frozenset({Figure.OPENED}), _opened),
    (frozenset({Figure.SETTLED, Figure.TO_SETTLING, Figure.ONE_TOUCH}), _settled),
    (frozenset({Figure.REOPENED}), _reopened),
    (frozenset({Figure.ROUTING}), _routing),
    (frozenset({*_SPANS.values(), Figure.IN_TIME}), _answers),
    (frozenset({Figure.BACKLOG}), _backlog),
    (frozenset({Figure.SATISFACTION}), _satisfaction),
    (frozenset({Figure.CONTACT_RATE}), _contact_rate),
    (frozenset({Figure.REFUND_CYCLE}), _refund_cycle),
    (frozenset({Figure.PROMISE_SLIP}), _promise_slip),
    (frozenset({Figure.CONTAINMENT}), _containment),
)
