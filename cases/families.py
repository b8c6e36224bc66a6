"""Cases that have become one: which case stands for another, and which belong to it."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, literal_column, select
from sqlalchemy.orm import Session, aliased

from cases.models import Case
from oms_service.conversations import queries as conversations
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Stale

Reader = Connection | Session
#: A case can be merged on while one waits for it; more often than this nobody does so.
_TRIES: Final = 5


def root_ids(reader: Reader, case_ids: Collection[int]) -> dict[int, int]:
    """The case that stands for each of some cases: itself, unless it was merged. One query."""
    if not case_ids:
        return {}
    way = (
        select(Case.id.label("first"), Case.id, Case.merged_into_id)
        .where(Case.id.in_(case_ids))
        .cte("way", recursive=True)
    )
    onward = aliased(Case)
    way = way.union(
        select(way.c.first, onward.id, onward.merged_into_id).join(
            onward, onward.id == way.c.merged_into_id
        )
    )
    rows = reader.execute(select(way.c.first, way.c.id).where(way.c.merged_into_id.is_(None)))
    return {row.first: row.id for row in rows}


def root_id(reader: Reader, case_id: int) -> int:
    """The case that stands for this one: itself, unless it was merged."""
    return root_ids(reader, [case_id]).get(case_id, case_id)


def member_ids(reader: Reader, case_id: int) -> list[int]:
    """The case itself and all that were merged into it, over however many steps; sorted."""
    family = select(Case.id).where(Case.id == case_id).cte("family", recursive=True)
    taken = aliased(Case)
    family = family.union(select(taken.id).join(family, taken.merged_into_id == family.c.id))
    return sorted(reader.execute(select(family.c.id)).scalars())


def members_of(reader: Reader, case_ids: Collection[int]) -> dict[int, set[int]]:
    """For each of some cases, itself and all that were merged into it. One query."""
    family = (
        select(Case.id.label("first"), Case.id)
        .where(Case.id.in_(case_ids))
        .cte("families", recursive=True)
    )
    taken = aliased(Case)
    family = family.union(
        select(family.c.first, taken.id).join(taken, taken.merged_into_id == family.c.id)
    )
    found: dict[int, set[int]] = {one: {one} for one in case_ids}
    for row in reader.execute(select(family.c.first, family.c.id)):
        found[row.first].add(row.id)
    return found


def conversation_ids(reader: Reader, case_ids: Collection[int]) -> list[int]:
    """The conversations of some cases, in the order in which they are locked."""
    query = (
        select(Case.conversation_id)
        .where(Case.id.in_(case_ids), Case.conversation_id.is_not(None))
        .distinct()
        .order_by(literal_column("1"))
    )
    return [one for one in reader.execute(query).scalars() if one is not None]


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
