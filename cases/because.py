"""Why a message was sent: colleagues answered in a case, and of which order that is."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import BigInteger, bindparam, cast, func, or_, select

from cases.models import Case, CaseEntry, CaseOrder
from cases.states import EntryKind
from oms_service.conversations import queries
from oms_service.conversations.because import Because, Reader
from oms_service.infra.hot import Hot, value
from oms_service.web.texts import N_

_ANSWER: Final = N_("An answer in a case")


def explained(reader: Reader, message_ids: Collection[int]) -> Mapping[int, Because]:
    """Looked for in the records of the cases that the messages' threads are of."""
    threads = queries.threads_of(reader, message_ids)
    said = cast(CaseEntry.data["message_id"].astext, BigInteger)
    rows = reader.execute(
        select(said.label("message_id"), Case.order_id)
        .join(Case, Case.id == CaseEntry.case_id)
        .where(
            Case.conversation_id.in_(threads),
            CaseEntry.kind == EntryKind.REPLIED,
            said.in_(message_ids),
        )
    )
    return {row.message_id: Because(_ANSWER, row.order_id) for row in rows}


def of_order(reader: Reader, order_id: int) -> Collection[int]:
    """The answers in the cases of an order."""
    return _OF_ORDER.all(reader, order_id=order_id)


_FURTHER: Final = select(CaseOrder.case_id).where(CaseOrder.order_id == bindparam("order_id"))
_OF_ORDER: Final[Hot[int]] = Hot(
    select(cast(CaseEntry.data["message_id"].astext, BigInteger).label("message_id"))
    .join(Case, Case.id == CaseEntry.case_id)
    .where(
        or_(Case.order_id == bindparam("order_id"), Case.id.in_(_FURTHER)),
        CaseEntry.kind == EntryKind.REPLIED,
        func.coalesce(CaseEntry.data["message_id"].astext, "") != "",
    ),
    value,
)
