"""Why a message was sent: which notice it is, and of which order."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import bindparam, select, union

from notifications.models import Notice
from notifications.rules_words import RULES
from oms_service.conversations.because import Because, Reader
from oms_service.infra.hot import Hot, value
from oms_service.web.texts import N_

_ELSE = N_("A notice")


def explained(reader: Reader, message_ids: Collection[int]) -> Mapping[int, Because]:
    """Several notices may stand in one letter: the first of them speaks for it."""
    rows = reader.execute(
        _said(Notice.message_id, message_ids)
        .union_all(_said(Notice.further_message_id, message_ids))
        .order_by("id")
    ).all()
    return {
        row.message_id: Because(RULES.get(row.template, _ELSE), row.order_id)
        for row in reversed(rows)
    }


def _said(which: Any, message_ids: Collection[int]) -> Any:
    return select(Notice.id, which.label("message_id"), Notice.template, Notice.order_id).where(
        which.in_(message_ids)
    )


def of_order(reader: Reader, order_id: int) -> Collection[int]:
    """The messages in which an order's notices stand."""
    return _OF_ORDER.all(reader, order_id=order_id)


_SAID: Final = union(
    *(
        select(which.label("message_id")).where(
            Notice.order_id == bindparam("order_id"), which.is_not(None)
        )
        for which in (Notice.message_id, Notice.further_message_id)
    )
).subquery()
_OF_ORDER: Final[Hot[int]] = Hot(select(_SAID.c.message_id), value)
