"""Outbox -> reactions, in the database's own transactions; outbox -> effects, by the queue."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final, NamedTuple
from uuid import UUID
from zlib import crc32

import structlog
from sqlalchemy import bindparam, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased
from structlog.contextvars import bound_contextvars

from oms_service.infra import fallout
from oms_service.infra.db import Database, is_in_the_way
from oms_service.infra.fallout import FalloutKind
from oms_service.infra.hot import Hot
from oms_service.infra.outbox import Delivery, DeliveryState, EffectRow, OutboxRow
from oms_service.infra.queues import Jobs
from oms_service.infra.subscribers import NotNow, Outside, Reaction, Subscribers
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.clock import Clock
from oms_service.kernel.events import Event, decode
from oms_service.ports.registry import Adapters

log = structlog.get_logger(__name__)

OpenUnitOfWork = Callable[..., AbstractContextManager[UnitOfWork]]

#: Waits before the second, third, ... try; after the last one a failed step is fallout.
BACKOFF_S: Final = (1, 5, 30, 120, 600)
#: An effect waits up to a quarter less, so that what failed together does not come back together.
JITTER: Final = 0.25
#: How long a queued effect may stay unstarted before it is sent again.
RESEND: Final = timedelta(seconds=15)
#: A reaction waits this long for rows that others hold, well under the second after which
#: PostgreSQL ends one of two that wait for each other: the relay gives way, people never do.
_PATIENCE: Final = text("SET LOCAL lock_timeout = '200ms'")
#: A batch that has taken this long is committed. With the patience above it stays well under
#: the same second: people who wait for its rows would else be ended, not the relay.
_LONGEST: Final = timedelta(milliseconds=400)
#: When an event that gave way is looked at again.
_AGAIN: Final = timedelta(milliseconds=300)


class _InTheWay(Exception):
    """Somebody holds what a reaction needs."""


#: An event's id and the reaction to it.
Step = tuple[int, str]

_done: Final = insert(Delivery)
_DONE: Final = _done.on_conflict_do_update(
    index_elements=["outbox_id", "subscriber"],
    set_={"state": _done.excluded.state, "done_at": _done.excluded.done_at},
)
_PLANNED: Final = insert(EffectRow).on_conflict_do_nothing().returning(EffectRow.id)


@dataclass(frozen=True)
class Tools:
    """What running an effect needs.

    ``lease`` is how long one run may take before another worker may try: a killed worker's
    effect comes back after it.
    """

    open_uow: OpenUnitOfWork
    subscribers: Subscribers
    clock: Clock
    database: Database
    adapters: Adapters
    lease: timedelta


@dataclass(frozen=True)
class Batch:
    """What one pass did."""

    events: int
    reactions: int
    effects: tuple[tuple[int, int], ...]


def react_once(
    open_uow: OpenUnitOfWork,
    subscribers: Subscribers,
    *,
    limit: int = 100,
    longest: timedelta = _LONGEST,
) -> Batch:
    """React to one batch of pending events, all in one transaction.

    Of each aggregate only the oldest pending event is taken, so its events stay in order
    whatever the number of relays. A failing reaction is rolled back alone. A crash before the
    commit undoes the whole batch; after it, nothing is left to repeat.

    What was done is written down at the end, in one statement a table: until then the events are
    locked, so nobody else can do it.

    A reaction that meets rows held by others ends the batch: what was done is committed, every
    lock is let go, and the rest comes soon, without counting as a failure. So does one that has
    taken ``longest``: at least one event is heard, and the rest is the next batch's.
    """
    began_s = monotonic()
    with open_uow(SYSTEM) as uow:
        uow.session.execute(_PATIENCE)
        rows = _pending(uow, limit)
        known = _known(uow, rows)
        done: list[Step] = []
        settled: list[int] = []
        heard: list[OutboxRow] = []
        gave_way = False
        for row in rows:
            if heard and monotonic() - began_s >= longest.total_seconds():
                break
            try:
                retry_in_s = _react(uow, row, subscribers, known, done)
            except _InTheWay:
                row.next_at = uow.now + _AGAIN
                gave_way = True
                break
            heard.append(row)
            if retry_in_s is None:
                settled.append(row.id)
            else:
                row.next_at = uow.now + timedelta(seconds=retry_in_s)
        _note_done(uow, done)
        _settle(uow, settled)
        planned = _plan_effects(uow, heard, subscribers)
        for witness in subscribers.witnesses if heard else ():
            witness(uow, heard)
    return Batch(len(heard) + gave_way, len(done), planned)


def send_due(open_uow: OpenUnitOfWork, jobs: Jobs, *, limit: int = 200) -> int:
    """Send effects whose time has come: retries, and those a crash kept from the queue."""
    with open_uow(SYSTEM) as uow:
        due = (
            select(EffectRow.id)
            .where(
                EffectRow.state == DeliveryState.WAITING,
                EffectRow.next_at <= uow.now,
                or_(EffectRow.leased_until.is_(None), EffectRow.leased_until < uow.now),
            )
            .order_by(EffectRow.next_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        sent = uow.session.execute(
            update(EffectRow)
            .where(EffectRow.id.in_(due.scalar_subquery()))
            .values(next_at=uow.now + RESEND)
            .returning(EffectRow.id)
        ).all()
        stamp = int(uow.now.timestamp() * 1000)
    if sent:
        jobs.put_effects([(effect_id, stamp) for (effect_id,) in sent])
    return len(sent)


def run_effect(tools: Tools, effect_id: int) -> bool:
    """Run one effect unless it is done or somebody is at it; returns whether it ran to its end."""
    open_uow = tools.open_uow
    claimed = _claim(open_uow, effect_id, tools.lease)
    if claimed is None:
        return False
    row, subscriber, attempts = claimed.event, claimed.subscriber, claimed.attempts

    def short_uow() -> AbstractContextManager[UnitOfWork]:
        return open_uow(SYSTEM, correlation_id=row.correlation_id, causation_id=row.event_id)

    try:
        effect = tools.subscribers.effects(row.name)[subscriber]
        outside = Outside(
            key=f"{row.event_id}:{subscriber}",
            event_id=row.event_id,
            clock=tools.clock,
            database=tools.database,
            adapters=tools.adapters,
            unit_of_work=short_uow,
            was_cut_off=claimed.was_cut_off,
        )
        with _named(row, effect_id=effect_id):
            effect(outside, decode(row.name, row.payload))
    except NotNow as later:
        _give_back(open_uow, effect_id, attempts, wait_s=later.wait_s)
        return False
    except Exception as error:  # noqa: BLE001 - whatever it was, it is retried and then shown
        _put_off(open_uow, effect_id, attempts, error, owner=tools.subscribers.owner(subscriber))
        return False
    with open_uow(SYSTEM) as uow:
        _ENDED.run(uow.session, effect_id=effect_id, at=uow.now)
    return True


def wait_s(effect_id: int, attempts: int) -> float | None:
    """How long an effect waits after the try of that number, the same whoever asks.

    Args:
        effect_id: draws the effect's part of the spread, anew after every try.
        attempts: made so far, from 1 on.

    Returns:
        Seconds, never more than in ``BACKOFF_S``; None when it was the last try.
    """
    if attempts > len(BACKOFF_S):
        return None
    spread = crc32(f"{effect_id}:{attempts}".encode()) / 2**32
    return BACKOFF_S[attempts - 1] * (1 - JITTER * spread)


def _pending(uow: UnitOfWork, limit: int) -> list[OutboxRow]:
    earlier = aliased(OutboxRow)
    blocked = (
        select(earlier.id)
        .where(
            earlier.aggregate == OutboxRow.aggregate,
            earlier.reacted_at.is_(None),
            earlier.id < OutboxRow.id,
        )
        .exists()
    )
    query = (
        select(OutboxRow)
        .where(
            OutboxRow.reacted_at.is_(None),
            or_(OutboxRow.next_at.is_(None), OutboxRow.next_at <= uow.now),
            ~blocked,
        )
        .order_by(OutboxRow.id)
        .limit(limit)
        .with_for_update(of=OutboxRow, skip_locked=True)
    )
    return list(uow.session.scalars(query))


def _known(uow: UnitOfWork, rows: Sequence[OutboxRow]) -> dict[Step, Delivery]:
    """What was tried before of these events."""
    ids = [row.id for row in rows]
    seen = uow.session.scalars(select(Delivery).where(Delivery.outbox_id.in_(ids))) if ids else ()
    return {(one.outbox_id, one.subscriber): one for one in seen}


def _react(
    uow: UnitOfWork,
    row: OutboxRow,
    subscribers: Subscribers,
    known: Mapping[Step, Delivery],
    done: list[Step],
) -> int | None:
    """Run what is still to run of one event, and add what ran to ``done``.

    Together first: that spares a savepoint for each. If one fails, they are run each alone.

    Returns:
        The wait in seconds until some of it is tried again; None when nothing is left to try.
    """
    ahead = _ahead(row, subscribers, known)
    error = _attempt(uow, row, list(ahead.values()))
    if error is None:
        done += [(row.id, subscriber) for subscriber in ahead]
        return None
    waits = []
    for subscriber, reaction in ahead.items():
        if len(ahead) > 1:
            error = _attempt(uow, row, [reaction])
        if error is None:
            done.append((row.id, subscriber))
            continue
        owner = subscribers.owner(subscriber)
        seen = known.get((row.id, subscriber))
        again_in_s = _note_failure(uow, row, subscriber, seen, error=error, owner=owner)
        if again_in_s is not None:
            waits.append(again_in_s)
    return max(waits, default=None)


def _ahead(
    row: OutboxRow, subscribers: Subscribers, known: Mapping[Step, Delivery]
) -> dict[str, Reaction[Event]]:
    """The reactions to an event that have neither happened nor been given up."""
    return {
        subscriber: reaction
        for subscriber, reaction in subscribers.reactions(row.name).items()
        if (seen := known.get((row.id, subscriber))) is None or seen.state is DeliveryState.WAITING
    }


def _attempt(
    uow: UnitOfWork, row: OutboxRow, reactions: Sequence[Reaction[Event]]
) -> Exception | None:
    """Reactions inside a savepoint: they are undone, and nothing else, if one fails."""
    if not reactions:
        return None
    mark = len(uow.emitted), len(uow.topics)
    try:
        with _named(row), uow.session.begin_nested():
            for reaction in reactions:
                reaction(uow.caused_by(row, SYSTEM), decode(row.name, row.payload))
    except Exception as error:
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise
        del uow.emitted[mark[0] :], uow.topics[mark[1] :]
        if is_in_the_way(error):
            raise _InTheWay from error
        return error
    return None


def _named(row: "OutboxRow | _Fact", **more: object) -> AbstractContextManager[None]:
    """Every line that is logged in here names the event, and the request it began with."""
    ids = {"event_id": str(row.event_id), "correlation_id": str(row.correlation_id)}
    return bound_contextvars(**ids, **more)


def _note_done(uow: UnitOfWork, done: Sequence[Step]) -> None:
    """Write the rows by which these reactions have happened, and never happen again."""
    if done:
        values = [
            {
                "outbox_id": outbox_id,
                "subscriber": subscriber,
                "state": DeliveryState.DONE,
                "attempts": 1,
                "done_at": uow.now,
            }
            for outbox_id, subscriber in done
        ]
        uow.session.connection().execute(_DONE, values)


def _settle(uow: UnitOfWork, outbox_ids: Sequence[int]) -> None:
    if outbox_ids:
        uow.session.connection().execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_(outbox_ids))
            .values(reacted_at=uow.now, next_at=None)
        )


def _note_failure(
    uow: UnitOfWork,
    row: OutboxRow,
    subscriber: str,
    seen: Delivery | None,
    *,
    error: Exception,
    owner: str,
) -> int | None:
    """Count the attempt; returns the wait in seconds, or None when it was the last one."""
    attempts = (seen.attempts if seen else 0) + 1
    parked = attempts > len(BACKOFF_S)
    state = DeliveryState.PARKED if parked else DeliveryState.WAITING
    cause = fallout.cause_of(error)
    log.warning("reaction.failed", subscriber=subscriber, outbox_id=row.id, cause=cause)
    uow.session.execute(
        insert(Delivery)
        .values(outbox_id=row.id, subscriber=subscriber, state=state, attempts=attempts)
        .on_conflict_do_update(
            index_elements=["outbox_id", "subscriber"],
            set_={"state": state, "attempts": attempts},
        )
    )
    if not parked:
        return BACKOFF_S[attempts - 1]
    fallout.record(
        uow,
        FalloutKind.REACTION,
        subject_id=row.id,
        step=subscriber,
        what=f"{row.name} {row.aggregate}",
        cause=cause,
        owner=owner,
        attempts=attempts,
    )
    return None


def _plan_effects(
    uow: UnitOfWork, rows: Sequence[OutboxRow], subscribers: Subscribers
) -> tuple[tuple[int, int], ...]:
    """Write down the effects of events once; returns the new ones as (id, attempt)."""
    values = [
        {
            "outbox_id": row.id,
            "subscriber": subscriber,
            "state": DeliveryState.WAITING,
            "attempts": 0,
            "next_at": uow.now + RESEND,
        }
        for row in rows
        for subscriber in subscribers.effects(row.name)
    ]
    if not values:
        return ()
    planned = uow.session.connection().execute(_PLANNED, values)
    return tuple((effect_id, 0) for (effect_id,) in planned)


class _Fact(NamedTuple):
    """The event that an effect is of."""

    event_id: UUID
    name: str
    aggregate: str
    payload: dict[str, Any]
    correlation_id: UUID


@dataclass(frozen=True)
class _Claimed:
    """An effect that is ours for as long as its lease runs."""

    event: _Fact
    subscriber: str
    attempts: int
    was_cut_off: bool


def _claim(open_uow: OpenUnitOfWork, effect_id: int, lease: timedelta) -> _Claimed | None:
    """Take the lease on an effect, or None if it is done, parked or being run.

    Whoever comes to an end, well or not, gives the lease back. One that ran out instead is of a
    run that was cut off.
    """
    with open_uow(SYSTEM) as uow:
        return _CLAIMED.first(uow.session, effect_id=effect_id, now=uow.now, until=uow.now + lease)


def _claimed(subscriber: str, attempts: int, leased_until: datetime | None, *of: Any) -> _Claimed:
    return _Claimed(_Fact(*of), subscriber, attempts, was_cut_off=leased_until is not None)


_before: Final = (
    select(
        EffectRow.id,
        EffectRow.leased_until,
        *(getattr(OutboxRow, name) for name in _Fact._fields),
    )
    .join(OutboxRow, OutboxRow.id == EffectRow.outbox_id)
    .where(
        EffectRow.id == bindparam("effect_id"),
        EffectRow.state == DeliveryState.WAITING,
        or_(EffectRow.leased_until.is_(None), EffectRow.leased_until < bindparam("now")),
    )
    .with_for_update(of=EffectRow)
    .cte("before")
)
_CLAIMED: Final[Hot[_Claimed]] = Hot(
    update(EffectRow)
    .where(EffectRow.id == _before.c.id)
    .values(leased_until=bindparam("until"), attempts=EffectRow.attempts + 1)
    .returning(
        EffectRow.subscriber,
        EffectRow.attempts,
        _before.c.leased_until,
        *(_before.c[name] for name in _Fact._fields),
    ),
    _claimed,
)
_ENDED: Final = Hot(
    update(EffectRow)
    .where(EffectRow.id == bindparam("effect_id"))
    .values(state=DeliveryState.DONE, done_at=bindparam("at"), leased_until=None),
    tuple,
)


def _give_back(open_uow: OpenUnitOfWork, effect_id: int, attempts: int, *, wait_s: float) -> None:
    """Let go of an effect that has not begun; those that wait together come back apart."""
    spread = 1 + JITTER * crc32(f"{effect_id}".encode()) / 2**32
    with open_uow(SYSTEM) as uow:
        uow.session.execute(
            update(EffectRow)
            .where(
                EffectRow.id == effect_id,
                EffectRow.state == DeliveryState.WAITING,
                EffectRow.attempts == attempts,
            )
            .values(
                attempts=attempts - 1,
                leased_until=None,
                next_at=uow.now + timedelta(seconds=wait_s * spread),
            )
        )


def _put_off(
    open_uow: OpenUnitOfWork, effect_id: int, attempts: int, error: Exception, *, owner: str
) -> None:
    cause = fallout.cause_of(error)
    log.warning("effect.failed", effect_id=effect_id, attempts=attempts, cause=cause)
    again_in_s = wait_s(effect_id, attempts)
    parked = again_in_s is None
    with open_uow(SYSTEM) as uow:
        row = uow.session.get_one(EffectRow, effect_id, with_for_update=True)
        if row.state is not DeliveryState.WAITING or row.attempts != attempts:
            return  # the lease ran out, and whoever took it over knows better
        row.leased_until = None
        row.state = DeliveryState.PARKED if parked else DeliveryState.WAITING
        row.next_at = uow.now + timedelta(seconds=again_in_s or 0)
        if parked:
            event = uow.session.get_one(OutboxRow, row.outbox_id)
            fallout.record(
                uow,
                FalloutKind.EFFECT,
                subject_id=row.id,
                step=row.subscriber,
                what=f"{event.name} {event.aggregate}",
                cause=cause,
                owner=owner,
                attempts=attempts,
            )
