"""What colleagues have typed and not sent: it is there again after a reload, on any machine."""

from typing import Final

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from cases.writing import queries
from cases.writing.models import Draft
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid

#: As long as a draft may be, in characters; as long as an answer.
LONGEST: Final = 10_000


def keep(uow: UnitOfWork, case_id: int, staff_id: int, text: str, *, form: str = "") -> None:
    """Keep what is typed; nothing typed keeps nothing.

    Args:
        uow: the transaction.
        case_id: the case.
        staff_id: whose draft it is.
        text: all that stands in the box.
        form: the key of the form it was typed in. Once that form was sent, nothing is kept of
            it: the last words typed may come in behind the press.

    Raises:
        Invalid: too much is written.
    """
    words = text.replace("\r\n", "\n")
    if len(words) > LONGEST:
        raise Invalid("too much", {"text": f"has more than {LONGEST} characters"})
    if form and queries.pending_by_key(uow.session, form) is not None:
        return
    if not words.strip():
        forget(uow, case_id, staff_id)
        return
    _write(uow, case_id, staff_id, words)


def forget(uow: UnitOfWork, case_id: int, staff_id: int) -> None:
    """Nothing is to be kept any more."""
    uow.session.execute(
        delete(Draft)
        .where(Draft.case_id == case_id, Draft.staff_id == staff_id)
        .execution_options(synchronize_session=False)
    )


def give_back(uow: UnitOfWork, case_id: int, staff_id: int, text: str) -> None:
    """Put words back into the box, before what was typed since."""
    since = queries.draft(uow.session, case_id, staff_id)
    both = f"{text}\n\n{since}" if since.strip() and since.strip() != text.strip() else text
    _write(uow, case_id, staff_id, both[:LONGEST])


def _write(uow: UnitOfWork, case_id: int, staff_id: int, text: str) -> None:
    values = {"text": text, "updated_at": uow.now}
    uow.session.execute(
        insert(Draft)
        .values(case_id=case_id, staff_id=staff_id, **values)
        .on_conflict_do_update(index_elements=["case_id", "staff_id"], set_=values)
    )
