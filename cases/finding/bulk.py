"""Something done with many cases: chosen, looked at, started, then done one case at a time.

Each case is a transaction of its own, in which its item is marked as done: a worker that dies,
or two at once, do no case twice. What a case refuses is kept beside it, and the others go on.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, delete, exists, func, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from cases import holding, service
from cases.finding import putting_back
from cases.finding.events import CaseBulkStarted
from cases.finding.models import Bulk, BulkItem
from cases.finding.states import BulkAction, BulkState, ItemState
from cases.models import Case
from cases.states import ACTIVE, CaseState, Priority
from cases.taxonomy import queries as taxonomy
from cases.taxonomy import sorting, tags
from cases.taxonomy.policy import tag_of
from cases.taxonomy.sorting import Sorting
from cases.words import CHOSEN
from cases.writing import answering
from oms_service.access import queries as access
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids, pages
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError, IllegalTransition, Invalid, NotFound
from oms_service.kernel.pages import Page

Reader = Connection | Session
Given = Mapping[str, str]

#: As many cases as one bulk takes.
MOST: Final = 1000
#: How long what was only looked at, and what is over, is kept.
DRAFT_KEPT: Final = timedelta(days=1)
KEPT: Final = timedelta(days=60)
BATCH: Final = 50
#: What somebody has to be allowed to for each action.
PERMISSIONS: Final[Mapping[BulkAction, str]] = {
    **dict.fromkeys(BulkAction, "cases:work"),
    BulkAction.ASSIGN: "cases:assign",
}
#: What is only done to open cases.
_OF_OPEN: Final = frozenset(BulkAction) - {BulkAction.TAG, BulkAction.UNTAG}
_DIGITS: Final = 9
_LONGEST: Final = 400


@dataclass(frozen=True, kw_only=True)
class BulkView:
    """Something done with many cases, and how far it is; ``done`` and ``skipped`` are counts."""

    id: int
    public_id: str
    asked_by: str
    action: BulkAction
    given: Given
    state: BulkState
    total: int
    done: int
    skipped: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    undoes_id: int | None

    @property
    def may_be_undone(self) -> bool:
        """Whether what was done of it can be taken back; it is over, and is no taking back."""
        ended, done = self.is_over, self.done > 0
        return ended and done and self.undoes_id is None and putting_back.can_be(self.action)

    @property
    def is_over(self) -> bool:
        return self.state in {BulkState.DONE, BulkState.CANCELLED}


@dataclass(frozen=True)
class ItemView:
    """One case of a bulk; ``why`` is a code where it was skipped."""

    number: str
    reason: str
    case_state: CaseState
    state: ItemState
    why: str


def choose(
    uow: UnitOfWork,
    case_ids: Collection[int],
    action: BulkAction,
    *,
    key: str,
) -> BulkView:
    """Note what is to be done with which cases, as they are now; nothing is done yet.

    Args:
        uow: whose actor asks.
        case_ids: which cases.
        action: what.
        key: the asker's own name for it: asked again, the same is answered.

    Raises:
        Invalid: no case is chosen, or too many.
    """
    wanted = sorted(set(case_ids))
    if not 0 < len(wanted) <= MOST:
        raise Invalid("choose some cases", {"cases": f"1 to {MOST} at once"})
    held = uow.session.execute(
        select(Case.id, Case.version).where(Case.id.in_(wanted)).order_by(Case.id)
    ).all()
    if not held:
        raise Invalid("choose some cases", {"cases": "there are none"})
    made = uow.session.scalar(
        insert(Bulk)
        .values(
            public_id=ids.token()[:22],
            key=key,
            asked_by=uow.actor.ref,
            action=action,
            given={},
            state=BulkState.DRAFTED,
            total=len(held),
            created_at=uow.now,
        )
        .on_conflict_do_nothing(index_elements=["asked_by", "key"])
        .returning(Bulk.id)
    )
    if made is None:
        query = select(Bulk.public_id).where(Bulk.asked_by == uow.actor.ref, Bulk.key == key)
        return one(uow.session, uow.session.scalars(query).one(), uow.actor)
    uow.session.execute(
        plain_insert(BulkItem),
        [
            {
                "bulk_id": made,
                "case_id": row.id,
                "version": row.version,
                "state": ItemState.WAITING,
                "why": "",
            }
            for row in held
        ],
    )
    return _read(uow.session, Bulk.id == made)


def start(uow: UnitOfWork, public_id: str, given: Given) -> BulkView:
    """Let it be done; asked again, it is under way already.

    Raises:
        NotFound: there is none of the actor's.
        Invalid: ``given`` lacks what the action needs.
        IllegalTransition: it was called off.
    """
    row = _held(uow, public_id)
    if row.state in {BulkState.RUNNING, BulkState.DONE}:
        return _read(uow.session, Bulk.id == row.id)
    if row.state is BulkState.CANCELLED:
        raise IllegalTransition("bulk", str(row.state), "start")
    row.given = dict(check(uow, row.action, given))
    row.state, row.started_at = BulkState.RUNNING, uow.now
    uow.session.flush()
    uow.emit(CaseBulkStarted(case_bulk_id=row.id, action=row.action, total=row.total))
    uow.touch(topic(row.id))
    return _read(uow.session, Bulk.id == row.id)


def cancel(uow: UnitOfWork, public_id: str) -> BulkView:
    """Do no more of it; what is done stays. Called off again, or too late, nothing changes.

    Raises:
        NotFound: there is none of the actor's.
    """
    row = _held(uow, public_id)
    if row.state in {BulkState.DRAFTED, BulkState.RUNNING}:
        row.started_at = row.started_at or uow.now
        row.state, row.ended_at = BulkState.CANCELLED, uow.now
        uow.session.flush()
        uow.touch(topic(row.id))
    return _read(uow.session, Bulk.id == row.id)


def undo(uow: UnitOfWork, public_id: str) -> BulkView:
    """Put the cases of it back to what they were, one by one; asked again, it is the same.

    A case that somebody changed since stays as it is.

    Raises:
        NotFound: there is none of the actor's.
        IllegalTransition: it goes on, nothing of it was done, or it cannot be taken back.
    """
    row = _held(uow, public_id)
    again = uow.session.scalar(select(Bulk.id).where(Bulk.undoes_id == row.id))
    if again is not None:
        return _read(uow.session, Bulk.id == again)
    done = uow.session.scalars(
        select(BulkItem)
        .where(
            BulkItem.bulk_id == row.id,
            BulkItem.state == ItemState.DONE,
            BulkItem.version_after.is_not(None),
        )
        .order_by(BulkItem.case_id)
    ).all()
    if not done or not _read(uow.session, Bulk.id == row.id).may_be_undone:
        raise IllegalTransition("bulk", str(row.state), "undo")
    made = Bulk(
        public_id=ids.token()[:22],
        key=f"undo:{row.public_id}",
        asked_by=row.asked_by,
        action=row.action,
        given=row.given,
        state=BulkState.RUNNING,
        total=len(done),
        created_at=uow.now,
        started_at=uow.now,
        undoes_id=row.id,
    )
    uow.session.add(made)
    uow.session.flush()
    uow.session.execute(
        plain_insert(BulkItem),
        [
            {
                "bulk_id": made.id,
                "case_id": one.case_id,
                "version": one.version_after,
                "state": ItemState.WAITING,
                "why": "",
                "before": one.before,
                "version_after": one.version_after,
            }
            for one in done
        ],
    )
    uow.emit(CaseBulkStarted(case_bulk_id=made.id, action=made.action, total=made.total))
    uow.touch(topic(row.id))
    return _read(uow.session, Bulk.id == made.id)


def undone_by(reader: Reader, bulk_id: int) -> str | None:
    """The public id of what took it back; None where nothing did."""
    query = select(Bulk.public_id).where(Bulk.undoes_id == bulk_id)
    return reader.execute(query).scalar_one_or_none()


def topic(bulk_id: int) -> str:
    """What the open page of it listens to."""
    return f"case-bulk:{bulk_id}"


def one(reader: Reader, public_id: str, actor: Actor) -> BulkView:
    """One's own.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    return _read(reader, Bulk.public_id == public_id, Bulk.asked_by == actor.ref)


def items(
    reader: Reader, bulk_id: int, *, state: ItemState | None = None, limit: int = MOST
) -> list[ItemView]:
    """The cases of it, by number."""
    query = (
        select(Case.number, Case.reason, Case.state, BulkItem.state, BulkItem.why)
        .join(BulkItem, BulkItem.case_id == Case.id)
        .where(BulkItem.bulk_id == bulk_id)
        .order_by(BulkItem.case_id)
        .limit(limit)
    )
    if state is not None:
        query = query.where(BulkItem.state == state)
    return [ItemView(*row) for row in reader.execute(query)]


def page_of_items(
    reader: Reader, bulk_id: int, *, cursor: str = "", limit: int = 100
) -> Page[ItemView]:
    """One page of the cases of it, the oldest case first.

    Raises:
        Invalid: a cursor of another list.
    """
    query = (
        select(Case.number, Case.reason, Case.state, BulkItem.state, BulkItem.why, Case.id)
        .join(BulkItem, BulkItem.case_id == Case.id)
        .where(BulkItem.bulk_id == bulk_id)
        .order_by(BulkItem.case_id)
        .limit(limit + 1)
    )
    if cursor:
        (after,) = pages.read(cursor, int)
        query = query.where(BulkItem.case_id > int(after))
    rows = reader.execute(query).all()
    return pages.cut(rows, limit, shown=lambda row: ItemView(*row[:-1]), key=lambda row: [row.id])


def settled(reader: Reader, bulk_id: int) -> int:
    """How many of its cases are settled already, so that most actions skip them."""
    query = (
        select(func.count())
        .select_from(BulkItem)
        .join(Case, Case.id == BulkItem.case_id)
        .where(BulkItem.bulk_id == bulk_id, Case.state.not_in(ACTIVE))
    )
    return reader.execute(query).scalar_one()


# One case at a time


def next_one(uow: UnitOfWork, bulk_id: int) -> int | None:
    """Take the next case that waits, and do it; its id, or None when none is left.

    Raises:
        Refused: the case does not allow it; nothing is done, and ``skip`` writes that down.
    """
    row = uow.session.scalars(
        select(Bulk)
        .where(Bulk.id == bulk_id, Bulk.state == BulkState.RUNNING)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        return None
    item = uow.session.scalars(
        select(BulkItem)
        .where(BulkItem.bulk_id == bulk_id, BulkItem.state == ItemState.WAITING)
        .order_by(BulkItem.case_id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if item is None:
        return None
    try:
        case = holding.locked(uow, item.case_id)
        if row.action in _OF_OPEN:
            holding.assert_active(uow, case)
        holding.check(case, item.version)
        _do(uow, row, item, case)
    except DomainError as refused:
        raise Refused(item.case_id, refused) from refused
    item.state, item.at = ItemState.DONE, uow.now
    uow.session.flush()
    return item.case_id


def _do(uow: UnitOfWork, row: Bulk, item: BulkItem, case: Case) -> None:
    if row.undoes_id is not None and item.before is not None:
        putting_back.put_back(uow, case, row.action, row.given, item.before)
        return
    before = putting_back.as_it_is(uow, case, row.action, row.given)
    _DO[row.action](uow, item.case_id, row.given)
    if before is not None:
        item.before, item.version_after = before, case.version


class Refused(Exception):
    """A case did not allow it."""

    def __init__(self, case_id: int, why: DomainError) -> None:
        super().__init__(str(why))
        self.case_id = case_id
        self.why = why


def skip(uow: UnitOfWork, bulk_id: int, refused: Refused) -> None:
    """Write down why a case was left out, unless it has been done since."""
    uow.session.execute(
        update(BulkItem)
        .where(
            BulkItem.bulk_id == bulk_id,
            BulkItem.case_id == refused.case_id,
            BulkItem.state == ItemState.WAITING,
        )
        .values(state=ItemState.SKIPPED, why=refused.why.code[:60], at=uow.now)
        .execution_options(synchronize_session=False)
    )


def finish(uow: UnitOfWork, bulk_id: int) -> None:
    """Say that it is over, unless cases of it wait or it was called off."""
    waiting = select(BulkItem.case_id).where(
        BulkItem.bulk_id == bulk_id, BulkItem.state == ItemState.WAITING
    )
    uow.session.execute(
        update(Bulk)
        .where(Bulk.id == bulk_id, Bulk.state == BulkState.RUNNING, ~waiting.exists())
        .values(state=BulkState.DONE, ended_at=uow.now)
        .execution_options(synchronize_session=False)
    )
    uow.touch(topic(bulk_id))


def asker(reader: Reader, bulk_id: int) -> Actor | None:
    """In whose name it is done; None where they may do it no more, or it is not under way."""
    row = reader.execute(
        select(Bulk.asked_by, Bulk.action).where(
            Bulk.id == bulk_id, Bulk.state == BulkState.RUNNING
        )
    ).one_or_none()
    if row is None:
        return None
    actor, needs = Actor.from_ref(row.asked_by), PERMISSIONS[row.action]
    if actor.kind is ActorKind.STAFF:
        colleague = access.staff_by_id(reader, int(actor.id))
        return actor if colleague.is_active and colleague.may(needs) else None
    keys = {str(one.id): one for one in access.all_keys(reader) if one.revoked_at is None}
    return actor if actor.id in keys and needs in keys[actor.id].scopes else None


def give_up(uow: UnitOfWork, bulk_id: int) -> None:
    """End what nobody is allowed to go on with."""
    uow.session.execute(
        update(Bulk)
        .where(Bulk.id == bulk_id, Bulk.state == BulkState.RUNNING)
        .values(state=BulkState.CANCELLED, ended_at=uow.now)
        .execution_options(synchronize_session=False)
    )
    uow.touch(topic(bulk_id))


def forget_old(uow: UnitOfWork) -> int:
    """The sweep: drop drafts nobody started, and what has been over for long.

    What was taken back goes after what took it back.
    """
    taking_back = aliased(Bulk)
    old = (
        select(Bulk.id)
        .where(
            ((Bulk.state == BulkState.DRAFTED) & (Bulk.created_at < uow.now - DRAFT_KEPT))
            | (Bulk.ended_at < uow.now - KEPT)
        )
        .where(~exists().where(taking_back.undoes_id == Bulk.id))
        .order_by(Bulk.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    found = list(uow.session.scalars(old))
    for model, column in ((BulkItem, BulkItem.bulk_id), (Bulk, Bulk.id)):
        uow.session.execute(
            delete(model).where(column.in_(found)).execution_options(synchronize_session=False)
        )
    return len(found)


# What each action needs


def check(uow: UnitOfWork, action: BulkAction, given: Given) -> Given:
    """What an action needs, out of what came.

    Raises:
        Invalid: it lacks something, or names what there is not.
    """
    needed = _NEEDS[action]
    value = given.get(needed, "").strip()
    if not value or len(value) > _LONGEST or "\0" in value:
        raise Invalid("something is missing", {needed: "is missing"})
    if not _IS_GOOD[action](uow, value):
        raise Invalid("that cannot be", {needed: "is unknown"})
    return {needed: value, **({"note": given["note"]} if "note" in given else {})}


_NEEDS: Final[Mapping[BulkAction, str]] = {
    BulkAction.ASSIGN: "staff",
    BulkAction.QUEUE: "queue",
    BulkAction.PRIORITY: "priority",
    BulkAction.TAG: "tag",
    BulkAction.UNTAG: "tag",
    BulkAction.RESOLVE: "code",
    BulkAction.SNOOZE: "until",
}


def _is_colleague(uow: UnitOfWork, value: str) -> bool:
    if not _is_id(value):
        return False
    try:
        found = access.staff_by_id(uow.session, int(value))
    except NotFound:
        return False
    return found.is_active and found.may("cases:work")


def _is_queue(uow: UnitOfWork, value: str) -> bool:
    return value in {code for code, _name in taxonomy.queues(uow.session).values()}


def _is_tag(_uow: UnitOfWork, value: str) -> bool:
    tag_of(value)
    return True


def _is_known_tag(uow: UnitOfWork, value: str) -> bool:
    if not _is_id(value):
        return False
    try:
        taxonomy.tag(uow.session, int(value))
    except NotFound:
        return False
    return True


def _is_ahead(uow: UnitOfWork, value: str) -> bool:
    try:
        until = datetime.fromisoformat(value)
    except ValueError:
        return False
    return until.tzinfo is not None and uow.now < until <= uow.now + service.FARTHEST


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) <= _DIGITS


_IS_GOOD: Final[Mapping[BulkAction, Callable[[UnitOfWork, str], bool]]] = {
    BulkAction.ASSIGN: _is_colleague,
    BulkAction.QUEUE: _is_queue,
    BulkAction.PRIORITY: lambda _uow, value: value in set(Priority),
    BulkAction.TAG: _is_tag,
    BulkAction.UNTAG: _is_known_tag,
    BulkAction.RESOLVE: lambda _uow, value: value in CHOSEN,
    BulkAction.SNOOZE: _is_ahead,
}


def _assign(uow: UnitOfWork, case_id: int, given: Given) -> None:
    service.assign(uow, case_id, int(given["staff"]))


def _queue(uow: UnitOfWork, case_id: int, given: Given) -> None:
    sorting.sort(uow, case_id, Sorting(queue=given["queue"]))


def _priority(uow: UnitOfWork, case_id: int, given: Given) -> None:
    sorting.sort(uow, case_id, Sorting(priority=Priority(given["priority"])))


def _tag(uow: UnitOfWork, case_id: int, given: Given) -> None:
    tags.put(uow, case_id, given["tag"])


def _untag(uow: UnitOfWork, case_id: int, given: Given) -> None:
    tags.take_off(uow, case_id, int(given["tag"]))


def _resolve(uow: UnitOfWork, case_id: int, given: Given) -> None:
    answering.resolve(uow, case_id, code=given["code"], note=given.get("note", ""), version=None)


def _snooze(uow: UnitOfWork, case_id: int, given: Given) -> None:
    service.snooze(uow, case_id, datetime.fromisoformat(given["until"]))


_DO: Final[Mapping[BulkAction, Callable[[UnitOfWork, int, Given], None]]] = {
    BulkAction.ASSIGN: _assign,
    BulkAction.QUEUE: _queue,
    BulkAction.PRIORITY: _priority,
    BulkAction.TAG: _tag,
    BulkAction.UNTAG: _untag,
    BulkAction.RESOLVE: _resolve,
    BulkAction.SNOOZE: _snooze,
}


# Inside


def _held(uow: UnitOfWork, public_id: str) -> Bulk:
    row = uow.session.scalars(
        select(Bulk)
        .where(Bulk.public_id == public_id, Bulk.asked_by == uow.actor.ref)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound("no such bulk")
    return row


def _read(reader: Reader, *where: Any) -> BulkView:
    def so_many(state: ItemState) -> Any:
        return (
            select(func.count())
            .where(BulkItem.bulk_id == Bulk.id, BulkItem.state == state)
            .correlate(Bulk)
            .scalar_subquery()
        )

    columns: Sequence[Any] = [
        so_many(ItemState(name)) if name in set(ItemState) else getattr(Bulk, name)
        for name in BulkView.__dataclass_fields__
    ]
    row = reader.execute(select(*columns).where(*where)).one_or_none()
    if row is None:
        raise NotFound("no such bulk")
    return BulkView(**dict(zip(BulkView.__dataclass_fields__, row, strict=True)))
