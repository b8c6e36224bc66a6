"""What cases keep of people: what was wanted, what colleagues noted, what the inbox shows."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, Text, literal, select, update
from sqlalchemy.orm import Session

from cases import inbox, service
from cases.evidence import service as evidence
from cases.models import Case, CaseEntry
from cases.states import ACTIVE
from cases.whose import theirs
from oms_service.infra.privacy import Moved, Person, hand_back, hand_over, listing, lock, shown
from oms_service.infra.uow import UnitOfWork

#: How a case ends whose customer wanted to be forgotten.
ERASED: Final = "erased"
#: What entries repeat of the customer's wishes; ids and codes beside it stay.
_TOLD: Final = ["wanted", "summary", "was", "is"]


def waiting(session: Session, person: Person) -> Sequence[str]:
    numbers = session.scalars(
        select(Case.number).where(theirs(session, person), Case.state.in_(ACTIVE)).order_by(Case.id)
    )
    return [f"case {number} is open" for number in numbers]


def export(session: Session, person: Person) -> Mapping[str, Any]:
    own = theirs(session, person)
    record = (
        select(Case.number.label("case"), *shown(CaseEntry))
        .join(Case, Case.id == CaseEntry.case_id)
        .where(own)
        .order_by(CaseEntry.id)
    )
    return {
        "cases": listing(session, select(*shown(Case)).where(own).order_by(Case.id)),
        "record": listing(session, record),
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    """Settle what is open, then empty what was wanted and noted; codes, ids and times stay."""
    session = uow.session
    own = theirs(session, person)
    active = session.scalars(
        select(Case.id).where(own, Case.state.in_(ACTIVE)).order_by(Case.conversation_id, Case.id)
    ).all()
    for case_id in active:
        service.resolve(uow, case_id, code=ERASED, note=ERASED, despite_others=True)
    ids = lock(session, Case.id, own)
    evidence.erase(uow, ids)
    empty(uow, ids)
    inbox.project(uow, ids)


def empty(uow: UnitOfWork, case_ids: Sequence[int]) -> None:
    """Empty what was wanted and noted in cases that are held; codes, ids and times stay."""
    uow.session.execute(
        update(Case)
        .where(Case.id.in_(case_ids))
        .values(wanted={})
        .execution_options(synchronize_session="fetch")
    )
    uow.session.execute(
        update(CaseEntry)
        .where(CaseEntry.case_id.in_(case_ids))
        .values(text="", data=CaseEntry.data.op("-")(literal(_TOLD, ARRAY(Text))))
        .execution_options(synchronize_session=False)
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:
    moved = hand_over(uow.session, Case.customer_id, Case.id, source=source, to=to)
    inbox.project(uow, moved)
    return {"cases": moved}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    ids = moved.get("cases", ())
    hand_back(uow.session, Case.customer_id, Case.id, ids, source=source, to=to)
    inbox.project(uow, ids)
