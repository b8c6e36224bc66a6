"""Why a message was sent: which notice it is, and of which order."""

from collections.abc import Collection, Mapping
from typing import Final

from sqlalchemy import bindparam, select

from notifications.models import Notice
from notifications.rules_words import RULES
from oms_service.conversations.because import Because, Reader
from oms_service.infra.hot import Hot, value
from oms_service.web.texts import N_

_ELSE = N_("A notice")


def explained(reader: Reader, message_ids: Collection[int]) -> Mapping[int, Because]:
    """Several notices may stand in one letter: the first of them speaks for it."""
    rows = reader.execute(
        select(Notice.message_id, Notice.template, Notice.order_id)
        .where(Notice.message_id.in_(message_ids))
        .order_by(Notice.id.desc())
    )
    return {row.message_id: Because(RULES.get(row.template, _ELSE), row.order_id) for row in rows}


def of_order(reader: Reader, order_id: int) -> Collection[int]:
    """The messages in which an order's notices stand."""
    return _OF_ORDER.all(reader, order_id=order_id)


_OF_ORDER: Final[Hot[int]] = Hot(
    select(Notice.message_id)
    .where(Notice.order_id == bindparam("order_id"), Notice.message_id.is_not(None))
    .distinct(),
    value,
)
