"""Cases that have become one: which case stands for another, and which belong to it."""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, literal_column, select
from sqlalchemy.orm import Session, aliased

from cases.models import Case
from oms_service.conversations import queries as conversations
from oms_service.infra import locks
from oms_service.infra.hot import Hot, among, value
from oms_service.infra.once import once
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Stale

Reader = Connection | Session
#: A case can be merged on while one waits for it; more often than this nobody does so.
_TRIES: Final = 5


@once
def root_ids(reader: Reader, case_ids: Collection[int]) -> dict[int, int]:
    """The case that stands for each of some cases: itself, unless it was merged. One query."""
    if not case_ids:
        return {}
    return dict(_ROOTS.all(reader, case_ids=list(case_ids)))


def root_id(reader: Reader, case_id: int) -> int:
    """The case that stands for this one: itself, unless it was merged."""
    return root_ids(reader, [case_id]).get(case_id, case_id)


@once
def member_ids(reader: Reader, case_id: int) -> list[int]:
    """The case itself and all that were merged into it, over however many steps; sorted."""
    return sorted(_MEMBERS.all(reader, case_id=case_id))


@once
def members_of(reader: Reader, case_ids: Collection[int]) -> dict[int, set[int]]:
    """For each of some cases, itself and all that were merged into it. One query."""
    found: dict[int, set[int]] = {one: {one} for one in case_ids}
    for first, member in _MEMBERS_OF.all(reader, case_ids=list(case_ids)):
        found[first].add(member)
    return found


@once
def conversation_ids(reader: Reader, case_ids: Collection[int]) -> list[int]:
    """The conversations of some cases, in the order in which they are locked."""
    return _CONVERSATIONS.all(reader, case_ids=list(case_ids))


def answered_in(reader: Reader, case_id: int, conversation_id: int | None) -> int | None:
    """Where the customer is answered: where they wrote last, in any case that is part of it."""
    found = conversation_ids(reader, member_ids(reader, case_id))
    if len(found) > 1:
        return conversations.last_heard(reader, found) or conversation_id
    return found[0] if found else conversation_id


def held(uow: UnitOfWork, case_id: int) -> Case:
    """The case that stands for this one, held; whoever merges it meanwhile is waited for.

    Raises:
        Stale: it is being merged again and again.
    """
    for _ in range(_TRIES):
        case = locks.one(uow.session, Case, root_id(uow.session, case_id))
        if case.merged_into_id is None:
            return case
    raise Stale("this case is being merged again and again")


# What is asked on every page of a case, built once


def _roots() -> Select[*tuple[Any, ...]]:
    way = (
        select(Case.id.label("first"), Case.id, Case.merged_into_id)
        .where(Case.id == among("case_ids"))
        .cte("way", recursive=True)
    )
    onward = aliased(Case)
    way = way.union(
        select(way.c.first, onward.id, onward.merged_into_id).join(
            onward, onward.id == way.c.merged_into_id
        )
    )
    return select(way.c.first, way.c.id).where(way.c.merged_into_id.is_(None))


def _members() -> Select[*tuple[Any, ...]]:
    family = select(Case.id).where(Case.id == bindparam("case_id")).cte("family", recursive=True)
    taken = aliased(Case)
    family = family.union(select(taken.id).join(family, taken.merged_into_id == family.c.id))
    return select(family.c.id)


def _members_of() -> Select[*tuple[Any, ...]]:
    family = (
        select(Case.id.label("first"), Case.id)
        .where(Case.id == among("case_ids"))
        .cte("families", recursive=True)
    )
    taken = aliased(Case)
    family = family.union(
        select(family.c.first, taken.id).join(taken, taken.merged_into_id == family.c.id)
    )
    return select(family.c.first, family.c.id)


def _pair(first: int, second: int) -> tuple[int, int]:
    return first, second


_ROOTS: Final = Hot(_roots(), _pair)
_MEMBERS: Final[Hot[int]] = Hot(_members(), value)
_MEMBERS_OF: Final = Hot(_members_of(), _pair)
_CONVERSATIONS: Final[Hot[int]] = Hot(
    select(Case.conversation_id)
    .where(Case.id == among("case_ids"), Case.conversation_id.is_not(None))
    .distinct()
    .order_by(literal_column("1")),
    value,
)
