"""Reading the files of a case: those of its messages, those of its order, and colleagues' own."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, select, text
from sqlalchemy.orm import Session

from cases import families
from cases.evidence.models import CaseFile
from cases.models import Case
from cases.states import ACTIVE
from cases.views import CaseView
from oms_service.conversations import attachments_queries as attachments
from oms_service.conversations.attachments_queries import AttachmentView, Place
from oms_service.infra.hot import Hot, among, value
from oms_service.infra.once import once
from oms_service.kernel.errors import NotFound

Reader = Connection | Session

#: A file is over once all that it could be about was settled long ago: the cases of its
#: conversation, of its order and its own; what belongs to no case counts from when it was sent.
#: A stranger's is what came in a conversation of nobody we know, about no order.
_OVER: Final = """
    SELECT {what} FROM attachments a
    WHERE a.state = 'ready' AND a.sent_at < :before
      AND :of_strangers = (
          a.customer_id IS NULL AND a.order_id IS NULL AND NOT a.is_internal
          AND EXISTS (
              SELECT FROM conversations t WHERE t.id = a.conversation_id AND t.customer_id IS NULL
          )
      )
      AND NOT EXISTS (
          SELECT FROM cases c
          WHERE (c.conversation_id = a.conversation_id OR c.order_id = a.order_id
                 OR c.id IN (SELECT f.case_id FROM case_files f WHERE f.attachment_id = a.id))
            AND (c.resolved_at IS NULL OR c.resolved_at >= :before)
      )
    {rest}
"""

_OF_CASES: Final[Hot[int]] = Hot(
    select(CaseFile.attachment_id).where(CaseFile.case_id == among("case_ids")), value
)


def internal(reader: Reader, case_ids: Collection[int]) -> list[AttachmentView]:
    """What colleagues put into cases themselves, oldest first."""
    return attachments.those(reader, _OF_CASES.all(reader, case_ids=list(case_ids)))


def of_case(reader: Reader, case: CaseView) -> list[AttachmentView]:
    """All that is known of a matter and of those merged into it, oldest first; five queries."""
    return _of_case(reader, case.id, case.order_id)


@once
def _of_case(reader: Reader, case_id: int, order_id: int | None) -> list[AttachmentView]:
    members = families.member_ids(reader, case_id)
    seen = attachments.shown(
        reader,
        conversation_ids=families.conversation_ids(reader, members),
        order_ids=[order_id] if order_id is not None else [],
    )
    return sorted([*seen, *internal(reader, members)], key=lambda one: one.id)


def one(reader: Reader, case: CaseView, public_id: str) -> Place:
    """A file of a case, with where it lies.

    Raises:
        NotFound: the case has no such file.
    """
    place = attachments.by_public_id(reader, public_id)
    if place.view.id not in {found.id for found in of_case(reader, case)}:
        raise NotFound("no such file")
    return place


def open_of_order(reader: Reader, order_id: int) -> Sequence[int]:
    """The ids of the open cases about an order, in the order in which they are locked."""
    query = select(Case.id).where(Case.order_id == order_id, Case.state.in_(ACTIVE))
    return reader.execute(query.order_by(Case.id)).scalars().all()


def over(reader: Reader, *, before: datetime, of_strangers: bool, limit: int) -> list[int]:
    """Files that nobody needs any more, of strangers or of all others."""
    asked = text(_OVER.format(what="a.id", rest="ORDER BY a.id LIMIT :limit"))
    given = {"before": before, "of_strangers": of_strangers, "limit": limit}
    return list(reader.execute(asked, given).scalars())


def count_over(reader: Reader, *, before: datetime, of_strangers: bool) -> int:
    """How many files nobody needs any more."""
    asked = text(_OVER.format(what="count(*)", rest=""))
    return int(reader.execute(asked, {"before": before, "of_strangers": of_strangers}).scalar_one())
