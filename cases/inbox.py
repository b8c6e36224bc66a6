"""The inbox as a table of its own: kept by reactions, built anew by ``oms rebuild inbox``."""

from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from cases.events import AboutCase
from cases.holding import DESK
from cases.models import Case, InboxRow
from cases.states import ACTIVE, Priority
from oms_service.conversations import queries as conversations
from oms_service.customers import queries as customers
from oms_service.customers.queries import CustomerView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.text import folded, order_key
from oms_service.orders import queries as orders

#: Urgent first.
RANK: Final = {Priority.URGENT: 0, Priority.HIGH: 1, Priority.NORMAL: 2, Priority.LOW: 3}
#: So many cases in one transaction of a rebuild.
CHUNK: Final = 500
_EXCERPT: Final = 160


def refresh(uow: UnitOfWork, event: AboutCase) -> None:
    """The reaction to every event of a case."""
    project(uow, [event.case_id])
    uow.touch(DESK)


def project(uow: UnitOfWork, case_ids: Sequence[int], *, holds: bool = False) -> int:
    """Write the rows of some cases as they are now; the number of queries does not grow.

    Whoever is called by no event of theirs ``holds`` the cases: else a change between reading
    and writing would be told to the inbox first, and then be overwritten by what was before.
    """
    uow.session.flush()
    query = select(Case).where(Case.id.in_(case_ids)).order_by(Case.id)
    if holds:
        query = query.with_for_update(read=True)
    found = uow.session.scalars(query.execution_options(populate_existing=True)).all()
    if not found:
        return 0
    bought = orders.by_ids(uow.session, {one.order_id for one in found if one.order_id})
    people = customers.those(uow.session, {one.customer_id for one in found if one.customer_id})
    words = conversations.last_words(
        uow.session, {one.conversation_id for one in found if one.conversation_id}
    )
    rows = []
    for case in found:
        order = bought.get(case.order_id or 0)
        person = people.get(case.customer_id or 0)
        excerpt = " ".join(words.get(case.conversation_id or 0, "").split())[:_EXCERPT]
        number = order.number if order else ""
        rows.append(
            {
                "case_id": case.id,
                "number": case.number,
                "reason": case.reason,
                "state": case.state,
                "is_active": case.state in ACTIVE,
                "priority_rank": RANK[case.priority],
                "queue_id": case.queue_id,
                "assignee_id": case.assignee_id,
                "customer_name": person.name if person else "",
                "order_number": number,
                "excerpt": excerpt,
                "waiting_since": case.waiting_since,
                "updated_at": uow.now,
                "search": searchable(case.number, number, person),
            }
        )
    written = insert(InboxRow).values(rows)
    values = {name: written.excluded[name] for name in rows[0] if name != "case_id"}
    uow.session.execute(written.on_conflict_do_update(index_elements=["case_id"], set_=values))
    return len(rows)


def searchable(number: str, order_number: str, person: CustomerView | None) -> str:
    """Everything a case is found by, folded: numbers in any dress, names in either script."""
    said = [number, order_key(number), order_number, order_key(order_number)]
    if person is not None:
        pairs = (
            (person.family_name, person.given_name),
            (person.family_name_kana, person.given_name_kana),
        )
        for family, given in pairs:
            said += [f"{family} {given}", f"{family}{given}", f"{given} {family}"]
    return folded(" ".join(one for one in dict.fromkeys(said) if one.strip()))


def chunks(uow: UnitOfWork) -> Iterator[list[int]]:
    """The ids of all cases, in pieces for one transaction each."""
    ids = list(uow.session.scalars(select(Case.id).order_by(Case.id)))
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


def forget(uow: UnitOfWork) -> None:
    """Drop rows whose case is gone, before a rebuild."""
    uow.session.execute(delete(InboxRow).where(InboxRow.case_id.not_in(select(Case.id))))
